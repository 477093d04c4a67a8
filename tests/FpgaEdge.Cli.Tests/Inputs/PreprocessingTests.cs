using System.Text;
using FpgaEdge.Cli.Inputs;

namespace FpgaEdge.Cli.Tests.Inputs;

[TestClass]
public class PreprocessingTests
{
    private static readonly DecodedInput OnePixel = DecodedInput.Picture("p", 1, 1, 3, [10, 20, 30]);
    private static readonly InputShape OneColour = new(1, 1, 3);

    // Goal: channel order first, then (x - subtract) / divide in float32, per channel of the network.
    // Method: values whose float32 result differs from double arithmetic and from multiplying with the reciprocal.
    [TestMethod]
    public void ArithmeticIsFloat32InTheDefinedOrder()
    {
        Preprocessing bgr = Preprocessing.Default.Override("bgr", "104,117,123", null, null);
        CollectionAssert.AreEqual(new[] { -74f, -97f, -113f }, bgr.Apply(OnePixel, OneColour));

        Preprocessing scaled = Preprocessing.Default.Override(
            "rgb", "123.675,116.28,103.53", "58.395,57.12,57.375", null);
        float[] expected = [(10f - 123.675f) / 58.395f, (20f - 116.28f) / 57.12f, (30f - 103.53f) / 57.375f];
        CollectionAssert.AreEqual(expected, scaled.Apply(OnePixel, OneColour));

        Preprocessing both = Preprocessing.Default.Override(null, "127.5", "127.5", null);
        CollectionAssert.AreEqual(new[] { (10f - 127.5f) / 127.5f, (20f - 127.5f) / 127.5f, (30f - 127.5f) / 127.5f },
            both.Apply(OnePixel, OneColour));
    }

    // Goal: grey and colour pictures meet grey and colour networks as documented. Method: all four combinations.
    [TestMethod]
    public void ChannelsFollowTheNetwork()
    {
        DecodedInput grey = DecodedInput.Picture("g", 1, 1, 1, [7]);
        CollectionAssert.AreEqual(new[] { 7f }, Preprocessing.Default.Apply(grey, new InputShape(1, 1, 1)));
        CollectionAssert.AreEqual(new[] { 7f, 7f, 7f }, Preprocessing.Default.Apply(grey, OneColour));
        CollectionAssert.AreEqual(new[] { 10f, 20f, 30f }, Preprocessing.Default.Apply(OnePixel, OneColour));
        float luma = (float)Math.Round((0.299 * 10) + (0.587 * 20) + (0.114 * 30));
        CollectionAssert.AreEqual(new[] { luma }, Preprocessing.Default.Apply(OnePixel, new InputShape(1, 1, 1)));
        Assert.ThrowsExactly<InputException>(() => Preprocessing.Default.Apply(OnePixel, new InputShape(1, 1, 16)));
        Preprocessing gray = Preprocessing.Default.Override("gray", null, null, null);
        Assert.ThrowsExactly<InputException>(() => gray.Apply(OnePixel, OneColour));
    }

    // Goal: another size is refused with the remedy, and scaled when asked. Method: a constant picture stays
    // constant; a picture of two halves keeps its halves; shrinking averages all pixels.
    [TestMethod]
    public void OtherSizesAreRefusedOrScaled()
    {
        DecodedInput wide = DecodedInput.Picture("w.ppm", 2, 4, 1, [0, 0, 200, 200, 0, 0, 200, 200]);
        InputException error = Assert.ThrowsExactly<InputException>(
            () => Preprocessing.Default.Apply(wide, new InputShape(2, 2, 1)));
        StringAssert.Contains(error.Message, "w.ppm: expected 2x2 pixels");
        StringAssert.Contains(error.Message, "found 2x4; add --resize crop");

        float[] crop = Preprocessing.Default.Override(null, null, null, "crop").Apply(wide, new InputShape(2, 2, 1));
        CollectionAssert.AreEqual(new[] { 0f, 200f, 0f, 200f }, crop);
        float[] one = Preprocessing.Default.Override(null, null, null, "stretch").Apply(wide, new InputShape(1, 1, 1));
        CollectionAssert.AreEqual(new[] { 100f }, one);

        DecodedInput flat = DecodedInput.Picture("f", 7, 5, 3, [.. Enumerable.Repeat((byte)93, 105)]);
        foreach (string policy in new[] { "crop", "stretch", "9", "256" })
        {
            float[] scaled = Preprocessing.Default.Override(null, null, null, policy)
                .Apply(flat, new InputShape(9, 8, 3));
            Assert.IsTrue(scaled.All(value => value == 93f), policy);
        }
        InputException small = Assert.ThrowsExactly<InputException>(
            () => Preprocessing.Default.Override(null, null, null, "6").Apply(flat, new InputShape(9, 8, 3)));
        Assert.AreEqual(InputException.BadUsage, small.ExitCode);
    }

