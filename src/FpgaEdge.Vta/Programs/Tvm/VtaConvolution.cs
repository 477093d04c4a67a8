namespace FpgaEdge.Vta.Tvm;

/// <summary>A two-dimensional convolution of one image, square kernel, same stride and padding in both
/// directions.</summary>
/// <param name="Height">Input rows.</param>
/// <param name="Width">Input columns.</param>
/// <param name="InputChannels">A multiple of the block.</param>
/// <param name="OutputChannels">A multiple of the block.</param>
/// <param name="Kernel">Rows and columns of the kernel.</param>
/// <param name="Stride">Input pixels per output pixel.</param>
/// <param name="Padding">Zeros around the input.</param>
public sealed record VtaConvolution(
    int Height, int Width, int InputChannels, int OutputChannels, int Kernel, int Stride, int Padding)
{
    /// <summary>Output rows.</summary>
    public int OutputHeight => ((Height + (2 * Padding) - Kernel) / Stride) + 1;

    /// <summary>Output columns.</summary>
    public int OutputWidth => ((Width + (2 * Padding) - Kernel) / Stride) + 1;

    /// <summary>Multiply-accumulates.</summary>
    public long Macs => (long)OutputHeight * OutputWidth * OutputChannels * InputChannels * Kernel * Kernel;
}

/// <summary>How a convolution is cut: what one tile computes, and which loop two virtual threads share.</summary>
/// <param name="Rows">Output rows of a tile.</param>
/// <param name="Columns">Output columns of a tile.</param>
/// <param name="InputBlocks">Input channel blocks per reduction step.</param>
/// <param name="OutputBlocks">Output channel blocks of a tile.</param>
/// <param name="ThreadsOverRows">Two tiles in flight are neighbours in rows, not in output channels.</param>
public sealed record TvmTile(int Rows, int Columns, int InputBlocks, int OutputBlocks, bool ThreadsOverRows);

/// <summary>Where a convolution's data lies, in bytes from the base of the window.</summary>
/// <param name="Input">[input block][row][column] activation elements.</param>
/// <param name="Weights">[output block][input block][kernel row][kernel column] weight elements.</param>
/// <param name="Bias">[output block] accumulator elements.</param>
/// <param name="Output">[output block][row][column] output elements.</param>
/// <param name="Instructions">The program's stream.</param>
/// <param name="MicroOps">The program's micro-ops.</param>
public sealed record TvmBuffers(long Input, long Weights, long Bias, long Output, long Instructions, long MicroOps);
