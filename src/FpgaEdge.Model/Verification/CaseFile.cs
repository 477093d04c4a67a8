namespace FpgaEdge.Model.Verification;

/// <summary>Where the values of an input come from.</summary>
public enum CaseSourceKind
{
    /// <summary>Binary PPM or PGM files, one per case; height, width, channel.</summary>
    Images,

    /// <summary>A file of raw values whose first dimension counts the cases.</summary>
    Raw,

    /// <summary>ONNX TensorProto files, one per case.</summary>
    TensorProto,

    /// <summary>One case with element i = i/N.</summary>
    Ramp,
}

/// <summary>Order in which the converted elements stand.</summary>
public enum CaseLayout
{
    /// <summary>As in the source.</summary>
    None,

    /// <summary>Height, width, channel becomes channel, height, width.</summary>
    Nchw,

    /// <summary>Height, width, channel.</summary>
    Nhwc,
}

/// <summary>Source of one input.</summary>
/// <param name="Kind">What kind of files.</param>
/// <param name="Files">Paths relative to the folder; one per case, or the one raw file.</param>
/// <param name="Type">Element type of raw values.</param>
/// <param name="Shape">Dims of raw values, cases first.</param>
public sealed record CaseSource(
    CaseSourceKind Kind, IReadOnlyList<string> Files, ElementType Type, IReadOnlyList<int> Shape);

/// <summary>How the values of one case become a tensor; the steps apply in the order of the parameters.</summary>
/// <param name="Reverse">True for channels <c>bgr</c>.</param>
/// <param name="Channels">Number of channels that <c>channels</c> asks for; 0 when it says nothing.</param>
/// <param name="Subtract">Subtracted; one number or one per channel, or empty.</param>
/// <param name="Divide">Divided by; one number or one per channel, or empty.</param>
/// <param name="Quantize">Scale and zero point of a quantised input, or null.</param>
/// <param name="Layout">Order of the elements.</param>
/// <param name="Type">Type of the tensor.</param>
/// <param name="Shape">Dims of the tensor, batch of one.</param>
public sealed record CaseConversion(
    bool Reverse,
    int Channels,
    IReadOnlyList<float> Subtract,
    IReadOnlyList<float> Divide,
    (float Scale, int ZeroPoint)? Quantize,
    CaseLayout Layout,
    ElementType Type,
    IReadOnlyList<int> Shape);

/// <summary>One graph input of an entry.</summary>
/// <param name="Name">The graph input's name; null takes the inputs in the graph's order.</param>
/// <param name="Source">Where the values come from.</param>
/// <param name="Convert">How they become a tensor.</param>
public sealed record CaseInput(string? Name, CaseSource Source, CaseConversion Convert);

/// <summary>Stored outputs.</summary>
/// <param name="File">Path relative to the folder.</param>
/// <param name="Type">Type of the raw values; null for one ONNX TensorProto.</param>
/// <param name="Shape">Dims, cases first.</param>
/// <param name="Output">Name of the output that is meant; null for the first.</param>
public sealed record CaseExpectation(string File, ElementType? Type, IReadOnlyList<int> Shape, string? Output);

/// <summary>How outputs are compared: |y − e| ≤ absolute + relative·|e|; both 0 means equal.</summary>
/// <param name="IsExact">True when every element must be equal.</param>
/// <param name="Absolute">Absolute tolerance; for integers in steps.</param>
/// <param name="Relative">Relative tolerance.</param>
public sealed record CaseCheck(bool IsExact, double Absolute, double Relative);

/// <summary>An entry of <c>cases.json</c>: a network with inputs and outputs, or a zip of operator tests.</summary>
public sealed record CaseEntry
{
    /// <summary>Unique name.</summary>
    public required string Name { get; init; }

    /// <summary>Model file, or the zip of an operator group; relative to the folder.</summary>
    public required string File { get; init; }

    /// <summary>True for <c>onnx-backend-zip</c>.</summary>
    public bool IsOperatorGroup { get; init; }

    /// <summary>Graph inputs of a network.</summary>
    public IReadOnlyList<CaseInput> Inputs { get; init; } = [];

    /// <summary>Stored outputs of a network.</summary>
    public CaseExpectation? Expected { get; init; }

    /// <summary>How to compare.</summary>
    public required CaseCheck Check { get; init; }

    /// <summary>Accepted classes per case, or null.</summary>
    public IReadOnlyList<IReadOnlyList<int>>? Labels { get; init; }

    /// <summary>Operator tests whose failure does not count.</summary>
    public IReadOnlyList<string> ExpectedFailures { get; init; } = [];

    /// <summary>Who computed the stored outputs, and what they score.</summary>
    public CaseReference? Reference { get; init; }

    /// <summary>Free classification.</summary>
    public IReadOnlyList<string> Tags { get; init; } = [];
}

/// <summary>What the stored outputs score.</summary>
/// <param name="By">Evaluator that computed them.</param>
/// <param name="Top1">Cases whose best element is accepted, or null.</param>
/// <param name="Top5">Cases with an accepted class among the best five, or null.</param>
/// <param name="Passed">Operator tests that this evaluator passes, or null.</param>
public sealed record CaseReference(string By, int? Top1, int? Top5, int? Passed);
