namespace FpgaEdge.Samples.Train;

/// <summary>
/// Exponential and sine from additions, multiplications and divisions only. The runtime's own come from the platform's
/// C library and may differ in the last bit, which training would grow into another network.
/// </summary>
internal static class PortableMath
{
    private const double Ln2 = 0.6931471805599453;

    /// <summary>e to the power of x, for |x| below 700.</summary>
    public static double Exp(double x)
    {
        double power = Math.Floor((x / Ln2) + 0.5);
        double rest = x - (power * Ln2);
        double sum = 1, term = 1;
        for (int i = 1; i < 16; i++)
        {
            term *= rest / i;
            sum += term;
        }
        return sum * BitConverter.Int64BitsToDouble((1023L + (long)power) << 52);
    }

    /// <summary>Sine of an angle in radians.</summary>
    public static double Sin(double angle)
    {
        double turn = angle - (2 * Math.PI * Math.Floor((angle / (2 * Math.PI)) + 0.5));
        double sum = turn, term = turn;
        for (int i = 2; i < 28; i += 2)
        {
            term *= -turn * turn / (i * (i + 1));
            sum += term;
        }
        return sum;
    }

    /// <summary>Cosine of an angle in radians.</summary>
    public static double Cos(double angle) => Sin(angle + (Math.PI / 2));
}
