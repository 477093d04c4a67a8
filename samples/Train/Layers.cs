namespace FpgaEdge.Samples.Train;

/// <summary>The layers without parameters, forwards and backwards.</summary>
internal static class Layers
{
    /// <summary>max(0, x) in place.</summary>
    public static float[] Relu(float[] values)
    {
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = values[i] > 0 ? values[i] : 0;
        }
        return values;
    }

    /// <summary>Clears the gradient, in place, where the activation was zero.</summary>
    public static float[] ReluBackward(float[] activation, float[] gradient)
    {
        for (int i = 0; i < gradient.Length; i++)
        {
            gradient[i] = activation[i] > 0 ? gradient[i] : 0;
        }
        return gradient;
    }

    /// <summary>a += b.</summary>
    public static float[] Add(float[] a, float[] b)
    {
        for (int i = 0; i < a.Length; i++)
        {
            a[i] += b[i];
        }
        return a;
    }

    /// <summary>Largest of each 2 × 2 block; also where it was.</summary>
    public static (float[] Output, int[] From) MaxPool(float[] input, int size, int channels)
    {
        int half = size / 2;
        var output = new float[half * half * channels];
        var from = new int[output.Length];
        for (int to = 0; to < output.Length; to++)
        {
            int c = to % channels, x = to / channels % half, y = to / channels / half;
            int best = (((2 * y * size) + (2 * x)) * channels) + c;
            int below = best + (size * channels);
            foreach (int other in (ReadOnlySpan<int>)[best + channels, below, below + channels])
            {
                best = input[other] > input[best] ? other : best;
            }
            (output[to], from[to]) = (input[best], best);
        }
        return (output, from);
    }

    /// <summary>Gives each gradient to the element that was the largest.</summary>
    public static float[] MaxPoolBackward(float[] gradient, int[] from, int inputLength)
    {
        var result = new float[inputLength];
        for (int i = 0; i < gradient.Length; i++)
        {
            result[from[i]] += gradient[i];
        }
        return result;
    }

    /// <summary>Mean of each channel over the image.</summary>
    public static float[] Average(float[] input, int channels)
    {
        var mean = new float[channels];
        for (int at = 0; at < input.Length; at++)
        {
            mean[at % channels] += input[at];
        }
        int area = input.Length / channels;
        return Array.ConvertAll(mean, sum => sum / area);
    }

    /// <summary>Spreads the gradient of the mean over the image.</summary>
    public static float[] AverageBackward(float[] gradient, int inputLength)
    {
        int area = inputLength / gradient.Length;
        var result = new float[inputLength];
        for (int at = 0; at < inputLength; at++)
        {
            result[at] = gradient[at % gradient.Length] / area;
        }
        return result;
    }

    /// <summary>
    /// The gradient of the cross entropy of the scores' softmax; gives the probability that is missing to the label.
    /// </summary>
    public static double SoftmaxGradient(float[] scores, int label, out float[] gradient)
    {
        double largest = scores.Max(), sum = 0;
        double[] powers = Array.ConvertAll(scores, score => PortableMath.Exp(score - largest));
        foreach (double power in powers)
        {
            sum += power;
        }
        gradient = Array.ConvertAll(powers, power => (float)(power / sum));
        gradient[label] -= 1;
        return 1 - (powers[label] / sum);
    }
}
