using FpgaEdge.Planning;

namespace FpgaEdge.Board.Tests;

[TestClass]
public sealed class PackageFolderTests
{
    // Goal: parts of a package that is being fetched are found again after a restart, and are gone when it is whole; other
    // files in the folder do no harm. Method: two parts, a file with a wrong name, then the whole package.
    [TestMethod]
    public void PartsAreKeptUntilThePackageIsWhole()
    {
        string path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        try
        {
            var folder = new PackageFolder(path);
            var package = new PackageHash(1, 2, 3, ulong.MaxValue);
            Assert.IsEmpty(folder.ReadPartial());
            folder.KeepPart(package, 10, 4, [7, 8]);
            folder.KeepPart(package, 10, 0, [1]);
            File.WriteAllBytes(Path.Combine(path, "nonsense.package.part"), [1]);
            (PackageHash found, byte[] bytes) = folder.ReadPartial().Single();
            Assert.AreEqual(package, found);
            CollectionAssert.AreEqual(new byte[] { 1, 0, 0, 0, 7, 8, 0, 0, 0, 0 }, bytes);

            BoardLog log = new(TextWriter.Null, false, TimeProvider.System);
            folder.Keep(package, new byte[] { 9, 9 }, log);
            Assert.IsEmpty(folder.ReadPartial());
            CollectionAssert.AreEqual(new byte[] { 9, 9 }, folder.ReadAll(log).Single());
        }
        finally
        {
            Directory.Delete(path, recursive: true);
        }
    }
}