    // Goal: an extreme picture with an extreme policy does not allocate the whole scaled picture.
    // Method: 1 x 30000 pixels, shorter side 256, so the scaled picture would have 7.7 million columns.
    [TestMethod]
    public void OnlyTheWantedPartIsScaled()
    {
        DecodedInput line = DecodedInput.Picture("l", 1, 30_000, 1, new byte[30_000]);
        Preprocessing policy = Preprocessing.Default.Override(null, null, null, "256");
        Assert.IsTrue(Hostile.Survives(() => policy.Apply(line, new InputShape(224, 224, 1)), 4 << 20, "line"));
    }

    // Goal: tensors pass when their sizes agree apart from ones, in either layout. Method: small tensors.
    [TestMethod]
    public void TensorsMatchByShape()
    {
        float[] values = [1, 2, 3, 4, 5, 6];
        DecodedInput vector = DecodedInput.Tensor("v", [6], values);
        CollectionAssert.AreEqual(values, Preprocessing.Default.Apply(vector, new InputShape(1, 6, 1)));
        CollectionAssert.AreEqual(values, Preprocessing.Default.Apply(vector, new InputShape(1, 1, 6)));
        InputException error = Assert.ThrowsExactly<InputException>(
            () => Preprocessing.Default.Apply(vector, new InputShape(2, 3, 1)));
        StringAssert.Contains(error.Message, "found 6; give --input-shape");

        RawFormat chw = RawFormat.Parse("3,1,2", "int8", "chw");
        DecodedInput turned = chw.Decode([1, 2, 3, 4, 5, 0xFA], "t");
        CollectionAssert.AreEqual(new[] { 1, 2, 3 }, turned.Shape.ToArray());
        CollectionAssert.AreEqual(new[] { 1f, 3f, 5f, 2f, 4f, -6f }, turned.Values);
    }

    // Goal: the file beside the model means the same as the options, and damage gives a value or one line.
    // Method: one file with every field; every prefix and bit flip of it; wrong values.
    [TestMethod]
    public void FileIsReadStrictly()
    {
        byte[] good = """{"channels":"bgr","subtract":[104,117,123],"divide":2.5,"resize":256}"""u8.ToArray();
        Preprocessing read = PreprocessingFile.Parse(good, "net.preprocess.json");
        Preprocessing options = Preprocessing.Default.Override("bgr", "104,117,123", "2.5", "256");
        Assert.AreEqual(options.Channels, read.Channels);
        Assert.AreEqual(options.Resize, read.Resize);
        CollectionAssert.AreEqual(options.Subtract.ToArray(), read.Subtract.ToArray());
        CollectionAssert.AreEqual(options.Divide.ToArray(), read.Divide.ToArray());
        foreach (byte[] variant in Hostile.Variants(good))
        {
            Hostile.Survives(() => PreprocessingFile.Parse(variant, "x"), 1 << 20, "json");
        }
        foreach (string bad in new[]
        {
            "[]", "{\"chanels\":\"rgb\"}", "{\"divide\":0}", "{\"divide\":[1,\"2\"]}", "{\"subtract\":1e99}",
            "{\"channels\":3}", "{\"resize\":-1}", "{\"resize\":null}", "{\"divide\":1,\"divide\":1}",
            "{\"channels\":\"\\ud800\"}",
        })
        {
            Assert.ThrowsExactly<InputException>(() => PreprocessingFile.Parse(Encoding.UTF8.GetBytes(bad), "x"), bad);
        }
    }

    // Goal: bad option values are usage errors of one line. Method: one bad value per option.
    [TestMethod]
    public void BadOptionsAreUsageErrors()
    {
        Action[] attempts =
        [
            () => Preprocessing.Default.Override("rbg", null, null, null),
            () => Preprocessing.Default.Override(null, "1,,2", null, null),
            () => Preprocessing.Default.Override(null, "NaN", null, null),
            () => Preprocessing.Default.Override(null, null, "0", null),
            () => Preprocessing.Default.Override(null, null, null, "big"),
            () => Preprocessing.Default.Override(null, "1,2", null, null).Apply(OnePixel, OneColour),
            () => RawFormat.Parse("0", null),
            () => RawFormat.Parse("70000,70000", null),
            () => RawFormat.Parse("1,1,1,1,1,1,1,1,1", null),
            () => RawFormat.Parse("3", "double"),
            () => RawFormat.Parse("3", "int8", "chw"),
        ];
        foreach (Action attempt in attempts)
        {
            Assert.AreEqual(InputException.BadUsage, Assert.ThrowsExactly<InputException>(attempt).ExitCode);
        }
    }
}
