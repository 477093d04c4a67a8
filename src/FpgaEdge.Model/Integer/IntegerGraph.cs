namespace FpgaEdge.Model.Integer;

/// <summary>
/// A network after import and quantisation: integers only, every rounding stated. Its meaning is defined by
/// <c>GoldenInterpreter</c>; every other backend (kernels, VTA simulator, gateware, one board, twelve boards) must give
/// the same bytes.
/// </summary>
/// <remarks>
/// Activations are dense, row-major, batch of one. Images are height × width × channel (NHWC without the N), so one
/// pixel's channels are adjacent; vectors are 1 × 1 × channel. Nodes are in topological order, and each tensor is
/// written by exactly one node or is a graph input. <see cref="IntegerGraphValidator"/> states every further rule and
/// limit.
/// </remarks>
public sealed class IntegerGraph
{
    /// <summary>The network's name, for people; it takes no part in any computation.</summary>
    public required string Name { get; init; }

    /// <summary>All activation tensors; nodes refer to them by index.</summary>
    public required IReadOnlyList<IntegerTensor> Tensors { get; init; }

    /// <summary>All operations, in topological order.</summary>
    public required IReadOnlyList<IntegerNode> Nodes { get; init; }

    /// <summary>Tensor indices that the caller fills.</summary>
    public required IReadOnlyList<int> Inputs { get; init; }

    /// <summary>Tensor indices that are the network's result.</summary>
    public required IReadOnlyList<int> Outputs { get; init; }

    /// <summary>
    /// True when the source network ends in softmax and the integer outputs are its logits: whoever shows scores
    /// applies softmax to the dequantised output. It takes no part in the integers.
    /// </summary>
    public bool FinalSoftmax { get; init; }
}

/// <summary>Element type of an activation tensor.</summary>
public enum IntegerType : byte
{
    /// <summary>Signed 8 bits: what travels between boards and into VTA.</summary>
    Int8 = 0,

    /// <summary>Unsigned 8 bits: imported uint8 networks only.</summary>
    UInt8 = 1,

    /// <summary>Signed 32 bits, little-endian in memory: raw accumulators.</summary>
    Int32 = 2,
}

/// <summary>
/// One activation: its shape, its type, and what its integers mean: real = Scale × (q − ZeroPoint). Scale and
/// zero point are metadata for people and for the edges of the network; integer results never depend on Scale.
/// </summary>
public sealed record IntegerTensor(
    string Name, int Height, int Width, int Channels, IntegerType Type, double Scale, int ZeroPoint)
{
    /// <summary>Number of elements.</summary>
    public int ElementCount => Height * Width * Channels;

    /// <summary>Bytes of the dense tensor.</summary>
    public int ByteCount => ElementCount * (Type == IntegerType.Int32 ? 4 : 1);
}
