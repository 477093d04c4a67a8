using System.Diagnostics;
using System.Text;
using System.Text.Json;
using FpgaEdge.Tests;

namespace FpgaEdge.Hardware.Tests;

/// <summary>The boards of bsp/: complete, in agreement with their schema, and with device-tree fragments that
/// compile.</summary>
[TestClass]
public sealed class ShippedBoardTests
{
    private static readonly string Bsp = Path.Combine(SharedData.RepositoryRoot, "bsp");

    private static readonly string[] RealBoards =
        ["kv260", "pynq-z1", "pynq-z2", "ultra96-v2", "zc702", "zcu102", "zcu104", "zedboard"];

    public static IEnumerable<string> Files =>
        Directory.GetDirectories(Bsp).Select(folder => Path.Combine(folder, "board.json")).Where(File.Exists);

    // Goal: the eight boards and the virtual ones are there and say everything. Method: read them all.
    [TestMethod]
    public void BoardsAreThereAndComplete()
    {
        BoardDescription[] boards = [.. Files.Select(BoardDescription.Read)];
        string[] real = [.. boards.Where(board => !BoardDescription.IsVirtual(board.Name)).Select(board => board.Name).Order()];
        CollectionAssert.AreEqual(RealBoards, real);
        Assert.IsGreaterThanOrEqualTo(2, boards.Length - real.Length);
        foreach (BoardDescription board in boards.Where(board => !BoardDescription.IsVirtual(board.Name)))
        {
            Assert.AreEqual(MemoryAccess.Physical, board.Access, board.Name);
            Assert.IsNotNull(board.Platform, board.Name);
            Assert.IsNotEmpty(board.Memory.Used, board.Name);
            Assert.IsTrue(board.Dma.Coherent, board.Name);
        }
        Assert.AreEqual(18, boards.Single(board => board.Name == "zcu102").Rails.Count(rail => rail.InTotal));
        Assert.AreEqual(10, boards.Single(board => board.Name == "zc702").Rails.Count(rail => rail.InTotal));
        Assert.AreEqual(0, boards.Single(board => board.Name == "pynq-z1").Rails.Count(rail => rail.InTotal));
    }

    // Goal: the published schema accepts what the reader accepts. Method: a small validator over every shipped file.
    [TestMethod]
    public void FilesAgreeWithTheSchema()
    {
        foreach (string file in Files)
        {
            Assert.AreEqual("", string.Join('\n', SchemaFaults(File.ReadAllText(file))), file);
        }
    }

    // Goal: the schema refuses the mistakes that are visible without knowing what boards are. Method: the mutations of
    // BoardMutationTests that change a type, a name, a word or a bound.
    [TestMethod]
    public void SchemaRefusesMistakesOfForm()
    {
        string good = File.ReadAllText(Path.Combine(Bsp, "zcu102", "board.json"));
        int refused = 0;
        foreach (object[] mutation in BoardMutationTests.Mutations)
        {
            (string written, string replacement) = ((string)mutation[0], (string)mutation[1]);
            int at = good.IndexOf(written, StringComparison.Ordinal);
            try
            {
                refused += SchemaFaults(good.Remove(at, written.Length).Insert(at, replacement)).Any() ? 1 : 0;
            }
            catch (JsonException)
            {
                refused++;
            }
        }
        Assert.IsGreaterThanOrEqualTo(70, refused);
    }

    // Goal: the fragments say the board file's figures and the device-tree compiler takes them. Method: compile each,
    // decompile, look for the figures.
    [TestMethod]
    public async Task DeviceTreeFragmentsCompile()
    {
        const string Compiler = "/usr/bin/dtc";
        if (!File.Exists(Compiler))
        {
            Assert.Inconclusive("needs dtc (Debian: apt-get install device-tree-compiler)");
        }
        using var folder = new TemporaryFolder();
        foreach (string file in Files)
        {
            BoardDescription board = BoardDescription.Read(file);
            string source = folder.File($"{board.Name}.dts");
            string blob = folder.File($"{board.Name}.dtb");
            await File.WriteAllTextAsync(source, DeviceTree.Standalone(board));
            (int code, string text) = await RunAsync(Compiler, "-I", "dts", "-O", "dtb", "-o", blob, source);
            Assert.AreEqual(0, code, $"{board.Name}: {text}");
            (code, text) = await RunAsync(Compiler, "-I", "dtb", "-O", "dts", blob);
            Assert.AreEqual(0, code, text);
            Assert.Contains("no-map", text);
            Assert.Contains($"fpgaedge-dma@{board.Dma.Base:x}", text);
            Assert.Contains($"0x{board.Dma.Base:x} {(board.Soc.StartsWith("xc7z") ? "" : "0x00 ")}0x{board.Dma.ByteCount:x}", text);
            Assert.Contains($"vta@{board.Registers.Base:x}", text);
            Assert.Contains(board.Accelerator.Configuration.BitstreamName, text);
        }
        foreach (string memory in new[] { "u-dma-buf", "cma" })
        {
            string source = folder.File($"{memory}.dts");
            await File.WriteAllTextAsync(source, DeviceTree.Standalone(DmaMemoryTests.Board(memory, coherent: true)));
            (int code, string text) = await RunAsync(Compiler, "-I", "dts", "-O", "dtb", "-o", folder.File("buffer.dtb"), source);
            Assert.AreEqual(0, code, $"{memory}: {text}");
        }
    }

    private static async Task<(int Code, string Text)> RunAsync(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        Task<string> complaint = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, await output + await complaint);
    }

    private static IEnumerable<string> SchemaFaults(string text)
    {
        using JsonDocument schema = JsonDocument.Parse(File.ReadAllText(Path.Combine(Bsp, "board.schema.json")));
        using JsonDocument document = JsonDocument.Parse(text);
        return [.. new SchemaValidator(schema.RootElement).Faults(document.RootElement, schema.RootElement, "$")];
    }
}
