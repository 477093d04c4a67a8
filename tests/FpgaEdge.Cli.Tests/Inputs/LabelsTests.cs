using System.Text;
using FpgaEdge.Cli.Inputs;

namespace FpgaEdge.Cli.Tests.Inputs;

[TestClass]
public class LabelsTests
{
    // Goal: the three forms of expected classes. Method: small texts, looked up by number and by name.
    [TestMethod]
    public void ExpectedClassesInThreeForms()
    {
        ExpectedClasses lines = Parse("7\n281 282\n\n3\n");
        CollectionAssert.AreEqual(new[] { 7 }, lines.For(0, "a").ToArray());
        CollectionAssert.AreEqual(new[] { 281, 282 }, lines.For(1, "b").ToArray());
        Assert.IsEmpty(lines.For(2, "c"));
        CollectionAssert.AreEqual(new[] { 3 }, lines.For(3, "d").ToArray());
        Assert.IsEmpty(lines.For(4, "e"));

        ExpectedClasses byIndex = Parse("index,file,label\r\n1,a.bin,5\r\n0,b.bin,6\r\n");
        CollectionAssert.AreEqual(new[] { 6 }, byIndex.For(0, "images.bin[0]").ToArray());
        ExpectedClasses byName = Parse("file,label\na.ppm,5\nb,6\n");
        CollectionAssert.AreEqual(new[] { 5 }, byName.For(1, "x/a.ppm").ToArray());
        CollectionAssert.AreEqual(new[] { 6 }, byName.For(0, "x/b.ppm").ToArray());

        ExpectedClasses json = Parse("""{"a":1,"b":[2,3],"c":{"accepted":[4],"names":["d"]}}""");
        CollectionAssert.AreEqual(new[] { 1 }, json.For(0, "a.ppm").ToArray());
        CollectionAssert.AreEqual(new[] { 2, 3 }, json.For(0, "b.ppm").ToArray());
        CollectionAssert.AreEqual(new[] { 4 }, json.For(0, "c.ppm").ToArray());
    }

    // Goal: damage gives a value or one line. Method: every prefix and bit flip of each form; some wrong files.
    [TestMethod]
    public void DamageGivesAValueOrOneLine()
    {
        foreach (string text in new[]
        {
            "7\n281 282\n", "index,label\n0,1\n1,2\n", "{\"a\":[1],\"b\":{\"accepted\":[2]}}",
        })
        {
            foreach (byte[] variant in Hostile.Variants(Encoding.UTF8.GetBytes(text)))
            {
                Hostile.Survives(() => ExpectedClasses.Parse(variant, "x"), 1 << 20, text);
                Hostile.Survives(() => ClassNames.Parse(variant, "x"), 1 << 20, text);
            }
        }
        foreach (string bad in new[]
        {
            "cat\n", "label\nx\n", "a,label\n1\n", "index,label\n0,1\n0,1\n", "{\"a\":\"b\"}", "{\"a\":{}}",
            "{\"a\":9999999999}",
        })
        {
            Assert.ThrowsExactly<InputException>(() => Parse(bad), bad);
        }
    }

    // Goal: class names by line, without WordNet numbers. Method: two forms in one file, and beyond its end.
    [TestMethod]
    public void ClassNamesByLine()
    {
        ClassNames names = ClassNames.Parse("\uFEFFn01440764 tench, Tinca tinca\r\nseven\n"u8.ToArray(), "x");
        Assert.AreEqual("tench, Tinca tinca", names[0]);
        Assert.AreEqual("seven", names[1]);
        Assert.IsNull(names[2]);
        Assert.AreEqual(2, names.Count);
    }

    private static ExpectedClasses Parse(string text) =>
        ExpectedClasses.Parse(Encoding.UTF8.GetBytes(text), "labels.csv");
}
