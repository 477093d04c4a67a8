using FpgaEdge.Cli.Inputs;

namespace FpgaEdge.Cli.Tests.Inputs;

[TestClass]
public class PngReaderTests
{
    private static readonly (int ColourType, int Depth)[] Kinds =
    [
        (0, 1), (0, 2), (0, 4), (0, 8), (0, 16), (2, 8), (2, 16),
        (3, 1), (3, 2), (3, 4), (3, 8), (4, 8), (4, 16), (6, 8), (6, 16),
    ];

    // Goal: every depth, colour type, interlace and filter is decoded. Method: random samples through an independent
    // writer, sizes around the 8 x 8 interlace block, image data split in small chunks; compare with the samples
    // scaled to 8 bits.
    [TestMethod]
    public void EveryKindDecodesToItsSamples()
    {
        var random = new Random(1);
        foreach ((int colourType, int depth) in Kinds)
        {
            foreach ((int width, int height) in new[] { (1, 1), (3, 2), (8, 8), (13, 11), (5, 17) })
            {
                foreach (bool interlaced in new[] { false, true })
                {
                    Check(random, width, height, depth, colourType, interlaced);
                }
            }
        }
    }

    private static void Check(Random random, int width, int height, int depth, int colourType, bool interlaced)
    {
        var builder = new PngBuilder(width, height, depth, colourType, interlaced);
        int per = builder.SamplesPerPixel;
        int[] samples = [.. Enumerable.Range(0, width * height * per).Select(_ => random.Next(1 << depth))];
        var palette = new byte[3 << depth];
        random.NextBytes(palette);
        if (colourType == 3)
        {
            builder.BeforeData.Add(("PLTE", palette));
            builder.BeforeData.Add(("tRNS", [7]));
        }
        builder.BeforeData.Add(("tEXt", [1, 2, 3]));

        DecodedInput picture = PngReader.Decode(builder.Build(samples, 10), "test");

        int channels = colourType is 0 or 4 ? 1 : 3;
        CollectionAssert.AreEqual(new[] { height, width, channels }, picture.Shape.ToArray());
        for (int i = 0; i < picture.Pixels!.Length; i++)
        {
            int pixel = i / channels, c = i % channels;
            int expected = colourType == 3
                ? palette[(samples[pixel] * 3) + c]
                : (int)Math.Round(samples[(pixel * per) + c] * 255.0 / ((1 << depth) - 1));
            string what = $"type {colourType}, depth {depth}, {width}x{height}, {interlaced}, {i}";
            Assert.AreEqual(expected, picture.Pixels[i], what);
        }
    }

    // Goal: damage never does more than give a value or one line, in bounded memory. Method: every prefix and every bit
    // flip of small files of each kind, as they are (checksums catch most) and with the checksums repaired (so that
    // headers, palettes and compressed data are really exercised).
    [TestMethod]
    public void DamageGivesAValueOrOneLine()
    {
        int values = 0, errors = 0;
        foreach ((int colourType, int depth) in new[] { (0, 1), (2, 8), (3, 2), (6, 16) })
        {
            var builder = new PngBuilder(5, 3, depth, colourType, colourType == 3);
            if (colourType == 3)
            {
                builder.BeforeData.Add(("PLTE", [1, 2, 3, 4, 5, 6, 7, 8, 9]));
                builder.BeforeData.Add(("tRNS", [0, 255]));
            }
            byte[] file = builder.Build([.. Enumerable.Range(0, 15 * builder.SamplesPerPixel).Select(i => i % 2)]);
            foreach (byte[] variant in Hostile.Variants(file))
            {
                bool damagedGood = Hostile.Survives(() => PngReader.Decode(variant, "x"), 4 << 20, "damaged");
                Assert.IsFalse(damagedGood, "a single flipped bit or cut passed the checksums");
                byte[] repaired = PngBuilder.RepairChecksums(variant);
                _ = Hostile.Survives(() => PngReader.Decode(repaired, "x"), 4 << 20, "repaired") ? values++ : errors++;
            }
        }
        Assert.IsGreaterThan(50, values, "repaired files that still decode");
        Assert.IsGreaterThan(500, errors, "repaired files that do not");
    }

    // Goal: heavier damage is survived too. Method: 4000 files with several random bytes changed and right checksums,
    // from a picture with every filter, interlaced, with image data in several chunks.
    [TestMethod]
    public void RandomDamageGivesAValueOrOneLine()
    {
        var random = new Random(7);
        var builder = new PngBuilder(23, 19, 8, 6, true);
        byte[] file = builder.Build([.. Enumerable.Range(0, 23 * 19 * 4).Select(_ => random.Next(256))], 500);
        for (int round = 0; round < 4000; round++)
        {
            byte[] damaged = file[..(random.Next(4) == 0 ? random.Next(file.Length) : file.Length)];
            for (int change = random.Next(6); change >= 0 && damaged.Length > 0; change--)
            {
                damaged[random.Next(damaged.Length)] = (byte)random.Next(256);
            }
            byte[] repaired = PngBuilder.RepairChecksums(damaged);
            Hostile.Survives(() => ImageReader.Decode(repaired, "x"), 4 << 20, $"round {round}");
        }
    }

    // Goal: a small file cannot make the reader allocate a large picture. Method: valid checksums, a header of
    // 8000 x 8000 RGB, almost no image data.
    [TestMethod]
    public void ClaimedSizeIsCheckedAgainstTheDataBeforeAllocation()
    {
        using var file = new MemoryStream();
        file.Write(PngReader.Signature);
        PngBuilder.Chunk(file, "IHDR", new PngBuilder(8000, 8000, 8, 2, false).Header());
        PngBuilder.Chunk(file, "IDAT", new byte[100]);
        PngBuilder.Chunk(file, "IEND", []);
        byte[] bytes = file.ToArray();
        Assert.IsFalse(Hostile.Survives(() => PngReader.Decode(bytes, "x"), 1 << 20, "8000 x 8000"));
    }

    // Goal: order and kind of chunks are enforced. Method: one wrong file per rule.
    [TestMethod]
    public void WrongChunksAreRefused()
    {
        AssertRefused("IHDR as the first chunk", builder => builder.BeforeData.Add(("IHDR", builder.Header())));
        AssertRefused("palette", builder => builder.BeforeData.Add(("PLTE", [1, 2, 3])));
        AssertRefused("fits colour type", builder => builder.BeforeData.Add(("tRNS", [1])));
        AssertRefused("critical chunk", builder => builder.BeforeData.Add(("ABCD", [])));
        AssertRefused("one run", builder =>
        {
            builder.BeforeData.Add(("IDAT", [0]));
            builder.BeforeData.Add(("tEXt", []));
        });
    }

    private static void AssertRefused(string expected, Action<PngBuilder> spoil)
    {
        var builder = new PngBuilder(2, 2, 8, 0, false);
        spoil(builder);
        InputException error = Assert.ThrowsExactly<InputException>(
            () => PngReader.Decode(builder.Build([1, 2, 3, 4]), "x"));
        StringAssert.Contains(error.Message, expected);
        Assert.AreEqual(InputException.BadFile, error.ExitCode);
    }
}
