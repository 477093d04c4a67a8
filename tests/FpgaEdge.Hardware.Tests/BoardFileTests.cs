using System.Text;
using FpgaEdge.Tests;
using FpgaEdge.Vta;

namespace FpgaEdge.Hardware.Tests;

[TestClass]
public sealed class BoardFileTests
{
    private static readonly string ShippedFile =
        Path.Combine(SharedData.RepositoryRoot, "bsp", "virtual-zynq7020", "board.json");

    // Goal: the shipped board file says what the published Zynq-7020 design is. Method: read it, compare with the
    // contract's figures.
    [TestMethod]
    public void ShippedVirtualBoardHasTheLayoutOfARealOne()
    {
        BoardDescription board = BoardDescription.Read(ShippedFile);
        Assert.AreEqual("virtual-zynq7020", board.Name);
        Assert.AreEqual(MemoryAccess.Files, board.Access);
        Assert.AreEqual(0x43C00000u, board.Registers.Base);
        Assert.AreEqual(16384, board.Registers.ByteCount);
        Assert.AreEqual(RegisterProtocol.Hls, board.Registers.Protocol);
        Assert.AreEqual(0x10000000u, board.Dma.Base);
        Assert.AreEqual(64 << 20, board.Dma.ByteCount);
        Assert.AreEqual(100_000_000, board.Accelerator.ClockHertz);
        Assert.AreEqual("1x16_i8w8a32_15_15_18_17", board.Accelerator.Configuration.BitstreamName);
        Assert.AreEqual(VtaIsa.Current, board.Accelerator.Configuration.Isa);
        Assert.HasCount(1, board.Rails);
        Assert.AreEqual("i2c-0/0x40", board.Rails[0].Monitor.Place);
        Assert.AreEqual(TimeSpan.FromMilliseconds(2), board.Sampling!.Period);
    }

    // Goal: every kind of mistake is refused at its own line with its own reason. Method: change one line of the
    // shipped file, expect the line number and words of the message.
    [TestMethod]
    [DataRow("\"schema\": 1,", "\"schema\": 2,", "$.schema", "expected 1")]
    [DataRow("\"name\": \"virtual-zynq7020\",", "\"name\": \"../etc\",", "$.name", "lower-case")]
    [DataRow("\"access\": \"files\",", "\"access\": \"file\",", "$.access", "\"physical\"")]
    [DataRow("\"base\": \"0x43C00000\",", "\"base\": \"43C00000\",", "$.registers.base", "0x43C00000")]
    [DataRow("\"base\": \"0x43C00000\",", "\"base\": \"0x43C00010\",", "$.registers.base", "multiple of 4096")]
    [DataRow("\"base\": \"0x43C00000\",", "\"base\": \"0xFFFFE000\",", "$.registers.base", "4 GiB")]
    [DataRow("\"base\": \"0x43C00000\",", "\"base\": \"0x10000000\",", "$.dma.base", "overlaps the registers")]
    [DataRow("\"blocks\": 4,", "\"blocks\": 3,", "$.registers.blocks", "4..4")]
    [DataRow("\"protocol\": \"hls\",", "\"protocol\": \"pci\",", "$.registers.protocol", "\"hls\"")]
    [DataRow("\"base\": \"0x10000000\",", "\"base\": \"0x1FFFF000\",", "$.dma.base", "beyond the memory")]
    [DataRow("\"base\": \"0x10000000\",", "\"base\": 268435456,", "$.dma.base", "a string")]
    [DataRow("\"bytes\": 67108864,", "\"bytes\": 67108865,", "$.dma.bytes", "multiple of 4096")]
    [DataRow("\"bytes\": 67108864,", "\"bytes\": -1,", "$.dma.bytes", "found -1")]
    [DataRow("\"bytes\": 67108864,", "\"bytes\": 1e99,", "$.dma.bytes", "1e99")]
    [DataRow("\"coherent\": true,", "\"coherent\": \"yes\",", "$.dma.coherent", "true or false")]
    [DataRow("\"isa\": \"current\",", "\"isa\": \"new\",", "$.accelerator.isa", "\"legacy\"")]
    [DataRow("\"LOG_BLOCK\": 4,", "\"LOG_BLOK\": 4,", "$.accelerator.config", "\"LOG_BLOCK\" is missing")]
    [DataRow("\"LOG_ACC_WIDTH\": 5,", "\"LOG_ACC_WIDTH\": 4,", "$.accelerator.config", "")]
    [DataRow("\"soc\": \"xc7z020\",", "\"soc\": \"xc7z020\", \"colour\": 1,", "$.colour", "unknown member")]
    [DataRow("\"soc\": \"xc7z020\",", "\"soc\": \"xc7z020\", \"soc\": \"a\",", "$.soc", "given twice")]
    [DataRow("\"rails\": [", "\"rails\": 7, \"rales\": [", "$.rails", "an array")]
    public void MistakesAreRefusedWhereTheyAre(string line, string replacement, string path, string words)
    {
        string good = File.ReadAllText(ShippedFile);
        int at = good.IndexOf(line, StringComparison.Ordinal);
        Assert.IsGreaterThan(0, at, "the shipped file no longer has this line");
        string bad = good.Replace(line, replacement);
        var error = Assert.ThrowsExactly<BoardFileException>(() =>
            BoardDescription.Parse("my.json", Encoding.UTF8.GetBytes(bad)));
        Assert.AreEqual(path, error.Path, error.Message);
        Assert.Contains(words, error.Message);
        Assert.StartsWith($"my.json({error.Line}): ", error.Message);
        Assert.DoesNotContain('\n', error.Message);
        bool atOtherMember = path is "$.accelerator.config" || (path == "$.dma.base" && words.StartsWith("overlaps"));
        if (!atOtherMember)
        {
            Assert.AreEqual(good[..at].Count(c => c == '\n') + 1, error.Line, error.Message);
        }
    }

