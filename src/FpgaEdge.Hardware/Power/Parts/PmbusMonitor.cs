namespace FpgaEdge.Hardware;

/// <summary>A family of PMBus parts: how it says what it is, and how many outputs it has.</summary>
/// <param name="Kind">As in board files.</param>
/// <param name="IdentityCommand">Which command says what it is.</param>
/// <param name="Identity">With what the answer begins.</param>
/// <param name="Outputs">Number of outputs.</param>
/// <param name="HasPhases">An output's current is the sum of its phases, which have to be selected once.</param>
public sealed record PmbusFamily(
    MonitorKind Kind, PmbusChip.Command IdentityCommand, string Identity, int Outputs, bool HasPhases)
{
    /// <summary>The families found on the boards of bsp/. TI: SLVSA33, SLVS916; Infineon: IRPS5401 data sheet, PMBus
    /// command summary; Maxim: MAX15301 command set user's guide, IC_DEVICE_ID. MAX15303 is its smaller sister.</summary>
    public static PmbusFamily[] All { get; } =
    [
        new(MonitorKind.Ucd9248, PmbusChip.Command.UcdDeviceId, "UCD9248", 4, HasPhases: true),
        new(MonitorKind.Ucd90120, PmbusChip.Command.UcdDeviceId, "UCD90120", 12, HasPhases: false),
        new(MonitorKind.Irps5401, PmbusChip.Command.ManufacturerId, "IR", 5, HasPhases: false),
        new(MonitorKind.Max15301, PmbusChip.Command.DeviceId, "MAX15301", 1, HasPhases: false),
        new(MonitorKind.Max15303, PmbusChip.Command.DeviceId, "MAX15303", 1, HasPhases: false),
    ];

    /// <summary>The family of a part; null when it does not speak PMBus.</summary>
    public static PmbusFamily? Of(MonitorKind kind) => Array.Find(All, family => family.Kind == kind);

    /// <summary>The part's name as its maker writes it.</summary>
    public string Name => $"{Kind}".ToUpperInvariant();
}

/// <summary>One output of a PMBus part.</summary>
public sealed class PmbusMonitor(PmbusChip chip, PmbusFamily family, int output) : IPowerMonitor
{
    private const byte AllPhases = 0xFF;

    /// <inheritdoc />
    public string Validate()
    {
        string identity = chip.ReadText(family.IdentityCommand);
        // Some parts send their letters last first.
        string reversed = new([.. identity.Reverse()]);
        if (!identity.StartsWith(family.Identity, StringComparison.Ordinal)
            && !reversed.StartsWith(family.Identity, StringComparison.Ordinal))
        {
            throw new WrongPartException($"{family.Name} (\"{family.Identity}\")", $"\"{identity}\"");
        }
        chip.Select(output);
        if (family.HasPhases)
        {
            chip.WriteByte(PmbusChip.Command.Phase, AllPhases);
        }
        _ = Read();
        return $"{family.Name} \"{identity}\", output {output}";
    }

    /// <inheritdoc />
    public PowerReading Read()
    {
        chip.Select(output);
        byte mode = chip.ReadByte(PmbusChip.Command.VoutMode);
        double volts = PmbusFormat.Linear16(chip.ReadWord(PmbusChip.Command.ReadVout), mode);
        return PowerReading.Of(volts, PmbusFormat.Linear11(chip.ReadWord(PmbusChip.Command.ReadIout)));
    }

    /// <inheritdoc />
    public void Dispose() => chip.Dispose();
}
