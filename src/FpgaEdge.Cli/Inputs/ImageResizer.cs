namespace FpgaEdge.Cli.Inputs;

/// <summary>One direction of a resampling: from a source length to a window of a scaled length.</summary>
/// <param name="Source">Pixels before.</param>
/// <param name="Full">Pixels after scaling the whole source.</param>
/// <param name="First">First scaled pixel that is wanted.</param>
/// <param name="Count">How many scaled pixels are wanted.</param>
internal readonly record struct ResampleAxis(int Source, int Full, int First, int Count);

/// <summary>
/// Bilinear resampling of 8-bit pictures. When a picture shrinks the triangle grows with the factor, so that every
/// source pixel counts (no aliasing). Weights are integers and results are rounded to whole grey levels after each
/// direction, so every machine gets the same bytes.
/// </summary>
internal static class ImageResizer
{
    private const int WeightBits = 22;

    /// <summary>Resamples rows × columns × channels; first along rows, then along columns.</summary>
    public static byte[] Resample(byte[] pixels, int channels, ResampleAxis rows, ResampleAxis columns)
    {
        var narrow = new byte[rows.Source * columns.Count * channels];
        for (int x = 0; x < columns.Count; x++)
        {
            (int first, int[] weights) = Weights(columns, x);
            for (int y = 0; y < rows.Source; y++)
            {
                int from = ((y * columns.Source) + first) * channels;
                int to = ((y * columns.Count) + x) * channels;
                for (int c = 0; c < channels; c++)
                {
                    narrow[to + c] = WeightedSum(pixels, from + c, channels, weights);
                }
            }
        }
        int rowBytes = columns.Count * channels;
        var result = new byte[rows.Count * rowBytes];
        for (int y = 0; y < rows.Count; y++)
        {
            (int first, int[] weights) = Weights(rows, y);
            for (int i = 0; i < rowBytes; i++)
            {
                result[(y * rowBytes) + i] = WeightedSum(narrow, (first * rowBytes) + i, rowBytes, weights);
            }
        }
        return result;
    }

    private static byte WeightedSum(byte[] pixels, int from, int stride, int[] weights)
    {
        long sum = 1L << (WeightBits - 1);
        for (int i = 0; i < weights.Length; i++)
        {
            sum += (long)weights[i] * pixels[from + (i * stride)];
        }
        return (byte)Math.Clamp(sum >> WeightBits, 0, 255);
    }

    /// <summary>
    /// Source pixels that one scaled pixel is made of, and how much of each; weights sum up to about 2^22.
    /// </summary>
    private static (int First, int[] Weights) Weights(ResampleAxis axis, int index)
    {
        double scale = (double)axis.Source / axis.Full;
        double reach = Math.Max(1.0, scale);
        double centre = (axis.First + index + 0.5) * scale;
        int first = Math.Max(0, (int)Math.Floor(centre - reach + 0.5));
        int end = Math.Min(axis.Source, (int)Math.Floor(centre + reach + 0.5));
        var shares = new double[end - first];
        double sum = 0;
        for (int i = 0; i < shares.Length; i++)
        {
            shares[i] = Math.Max(0.0, 1.0 - (Math.Abs(first + i + 0.5 - centre) / reach));
            sum += shares[i];
        }
        return (first, Array.ConvertAll(shares, share => (int)Math.Round(share / sum * (1 << WeightBits))));
    }
}
