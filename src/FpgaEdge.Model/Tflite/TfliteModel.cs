namespace FpgaEdge.Model.Tflite;

/// <summary>A tensor of a TFLite subgraph as the file describes it.</summary>
internal sealed class TfliteTensor
{
    /// <summary>Unique name.</summary>
    public required string Name { get; init; }

    /// <summary>Type of every element.</summary>
    public required ElementType Type { get; init; }

    /// <summary>Static extents; TFLite writes 1 for an open one.</summary>
    public required int[] Dims { get; init; }

    /// <summary>Content, or null for activations.</summary>
    public Tensor? Data { get; init; }

    /// <summary>How its integers stand for real numbers, or null.</summary>
    public QuantizationParameters? Quantization { get; init; }
}

/// <summary>An operator of a TFLite subgraph as the file describes it.</summary>
/// <param name="Code">Number of the built-in operator.</param>
/// <param name="CustomName">Name of a custom operator, else empty.</param>
/// <param name="Version">Version of the operator.</param>
/// <param name="Inputs">Tensor indices; −1 for an omitted one.</param>
/// <param name="Outputs">Tensor indices.</param>
/// <param name="Options">The operator's option table, if any.</param>
internal sealed record TfliteOperator(
    int Code, string CustomName, int Version, int[] Inputs, int[] Outputs, FlatTable? Options);
