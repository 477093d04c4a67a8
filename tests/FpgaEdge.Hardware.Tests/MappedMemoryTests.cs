namespace FpgaEdge.Hardware.Tests;

[TestClass]
public sealed class MappedMemoryTests
{
    // Goal: two mappings of one file are the same memory, at the right offset. Method: write through one, read through
    // the other and through the file.
    [TestMethod]
    public void TwoMappingsShareTheirBytes()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("dma");
        MappedMemory.CreateFile(path, 3 * 4096);
        using MappedMemory all = MappedMemory.Open(path, 0, 3 * 4096);
        using MappedMemory second = MappedMemory.Open(path, 4096, 4096);
        Assert.AreEqual(0, all.Span.IndexOfAnyExcept((byte)0) + 1);
        second.Span.Fill(0x5A);
        all.Span[4096 + 17] = 1;
        Assert.AreEqual(1, second.Span[17]);
        Assert.AreEqual(0x5A, all.Span[4096]);
        Assert.AreEqual(0, all.Span[8192]);
        second.Dispose();
        all.Dispose();
        byte[] file = File.ReadAllBytes(path);
        Assert.AreEqual(0x5A, file[8191]);
    }

    // Goal: mapping what is not there is refused before anything can touch it. Method: missing file, short file,
    // disposed mapping.
    [TestMethod]
    public void WhatIsNotThereIsRefused()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("registers");
        Assert.Contains("no such file", Assert.ThrowsExactly<HardwareException>(() => MappedMemory.Open(path, 0, 4096)).Message);
        MappedMemory.CreateFile(path, 4096);
        Assert.Contains("8192 bytes expected, 4096 found",
            Assert.ThrowsExactly<HardwareException>(() => MappedMemory.Open(path, 4096, 4096)).Message);
        MappedMemory mapped = MappedMemory.Open(path, 0, 4096);
        mapped.Dispose();
        Assert.ThrowsExactly<ObjectDisposedException>(() => mapped.Span[0] = 1);
    }

    // Goal: a DMA window or registers in memory that the kernel uses are refused before anything is mapped, and named.
    // Method: the kernel's map of addresses as a file, with and without the reservation.
    [TestMethod]
    public void KernelMemoryIsNeverTouched()
    {
        using var folder = new TemporaryFolder();
        string map = folder.File("proc/iomem");
        Directory.CreateDirectory(folder.File("proc"));
        BoardDescription board = BoardDescription.Read(
            Path.Combine(FpgaEdge.Tests.SharedData.RepositoryRoot, "bsp", "pynq-z2", "board.json"));
        ulong dma = board.Dma.FixedBase;
        File.WriteAllText(map, "00000000-1fffffff : System RAM\n  00008000-00bfffff : Kernel code\n43c00000-43c0ffff : amba_pl\n");
        var refused = Assert.ThrowsExactly<HardwareException>(() => BoardMemory.Open(board, "", folder.File("")));
        Assert.Contains($"0x{dma:X8}", refused.Message);
        Assert.Contains("0x0..0x1FFFFFFF", refused.Message);
        Assert.Contains("fpgaedge board dts pynq-z2", refused.Message);

        File.WriteAllText(map, $"00000000-{dma - 1:x8} : System RAM\n40000000-4fffffff : System RAM\n");
        Assert.Contains("registers", Assert.ThrowsExactly<HardwareException>(() => BoardMemory.Open(board, "", folder.File(""))).Message);

        File.WriteAllText(map, $"00000000-{dma - 1:x8} : System RAM\n");
        BoardMemory.RefuseKernelMemory(board, MemoryMap.ReadFrom(folder.File("")));
    }
}
