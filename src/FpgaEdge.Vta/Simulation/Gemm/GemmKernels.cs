using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace FpgaEdge.Vta.Simulation.Gemm;

/// <summary>Chooses the kernel for a block size and processor.</summary>
internal static class GemmKernels
{
    /// <summary>The kind that is meant on this processor.</summary>
    /// <exception cref="VtaException">A kind is named that this processor does not have.</exception>
    public static VtaKernel Resolve(VtaKernel wanted)
    {
        VtaKernel kind = wanted == VtaKernel.Automatic ? Best() : wanted;
        if (!IsSupported(kind))
        {
            throw new VtaException($"kernel {kind} is not supported by this processor; the best here is {Best()}");
        }
        return kind;
    }

    /// <summary>The widest kernel of at most a kind that the block is a multiple of.</summary>
    public static GemmKernel Create(VtaKernel kind, int block)
    {
        if (kind == VtaKernel.Avx512 && block % 16 == 0)
        {
            return new VectorGemmKernel<Avx512Lanes>();
        }
        if (kind >= VtaKernel.Avx2 && block % 8 == 0)
        {
            return new VectorGemmKernel<Avx2Lanes>();
        }
        return kind >= VtaKernel.Vector128 && block % 4 == 0
            ? new VectorGemmKernel<Vector128Lanes>()
            : new ScalarGemmKernel(block);
    }

    /// <summary>Whether this processor can run a kind.</summary>
    public static bool IsSupported(VtaKernel kind) => kind switch
    {
        VtaKernel.Avx512 => Avx512BW.IsSupported,
        VtaKernel.Avx2 => Avx2.IsSupported,
        VtaKernel.Vector128 => Vector128.IsHardwareAccelerated,
        _ => true,
    };

    private static VtaKernel Best()
    {
        // Vector512.IsHardwareAccelerated is false on some processors where these instructions are a gain.
        if (Avx512BW.IsSupported)
        {
            return VtaKernel.Avx512;
        }
        if (Avx2.IsSupported)
        {
            return VtaKernel.Avx2;
        }
        return Vector128.IsHardwareAccelerated ? VtaKernel.Vector128 : VtaKernel.Scalar;
    }
}
