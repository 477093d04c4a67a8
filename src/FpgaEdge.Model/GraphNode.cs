namespace FpgaEdge.Model;

/// <summary>Where the channel stands in the activations of a node.</summary>
public enum ChannelLayout
{
    /// <summary>N, C, then the spatial axes: ONNX.</summary>
    ChannelsFirst,

    /// <summary>N, the spatial axes, then C: TFLite.</summary>
    ChannelsLast,
}

/// <summary>
/// One operator of a <see cref="Graph"/>. <see cref="Operator"/>, attributes and constant operands are those of ONNX in
/// both formats: convolution weights are O, I/group, spatial…, dense weights O, I with <c>transB=1</c>, pads are
/// explicit. What a TFLite node keeps of its own is said by <see cref="Layout"/> (activations with the channel last),
/// <see cref="Activation"/> and the graph's quantisation parameters.
/// </summary>
public sealed class GraphNode
{
    /// <summary>Domain of the operators of ONNX itself.</summary>
    public const string OnnxDomain = "";

    /// <summary>Domain of the operators that onnxruntime adds.</summary>
    public const string MicrosoftDomain = "com.microsoft";

    /// <summary>Domain of nodes imported from TFLite.</summary>
    public const string TfliteDomain = "tflite";

    private static readonly IReadOnlyDictionary<string, AttributeValue> NoAttributes =
        new Dictionary<string, AttributeValue>();

    /// <summary>Unique within the graph; made up from operator and position when the model has none.</summary>
    public required string Name { get; init; }

    /// <summary>Operator in ONNX terms, for example <c>Conv</c>.</summary>
    public required string Operator { get; init; }

    /// <summary>One of the domain constants of this class, or another one that is then unsupported.</summary>
    public string Domain { get; init; } = OnnxDomain;

    /// <summary>Version of the operator set (ONNX) or of the operator (TFLite).</summary>
    public int Version { get; init; } = 13;

    /// <summary>Tensor names in the operator's order; an empty name is an omitted optional operand.</summary>
    public required IReadOnlyList<string> Inputs { get; init; }

    /// <summary>Tensor names in the operator's order; an empty name is a result that nobody uses.</summary>
    public required IReadOnlyList<string> Outputs { get; init; }

    /// <summary>Attributes by their ONNX name.</summary>
    public IReadOnlyDictionary<string, AttributeValue> Attributes { get; init; } = NoAttributes;

    /// <summary>Where the channel stands in the activations.</summary>
    public ChannelLayout Layout { get; init; }

    /// <summary>Clamp of the real-valued result, or <see cref="ActivationRange.None"/>.</summary>
    public ActivationRange Activation { get; init; } = ActivationRange.None;

    /// <summary>True when operand <paramref name="index"/> is there and not omitted.</summary>
    public bool HasInput(int index) => index < Inputs.Count && Inputs[index].Length > 0;

    /// <summary>An integer attribute, or the default when it is absent.</summary>
    public long Int(string name, long defaultValue) =>
        Attributes.TryGetValue(name, out AttributeValue? value) && value.Kind == AttributeKind.Int
            ? value.AsInt : defaultValue;

    /// <summary>A float attribute, or the default when it is absent.</summary>
    public float Float(string name, float defaultValue) =>
        Attributes.TryGetValue(name, out AttributeValue? value) && value.Kind == AttributeKind.Float
            ? value.AsFloat : defaultValue;

    /// <summary>A string attribute, or the default when it is absent.</summary>
    public string String(string name, string defaultValue) =>
        Attributes.TryGetValue(name, out AttributeValue? value) && value.Kind == AttributeKind.String
            ? value.AsString : defaultValue;

    /// <summary>A list of integers, or null when it is absent.</summary>
    public IReadOnlyList<long>? Ints(string name) =>
        Attributes.TryGetValue(name, out AttributeValue? value) && value.Kind == AttributeKind.Ints
            ? value.AsInts : null;

    /// <summary>A list of floats, or null when it is absent.</summary>
    public IReadOnlyList<float>? Floats(string name) =>
        Attributes.TryGetValue(name, out AttributeValue? value) && value.Kind == AttributeKind.Floats
            ? value.AsFloats : null;

    /// <summary>A tensor attribute, or null when it is absent.</summary>
    public Tensor? TensorAttribute(string name) =>
        Attributes.TryGetValue(name, out AttributeValue? value) && value.Kind == AttributeKind.Tensor
            ? value.AsTensor : null;

    /// <summary>A copy with some properties replaced; null keeps the present one.</summary>
    public GraphNode With(
        IReadOnlyList<string>? inputs = null,
        IReadOnlyList<string>? outputs = null,
        IReadOnlyDictionary<string, AttributeValue>? attributes = null,
        ActivationRange? activation = null,
        string? operatorName = null) => new()
        {
            Name = Name,
            Operator = operatorName ?? Operator,
            Domain = Domain,
            Version = Version,
            Inputs = inputs ?? Inputs,
            Outputs = outputs ?? Outputs,
            Attributes = attributes ?? Attributes,
            Layout = Layout,
            Activation = activation ?? Activation,
        };

    /// <inheritdoc/>
    public override string ToString() => $"{Operator} '{Name}'";
}
