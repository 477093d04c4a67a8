namespace FpgaEdge.Model.Integer;

/// <summary>Fixed limits of an integer graph; a package beyond them is refused before anything is allocated.</summary>
public static class IntegerGraphLimits
{
    /// <summary>Most nodes.</summary>
    public const int Nodes = 4096;

    /// <summary>Most activation tensors.</summary>
    public const int Tensors = 8192;

    /// <summary>Largest height, width or channel count.</summary>
    public const int Dimension = 1 << 17;

    /// <summary>Most bytes of one activation tensor.</summary>
    public const int TensorBytes = 1 << 26;

    /// <summary>Most bytes of all activation tensors together.</summary>
    public const long AllTensorBytes = 1L << 30;

    /// <summary>Most weights of one node.</summary>
    public const int Weights = 1 << 28;

    /// <summary>
    /// Most elements of a convolution's input with its padding, and of its weights with the outputs of each group
    /// rounded up to sixteen: what kernels lay out in memory.
    /// </summary>
    public const int LaidOutElements = 1 << 28;

    /// <summary>Most cells of a kernel window (height × width).</summary>
    public const int WindowCells = 1 << 18;

    /// <summary>Most multiply-accumulate (or window cell) operations of the whole network for one frame.</summary>
    public const long Operations = 1L << 40;

    /// <summary>Most inputs of one node.</summary>
    public const int NodeInputs = 256;

    /// <summary>Most channels of a softmax: its 32-bit sum of exponentials holds no more.</summary>
    public const int SoftmaxChannels = 4095;

    /// <summary>Most characters of a name.</summary>
    public const int NameLength = 1024;
}
