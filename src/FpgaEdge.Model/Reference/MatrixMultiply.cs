using System.Numerics;
using System.Runtime.InteropServices;

namespace FpgaEdge.Model.Reference;

/// <summary>
/// Matrix products for float and int, by the definition: every result is its starting value plus the products in the
/// order of the inner index.
/// </summary>
internal static class MatrixMultiply
{
    private const int RowsPerStep = 4;

    /// <summary>
    /// C[m,n] += Σk A[m,k]·B[k,n], all row-major with the given row strides.
    /// </summary>
    public static void Accumulate<T>(
        ReadOnlySpan<T> a, int aStride, ReadOnlySpan<T> b, int bStride, Span<T> c, int cStride, int m, int n, int k)
        where T : unmanaged, INumber<T>
    {
        if (m == 0 || n == 0 || k == 0)
        {
            return;
        }
        // One check each here lets the loops below read without any.
        _ = a[((m - 1) * aStride) + k - 1];
        _ = b[((k - 1) * bStride) + n - 1];
        _ = c[((m - 1) * cStride) + n - 1];
        int step = 2 * Vector<T>.Count;
        int vectorEnd = n - (n % step);
        for (int column = 0; column < vectorEnd; column += step)
        {
            int row = 0;
            for (; row + RowsPerStep <= m; row += RowsPerStep)
            {
                FourRows(
                    a[(row * aStride)..], aStride, b[column..], bStride, c[((row * cStride) + column)..], cStride, k);
            }
            for (; row < m; row++)
            {
                OneRow(a[(row * aStride)..], b[column..], bStride, c[((row * cStride) + column)..], k);
            }
        }
        for (int row = 0; row < m; row++)
        {
            for (int column = vectorEnd; column < n; column++)
            {
                T sum = c[(row * cStride) + column];
                for (int i = 0; i < k; i++)
                {
                    sum += a[(row * aStride) + i] * b[(i * bStride) + column];
                }
                c[(row * cStride) + column] = sum;
            }
        }
    }

    /// <summary>Σ a[i]·b[i] over two rows of the same length.</summary>
    public static T Dot<T>(ReadOnlySpan<T> a, ReadOnlySpan<T> b) where T : unmanaged, INumber<T>
    {
        b = b[..a.Length];
        int width = Vector<T>.Count;
        Vector<T> sums = Vector<T>.Zero;
        int i = 0;
        for (; i + width <= a.Length; i += width)
        {
            sums += new Vector<T>(a[i..]) * new Vector<T>(b[i..]);
        }
        T sum = Vector.Sum(sums);
        for (; i < a.Length; i++)
        {
            sum += a[i] * b[i];
        }
        return sum;
    }

    private static void FourRows<T>(
        ReadOnlySpan<T> a, int aStride, ReadOnlySpan<T> b, int bStride, Span<T> c, int cStride, int k)
        where T : unmanaged, INumber<T>
    {
        int width = Vector<T>.Count;
        ref T c0 = ref MemoryMarshal.GetReference(c);
        nuint stride = (nuint)cStride;
        Vector<T> s00 = Vector.LoadUnsafe(ref c0);
        Vector<T> s01 = Vector.LoadUnsafe(ref c0, (nuint)width);
        Vector<T> s10 = Vector.LoadUnsafe(ref c0, stride);
        Vector<T> s11 = Vector.LoadUnsafe(ref c0, stride + (nuint)width);
        Vector<T> s20 = Vector.LoadUnsafe(ref c0, 2 * stride);
        Vector<T> s21 = Vector.LoadUnsafe(ref c0, (2 * stride) + (nuint)width);
        Vector<T> s30 = Vector.LoadUnsafe(ref c0, 3 * stride);
        Vector<T> s31 = Vector.LoadUnsafe(ref c0, (3 * stride) + (nuint)width);
        ref T b0 = ref MemoryMarshal.GetReference(b);
        ref T a0 = ref MemoryMarshal.GetReference(a);
        for (int i = 0; i < k; i++)
        {
            nuint at = (nuint)i * (nuint)bStride;
            Vector<T> left = Vector.LoadUnsafe(ref b0, at);
            Vector<T> right = Vector.LoadUnsafe(ref b0, at + (nuint)width);
            Vector<T> factor = new(System.Runtime.CompilerServices.Unsafe.Add(ref a0, i));
            s00 += factor * left;
            s01 += factor * right;
            factor = new(System.Runtime.CompilerServices.Unsafe.Add(ref a0, aStride + i));
            s10 += factor * left;
            s11 += factor * right;
            factor = new(System.Runtime.CompilerServices.Unsafe.Add(ref a0, (2 * aStride) + i));
            s20 += factor * left;
            s21 += factor * right;
            factor = new(System.Runtime.CompilerServices.Unsafe.Add(ref a0, (3 * aStride) + i));
            s30 += factor * left;
            s31 += factor * right;
        }
        s00.StoreUnsafe(ref c0);
        s01.StoreUnsafe(ref c0, (nuint)width);
        s10.StoreUnsafe(ref c0, stride);
        s11.StoreUnsafe(ref c0, stride + (nuint)width);
        s20.StoreUnsafe(ref c0, 2 * stride);
        s21.StoreUnsafe(ref c0, (2 * stride) + (nuint)width);
        s30.StoreUnsafe(ref c0, 3 * stride);
        s31.StoreUnsafe(ref c0, (3 * stride) + (nuint)width);
    }

    private static void OneRow<T>(ReadOnlySpan<T> a, ReadOnlySpan<T> b, int bStride, Span<T> c, int k)
        where T : unmanaged, INumber<T>
    {
        int width = Vector<T>.Count;
        Vector<T> left = new(c);
        Vector<T> right = new(c[width..]);
        for (int i = 0; i < k; i++)
        {
            Vector<T> factor = new(a[i]);
            left += factor * new Vector<T>(b[(i * bStride)..]);
            right += factor * new Vector<T>(b[((i * bStride) + width)..]);
        }
        left.CopyTo(c);
        right.CopyTo(c[width..]);
    }
}