    // Goal: no text makes the reader fail in any other way. Method: cut the shipped file at every byte and damage
    // every byte; the outcome is a description or the one exception.
    [TestMethod]
    public void DamagedFilesAreRefusedOrReadButNeverCrash()
    {
        byte[] good = File.ReadAllBytes(ShippedFile);
        int refused = 0;
        for (int i = 0; i < good.TrimEnd().Length; i++)
        {
            Assert.ThrowsExactly<BoardFileException>(() => BoardDescription.Parse("cut", good.AsSpan(0, i)));
            foreach (byte flip in new byte[] { 0x01, 0x20, 0x80 })
            {
                byte[] damaged = [.. good];
                damaged[i] ^= flip;
                try
                {
                    BoardDescription.Parse("damaged", damaged);
                }
                catch (BoardFileException)
                {
                    refused++;
                }
            }
        }
        Assert.IsGreaterThan(good.Length, refused);
    }

    // Goal: a file that is not there, or is too large to be one, is one line. Method: ask for such files.
    [TestMethod]
    public void MissingAndOversizedFilesAreOneLine()
    {
        string missing = Path.Combine(Path.GetTempPath(), "no-such-folder", "board.json");
        string message = Assert.ThrowsExactly<BoardFileException>(() => BoardDescription.Read(missing)).Message;
        Assert.StartsWith($"{missing}: no such file", message);

        using var folder = new TemporaryFolder();
        string large = folder.File("large.json");
        File.WriteAllBytes(large, new byte[300_000]);
        message = Assert.ThrowsExactly<BoardFileException>(() => BoardDescription.Read(large)).Message;
        Assert.Contains("300000", message);
    }
}

internal static class SpanTrim
{
    /// <summary>Without the white space at the end, which a file may lose and still be whole.</summary>
    public static ReadOnlySpan<byte> TrimEnd(this byte[] text) => text.AsSpan().TrimEnd(" \r\n"u8);
}
