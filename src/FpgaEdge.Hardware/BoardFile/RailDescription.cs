namespace FpgaEdge.Hardware;

/// <summary>How often power is measured.</summary>
/// <param name="Period">From one measurement of all rails to the next.</param>
/// <param name="BusHertz">Clock of the I2C bus.</param>
/// <param name="Source">Where the figures come from.</param>
public sealed record PowerSampling(TimeSpan Period, int BusHertz, string Source);

/// <summary>One power measurement point.</summary>
/// <param name="Name">The rail's name on the schematic.</param>
/// <param name="Monitor">The part that measures it.</param>
/// <param name="InTotal">Whether its power is part of the board's; rails that feed others would count twice.</param>
/// <param name="Source">Where the figures come from.</param>
public sealed record RailDescription(string Name, MonitorDescription Monitor, bool InTotal, string Source);

/// <summary>A part that measures a rail.</summary>
/// <param name="Kind">Which part.</param>
public abstract record MonitorDescription(MonitorKind Kind)
{
    /// <summary>Where it is, for people.</summary>
    public abstract string Place { get; }
}

/// <summary>A part on an I2C bus.</summary>
/// <param name="Kind">Which part.</param>
/// <param name="Bus">Number of the bus: N of /dev/i2c-N.</param>
/// <param name="Path">Multiplexers between bus and part, the one nearest to the processor first.</param>
/// <param name="Address">7-bit address.</param>
/// <param name="ShuntOhms">Resistance of an outer shunt; 0 for parts without one.</param>
/// <param name="MaximumAmperes">Largest current that is expected.</param>
/// <param name="Output">Output of a PMBus part.</param>
/// <param name="Load">The modelled load; virtual boards only.</param>
public sealed record I2cMonitorDescription(
    MonitorKind Kind, int Bus, IReadOnlyList<MultiplexerStep> Path, int Address, double ShuntOhms, double MaximumAmperes,
    int Output, PowerWaveform? Load) : MonitorDescription(Kind)
{
    /// <inheritdoc />
    public override string Place =>
        $"i2c-{Bus}{string.Concat(Path.Select(step => $"/0x{step.Address:X2}:{step.Channel}"))}/0x{Address:X2}";

    /// <summary>Whether the part has several outputs behind its address.</summary>
    public bool IsPmbus => Kind is not (MonitorKind.Ina226 or MonitorKind.Ina260 or MonitorKind.Ina219);
}

/// <summary>A channel of the chip's own converter: a voltage, no current.</summary>
/// <param name="Kind">Which converter.</param>
/// <param name="Channel">Its name or label.</param>
public sealed record ConverterDescription(MonitorKind Kind, string Channel) : MonitorDescription(Kind)
{
    /// <inheritdoc />
    public override string Place => $"{(Kind == MonitorKind.Xadc ? "xadc" : "ams")} {Channel}";
}

/// <summary>One multiplexer on the way to a part.</summary>
/// <param name="Kind">How it is told its channel.</param>
/// <param name="Address">Its own address.</param>
/// <param name="Channel">The channel that leads on.</param>
public sealed record MultiplexerStep(MultiplexerKind Kind, int Address, int Channel);

/// <summary>Parts that measure rails.</summary>
public enum MonitorKind
{
    /// <summary>TI INA226.</summary>
    Ina226 = 0,

    /// <summary>TI INA260.</summary>
    Ina260 = 1,

    /// <summary>TI INA219.</summary>
    Ina219 = 2,

    /// <summary>TI UCD9248, PMBus.</summary>
    Ucd9248 = 3,

    /// <summary>TI UCD90120, PMBus.</summary>
    Ucd90120 = 4,

    /// <summary>Infineon IRPS5401, PMBus.</summary>
    Irps5401 = 5,

    /// <summary>Maxim MAX15301, PMBus.</summary>
    Max15301 = 6,

    /// <summary>Maxim MAX15303, PMBus.</summary>
    Max15303 = 7,

    /// <summary>Converter of the Zynq-7000.</summary>
    Xadc = 8,

    /// <summary>Converter of the Zynq UltraScale+.</summary>
    Ams = 9,
}
