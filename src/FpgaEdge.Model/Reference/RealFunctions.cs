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

    /// <summary>x, or alpha · (e^x − 1) below 0.</summary>
    public static Func<float, float> Elu(GraphNode node)
    {
        float alpha = node.Float("alpha", 1);
        return value => value < 0 ? alpha * (MathF.Exp(value) - 1) : value;
    }
}
