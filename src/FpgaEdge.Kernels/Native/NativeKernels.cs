using System.Runtime.InteropServices;
using FpgaEdge.Model.Integer;

namespace FpgaEdge.Kernels.Native;

/// <summary>What one call of the C kernels is given; field for field the structure in fpgaedge_kernels.h.</summary>
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
    public float* Estimate;
    public int* Offsets;
    public byte* Zeros;
    public byte* Output;
    public int OffsetCount;
    public int Groups;
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
    public int Period;
    public int Wide;
}

/// <summary>How a family of C kernels wants its operands; see fpgaedge_kernels.h.</summary>
/// <param name="Outputs">Output channels of a block of weights.</param>
/// <param name="Inputs">Neighbouring inputs that are multiplied together.</param>
/// <param name="Signed">Whether activations are signed; those of the other kind arrive with the top bit flipped.</param>
internal readonly record struct NativeLayout(int Outputs, int Inputs, bool Signed)
{
    /// <summary>AVX512-VNNI.</summary>
    public static NativeLayout X64 => new(16, 4, false);

    /// <summary>NEON, 32 and 64 bits.</summary>
    public static NativeLayout Neon => new(4, 16, true);

    /// <summary>Bytes that the depth-wise kernel takes at a time.</summary>
    public int DepthwiseBlock => Signed ? 16 : 64;

    /// <summary>Taps of a depth-wise layer that are multiplied together.</summary>
    public int TapGroup => Signed ? 1 : 4;

    /// <summary>Whether depth-wise layers of stride 1 are taken as one stream of pixels.</summary>
    public bool TakesPixelsTogether => !Signed;

    /// <summary>What a tensor's bytes are to be combined with: 0x80, or 0 where they serve as they are.</summary>
    public int Flip(IntegerTensor tensor) => (tensor.Type == IntegerType.Int8) == Signed ? 0 : 0x80;
}

/// <summary>Elements behind the pointers of a call, and where in the output tensor its result begins.</summary>
internal readonly record struct NativeBytes(
    int Input, int Weights, int Channels, int Factors, int Offsets, int Zeros, int FirstOutputByte);

/// <summary>Takes calls that kernels for another processor are to execute.</summary>
internal interface INativeRecorder
{
    /// <summary>Called while the pointers of <paramref name="call"/> are valid.</summary>
    void Record(bool depthwise, in NativeCall call, NativeBytes bytes);
}

/// <summary>
/// The optional C kernels: libfpgaedge_kernels.so beside the program, built by Native/build.sh. Where it is absent,
/// of another version, or asks for instructions that this processor lacks, the managed kernels do the work.
/// </summary>
internal static unsafe class NativeKernels
{
    private const int AbiVersion = 3;

    private static readonly nint Library = Load();

    /// <summary>Whether the library is there and runs here.</summary>
    public static bool IsSupported => Library != 0;

    /// <summary>What the loaded kernels take.</summary>
    public static NativeLayout Layout { get; } =
        RuntimeInformation.ProcessArchitecture == Architecture.X64 ? NativeLayout.X64 : NativeLayout.Neon;

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
        if (!File.Exists(path) || !NativeLibrary.TryLoad(path, out nint library))
        {
            return 0;
        }
        return NativeLibrary.TryGetExport(library, "fpgaedge_kernels_abi", out nint version)
            && ((delegate* unmanaged<int>)version)() == AbiVersion ? library : 0;
    }

    private static nint Entry(string name) => Library == 0 ? 0 : NativeLibrary.GetExport(Library, name);
}
