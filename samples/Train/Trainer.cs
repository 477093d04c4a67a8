namespace FpgaEdge.Samples.Train;

/// <summary>Trains the network on freshly painted digits with Adam.</summary>
internal static class Trainer
{
    /// <summary>Steps of the committed network.</summary>
    public const int Steps = 1000;

    private const int Batch = 24;
    private const float FirstRate = 0.003f, WeightDecay = 0.002f;

    /// <summary>A new network after so many steps; the rate falls in a straight line to zero.</summary>
    /// <param name="steps">Number of steps.</param>
    /// <param name="report">Called with a line of progress every hundred steps.</param>
    public static DigitNetwork Train(int steps, Action<string> report)
    {
        var network = new DigitNetwork(SampleSets.InitialWeights());
        PortableRandom random = SampleSets.Training();
        DigitPicture[] validation = SampleSets.Validation();
        double miss = 0;
        for (int step = 0; step < steps; step++)
        {
            for (int i = 0; i < Batch; i++)
            {
                miss += network.Learn(DigitPainter.Paint(random.Below(10), random)) / Batch;
            }
            float rate = FirstRate * (steps - step) / steps;
            foreach (Convolution layer in network.AllLayers)
            {
                layer.Weights.Step(rate, WeightDecay, Batch);
                layer.Bias.Step(rate, 0, Batch);
            }
            if ((step + 1) % 100 == 0)
            {
                int right = CountRight(network, validation);
                report($"step {step + 1} of {steps}: loss {miss / 100:F3}, {right} of {validation.Length} right");
                miss = 0;
            }
        }
        return network;
    }

    /// <summary>How many pictures the network gets right.</summary>
    public static int CountRight(DigitNetwork network, DigitPicture[] pictures) =>
        pictures.Count(picture => network.Classify(picture) == picture.Digit);
}
