using FpgaEdge.Cli.Inputs;

namespace FpgaEdge.Cli.Tests.Inputs;

[TestClass]
public class JpegReaderTests
{
    private const string ColourFile =
        "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAAgGBgcGBQgHBwcJCQgKDBQNDAsLDBkSEw8UHRofHh0aHBwgJC4nICIsIxwcKDcpLDAx"
        + "NDQ0Hyc5PTgyPC4zNDL/2wBDAQkJCQwLDBgNDRgyIRwhMjIyMjIyMjIyMjIyMjIyMjIyMjIyMjIyMjIyMjIyMjIyMjIyMjIyMjIy"
        + "MjIyMjIyMjL/wAARCAAQABgDASIAAhEBAxEB/8QAFgABAQEAAAAAAAAAAAAAAAAAAwAG/8QAFhABAQEAAAAAAAAAAAAAAAAAAANB"
        + "/8QAFgEBAQEAAAAAAAAAAAAAAAAABgEH/8QAHhEAAQIHAQAAAAAAAAAAAAAAAAGBAgMFBjQ1sbL/2gAMAwEAAhEDEQA/AMyOuEHX"
        + "FpWXA/FFlw62Y3pA0kYGZH//2Q==";

    private const string GreyFile =
        "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAAgGBgcGBQgHBwcJCQgKDBQNDAsLDBkSEw8UHRofHh0aHBwgJC4nICIsIxwcKDcpLDAx"
        + "NDQ0Hyc5PTgyPC4zNDL/wAALCAAIAAgBAREA/8QAFAABAAAAAAAAAAAAAAAAAAAABf/EABQQAQAAAAAAAAAAAAAAAAAAAAD/2gAI"
        + "AQEAAD8ADf/Z";

    // Goal: without the library one line names the package. Method: the reader with no library; no library under the
    // name.
    [TestMethod]
    public void MissingLibraryNamesThePackage()
    {
        Assert.IsNull(TurboJpeg.Load(["libno-such-jpeg-library.so.0"]));
        InputException error = Assert.ThrowsExactly<InputException>(() => JpegReader.Decode(Colour(), "a.jpg", null));
        StringAssert.Contains(error.Message, "apt install libturbojpeg0");
        Assert.AreEqual(3, error.ExitCode);
    }

    // Goal: colour and grey files decode to the picture they were made from. Method: flat-coloured quarters, with the
    // tolerance that lossy compression needs.
    [TestMethod]
    public void PicturesDecode()
    {
        TurboJpeg library = RequireLibrary();
        DecodedInput colour = JpegReader.Decode(Colour(), "c.jpg", library);
        CollectionAssert.AreEqual(new[] { 16, 24, 3 }, colour.Shape.ToArray());
        int[] centres = [Pixel(colour, 8, 4), Pixel(colour, 8, 20)];
        AssertNear(200, colour.Pixels![centres[0]]);
        AssertNear(40, colour.Pixels[centres[0] + 1]);
        AssertNear(30, colour.Pixels[centres[1]]);
        AssertNear(180, colour.Pixels[centres[1] + 2]);
        DecodedInput grey = JpegReader.Decode(Grey(), "g.jpg", library);
        CollectionAssert.AreEqual(new[] { 8, 8, 1 }, grey.Shape.ToArray());
        AssertNear(100, grey.Pixels![27]);
    }

    // Goal: damage gives a value or one line, in bounded memory. Method: every prefix and every bit flip.
    [TestMethod]
    public void DamageGivesAValueOrOneLine()
    {
        TurboJpeg library = RequireLibrary();
        byte[] file = Grey();
        int cut = 0;
        foreach (byte[] variant in Hostile.Variants(file))
        {
            // A header may claim up to the pixel limit; the pixels themselves are the only allocation on our side.
            bool value = Hostile.Survives(
                () => JpegReader.Decode(variant, "x", library), InputLimits.MaxImagePixels * 4L, "jpeg");
            cut += variant.Length < file.Length - 2 && value ? 1 : 0;
        }
        Assert.AreEqual(0, cut, "a file that is cut off decoded without complaint");
    }

    private static TurboJpeg RequireLibrary()
    {
        if (TurboJpeg.System is null)
        {
            Assert.Inconclusive("needs the system's libturbojpeg (Debian, Ubuntu: apt install libturbojpeg0)");
        }
        return TurboJpeg.System!;
    }

    private static byte[] Colour() => Convert.FromBase64String(ColourFile);

    private static byte[] Grey() => Convert.FromBase64String(GreyFile);

    private static int Pixel(DecodedInput picture, int row, int column) => ((row * picture.Shape[1]) + column) * 3;

    private static void AssertNear(int expected, int found) =>
        Assert.IsLessThanOrEqualTo(12, Math.Abs(expected - found));
}
