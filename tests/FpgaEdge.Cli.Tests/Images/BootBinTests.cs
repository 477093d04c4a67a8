using FpgaEdge.Cli.Images;
using FpgaEdge.Tests;

namespace FpgaEdge.Cli.Tests.Images;

[TestClass]
public sealed class BootBinTests
{
    // Goal: what is written is taken by the check, with every part where it says. Method: three parts of odd sizes.
    [TestMethod]
    public void WrittenFileIsRight()
    {
        byte[] file = Sample();
        BootBinReport report = BootBin.Check(file);
        Assert.IsEmpty(report.Faults);
        Assert.HasCount(4, report.Content);
        StringAssert.Contains(report.Content[2].Words, "bitstream");
        StringAssert.Contains(report.Content[3].Words, "loaded to 0x4000000");
        Assert.AreEqual(0x11, file[BootBin.LoaderOffset]);
        CollectionAssert.AreEqual("XNLX"u8.ToArray(), file[0x24..0x28]);
    }

    // Goal: damage to any header is noticed. Method: every bit of the words that ROM and loader look at.
    [TestMethod]
    public void DamagedHeadersAreNoticed()
    {
        byte[] file = Sample();
        foreach (int at in Enumerable.Range(0x20, 0x2C).Concat(Enumerable.Range(0xC80, 192)))
        {
            for (int bit = 0; bit < 8; bit++)
            {
                file[at] ^= (byte)(1 << bit);
                Assert.IsNotEmpty(BootBin.Check(file).Faults, $"byte 0x{at:X}, bit {bit}");
                file[at] ^= (byte)(1 << bit);
            }
        }
        Assert.IsNotEmpty(BootBin.Check(file[..0x100]).Faults);
        Assert.IsNotEmpty(BootBin.Check(file[..^200]).Faults);
        Assert.ThrowsExactly<CliException>(() => BootBin.Write(new byte[BootBin.LargestLoader + 1], []));
    }

    // Goal: a file that another tool made is understood. Method: the one of U-Boot's build, where it has been made.
    [TestMethod]
    public void FileOfUBootIsTaken()
    {
        string file = Path.Combine(SharedData.RepositoryRoot, "out/zc702/BOOT.BIN");
        if (!File.Exists(file))
        {
            Assert.Inconclusive("needs out/zc702/BOOT.BIN (tests/VirtualBoard/zc702/prepare.sh)");
        }
        Assert.IsEmpty(BootBin.Check(File.ReadAllBytes(file)).Faults);
    }

    private static byte[] Sample() => BootBin.Write(Filled(0x11, 100_001),
        [new("vta.bin", Filled(0x22, 77_777), 0, true), new("u-boot.bin", Filled(0x33, 50_003), 0x04000000, false)]);

    private static byte[] Filled(byte value, int length)
    {
        byte[] bytes = new byte[length];
        bytes.AsSpan().Fill(value);
        return bytes;
    }
}
