using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace FpgaEdge.Vta.Simulation.Transfers;

/// <summary>
/// Turns weight elements from [output][input] as in DRAM into [input / 2][output][input % 2] as the arithmetic wants
/// them. For the common 16 x 16 bytes this is a transposition of 16 rows of eight byte pairs, followed by sign
/// extension.
/// </summary>
internal sealed unsafe class WeightPacking(VtaConfiguration configuration, VtaKernel kernel)
{
    private readonly int block = configuration.BlockIn;
    private readonly int lanes = Scratchpads.WeightLanes(configuration);
    private readonly bool isCommon = configuration.BlockIn == 16 && configuration.WgtBits == 8;
    private readonly short[] wide = new short[configuration.BlockIn * configuration.BlockOut];

    /// <summary>Converts whole elements.</summary>
    public void Pack(ReadOnlySpan<byte> source, Span<short> target)
    {
        int elementBytes = configuration.ElementBytes(VtaMemoryId.Wgt);
        int elements = source.Length / elementBytes;
        fixed (byte* from = source)
        fixed (short* to = target)
        {
            for (int i = 0; i < elements; i++)
            {
                if (isCommon && kernel >= VtaKernel.Avx2)
                {
                    Pack16Avx2(from + (i * 256), to + (i * 256), kernel);
                }
                else if (isCommon && kernel == VtaKernel.Vector128 && HasZip)
                {
                    Pack16Vector128(from + (i * 256), to + (i * 256));
                }
                else
                {
                    PackAny(source.Slice(i * elementBytes, elementBytes), target.Slice(i * lanes, lanes));
                }
            }
        }
    }

    private static bool HasZip => Sse2.IsSupported || AdvSimd.Arm64.IsSupported;

    private void PackAny(ReadOnlySpan<byte> element, Span<short> target)
    {
        ElementPacking.Widen(element, configuration.WgtBits, wide, kernel);
        for (int o = 0; o < block; o++)
        {
            for (int k = 0; k < block; k++)
            {
                target[((((k >> 1) * block) + o) * 2) + (k & 1)] = wide[(o * block) + k];
            }
        }
    }

