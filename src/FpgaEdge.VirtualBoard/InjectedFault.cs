using FpgaEdge.Hardware;

namespace FpgaEdge.VirtualBoard;

/// <summary>Ways in which a board's hardware can fail.</summary>
internal enum FaultKind
{
    /// <summary>It does not.</summary>
    None = 0,

    /// <summary>Nobody answers at the sensors' addresses.</summary>
    SensorRemoved = 1,

    /// <summary>Another manufacturer's part answers.</summary>
    SensorWrong = 2,

    /// <summary>Transfers on the I2C bus do not end.</summary>
    BusStuck = 3,

    /// <summary>The accelerator takes programs and never finishes them.</summary>
    AcceleratorSilent = 4,

    /// <summary>The accelerator's registers read as ones, as an empty programmable logic answers.</summary>
    AcceleratorGone = 5,

    /// <summary>The accelerator says done without having done anything.</summary>
    AcceleratorRubbish = 6,

    /// <summary>An accelerator of another configuration is loaded.</summary>
    AcceleratorOther = 7,
}

/// <summary>A fault that was asked for, and how often it still strikes.</summary>
internal sealed class InjectedFault
{
    private static readonly (string Name, FaultKind Kind)[] Names =
    [
        ("sensor-removed", FaultKind.SensorRemoved), ("sensor-wrong", FaultKind.SensorWrong), ("bus-stuck", FaultKind.BusStuck),
        ("accelerator-silent", FaultKind.AcceleratorSilent), ("accelerator-gone", FaultKind.AcceleratorGone),
        ("accelerator-rubbish", FaultKind.AcceleratorRubbish), ("accelerator-other", FaultKind.AcceleratorOther),
    ];

    private long left;

    private InjectedFault(FaultKind kind, long count) => (Kind, left) = (kind, count);

    /// <summary>What fails.</summary>
    public FaultKind Kind { get; }

    /// <summary>Reads "accelerator-silent", or "accelerator-silent:5" for the first five programs only.</summary>
    /// <exception cref="HardwareException">No such fault.</exception>
    public static InjectedFault Parse(string? text)
    {
        if (string.IsNullOrEmpty(text))
        {
            return new InjectedFault(FaultKind.None, 0);
        }
        string[] halves = text.Split(':');
        (string name, FaultKind kind) = Array.Find(Names, entry => entry.Name == halves[0]);
        long count = long.MaxValue;
        return name is not null && halves.Length <= 2 && (halves.Length == 1 || (long.TryParse(halves[1], out count) && count > 0))
            ? new InjectedFault(kind, count)
            : throw new HardwareException(
                $"fault '{text}': expected KIND or KIND:COUNT with one of {string.Join(", ", Names.Select(entry => entry.Name))}");
    }

    /// <summary>Whether this operation fails in this way; counts it.</summary>
    public bool Strikes(FaultKind kind) => kind == Kind && left > 0 && left-- > 0;
}
