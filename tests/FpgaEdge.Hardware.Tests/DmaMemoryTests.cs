using System.Text;
using FpgaEdge.Tests;

namespace FpgaEdge.Hardware.Tests;

/// <summary>DMA memory from a reserved region, from u-dma-buf and from the kernel's contiguous allocator, on root folders whose
/// files stand in for the kernel's.</summary>
[TestClass]
public sealed class DmaMemoryTests
{
    private const int Bytes = 1 << 20;
    private const uint Region = 0x1000_0000;
    private const uint Elsewhere = 0x1C00_0000;

    // Goal: a buffer is mapped at the address that the driver names, and a coherent port costs no cache maintenance. Method:
    // write through the window and look into the device's file; the driver's command files stay as they were.
    [TestMethod]
    [DataRow("u-dma-buf", Region)]
    [DataRow("cma", Elsewhere)]
    public void CoherentBuffersAreOnlyMapped(string memory, uint address)
    {
        using var folder = new TemporaryFolder();
        MakeRoot(folder, address);
        using (BoardMemory opened = BoardMemory.Open(Board(memory, coherent: true), "", $"{folder}"))
        {
            Assert.AreEqual(address, opened.Dma.PhysicalBase);
            Assert.AreEqual(Bytes, opened.Dma.Length);
            opened.Dma.Span[12345] = 0x77;
            opened.Dma.GiveToAccelerator(0, Bytes);
            opened.Dma.TakeFromAccelerator(0, Bytes);
        }
        Assert.AreEqual(0x77, File.ReadAllBytes(folder.File("dev/udmabuf0"))[12345]);
        Assert.AreEqual("0", Attribute(folder, "sync_for_device"));
        Assert.AreEqual("0", Attribute(folder, "sync_for_cpu"));
    }

    // Goal: where the port does not see the caches, the driver is told to write back before the accelerator starts and to
    // invalidate after it, whole lines. Method: the commands as the driver reads them (offset, size, direction both, go).
    [TestMethod]
    [DataRow("u-dma-buf", Region)]
    [DataRow("cma", Elsewhere)]
    public void OtherBuffersAreWrittenBackAndInvalidated(string memory, uint address)
    {
        using var folder = new TemporaryFolder();
        MakeRoot(folder, address);
        using BoardMemory opened = BoardMemory.Open(Board(memory, coherent: false), "", $"{folder}");
        opened.Dma.GiveToAccelerator(100, 50);
        Assert.AreEqual("0x0000004000000081", Attribute(folder, "sync_for_device"));
        Assert.AreEqual("0", Attribute(folder, "sync_for_cpu"));
        opened.Dma.TakeFromAccelerator(0x8000, 64);
        Assert.AreEqual("0x0000800000000041", Attribute(folder, "sync_for_cpu"));
        Assert.AreEqual("0x0000004000000081", Attribute(folder, "sync_for_device"));
        opened.Dma.GiveToAccelerator(0, Bytes);
        Assert.AreEqual("0x0000000000100001", Attribute(folder, "sync_for_device"));
    }

    // Goal: a reserved region needs no driver and no maintenance with either kind of port, because /dev/mem maps it uncached.
    // Method: the same root folder without the driver; the bytes end at the region's place of "all memory".
    [TestMethod]
    [DataRow(true)]
    [DataRow(false)]
    public void ReservedRegionIsARangeOfAllMemory(bool coherent)
    {
        using var folder = new TemporaryFolder();
        MakeRoot(folder, Region);
        Directory.Delete(folder.File("sys"), recursive: true);
        using (BoardMemory opened = BoardMemory.Open(Board("reserved", coherent), "", $"{folder}"))
        {
            opened.Dma.Span[5] = 0x66;
            opened.Dma.GiveToAccelerator(0, Bytes);
            opened.Dma.TakeFromAccelerator(0, Bytes);
            Assert.AreEqual(Region, opened.Dma.PhysicalBase);
        }
        using FileStream all = File.OpenRead(folder.File("dev/mem"));
        all.Position = Region + 5;
        Assert.AreEqual(0x66, all.ReadByte());
    }

    // Goal: nothing is mapped that is not what the board file says, or that the accelerator or the caches would spoil; the doctor
    // says the same. Method: one thing wrong at a time.
    [TestMethod]
    [DataRow("u-dma-buf", "device", "", "/dev/udmabuf0: no such buffer", "fpgaedge board dts pynq-z2")]
    [DataRow("u-dma-buf", "class", "", "no such buffer", "u-dma-buf")]
    [DataRow("u-dma-buf", "size", "1048575", "expected 1048576 bytes, found 1048575", "compare")]
    [DataRow("u-dma-buf", "size", "much", "expected a number, found \"much\"", "")]
    [DataRow("u-dma-buf", "phys_addr", "0x1c000000", "expected it at 0x10000000, found it at 0x1C000000", "compare")]
    [DataRow("cma", "phys_addr", "0x0000000800000000", "beyond the memory's 0x100000000 bytes", "compare")]
    [DataRow("cma", "phys_addr", "0x1c000800", "expected a multiple of 4096", "compare")]
    [DataRow("cma", "phys_addr", "0x43b80000", "overlaps the registers", "compare")]
    [DataRow("cma", "phys_addr", "0x60000000", "no memory of the kernel's, so an IOMMU", "compare")]
    [DataRow("cma", "sync_for_cpu", "", "cannot write caches back: sync_for_cpu is missing", "compare")]
    [DataRow("u-dma-buf", "sync_for_device", "", "cannot write caches back: sync_for_device is missing", "compare")]
    [DataRow("cma", "dma_coherent", "1", "the driver takes it to be", "compare")]
    public void WhatWouldNotWorkIsRefused(string memory, string attribute, string text, string words, string remedy)
    {
        using var folder = new TemporaryFolder();
        MakeRoot(folder, memory == "cma" ? Elsewhere : Region);
        string file = attribute == "device" ? folder.File("dev/udmabuf0") : folder.File($"sys/class/u-dma-buf/udmabuf0/{attribute}");
        if (attribute == "class")
        {
            Directory.Delete(folder.File("sys/class/u-dma-buf"), recursive: true);
        }
        else if (text.Length == 0)
        {
            File.Delete(file);
        }
        else
        {
            File.WriteAllText(file, text + "\n");
        }
        BoardDescription board = Board(memory, coherent: false);
        var refusal = Assert.ThrowsExactly<HardwareException>(() => BoardMemory.Open(board, "", $"{folder}"));
        Assert.Contains(words, refusal.Message);
        Assert.DoesNotContain('\n', refusal.Message);
        DoctorFinding finding = new BoardDoctor(board, $"{folder}", _ => new ModelledBus()).Examine().Single(one => one.Name == "DMA region");
        Assert.AreEqual(DoctorState.Missing, finding.State);
        Assert.Contains(words, finding.Detail);
        Assert.Contains(remedy, finding.Remedy);
    }

