using System.Text;

namespace FpgaEdge.Samples.Train;

/// <summary>Which digits are painted for what; every purpose has its own random sequence.</summary>
internal static class SampleSets
{
    /// <summary>Pictures to show and to measure accuracy with; never seen in training.</summary>
    public const int HeldOutCount = 200;

    /// <summary>Pictures to choose quantisation ranges with; a part of neither of the others.</summary>
    public const int CalibrationCount = 30;

    private const ulong Seed = 20_261_120;

    public static PortableRandom InitialWeights() => new(Seed);

    public static PortableRandom Training() => new(Seed + (1UL << 32));

    public static DigitPicture[] HeldOut() => DigitPainter.PaintSet(HeldOutCount, new(Seed + (2UL << 32)));

    public static DigitPicture[] Calibration() => DigitPainter.PaintSet(CalibrationCount, new(Seed + (3UL << 32)));

    /// <summary>For watching training, so that the held-out pictures decide nothing.</summary>
    public static DigitPicture[] Validation() => DigitPainter.PaintSet(500, new(Seed + (4UL << 32)));

    /// <summary>The pictures one after the other: [count, 28, 28] uint8.</summary>
    public static byte[] Pixels(DigitPicture[] pictures) => [.. pictures.SelectMany(picture => picture.Pixels)];

    /// <summary>The digits, one per line.</summary>
    public static byte[] Labels(DigitPicture[] pictures) =>
        Encoding.ASCII.GetBytes(string.Concat(pictures.Select(picture => $"{picture.Digit}\n")));
}
