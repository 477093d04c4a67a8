namespace FpgaEdge.Model.Quantization;

/// <summary>Element-wise functions that become tables of 256 entries.</summary>
internal static class ElementFunctions
{
    /// <summary>Names of the operators, sorted.</summary>
    public static IReadOnlyList<string> Names { get; } =
        ["Abs", "Elu", "Erf", "Exp", "Gelu", "HardSigmoid", "HardSwish", "LeakyRelu", "Neg", "Selu", "Sigmoid",
            "Softplus", "Softsign", "Sqrt", "Tanh"];

    /// <summary>The function of a node, or null when it is not element-wise.</summary>
    public static Func<double, double>? Find(GraphNode node) => node.Operator switch
    {
        "Abs" => Math.Abs,
        "Elu" => Elu(node.Float("alpha", 1), 1),
        "Erf" => Erf,
        "Exp" => Math.Exp,
        "Gelu" => x => 0.5 * x * (1 + Erf(x / Math.Sqrt(2))),
        "HardSigmoid" => HardSigmoid(node.Float("alpha", 0.2f), node.Float("beta", 0.5f)),
        "HardSwish" => x => x * Math.Clamp((x / 6) + 0.5, 0, 1),
        "LeakyRelu" => LeakyRelu(node.Float("alpha", 0.01f)),
        "Neg" => x => -x,
        "Selu" => Elu(node.Float("alpha", 1.67326319f), node.Float("gamma", 1.05070102f)),
        "Sigmoid" => x => 1 / (1 + Math.Exp(-x)),
        "Softplus" => x => Math.Log(1 + Math.Exp(x)),
        "Softsign" => x => x / (1 + Math.Abs(x)),
        "Sqrt" => x => Math.Sqrt(Math.Max(0, x)),
        "Tanh" => Math.Tanh,
        _ => null,
    };

    private static Func<double, double> Elu(double alpha, double gamma) =>
        x => gamma * (x > 0 ? x : alpha * (Math.Exp(x) - 1));

    private static Func<double, double> HardSigmoid(double alpha, double beta) => x => Math.Clamp((alpha * x) + beta,
        0, 1);

    private static Func<double, double> LeakyRelu(double alpha) => x => x >= 0 ? x : alpha * x;

    /// <summary>The error function to 1.2e-7: far below one step of 8 bits.</summary>
    private static double Erf(double x)
    {
        double t = 1 / (1 + (0.5 * Math.Abs(x)));
        double[] coefficients =
            [0.17087277, -0.82215223, 1.48851587, -1.13520398, 0.27886807, -0.18628806, 0.09678418, 0.37409196,
                1.00002368, -1.26551223];
        double sum = 0;
        foreach (double coefficient in coefficients)
        {
            sum = (sum * t) + coefficient;
        }
        double tail = t * Math.Exp(sum - (x * x));
        return x >= 0 ? 1 - tail : tail - 1;
    }
}
