namespace FpgaEdge.Samples.Train;

/// <summary>
/// A 3 × 3 convolution with padding 1, or a dense layer as a 1 × 1 convolution of a 1 × 1 image. Images are
/// height × width × channel; weights are kernel row, kernel column, input channel, output channel.
/// </summary>
internal sealed class Convolution
{
    private readonly int size, stride, kernel, padding;

    public Convolution(string name, int size, int stride, int kernel, int inputs, int outputs, PortableRandom random)
    {
        (Name, this.size, this.stride, this.kernel, padding) = (name, size, stride, kernel, kernel / 2);
        (Inputs, Outputs) = (inputs, outputs);
        Weights = new Parameters(kernel * kernel * inputs * outputs);
        Bias = new Parameters(outputs);
        Weights.Initialise(kernel * kernel * inputs, random);
    }

    public string Name { get; }

    public int Inputs { get; }

    public int Outputs { get; }

    public int Kernel => kernel;

    public int Stride => stride;

    /// <summary>Height and width of the output.</summary>
    public int OutputSize => ((size - 1) / stride) + 1;

    public Parameters Weights { get; }

    public Parameters Bias { get; }

    /// <summary>The output before any activation.</summary>
    public float[] Forward(float[] input)
    {
        var output = new float[OutputSize * OutputSize * Outputs];
        for (int to = 0; to < output.Length; to += Outputs)
        {
            Bias.Values.CopyTo(output, to);
        }
        ForEachTap((from, to, tap) =>
        {
            Span<float> target = output.AsSpan(to, Outputs);
            for (int i = 0; i < Inputs; i++)
            {
                float value = input[from + i];
                if (value != 0)
                {
                    Vectors.AddScaled(target, Weights.Values.AsSpan(tap + (i * Outputs), Outputs), value);
                }
            }
        });
        return output;
    }

    /// <summary>Adds to the parameters' gradients; gives the gradient of the input.</summary>
    public float[] Backward(float[] input, float[] outputGradient)
    {
        for (int to = 0; to < outputGradient.Length; to += Outputs)
        {
            Vectors.AddScaled(Bias.Gradient, outputGradient.AsSpan(to, Outputs), 1);
        }
        float[] turned = WeightsByOutput();
        var inputGradient = new float[input.Length];
        ForEachTap((from, to, tap) =>
        {
            Span<float> target = inputGradient.AsSpan(from, Inputs);
            for (int i = 0; i < Inputs; i++)
            {
                float value = input[from + i];
                if (value != 0)
                {
                    Span<float> gradient = Weights.Gradient.AsSpan(tap + (i * Outputs), Outputs);
                    Vectors.AddScaled(gradient, outputGradient.AsSpan(to, Outputs), value);
                }
            }
            for (int o = 0; o < Outputs; o++)
            {
                float value = outputGradient[to + o];
                if (value != 0)
                {
                    Vectors.AddScaled(target, turned.AsSpan(tap + (o * Inputs), Inputs), value);
                }
            }
        });
        return inputGradient;
    }

    /// <summary>Calls with the offsets of an input pixel, an output pixel and the kernel cell between them.</summary>
    private void ForEachTap(Action<int, int, int> action)
    {
        int outputSize = OutputSize;
        for (int pixel = 0; pixel < outputSize * outputSize; pixel++)
        {
            for (int cell = 0; cell < kernel * kernel; cell++)
            {
                int y = (pixel / outputSize * stride) + (cell / kernel) - padding;
                int x = (pixel % outputSize * stride) + (cell % kernel) - padding;
                if (y >= 0 && y < size && x >= 0 && x < size)
                {
                    action(((y * size) + x) * Inputs, pixel * Outputs, cell * Inputs * Outputs);
                }
            }
        }
    }

    /// <summary>The weights as kernel cell, output channel, input channel.</summary>
    private float[] WeightsByOutput()
    {
        var turned = new float[Weights.Values.Length];
        for (int at = 0; at < turned.Length; at++)
        {
            int o = at % Outputs, i = at / Outputs % Inputs, cell = at / Outputs / Inputs;
            turned[(((cell * Outputs) + o) * Inputs) + i] = Weights.Values[at];
        }
        return turned;
    }
}
