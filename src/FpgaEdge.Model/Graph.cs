namespace FpgaEdge.Model;

/// <summary>The kind of file that a <see cref="Graph"/> came from.</summary>
public enum ModelFormat
{
    /// <summary>An ONNX ModelProto.</summary>
    Onnx,

    /// <summary>A TensorFlow Lite flatbuffer.</summary>
    Tflite,
}

/// <summary>
/// An imported network, before quantisation: nodes in topological order that read and write tensors by name. Both file
/// formats end here; see <see cref="GraphNode"/> for what a TFLite node keeps of its own.
/// </summary>
public sealed class Graph
{
    /// <summary>Name that the model gives, or the file's name.</summary>
    public required string Name { get; init; }

    /// <summary>The file format.</summary>
    public ModelFormat Format { get; init; }

    /// <summary>What the network is fed with, in the model's order; initializers are not repeated here.</summary>
    public required IReadOnlyList<TensorInfo> Inputs { get; init; }

    /// <summary>What the network answers, in the model's order. Dims may be unknown where ONNX does not say.</summary>
    public required IReadOnlyList<TensorInfo> Outputs { get; init; }

    /// <summary>Operators, each after everything it reads.</summary>
    public required IReadOnlyList<GraphNode> Nodes { get; init; }

    /// <summary>Constant tensors by name.</summary>
    public required IReadOnlyDictionary<string, Tensor> Initializers { get; init; }

    /// <summary>Quantisation parameters of tensors by name (TFLite; empty for ONNX).</summary>
    public IReadOnlyDictionary<string, QuantizationParameters> Quantization { get; init; } =
        new Dictionary<string, QuantizationParameters>();

    /// <summary>The constant behind a tensor name, or null.</summary>
    public Tensor? Constant(string tensorName) => Initializers.GetValueOrDefault(tensorName);

    /// <summary>The quantisation parameters of a tensor, or null.</summary>
    public QuantizationParameters? QuantizationOf(string tensorName) => Quantization.GetValueOrDefault(tensorName);

    /// <summary>A copy with some parts replaced; null keeps the present one.</summary>
    public Graph With(
        IReadOnlyList<GraphNode>? nodes = null,
        IReadOnlyDictionary<string, Tensor>? initializers = null,
        IReadOnlyDictionary<string, QuantizationParameters>? quantization = null) => new()
        {
            Name = Name,
            Format = Format,
            Inputs = Inputs,
            Outputs = Outputs,
            Nodes = nodes ?? Nodes,
            Initializers = initializers ?? Initializers,
            Quantization = quantization ?? Quantization,
        };
}
