namespace FpgaEdge.Hardware;

/// <summary>A rail's modelled load: a constant voltage, and a current that is a constant and a sine. Everything about it
/// is known exactly, so that what is measured on it can be judged.</summary>
/// <param name="Volts">Voltage.</param>
/// <param name="Amperes">Mean current.</param>
/// <param name="RippleAmperes">Amplitude of the sine.</param>
/// <param name="RippleHertz">Its frequency.</param>
public sealed record PowerWaveform(double Volts, double Amperes, double RippleAmperes = 0, double RippleHertz = 0)
{
    /// <summary>Mean current between two moments.</summary>
    public double MeanAmperes(long fromNs, long toNs)
    {
        if (RippleHertz == 0 || toNs <= fromNs)
        {
            return Amperes + (RippleHertz == 0 ? 0 : RippleAmperes * Math.Sin(Angle(fromNs)));
        }
        double ripple = RippleAmperes * (Math.Cos(Angle(fromNs)) - Math.Cos(Angle(toNs))) / (Angle(toNs) - Angle(fromNs));
        return Amperes + ripple;
    }

    /// <summary>Energy between two moments: what a perfect meter says.</summary>
    public double Joules(long fromNs, long toNs) => Volts * MeanAmperes(fromNs, toNs) * (toNs - fromNs) * 1e-9;

    private double Angle(long timeNs) => 2 * Math.PI * RippleHertz * timeNs * 1e-9;
}
