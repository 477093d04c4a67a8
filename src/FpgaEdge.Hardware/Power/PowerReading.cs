namespace FpgaEdge.Hardware;

/// <summary>What a monitor measured at one moment. Each figure that a part cannot measure is NaN, never zero.</summary>
/// <param name="Volts">Voltage of the rail.</param>
/// <param name="Amperes">Current of the rail; negative when it flows back.</param>
/// <param name="Watts">Power; negative when it flows back.</param>
public readonly record struct PowerReading(double Volts, double Amperes, double Watts)
{
    /// <summary>Voltage and current; their product is the power.</summary>
    public static PowerReading Of(double volts, double amperes) => new(volts, amperes, volts * amperes);
}
