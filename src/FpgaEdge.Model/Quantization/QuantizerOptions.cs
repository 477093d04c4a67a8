namespace FpgaEdge.Model.Quantization;

/// <summary>How the range of an activation is chosen from what calibration has seen.</summary>
public enum RangeMethod : byte
{
    /// <summary>The largest magnitude seen.</summary>
    MinimumMaximum = 0,

    /// <summary>The magnitude that a given share of all elements stays below.</summary>
    Percentile = 1,

    /// <summary>The magnitude with the least mean square error of rounding and clipping together.</summary>
    MeanSquareError = 2,
}

/// <summary>Where the zero of activations lies.</summary>
public enum ActivationZero : byte
{
    /// <summary>Zero point 0 everywhere: padding costs the accelerator nothing.</summary>
    Symmetric = 0,

    /// <summary>
    /// Activations that are never negative use all 256 integers (zero point −128), unless an ordinary convolution pads
    /// them: the accelerator pads with 0. Depth-wise convolutions belong to the processor, which pads with anything.
    /// </summary>
    AsymmetricWithoutPadding = 1,

    /// <summary>All activations that are never negative use all 256 integers.</summary>
    Asymmetric = 2,
}

/// <summary>
/// Choices of post-training quantisation; the defaults are those with the best accuracy over the test networks.
/// </summary>
public sealed record QuantizerOptions
{
    /// <summary>The default choices.</summary>
    public static QuantizerOptions Default { get; } = new();

    /// <summary>How activation ranges are chosen. Network outputs always keep their largest magnitude.</summary>
    public RangeMethod Range { get; init; } = RangeMethod.MeanSquareError;

    /// <summary>Share of elements for <see cref="RangeMethod.Percentile"/>, 0 … 1.</summary>
    public double Percentile { get; init; } = 0.9999;

    /// <summary>Where the zero of activations lies.</summary>
    public ActivationZero Zero { get; init; } = ActivationZero.AsymmetricWithoutPadding;

    /// <summary>
    /// Whether biases absorb the mean error that rounding the weights causes on the calibration inputs.
    /// </summary>
    public bool CorrectBias { get; init; } = true;
}