    /// <summary>Rows o and o + 8 share a register, so that the eight columns come out with all 16 rows in
    /// order.</summary>
    private static void Pack16Avx2(byte* source, short* target, VtaKernel kernel)
    {
        Vector256<short> r0 = Rows(source, 0);
        Vector256<short> r1 = Rows(source, 1);
        Vector256<short> r2 = Rows(source, 2);
        Vector256<short> r3 = Rows(source, 3);
        Vector256<short> r4 = Rows(source, 4);
        Vector256<short> r5 = Rows(source, 5);
        Vector256<short> r6 = Rows(source, 6);
        Vector256<short> r7 = Rows(source, 7);
        Vector256<int> a0 = Avx2.UnpackLow(r0, r1).AsInt32();
        Vector256<int> a1 = Avx2.UnpackHigh(r0, r1).AsInt32();
        Vector256<int> a2 = Avx2.UnpackLow(r2, r3).AsInt32();
        Vector256<int> a3 = Avx2.UnpackHigh(r2, r3).AsInt32();
        Vector256<int> a4 = Avx2.UnpackLow(r4, r5).AsInt32();
        Vector256<int> a5 = Avx2.UnpackHigh(r4, r5).AsInt32();
        Vector256<int> a6 = Avx2.UnpackLow(r6, r7).AsInt32();
        Vector256<int> a7 = Avx2.UnpackHigh(r6, r7).AsInt32();
        FourPairs(a0, a2, a4, a6, target, kernel);
        FourPairs(a1, a3, a5, a7, target + 128, kernel);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<short> Rows(byte* source, int row) => Vector256.Create(
        Vector128.Load(source + (row * 16)), Vector128.Load(source + ((row + 8) * 16))).AsInt16();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void FourPairs(
        Vector256<int> a, Vector256<int> b, Vector256<int> c, Vector256<int> d, short* target, VtaKernel kernel)
    {
        Vector256<long> ab = Avx2.UnpackLow(a, b).AsInt64();
        Vector256<long> abHigh = Avx2.UnpackHigh(a, b).AsInt64();
        Vector256<long> cd = Avx2.UnpackLow(c, d).AsInt64();
        Vector256<long> cdHigh = Avx2.UnpackHigh(c, d).AsInt64();
        Extend(Avx2.UnpackLow(ab, cd), target, kernel);
        Extend(Avx2.UnpackHigh(ab, cd), target + 32, kernel);
        Extend(Avx2.UnpackLow(abHigh, cdHigh), target + 64, kernel);
        Extend(Avx2.UnpackHigh(abHigh, cdHigh), target + 96, kernel);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Extend(Vector256<long> pairs, short* target, VtaKernel kernel)
    {
        Vector256<sbyte> bytes = pairs.AsSByte();
        if (kernel == VtaKernel.Avx512)
        {
            Avx512BW.ConvertToVector512Int16(bytes).Store(target);
        }
        else
        {
            Avx2.ConvertToVector256Int16(bytes.GetLower()).Store(target);
            Avx2.ConvertToVector256Int16(bytes.GetUpper()).Store(target + 16);
        }
    }

    /// <summary>The same in halves of eight outputs.</summary>
    private static void Pack16Vector128(byte* source, short* target)
    {
        for (int half = 0; half < 2; half++)
        {
            Pack8Rows((short*)(source + (half * 128)), target + (half * 16));
        }
    }

    private static void Pack8Rows(short* rows, short* target)
    {
        Vector128<short> r0 = Vector128.Load(rows);
        Vector128<short> r1 = Vector128.Load(rows + 8);
        Vector128<short> r2 = Vector128.Load(rows + 16);
        Vector128<short> r3 = Vector128.Load(rows + 24);
        Vector128<short> r4 = Vector128.Load(rows + 32);
        Vector128<short> r5 = Vector128.Load(rows + 40);
        Vector128<short> r6 = Vector128.Load(rows + 48);
        Vector128<short> r7 = Vector128.Load(rows + 56);
        FourPairs(ZipLow(r0, r1), ZipLow(r2, r3), ZipLow(r4, r5), ZipLow(r6, r7), target);
        FourPairs(ZipHigh(r0, r1), ZipHigh(r2, r3), ZipHigh(r4, r5), ZipHigh(r6, r7), target + 128);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void FourPairs(
        Vector128<short> a, Vector128<short> b, Vector128<short> c, Vector128<short> d, short* target)
    {
        Vector128<long> ab = ZipLow(a.AsInt32(), b.AsInt32()).AsInt64();
        Vector128<long> abHigh = ZipHigh(a.AsInt32(), b.AsInt32()).AsInt64();
        Vector128<long> cd = ZipLow(c.AsInt32(), d.AsInt32()).AsInt64();
        Vector128<long> cdHigh = ZipHigh(c.AsInt32(), d.AsInt32()).AsInt64();
        Extend(ZipLow(ab, cd), target);
        Extend(ZipHigh(ab, cd), target + 32);
        Extend(ZipLow(abHigh, cdHigh), target + 64);
        Extend(ZipHigh(abHigh, cdHigh), target + 96);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Extend(Vector128<long> pairs, short* target)
    {
        (Vector128<short> low, Vector128<short> high) = Vector128.Widen(pairs.AsSByte());
        low.Store(target);
        high.Store(target + 8);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<short> ZipLow(Vector128<short> a, Vector128<short> b) =>
        Sse2.IsSupported ? Sse2.UnpackLow(a, b) : AdvSimd.Arm64.ZipLow(a, b);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<short> ZipHigh(Vector128<short> a, Vector128<short> b) =>
        Sse2.IsSupported ? Sse2.UnpackHigh(a, b) : AdvSimd.Arm64.ZipHigh(a, b);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<int> ZipLow(Vector128<int> a, Vector128<int> b) =>
        Sse2.IsSupported ? Sse2.UnpackLow(a, b) : AdvSimd.Arm64.ZipLow(a, b);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<int> ZipHigh(Vector128<int> a, Vector128<int> b) =>
        Sse2.IsSupported ? Sse2.UnpackHigh(a, b) : AdvSimd.Arm64.ZipHigh(a, b);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<long> ZipLow(Vector128<long> a, Vector128<long> b) =>
        Sse2.IsSupported ? Sse2.UnpackLow(a, b) : AdvSimd.Arm64.ZipLow(a, b);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<long> ZipHigh(Vector128<long> a, Vector128<long> b) =>
        Sse2.IsSupported ? Sse2.UnpackHigh(a, b) : AdvSimd.Arm64.ZipHigh(a, b);
}
