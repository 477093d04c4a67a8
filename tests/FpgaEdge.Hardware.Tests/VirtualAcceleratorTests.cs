using System.Diagnostics;
using FpgaEdge.Tests;
using FpgaEdge.Vta;

namespace FpgaEdge.Hardware.Tests;

/// <summary>The driver against accelerators behind real mapped files: a working one, a silent one, a babbling
/// one.</summary>
[TestClass]
public sealed class VirtualAcceleratorTests
{
    private static readonly TimeSpan Generous = TimeSpan.FromSeconds(30);

    private static readonly BoardDescription Board = BoardDescription.Read(
        Path.Combine(SharedData.RepositoryRoot, "bsp", "virtual-zynq7020", "board.json"));

    // Goal: a program started through the files computes what the simulator computes on plain memory. Method: load
    // accumulators, add 3, store, finish; the driver and the model map the same files separately; repeated, because
    // scratchpads and registers persist.
    [TestMethod]
    public void ProgramsRunThroughTheFiles()
    {
        using var folder = new TemporaryFolder();
        BoardMemory.CreateFiles(Board, folder.ToString());
        using VirtualAccelerator accelerator = VirtualAccelerator.Start(Board, folder.ToString());
        using BoardMemory memory = BoardMemory.Open(Board, folder.ToString());
        VtaHlsDriver driver = NewDriver(memory);
        for (int run = 0; run < 20; run++)
        {
            AddThree program = AddThree.Write(memory.Dma, run);
            driver.Run(program.Address, program.Count, Generous);
            CollectionAssert.AreEqual(program.Expected, program.ReadOutput(memory.Dma));
        }
        Assert.AreEqual(20, accelerator.Programs);
        Assert.AreEqual(0, accelerator.Failures);
    }

    // Goal: an accelerator that never answers costs a bounded wait, is reported with its registers, and one that then
    // answers is used again without further ado. Method: no model at first, then start one.
    [TestMethod]
    public void SilenceIsBoundedAndTheNextRunWorks()
    {
        using var folder = new TemporaryFolder();
        BoardMemory.CreateFiles(Board, folder.ToString());
        using BoardMemory memory = BoardMemory.Open(Board, folder.ToString());
        VtaHlsDriver driver = NewDriver(memory);
        AddThree program = AddThree.Write(memory.Dma, 1);
        long start = Stopwatch.GetTimestamp();
        var error = Assert.ThrowsExactly<VtaTimeoutException>(() =>
            driver.Run(program.Address, program.Count, TimeSpan.FromMilliseconds(30)));
        Assert.IsGreaterThanOrEqualTo(30, Stopwatch.GetElapsedTime(start).TotalMilliseconds);
        Assert.Contains($"fetch.insn_addr=0x{program.Address:X}", error.Registers);
        Assert.Contains("fetch.control=0x1", error.Registers);

        using VirtualAccelerator accelerator = VirtualAccelerator.Start(Board, folder.ToString());
        program = AddThree.Write(memory.Dma, 2);
        driver.Run(program.Address, program.Count, Generous);
        CollectionAssert.AreEqual(program.Expected, program.ReadOutput(memory.Dma));
    }

    // Goal: registers full of rubbish neither hang nor crash the driver, and afterwards it works. Method: a thread that
    // writes seeded random numbers (never the done value) everywhere, then a working model.
    [TestMethod]
    public void RubbishIsBoundedAndTheNextRunWorks()
    {
        using var folder = new TemporaryFolder();
        BoardMemory.CreateFiles(Board, folder.ToString());
        using BoardMemory memory = BoardMemory.Open(Board, folder.ToString());
        VtaHlsDriver driver = NewDriver(memory);
        AddThree program = AddThree.Write(memory.Dma, 1);
        using (var babble = new BabblingDevice(BoardMemory.Open(Board, folder.ToString())))
        {
            var error = Assert.ThrowsExactly<VtaTimeoutException>(() =>
                driver.Run(program.Address, program.Count, TimeSpan.FromMilliseconds(30)));
            Assert.Contains("compute.done=0x", error.Registers);
        }
        using VirtualAccelerator accelerator = VirtualAccelerator.Start(Board, folder.ToString());
        program = AddThree.Write(memory.Dma, 3);
        driver.Run(program.Address, program.Count, Generous);
        CollectionAssert.AreEqual(program.Expected, program.ReadOutput(memory.Dma));
    }

    // Goal: a program that cannot run (an address outside the window) looks like silence to the driver, as in hardware,
    // and the model says why; the next program works. Method: run one instruction stream beyond the window, then a good
    // one.
    [TestMethod]
    public void AnImpossibleProgramIsSilenceAndTheModelSaysWhy()
    {
        using var folder = new TemporaryFolder();
        BoardMemory.CreateFiles(Board, folder.ToString());
        using VirtualAccelerator accelerator = VirtualAccelerator.Start(Board, folder.ToString());
        using BoardMemory memory = BoardMemory.Open(Board, folder.ToString());
        VtaHlsDriver driver = NewDriver(memory);
        Assert.ThrowsExactly<VtaTimeoutException>(() => driver.Run(0x2000_0000, 3, TimeSpan.FromMilliseconds(200)));
        Assert.AreEqual(1, accelerator.Failures);
        Assert.Contains("outside the window", accelerator.LastFailure!);
        AddThree program = AddThree.Write(memory.Dma, 4);
        driver.Run(program.Address, program.Count, Generous);
        CollectionAssert.AreEqual(program.Expected, program.ReadOutput(memory.Dma));
    }

    private static VtaHlsDriver NewDriver(BoardMemory memory) =>
        new(memory.Registers, TimeProvider.System, new PollingPace().Wait);

    /// <summary>Writes random registers until disposed of.</summary>
    private sealed class BabblingDevice : IDisposable
    {
        private readonly BoardMemory memory;
        private readonly Thread thread;
        private volatile bool stopping;

        public BabblingDevice(BoardMemory memory)
        {
            this.memory = memory;
            thread = new Thread(Babble);
            thread.Start();
        }

        public void Dispose()
        {
            stopping = true;
            thread.Join();
            memory.Dispose();
        }

        private void Babble()
        {
            var random = new Random(7);
            while (!stopping)
            {
                for (uint offset = 0; offset < VtaRegisters.WindowBytes; offset += 4)
                {
                    memory.Registers.Write(offset, (uint)random.Next(2, int.MaxValue));
                }
            }
        }
    }
}
