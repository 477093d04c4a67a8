using System.Runtime.InteropServices;

namespace FpgaEdge.Kernels.Native;

/// <summary>What one call of the C kernels is given; field for field the structure in fpgaedge_kernels.c.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct NativeCall
{
    public byte* Input;
    public sbyte* Weights;
    public int* Bias;
    public int* Left;
    public int* Right;
    public int* Multiplier;
    public double* Factor;
    public int* Offsets;
    public byte* Zeros;
    public byte* Output;
    public int OffsetCount;
    public int Quads;
    public int Height;
    public int Width;
    public int RowStep;
    public int PixelStep;
    public int Channels;
    public int OutputStride;
    public int Kind;
    public int ZeroPoint;
    public int Minimum;
    public int Maximum;
    public int InputHeight;
    public int InputWidth;
    public int StrideHeight;
    public int StrideWidth;
    public int PadTop;
    public int PadLeft;
    public int Flip;
}

/// <summary>
/// The optional C kernels: libfpgaedge_kernels.so beside the program, built by Native/build.sh. Where it is absent,
/// of another version, or asks for instructions that this processor lacks, the managed kernels do the work.
/// </summary>
internal static unsafe class NativeKernels
{
    private const int AbiVersion = 2;

    private static readonly nint Library = Load();

    /// <summary>Whether the library is there and runs here.</summary>
    public static bool IsSupported => Library != 0;

    /// <summary>Any convolution but a depth-wise one.</summary>
    public static void Convolution(NativeCall* call) => ConvolutionEntry(call);

    /// <summary>Depth-wise convolution with one filter per channel.</summary>
    public static void Depthwise(NativeCall* call) => DepthwiseEntry(call);

    private static readonly delegate* unmanaged<NativeCall*, void> ConvolutionEntry =
        (delegate* unmanaged<NativeCall*, void>)Entry("fpgaedge_convolution");

    private static readonly delegate* unmanaged<NativeCall*, void> DepthwiseEntry =
        (delegate* unmanaged<NativeCall*, void>)Entry("fpgaedge_depthwise");

    private static nint Load()
    {
        string path = Path.Combine(AppContext.BaseDirectory, "libfpgaedge_kernels.so");
        if (RuntimeInformation.ProcessArchitecture != Architecture.X64 || !File.Exists(path)
            || !NativeLibrary.TryLoad(path, out nint library))
        {
            return 0;
        }
        return NativeLibrary.TryGetExport(library, "fpgaedge_kernels_abi", out nint version)
            && ((delegate* unmanaged<int>)version)() == AbiVersion ? library : 0;
    }

    private static nint Entry(string name) => Library == 0 ? 0 : NativeLibrary.GetExport(Library, name);
}
