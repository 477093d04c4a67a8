namespace FpgaEdge.Samples.Train;

/// <summary>A picture of a digit: 28 × 28 grey levels, bright ink on dark ground.</summary>
internal sealed record DigitPicture(int Digit, byte[] Pixels);

/// <summary>Paints digits as different hands and cameras would: bent, slanted, shifted, thick or thin, noisy.</summary>
internal static class DigitPainter
{
    /// <summary>Height and width of a picture.</summary>
    public const int Side = 28;

    // The unit square of the strokes becomes a box of this many pixels before distortion.
    private const double BoxWidth = 17, BoxHeight = 20;

    /// <summary>A set with equally many of each digit, in random order; count is a multiple of ten.</summary>
    public static DigitPicture[] PaintSet(int count, PortableRandom random)
    {
        var digits = new int[count];
        for (int i = 0; i < count; i++)
        {
            digits[i] = i % 10;
        }
        random.Shuffle(digits);
        return Array.ConvertAll(digits, digit => Paint(digit, random));
    }

    /// <summary>One picture.</summary>
    public static DigitPicture Paint(int digit, PortableRandom random)
    {
        List<Point[]> strokes = DigitStrokes.Write(digit, random);
        Distort(strokes, random);
        double radius = random.Uniform(0.75, 1.75);
        double softness = random.Uniform(0.6, 1.2);
        double ink = random.Uniform(150, 255), ground = random.Uniform(0, 25), noise = random.Uniform(0, 22);
        var pixels = new byte[Side * Side];
        for (int i = 0; i < pixels.Length; i++)
        {
            double distance = Distance(strokes, new Point((i % Side) + 0.5, (i / Side) + 0.5));
            double cover = Math.Clamp(0.5 + ((radius - distance) / softness), 0, 1);
            double level = ground + ((ink - ground) * cover) + (noise * random.Normal());
            pixels[i] = (byte)Math.Clamp((int)Math.Floor(level + 0.5), 0, 255);
        }
        return new DigitPicture(digit, pixels);
    }

    private static void Distort(List<Point[]> strokes, PortableRandom random)
    {
        double bendX = random.Uniform(-0.06, 0.06), bendY = random.Uniform(-0.06, 0.06);
        double phaseX = random.Uniform(0, 2 * Math.PI), phaseY = random.Uniform(0, 2 * Math.PI);
        double angle = random.Uniform(-0.28, 0.28), slant = random.Uniform(-0.3, 0.3);
        double width = BoxWidth * random.Uniform(0.72, 1.12), height = BoxHeight * random.Uniform(0.72, 1.08);
        double cos = PortableMath.Cos(angle), sin = PortableMath.Sin(angle);
        double centreX = (Side / 2.0) + random.Uniform(-2.5, 2.5), centreY = (Side / 2.0) + random.Uniform(-2.2, 2.2);
        foreach (Point[] stroke in strokes)
        {
            for (int i = 0; i < stroke.Length; i++)
            {
                (double px, double py) = (stroke[i].X, stroke[i].Y);
                double shake = 0.012 * random.Normal();
                double x = px - 0.5 + (bendX * PortableMath.Sin((5 * py) + phaseX)) + shake;
                double y = py - 0.5 + (bendY * PortableMath.Sin((5 * px) + phaseY)) - shake;
                (x, y) = ((x - (slant * y)) * width, y * height);
                stroke[i] = new Point(centreX + (cos * x) - (sin * y), centreY + (sin * x) + (cos * y));
            }
        }
    }

    /// <summary>From a point to the nearest stroke, in pixels.</summary>
    private static double Distance(List<Point[]> strokes, Point from)
    {
        double nearest = double.MaxValue;
        foreach (Point[] stroke in strokes)
        {
            for (int i = 1; i < stroke.Length; i++)
            {
                nearest = Math.Min(nearest, SquaredDistance(from, stroke[i - 1], stroke[i]));
            }
        }
        return Math.Sqrt(nearest);
    }

    private static double SquaredDistance(Point from, Point start, Point end)
    {
        double alongX = end.X - start.X, alongY = end.Y - start.Y;
        double toX = from.X - start.X, toY = from.Y - start.Y;
        double length = (alongX * alongX) + (alongY * alongY);
        double share = length == 0 ? 0 : Math.Clamp(((toX * alongX) + (toY * alongY)) / length, 0, 1);
        double x = toX - (share * alongX), y = toY - (share * alongY);
        return (x * x) + (y * y);
    }
}
