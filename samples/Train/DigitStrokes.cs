namespace FpgaEdge.Samples.Train;

/// <summary>A point of the unit square; x to the right, y downwards.</summary>
internal readonly record struct Point(double X, double Y);

/// <summary>How the ten digits are written: strokes of straight pieces, in one of several usual forms.</summary>
internal static class DigitStrokes
{
    private const int ArcPieces = 14;

    /// <summary>One way of writing a digit.</summary>
    public static List<Point[]> Write(int digit, PortableRandom random) => digit switch
    {
        0 => Zero(random),
        1 => One(random),
        2 => Two(random),
        3 => Three(random),
        4 => Four(random),
        5 => Five(random),
        6 => Six(random),
        7 => Seven(random),
        8 => Eight(random),
        _ => Nine(random),
    };

    private static List<Point[]> Zero(PortableRandom random) =>
        [Arc(0.5, 0.5, random.Uniform(0.22, 0.36), 0.45, -90, 270)];

    private static List<Point[]> One(PortableRandom random)
    {
        List<Point[]> strokes = [[new(0.5, 0.05), new(0.5, 0.95)]];
        int form = random.Below(3);
        if (form > 0)
        {
            strokes.Add([new(0.5, 0.05), new(random.Uniform(0.24, 0.36), random.Uniform(0.2, 0.32))]);
        }
        if (form > 1)
        {
            strokes.Add([new(0.28, 0.95), new(0.72, 0.95)]);
        }
        return strokes;
    }

    private static List<Point[]> Two(PortableRandom random)
    {
        Point[] bow = Arc(0.5, 0.31, 0.29, 0.26, random.Uniform(-190, -150), 35);
        return [[.. bow, new(0.22, 0.95), new(random.Uniform(0.74, 0.84), 0.95)]];
    }

    private static List<Point[]> Three(PortableRandom random)
    {
        Point[] lower = Arc(0.46, 0.7, 0.3, 0.25, -95, random.Uniform(130, 165));
        return random.Below(4) == 0
            ? [[new(0.24, 0.06), new(0.74, 0.06), .. lower]]
            : [[.. Arc(0.46, 0.26, 0.26, 0.21, random.Uniform(-165, -135), 85), .. lower]];
    }

    private static List<Point[]> Four(PortableRandom random)
    {
        double bar = random.Uniform(0.56, 0.68);
        return random.Below(2) == 0
            ? [[new(0.62, 0.05), new(0.16, bar), new(0.84, bar)], [new(0.62, 0.05), new(0.62, 0.95)]]
            : [[new(0.3, 0.05), new(0.22, bar), new(0.84, bar)], [new(0.66, 0.25), new(0.66, 0.95)]];
    }

    private static List<Point[]> Five(PortableRandom random)
    {
        Point[] bow = Arc(0.46, 0.68, 0.31, 0.27, random.Uniform(-140, -120), random.Uniform(135, 165));
        return [[new(0.76, 0.05), new(0.32, 0.05), new(0.27, 0.46), .. bow]];
    }

    private static List<Point[]> Six(PortableRandom random)
    {
        Point[] back = [new(random.Uniform(0.58, 0.7), 0.06), new(0.42, 0.22), new(0.29, 0.43), new(0.24, 0.66)];
        return [back, Arc(0.5, 0.7, 0.26, random.Uniform(0.2, 0.25), -180, 180)];
    }

    private static List<Point[]> Seven(PortableRandom random)
    {
        List<Point[]> strokes = [[new(0.2, 0.06), new(0.8, 0.06), new(random.Uniform(0.34, 0.46), 0.95)]];
        if (random.Below(3) == 0)
        {
            strokes.Add([new(0.36, 0.5), new(0.74, 0.5)]);
        }
        return strokes;
    }

    private static List<Point[]> Eight(PortableRandom random)
    {
        double waist = random.Uniform(0.45, 0.5);
        return
        [
            Arc(0.5, (0.05 + waist) / 2, 0.23, (waist - 0.05) / 2, -90, 270),
            Arc(0.5, (0.95 + waist) / 2, 0.29, (0.95 - waist) / 2, -90, 270),
        ];
    }

    private static List<Point[]> Nine(PortableRandom random)
    {
        Point[] tail = random.Below(2) == 0
            ? [new(0.75, 0.32), new(0.72, 0.6), new(random.Uniform(0.58, 0.7), 0.95)]
            : [new(0.75, 0.32), new(0.73, 0.66), new(0.6, 0.9), new(random.Uniform(0.3, 0.42), 0.93)];
        return [Arc(0.5, 0.3, 0.25, random.Uniform(0.2, 0.25), 0, 360), tail];
    }

    /// <summary>Part of an ellipse; angles in degrees, 0 to the right, 90 downwards.</summary>
    private static Point[] Arc(double x, double y, double radiusX, double radiusY, double from, double to)
    {
        var points = new Point[ArcPieces + 1];
        for (int i = 0; i < points.Length; i++)
        {
            double angle = (from + ((to - from) * i / ArcPieces)) * Math.PI / 180;
            points[i] = new(x + (radiusX * PortableMath.Cos(angle)), y + (radiusY * PortableMath.Sin(angle)));
        }
        return points;
    }
}
