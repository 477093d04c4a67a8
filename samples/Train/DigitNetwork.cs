namespace FpgaEdge.Samples.Train;

/// <summary>
/// The sample network: five 3 × 3 convolutions, one of them with stride 2 and one pair inside a residual sum, a
/// maximum pool, a mean over the image, a dense layer. All channel counts but the input's are multiples of 16.
/// </summary>
internal sealed class DigitNetwork
{
    private const int Narrow = 16, Wide = 32, Classes = 10;

    public DigitNetwork(PortableRandom random)
    {
        First = new Convolution("conv1", DigitPainter.Side, 2, 3, 1, Narrow, random);
        InnerA = new Convolution("conv2", 14, 1, 3, Narrow, Narrow, random);
        InnerB = new Convolution("conv3", 14, 1, 3, Narrow, Narrow, random);
        Widen = new Convolution("conv4", 14, 1, 3, Narrow, Wide, random);
        Last = new Convolution("conv5", 7, 1, 3, Wide, Wide, random);
        Dense = new Convolution("dense", 1, 1, 1, Wide, Classes, random);
    }

    public Convolution First { get; }

    public Convolution InnerA { get; }

    public Convolution InnerB { get; }

    public Convolution Widen { get; }

    public Convolution Last { get; }

    public Convolution Dense { get; }

    public IReadOnlyList<Convolution> AllLayers => [First, InnerA, InnerB, Widen, Last, Dense];

    /// <summary>Number of trained values.</summary>
    public int ParameterCount => AllLayers.Sum(layer => layer.Weights.Values.Length + layer.Bias.Values.Length);

    /// <summary>The network's input: grey levels divided by 255.</summary>
    public static float[] Input(DigitPicture picture) => Array.ConvertAll(picture.Pixels, pixel => pixel / 255f);

    /// <summary>The class with the highest score; of equal scores the lower class.</summary>
    public int Classify(DigitPicture picture)
    {
        float[] scores = Forward(Input(picture)).Scores;
        return Array.IndexOf(scores, scores.Max());
    }

    /// <summary>Runs one picture forwards and backwards; gradients add up in the layers.</summary>
    /// <returns>1 − the probability given to the right class.</returns>
    public double Learn(DigitPicture picture)
    {
        Trace trace = Forward(Input(picture));
        double miss = Layers.SoftmaxGradient(trace.Scores, picture.Digit, out float[] gradient);
        gradient = Dense.Backward(trace.Mean, gradient);
        gradient = Layers.AverageBackward(gradient, trace.Last.Length);
        gradient = Last.Backward(trace.Pool, Layers.ReluBackward(trace.Last, gradient));
        gradient = Layers.MaxPoolBackward(gradient, trace.PoolFrom, trace.Widen.Length);
        gradient = Widen.Backward(trace.Sum, Layers.ReluBackward(trace.Widen, gradient));
        gradient = Layers.ReluBackward(trace.Sum, gradient);
        float[] inner = InnerB.Backward(trace.InnerA, gradient);
        inner = InnerA.Backward(trace.First, Layers.ReluBackward(trace.InnerA, inner));
        gradient = Layers.ReluBackward(trace.First, Layers.Add(gradient, inner));
        First.Backward(trace.Input, gradient);
        return miss;
    }

    private Trace Forward(float[] input)
    {
        float[] first = Layers.Relu(First.Forward(input));
        float[] innerA = Layers.Relu(InnerA.Forward(first));
        float[] sum = Layers.Relu(Layers.Add(InnerB.Forward(innerA), first));
        float[] widen = Layers.Relu(Widen.Forward(sum));
        (float[] pool, int[] poolFrom) = Layers.MaxPool(widen, Widen.OutputSize, Wide);
        float[] last = Layers.Relu(Last.Forward(pool));
        float[] mean = Layers.Average(last, Wide);
        return new Trace(input, first, innerA, sum, widen, pool, poolFrom, last, mean, Dense.Forward(mean));
    }

    private sealed record Trace(
        float[] Input, float[] First, float[] InnerA, float[] Sum, float[] Widen,
        float[] Pool, int[] PoolFrom, float[] Last, float[] Mean, float[] Scores);
}
