using FpgaEdge.Cli.Inputs;
using FpgaEdge.Tests;

namespace FpgaEdge.Cli.Tests.Inputs;

[TestClass]
public class InputSetTests
{
    private string folder = "";

    [TestInitialize]
    public void MakeFolder() => folder = Directory.CreateTempSubdirectory("fpgaedge-inputs").FullName;

    [TestCleanup]
    public void RemoveFolder() => Directory.Delete(folder, true);

    // Goal: a folder gives its images in ordinal order, by content, and names what it leaves out.
    // Method: images under misleading names, a text file, a hidden file, a sub-folder.
    [TestMethod]
    public void FolderListsImagesByContent()
    {
        byte[] image = "P5 1 1 255 "u8.ToArray();
        Write("b.txt", [.. image, 2]);
        Write("B.jpg", [.. image, 1]);
        Write("readme.ppm", "not an image"u8.ToArray());
        Write(".hidden", [.. image, 9]);
        Directory.CreateDirectory(Path.Combine(folder, "c.ppm"));

        InputSet set = InputSet.Open([folder], null);

        Assert.AreEqual(2, set.Count);
        Assert.AreEqual(Path.Combine(folder, "B.jpg"), set.Name(0));
        Assert.AreEqual(Path.Combine(folder, "b.txt"), set.Name(1));
        CollectionAssert.AreEqual(new[] { 1f }, set.Read(0, Preprocessing.Default, new InputShape(1, 1, 1)));
        CollectionAssert.AreEqual(new[] { Path.Combine(folder, "readme.ppm") }, set.Skipped.ToArray());
    }

    // Goal: a raw file with several cases is as many inputs, a file with one case keeps its name. Method: two files.
    [TestMethod]
    public void RawFilesHoldCases()
    {
        Write("many.bin", [1, 0, 2, 0, 3, 0, 4, 0, 5, 0, 255, 255]);
        Write("one.bin", [9, 0, 8, 0]);
        string[] paths = [Path.Combine(folder, "one.bin"), Path.Combine(folder, "many.bin")];
        InputSet set = InputSet.Open(paths, RawFormat.Parse("2", "int16"));
        Assert.AreEqual(4, set.Count);
        Assert.AreEqual(Path.Combine(folder, "many.bin[2]"), set.Name(2));
        Assert.AreEqual(Path.Combine(folder, "one.bin"), set.Name(3));
        CollectionAssert.AreEqual(new[] { 5f, -1f }, set.Decode(2).Values);
    }

    // Goal: half and single precision are little-endian IEEE; what is not a number is refused. Method: known bytes.
    [TestMethod]
    public void RawFloatsAreRead()
    {
        RawFormat half = RawFormat.Parse("2", "float16");
        CollectionAssert.AreEqual(new[] { 1f, -2f }, half.Decode([0, 0x3C, 0, 0xC0], "h").Values);
        CollectionAssert.AreEqual(new[] { 1f }, RawFormat.Parse("1", null).Decode([0, 0, 0x80, 0x3F], "f").Values);
        RawFormat whole = RawFormat.Parse("1", "int32");
        CollectionAssert.AreEqual(new[] { -1f }, whole.Decode([255, 255, 255, 255], "i").Values);
        Assert.ThrowsExactly<InputException>(() => RawFormat.Parse("1", "float32").Decode([0, 0, 0x80, 0x7F], "inf"));
    }

    // Goal: everything that can be wrong with a path is one line with exit code 3. Method: one attempt each.
    [TestMethod]
    public void BadPathsAreOneLine()
    {
        Write("odd.bin", [1, 2, 3]);
        Write("empty.bin", []);
        RawFormat pairs = RawFormat.Parse("2", "uint8");
        (string Path, RawFormat? Format, string Message)[] attempts =
        [
            ("missing.ppm", null, "expected a file or folder, found nothing"),
            ("no/such/folder/x.ppm", null, "expected a file or folder, found nothing"),
            ("odd.bin", null, "found bytes 010203; for a raw tensor add --input-shape"),
            ("empty.bin", null, "found an empty file"),
            ("odd.bin", pairs, "expected a multiple of 2 bytes (cases of 2 uint8), found 3 bytes"),
            ("empty.bin", pairs, "found 0 bytes"),
            ("missing.bin", pairs, "expected a file or folder, found nothing"),
            (".", null, "expected PPM, PGM, PNG or JPEG images, found 2 other files"),
            ("nul\0.ppm", null, "expected a "),
        ];
        foreach ((string path, RawFormat? format, string message) in attempts)
        {
            InputException error = Assert.ThrowsExactly<InputException>(
                () => InputSet.Open([Path.Join(folder, path)], format), path);
            StringAssert.Contains(error.Message, message);
            Assert.AreEqual(3, error.ExitCode);
            Assert.IsFalse(error.Message.Any(char.IsControl));
        }
    }

    // Goal: the public image and raw sets are read as their description says. Method: count, names, known sizes.
    [TestMethod]
    public void PublicSetsAreRead()
    {
        InputSet crops = InputSet.Open([SharedData.Require("data/imagenet/crops")], null);
        Assert.AreEqual(11, crops.Count);
        for (int i = 0; i < crops.Count; i++)
        {
            Assert.HasCount(224 * 224 * 3, crops.Read(i, Preprocessing.Default, new InputShape(224, 224, 3)));
        }
        InputSet cifar = InputSet.Open(
            [SharedData.Require("data/cifar10/images_u8.bin")], RawFormat.Parse("32,32,3", "uint8"));
        Assert.AreEqual(100, cifar.Count);
        StringAssert.EndsWith(cifar.Name(99), "images_u8.bin[99]");
        Assert.AreEqual(new InputShape(32, 32, 3).ElementCount, cifar.Decode(99).Pixels!.Length);
    }

    private void Write(string name, byte[] content) => File.WriteAllBytes(Path.Combine(folder, name), content);
}
