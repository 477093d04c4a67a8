namespace FpgaEdge.Samples.Train;

/// <summary>Numbers that training changes, with their gradient and Adam's two running means.</summary>
internal sealed class Parameters(int count)
{
    private const float MeanDecay = 0.9f, SquareDecay = 0.999f, Epsilon = 1e-8f;

    private readonly float[] mean = new float[count];
    private readonly float[] square = new float[count];
    private float meanPower = 1, squarePower = 1;

    /// <summary>The parameters themselves.</summary>
    public float[] Values { get; } = new float[count];

    /// <summary>Sum of the gradients since the last step.</summary>
    public float[] Gradient { get; } = new float[count];

    /// <summary>Uniform with the variance that keeps the size of activations through a ReLU (He).</summary>
    public void Initialise(int fanIn, PortableRandom random)
    {
        double bound = Math.Sqrt(6.0 / fanIn);
        for (int i = 0; i < Values.Length; i++)
        {
            Values[i] = (float)random.Uniform(-bound, bound);
        }
    }

    /// <summary>One step of Adam with decoupled weight decay; clears the gradient.</summary>
    public void Step(float rate, float decay, int batch)
    {
        meanPower *= MeanDecay;
        squarePower *= SquareDecay;
        for (int i = 0; i < Values.Length; i++)
        {
            float gradient = Gradient[i] / batch;
            mean[i] = (MeanDecay * mean[i]) + ((1 - MeanDecay) * gradient);
            square[i] = (SquareDecay * square[i]) + ((1 - SquareDecay) * gradient * gradient);
            float size = MathF.Sqrt(square[i] / (1 - squarePower)) + Epsilon;
            Values[i] -= rate * ((mean[i] / (1 - meanPower) / size) + (decay * Values[i]));
        }
        Array.Clear(Gradient);
    }
}
