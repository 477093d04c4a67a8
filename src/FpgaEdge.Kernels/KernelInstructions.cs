using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;
using FpgaEdge.Kernels.Native;

namespace FpgaEdge.Kernels;

/// <summary>Instruction sets that the convolution kernels are written for.</summary>
public enum KernelInstructions : byte
{
    /// <summary>Plain C#: always right, and all that .NET has on 32-bit ARM.</summary>
    Scalar = 0,

    /// <summary>Arm's 128-bit vectors (arm64).</summary>
    AdvSimd = 1,

    /// <summary>x64 with 256-bit integer vectors.</summary>
    Avx2 = 2,

    /// <summary>x64 with 512-bit integer vectors.</summary>
    Avx512 = 3,

    /// <summary>The optional C kernels (see Native/build.sh); nodes they cannot do run managed.</summary>
    Native = 4,
}

/// <summary>What this machine can run.</summary>
public static class KernelInstructionSets
{
    /// <summary>The fastest supported set.</summary>
    public static KernelInstructions Best => NativeKernels.IsSupported ? KernelInstructions.Native : BestManaged;

    /// <summary>The fastest supported set without native code.</summary>
    public static KernelInstructions BestManaged { get; } = Avx512BW.IsSupported ? KernelInstructions.Avx512
        : Avx2.IsSupported ? KernelInstructions.Avx2
        : AdvSimd.Arm64.IsSupported ? KernelInstructions.AdvSimd
        : KernelInstructions.Scalar;

    /// <summary>Whether a set can run here.</summary>
    public static bool IsSupported(KernelInstructions instructions) => instructions switch
    {
        KernelInstructions.Scalar => true,
        KernelInstructions.AdvSimd => AdvSimd.Arm64.IsSupported,
        KernelInstructions.Avx2 => Avx2.IsSupported,
        KernelInstructions.Avx512 => Avx512BW.IsSupported,
        KernelInstructions.Native => NativeKernels.IsSupported,
        _ => false,
    };
}
