using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace FpgaEdge.Vta.Simulation.Gemm;

/// <summary>One vector register of 32-bit lanes: what <see cref="VectorGemmKernel{TLanes}"/> needs of an instruction
/// set. A lane holds a sum, or a pair of 16-bit values.</summary>
internal unsafe interface IGemmLanes<TSelf>
    where TSelf : unmanaged, IGemmLanes<TSelf>
{
    /// <summary>Lanes of a register.</summary>
    static abstract int Count { get; }

    /// <summary>Reads sums, or pairs of weights.</summary>
    static abstract TSelf Load(void* source);

    /// <summary>One pair of input channels in every lane.</summary>
    static abstract TSelf Broadcast(short* pair);

    /// <summary>Adds lane by lane.</summary>
    static abstract TSelf Add(TSelf a, TSelf b);

    /// <summary>Multiplies the two pairs of each lane and adds both products to the sum.</summary>
    static abstract TSelf MultiplyAdd(TSelf sum, TSelf x, TSelf w);

    /// <summary>Writes sums.</summary>
    static abstract void Store(TSelf sums, int* target);
}

/// <summary>AVX-512BW.</summary>
internal readonly unsafe struct Avx512Lanes(Vector512<int> value) : IGemmLanes<Avx512Lanes>
{
    private readonly Vector512<int> value = value;

    public static int Count => 16;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx512Lanes Load(void* source) => new(Vector512.Load((int*)source));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx512Lanes Broadcast(short* pair) => new(Vector512.Create(*(int*)pair));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx512Lanes Add(Avx512Lanes a, Avx512Lanes b) => new(a.value + b.value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx512Lanes MultiplyAdd(Avx512Lanes sum, Avx512Lanes x, Avx512Lanes w) =>
        new(sum.value + Avx512BW.MultiplyAddAdjacent(x.value.AsInt16(), w.value.AsInt16()));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Avx512Lanes sums, int* target) => sums.value.Store(target);
}

/// <summary>AVX2.</summary>
internal readonly unsafe struct Avx2Lanes(Vector256<int> value) : IGemmLanes<Avx2Lanes>
{
    private readonly Vector256<int> value = value;

    public static int Count => 8;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx2Lanes Load(void* source) => new(Vector256.Load((int*)source));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx2Lanes Broadcast(short* pair) => new(Vector256.Create(*(int*)pair));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx2Lanes Add(Avx2Lanes a, Avx2Lanes b) => new(a.value + b.value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx2Lanes MultiplyAdd(Avx2Lanes sum, Avx2Lanes x, Avx2Lanes w) =>
        new(sum.value + Avx2.MultiplyAddAdjacent(x.value.AsInt16(), w.value.AsInt16()));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Avx2Lanes sums, int* target) => sums.value.Store(target);
}

/// <summary>128-bit vectors, on x86 and on 64-bit ARM.</summary>
internal readonly unsafe struct Vector128Lanes(Vector128<int> value) : IGemmLanes<Vector128Lanes>
{
    private readonly Vector128<int> value = value;

    public static int Count => 4;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128Lanes Load(void* source) => new(Vector128.Load((int*)source));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128Lanes Broadcast(short* pair) => new(Vector128.Create(*(int*)pair));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128Lanes Add(Vector128Lanes a, Vector128Lanes b) => new(a.value + b.value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128Lanes MultiplyAdd(Vector128Lanes sum, Vector128Lanes x, Vector128Lanes w) =>
        new(sum.value + Products(x.value, w.value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector128Lanes sums, int* target) => sums.value.Store(target);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<int> Products(Vector128<int> x, Vector128<int> w)
    {
        if (Sse2.IsSupported)
        {
            return Sse2.MultiplyAddAdjacent(x.AsInt16(), w.AsInt16());
        }
        if (AdvSimd.Arm64.IsSupported)
        {
            return AdvSimd.Arm64.AddPairwise(
                AdvSimd.MultiplyWideningLower(x.AsInt16().GetLower(), w.AsInt16().GetLower()),
                AdvSimd.MultiplyWideningUpper(x.AsInt16(), w.AsInt16()));
        }
        // The halves of each lane, sign-extended.
        return (((x << 16) >> 16) * ((w << 16) >> 16)) + ((x >> 16) * (w >> 16));
    }
}
