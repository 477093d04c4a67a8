namespace FpgaEdge.Model.Quantization;

/// <summary>
/// What calibration has seen of one tensor: a histogram of magnitudes whose range doubles when it is exceeded, so that
/// one pass over the inputs is enough.
/// </summary>
internal sealed class ActivationStatistics
{
    private const int Bins = 4096;
    private const int Candidates = 96;

    private readonly long[] histogram = new long[Bins];
    private double range = 1e-6;

    /// <summary>Largest magnitude.</summary>
    public double Largest { get; private set; }

    /// <summary>Smallest element, at most 0.</summary>
    public double Smallest { get; private set; }

    /// <summary>Elements other than zero; zeros cost nothing at any scale.</summary>
    public long Count { get; private set; }

    /// <summary>Adds elements.</summary>
    /// <exception cref="ModelFormatException">An element is not finite.</exception>
    public void Add(ReadOnlySpan<float> values, string tensor)
    {
        float largest = 0;
        float smallest = 0;
        foreach (float value in values)
        {
            largest = Math.Max(largest, Math.Abs(value)); // keeps NaN
            smallest = Math.Min(smallest, value);
        }
        if (!float.IsFinite(largest))
        {
            throw new ModelFormatException(
                $"calibration: tensor {tensor} has elements that are not finite; check how the inputs are prepared");
        }
        Largest = Math.Max(Largest, largest);
        Smallest = Math.Min(Smallest, smallest);
        while (range <= Largest)
        {
            DoubleRange();
        }
        float binsPerUnit = (float)(Bins / range);
        foreach (float value in values)
        {
            if (value != 0)
            {
                histogram[Math.Min(Bins - 1, (int)(Math.Abs(value) * binsPerUnit))]++;
                Count++;
            }
        }
    }

    /// <summary>Adds what another tensor has seen.</summary>
    public void Add(ActivationStatistics other)
    {
        Largest = Math.Max(Largest, other.Largest);
        Smallest = Math.Min(Smallest, other.Smallest);
        Count += other.Count;
        while (range < other.range)
        {
            DoubleRange();
        }
        double scale = other.range / range;
        for (int bin = 0; bin < Bins; bin++)
        {
            histogram[(int)((bin + 0.5) * scale)] += other.histogram[bin];
        }
    }

    /// <summary>The magnitude that the largest integer shall stand for; 1 when only zeros were seen.</summary>
    /// <param name="options">The percentile.</param>
    /// <param name="method">How it is chosen.</param>
    /// <param name="levels">That integer: 127, or 255 for a shifted zero.</param>
    public double Range(QuantizerOptions options, RangeMethod method, int levels)
    {
        if (Count == 0)
        {
            return 1;
        }
        return method switch
        {
            RangeMethod.Percentile => Percentile(options.Percentile),
            RangeMethod.MeanSquareError => LeastError(levels),
            _ => Largest,
        };
    }

    private double Percentile(double share)
    {
        double wanted = share * Count;
        long seen = 0;
        for (int bin = 0; bin < Bins; bin++)
        {
            seen += histogram[bin];
            if (seen >= wanted)
            {
                return Math.Min(Largest, (bin + 1) * range / Bins);
            }
        }
        return Largest;
    }

    private double LeastError(int levels)
    {
        double best = Largest;
        double least = double.PositiveInfinity;
        for (int candidate = 0; candidate < Candidates; candidate++)
        {
            double limit = Largest * (1 - (candidate * 0.9 / Candidates));
            double error = SquareError(limit, levels, least);
            if (error < least)
            {
                (best, least) = (limit, error);
            }
        }
        return best;
    }

    private double SquareError(double limit, int levels, double giveUp)
    {
        double step = limit / levels;
        double width = range / Bins;
        double error = 0;
        for (int bin = Bins - 1; bin >= 0 && error < giveUp; bin--)
        {
            if (histogram[bin] != 0)
            {
                double value = (bin + 0.5) * width;
                double rounded = Math.Min(Math.Round(value / step), levels) * step;
                error += histogram[bin] * (value - rounded) * (value - rounded);
            }
        }
        return error;
    }

    private void DoubleRange()
    {
        for (int bin = 0; bin < Bins / 2; bin++)
        {
            histogram[bin] = histogram[2 * bin] + histogram[(2 * bin) + 1];
        }
        Array.Clear(histogram, Bins / 2, Bins / 2);
        range *= 2;
    }
}
