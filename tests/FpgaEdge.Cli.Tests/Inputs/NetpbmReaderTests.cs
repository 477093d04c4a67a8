using System.Text;
using FpgaEdge.Cli.Inputs;

namespace FpgaEdge.Cli.Tests.Inputs;

[TestClass]
public class NetpbmReaderTests
{
    private static readonly byte[] Colour = [.. Encoding.ASCII.GetBytes("P6 2 1\n255\n"), 1, 2, 3, 250, 251, 252];
    private static readonly byte[] Grey16 =
        [.. Encoding.ASCII.GetBytes("P5\n# made by hand\n2 1 65535\n"), 0x80, 0x80, 0xFF, 0xFF];

    // Goal: the four forms, comments, and scaling from other maximum values. Method: hand-written files.
    [TestMethod]
    public void AllFormsAreRead()
    {
        AssertPicture(Colour, 1, 2, 3, 1, 2, 3, 250, 251, 252);
        AssertPicture(Grey16, 1, 2, 1, 128, 255);
        AssertPicture(Encoding.ASCII.GetBytes("P2\n3 1 # width, height\n15\n0 7\n15\n"), 1, 3, 1, 0, 119, 255);
        AssertPicture(Encoding.ASCII.GetBytes("P3 1 2 255 9 8 7 # first\n6 5 4"), 2, 1, 3, 9, 8, 7, 6, 5, 4);
    }

    // Goal: damage gives a value or one line, in bounded memory. Method: every prefix and every bit flip.
    [TestMethod]
    public void DamageGivesAValueOrOneLine()
    {
        byte[][] files = [Colour, Grey16, "P2 3 1\n15\n0 7 15\n"u8.ToArray(), "P3 1 1 9\n9 8 7"u8.ToArray()];
        foreach (byte[] file in files)
        {
            int errors = Hostile.Variants(file).Count(
                variant => !Hostile.Survives(() => NetpbmReader.Decode(variant, "x"), 1 << 20, "netpbm"));
            Assert.IsGreaterThan(file.Length - 3, errors, "prefixes at least are refused");
        }
    }

    // Goal: a header cannot claim what the file does not hold, nor more than the limits. Method: hand-written headers.
    [TestMethod]
    public void ClaimsAreCheckedBeforeAllocation()
    {
        foreach (string header in new[]
        {
            "P6 8000 8000 255 ", "P2 8000 8000 255 1 2", "P5 40000 1 255 ", "P5 32768 32768 255 ", "P5 0 1 255 ",
            "P5 99999999999999999999 1 255 ", "P5 1 1 0 ", "P5 1 1 65536 ", "P5 1 1 255",
        })
        {
            byte[] file = Encoding.ASCII.GetBytes(header);
            Assert.IsFalse(Hostile.Survives(() => NetpbmReader.Decode(file, "x"), 1 << 16, header), header);
        }
    }

    // Goal: the message names place, expectation, finding and remedy. Method: one cut file.
    [TestMethod]
    public void MessageSaysWhereAndWhat()
    {
        InputException error = Assert.ThrowsExactly<InputException>(
            () => NetpbmReader.Decode(Colour.AsSpan(0, 14), "a.ppm"));
        Assert.AreEqual(
            "a.ppm: expected 6 bytes of samples, found 3 (the file is cut off) at byte 11; "
            + "save the image again as PPM, PGM or PNG", error.Message);
        Assert.AreEqual(3, error.ExitCode);
    }

    private static void AssertPicture(byte[] file, int height, int width, int channels, params int[] pixels)
    {
        DecodedInput picture = ImageReader.Decode(file, "x");
        CollectionAssert.AreEqual(new[] { height, width, channels }, picture.Shape.ToArray());
        CollectionAssert.AreEqual(pixels, Array.ConvertAll(picture.Pixels!, pixel => (int)pixel));
    }
}