    // Goal: the doctor finds a good buffer, and shows where it is. Method: as above, nothing wrong.
    [TestMethod]
    public void DoctorShowsWhereABufferIs()
    {
        using var folder = new TemporaryFolder();
        MakeRoot(folder, Elsewhere);
        DoctorFinding finding = new BoardDoctor(Board("cma", coherent: false), $"{folder}", _ => new ModelledBus())
            .Examine().Single(one => one.Name == "DMA region");
        Assert.AreEqual(DoctorState.Ok, finding.State, finding.Detail);
        Assert.AreEqual("/dev/udmabuf0: 0x1C000000 + 1024 KiB, caches written back for each program", finding.Detail);
    }

    // Goal: the device tree asks for the memory that the board file names. Method: the fragments of all three kinds.
    [TestMethod]
    public void FragmentsNameTheDriver()
    {
        string reserved = DeviceTree.Fragment(Board("reserved", coherent: true));
        string buffer = DeviceTree.Fragment(Board("u-dma-buf", coherent: true));
        string cma = DeviceTree.Fragment(Board("cma", coherent: false));
        Assert.Contains("no-map;", reserved);
        Assert.DoesNotContain("u-dma-buf", reserved);
        Assert.Contains("shared-dma-pool", buffer);
        Assert.DoesNotContain("no-map", buffer);
        Assert.Contains("memory-region = <&fpgaedge_dma>;\n\t\tdma-coherent;", buffer);
        Assert.DoesNotContain("reserved-memory", cma);
        Assert.DoesNotContain("dma-coherent", cma);
        Assert.Contains("device-name = \"udmabuf0\";\n\t\tsize = <0x100000>;", cma);
    }

    /// <summary>A board of the shipped kind with other DMA memory.</summary>
    internal static BoardDescription Board(string memory, bool coherent)
    {
        string text = File.ReadAllText(Path.Combine(SharedData.RepositoryRoot, "bsp", "pynq-z2", "board.json"));
        int start = text.IndexOf("\"dma\": {", StringComparison.Ordinal);
        int end = text.IndexOf('}', start) + 1;
        string place = memory == "cma" ? "" : $"\"base\": \"0x{Region:X8}\",";
        string device = memory == "reserved" ? "" : "\"device\": \"udmabuf0\",";
        string port = $"{coherent}".ToLowerInvariant();
        string dma = $$"""
            "dma": { "memory": "{{memory}}", {{place}} {{device}} "bytes": {{Bytes}}, "coherent": {{port}}, "source": "test" }
            """;
        return BoardDescription.Parse("board.json", Encoding.UTF8.GetBytes(text[..start] + dma.Trim() + text[end..]));
    }

    /// <summary>A kernel that has RAM but for the region at 256 MiB, and the driver's buffer at an address.</summary>
    private static void MakeRoot(TemporaryFolder folder, uint address)
    {
        string attributes = folder.File("sys/class/u-dma-buf/udmabuf0");
        Directory.CreateDirectory(attributes);
        Directory.CreateDirectory(folder.File("proc"));
        Directory.CreateDirectory(folder.File("dev"));
        const string Map = "00000000-0fffffff : System RAM\n14000000-1fffffff : System RAM\n43c00000-43c03fff : vta\n";
        File.WriteAllText(folder.File("proc/iomem"), Map);
        SparseFile(folder.File("dev/mem"), 0x43C1_0000);
        SparseFile(folder.File("dev/udmabuf0"), Bytes);
        foreach ((string name, string text) in new[]
        {
            ("phys_addr", $"0x{address:x8}"), ("size", $"{Bytes}"), ("dma_coherent", "0"), ("sync_for_cpu", "0"), ("sync_for_device", "0"),
        })
        {
            File.WriteAllText(Path.Combine(attributes, name), text);
        }
    }

    private static void SparseFile(string file, long bytes)
    {
        using FileStream stream = File.Create(file);
        stream.SetLength(bytes);
    }

    private static string Attribute(TemporaryFolder folder, string name) =>
        File.ReadAllText(folder.File($"sys/class/u-dma-buf/udmabuf0/{name}")).Trim();
}
