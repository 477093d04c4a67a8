namespace FpgaEdge.Model.Reference;

/// <summary>Activation functions of one real number.</summary>
internal static class RealFunctions
{
    /// <summary>1 / (1 + e^−x).</summary>
    public static float Sigmoid(float value) => 1 / (1 + MathF.Exp(-value));

    /// <summary>x · max(0, min(1, x/6 + 1/2)).</summary>
    public static float HardSwish(float value) => value * Math.Clamp((value / 6) + 0.5f, 0, 1);

    /// <summary>max(0, min(1, alpha · x + beta)).</summary>
    public static Func<float, float> HardSigmoid(GraphNode node)
    {
        float alpha = node.Float("alpha", 0.2f);
        float beta = node.Float("beta", 0.5f);
        return value => Math.Clamp((alpha * value) + beta, 0, 1);
    }

    /// <summary>x, or alpha · x below 0.</summary>
    public static Func<float, float> LeakyRelu(GraphNode node)
    {
        float alpha = node.Float("alpha", 0.01f);
        return value => value < 0 ? alpha * value : value;
    }

    /// <summary>The same in double.</summary>
    public static Func<double, double> LeakyReluDouble(GraphNode node)
    {
        double alpha = node.Float("alpha", 0.01f);
        return value => value < 0 ? alpha * value : value;
    }

    /// <summary>gamma · x, or gamma · alpha · (e^x − 1) below 0.</summary>
    public static Func<float, float> Selu(GraphNode node)
    {
        float alpha = node.Float("alpha", 1.67326319f);
        float gamma = node.Float("gamma", 1.05070102f);
        return value => gamma * (value > 0 ? value : alpha * (MathF.Exp(value) - 1));
    }

    /// <summary>x · Φ(x), or its tanh approximation when the node asks for it.</summary>
    public static Func<float, float> Gelu(GraphNode node) => node.String("approximate", "none") == "tanh"
        ? value => 0.5f * value * (1 + MathF.Tanh(0.7978845608f * (value + (0.044715f * value * value * value))))
        : value => (float)(0.5 * value * (1 + ErrorFunction(value / Math.Sqrt(2))));

    /// <summary>The error function.</summary>
    public static float Erf(float value) => (float)ErrorFunction(value);

    // Its Taylor series near 0 and the continued fraction of the complement beyond; both to double precision or close.
    private static double ErrorFunction(double x)
    {
        double size = Math.Abs(x);
        if (double.IsNaN(x) || size > 6)
        {
            return double.IsNaN(x) ? x : Math.Sign(x);
        }
        if (size < 3)
        {
            double term = x;
            double sum = x;
            for (int n = 1; n < 100 && Math.Abs(term) > 1e-17 * Math.Abs(sum); n++)
            {
                term *= -x * x / n;
                sum += term / ((2 * n) + 1);
            }
            return 2 / Math.Sqrt(Math.PI) * sum;
        }
        double fraction = 0;
        for (int n = 60; n > 0; n--)
        {
            fraction = n / 2.0 / (size + fraction);
        }
        return Math.Sign(x) * (1 - (Math.Exp(-x * x) / (Math.Sqrt(Math.PI) * (size + fraction))));
    }

    /// <summary>log(e^a + e^b) without overflow.</summary>
    public static double LogAddExp(double a, double b)
    {
        double larger = Math.Max(a, b);
        return double.IsInfinity(larger) ? larger : larger + Math.Log(Math.Exp(a - larger) + Math.Exp(b - larger));
    }

    /// <summary>x, or alpha · (e^(x / alpha) − 1) below 0.</summary>
    public static Func<float, float> Celu(GraphNode node)
    {
        float alpha = node.Float("alpha", 1);
        return value => Math.Max(0, value) + Math.Min(0, alpha * (MathF.Exp(value / alpha) - 1));
    }

    /// <summary>x above alpha, else 0.</summary>
    public static Func<float, float> ThresholdedRelu(GraphNode node)
    {
        float alpha = node.Float("alpha", 1);
        return value => value > alpha ? value : 0;
    }

    /// <summary>0 between −lambd and lambd; beyond, x moved towards 0 by the bias.</summary>
    public static Func<float, float> Shrink(GraphNode node)
    {
        float limit = node.Float("lambd", 0.5f);
        float bias = node.Float("bias", 0);
        return value => value < -limit ? value + bias : value > limit ? value - bias : 0;
    }

    /// <summary>x, or alpha · (e^x − 1) below 0.</summary>
    public static Func<float, float> Elu(GraphNode node)
    {
        float alpha = node.Float("alpha", 1);
        return value => value < 0 ? alpha * (MathF.Exp(value) - 1) : value;
    }
}
