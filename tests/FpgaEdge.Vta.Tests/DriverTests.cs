namespace FpgaEdge.Vta.Tests;

[TestClass]
public sealed class DriverTests
{
    private const uint Base = 0x1000_0000;

    [TestMethod]
    public void TheHlsDriverRunsAProgramThroughRegistersInMemory()
    {
        // Goal: driver and responder speak the same protocol. Method: registers in memory; the accelerator gets its
        // turn whenever the driver waits; the result and the registers afterwards are compared.
        var board = new MemoryBoard(Program());
        var responder = new VtaRegisterResponder(board.Registers, board.Simulator);
        var driver = new VtaHlsDriver(board.Registers, board.Time, () =>
        {
            responder.TryServe(board.Dram, Base);
            board.Time.Advance(TimeSpan.FromMicroseconds(1));
        });
        for (int run = 0; run < 3; run++)
        {
            board.Dram.AsSpan(0x2000, 16).Clear();
            driver.Run(board.Start, board.Count, TimeSpan.FromMilliseconds(50));
            Assert.IsNull(responder.LastError);
            Assert.AreEqual(7, board.Dram[0x2000], $"run {run}");
            Assert.AreEqual(1u, board.Registers.Read(VtaRegisters.ComputeDone));
            Assert.AreEqual(0u, board.Registers.Read(VtaRegisters.FetchControl) & VtaRegisters.Start);
        }
    }

    [TestMethod]
    public void AnAcceleratorThatStaysSilentEndsInARegisterDump()
    {
        // Goal: no unbounded wait. Method: nobody serves the registers and virtual time passes; then a program that
        // deadlocks is served, which looks different in the dump.
        var board = new MemoryBoard(Program());
        var driver = new VtaHlsDriver(
            board.Registers, board.Time, () => board.Time.Advance(TimeSpan.FromMilliseconds(1)));
        VtaTimeoutException silent = Assert.ThrowsExactly<VtaTimeoutException>(
            () => driver.Run(board.Start, board.Count, TimeSpan.FromMilliseconds(50)));
        StringAssert.Contains(silent.Registers, "fetch.control=0x1");
        StringAssert.Contains(silent.LikelyCause, "still being fetched");

        board = new MemoryBoard([new VtaLoad { Dependencies = VtaDependencies.PopNext }, new VtaFinish()]);
        var responder = new VtaRegisterResponder(board.Registers, board.Simulator);
        driver = new VtaHlsDriver(board.Registers, board.Time, () =>
        {
            responder.TryServe(board.Dram, Base);
            board.Time.Advance(TimeSpan.FromMilliseconds(1));
        });
        VtaTimeoutException stuck = Assert.ThrowsExactly<VtaTimeoutException>(
            () => driver.Run(board.Start, board.Count, TimeSpan.FromMilliseconds(50)));
        StringAssert.Contains(stuck.LikelyCause, "waits for a token");
        StringAssert.Contains(responder.LastError!.Message, "deadlock");
    }

    [TestMethod]
    public void TheChiselDriverRunsAProgramAndReadsTheCycleCounter()
    {
        // Goal: the other register map behind the same interface. Method: as for the HLS design.
        var board = new MemoryBoard(Program());
        var responder = new VtaChiselResponder(board.Registers, board.Simulator, VtaTiming.Zynq7020);
        var driver = new VtaChiselDriver(board.Registers, board.Time, () =>
        {
            responder.TryServe(board.Dram, Base);
            board.Time.Advance(TimeSpan.FromMicroseconds(1));
        });
        driver.Run(board.Start, board.Count, TimeSpan.FromMilliseconds(50));
        Assert.AreEqual(7, board.Dram[0x2000]);
        Assert.AreEqual(VtaChiselRegisters.Done, board.Registers.Read(VtaChiselRegisters.Control));
        Assert.IsGreaterThan(10u, driver.LastCycles);
        Assert.ThrowsExactly<VtaException>(() => driver.Run(board.Start + 16, 1, TimeSpan.Zero));
    }

    [TestMethod]
    public void ProgramsThatCannotBeAreRefusedBeforeTheHardwareSeesThem()
    {
        // Goal: no register is touched for a hopeless call. Method: misaligned and empty programs.
        var board = new MemoryBoard(Program());
        var driver = new VtaHlsDriver(board.Registers, board.Time, () => { });
        Assert.ThrowsExactly<VtaException>(() => driver.Run(Base + 8, 1, TimeSpan.Zero));
        Assert.ThrowsExactly<VtaException>(() => driver.Run(Base, 0, TimeSpan.Zero));
        Assert.AreEqual(0u, board.Registers.Read(VtaRegisters.FetchControl));
    }

    [TestMethod]
    public void TheWaitLimitFollowsThePrediction()
    {
        // Goal: bounded by the cycle model, but never so short that a busy host misses it. Method: three predictions.
        Assert.AreEqual(TimeSpan.FromMilliseconds(50), VtaWaitLimit.For(TimeSpan.Zero));
        Assert.AreEqual(TimeSpan.FromMilliseconds(50), VtaWaitLimit.For(TimeSpan.FromMilliseconds(12)));
        Assert.AreEqual(TimeSpan.FromMilliseconds(400), VtaWaitLimit.For(TimeSpan.FromMilliseconds(100)));
    }

    /// <summary>Stores 7 in every lane of one element at 0x2000.</summary>
    private static VtaInstruction[] Program()
    {
        var builder = new VtaProgramBuilder(VtaConfiguration.Pynq);
        builder.Gemm(new VtaGemm { Reset = true, IterOut = 1, IterIn = 1 }, [new VtaMicroOp(0, 0, 0)]);
        builder.Alu(
            new VtaAlu
            {
                IterOut = 1, IterIn = 1, Operation = VtaAluOpcode.Add, UseImmediate = true, Immediate = 7,
                Dependencies = VtaDependencies.PushNext,
            },
            [new VtaMicroOp(0, 0, 0)]);
        builder.Store2D(0, 0x2000, 1, 1, 1, VtaDependencies.PopPrevious | VtaDependencies.PushPrevious);
        builder.Synchronize(VtaQueue.Compute, VtaDependencies.PopNext);
        return [.. builder.Build(0, MemoryBoard.MicroOpOffset).Instructions];
    }

    /// <summary>A board whose registers are plain memory.</summary>
    private sealed class MemoryBoard
    {
        public const int MicroOpOffset = 0x1000;

        public MemoryBoard(VtaInstruction[] program)
        {
            Count = program.Length;
            byte[] stream = new VtaInstructionCodec(VtaConfiguration.Pynq).EncodeAll(
                [.. program.Select(i => i is VtaTransfer { XSize: > 0 } t
                    ? t with { DramBase = t.DramBase + (Base / (uint)VtaConfiguration.Pynq.ElementBytes(t.Memory)) }
                    : i)]);
            stream.CopyTo(Dram, 0);
        }

        public byte[] Dram { get; } = new byte[0x4000];

        public int Count { get; }

        public uint Start => Base;

        public MemoryRegisters Registers { get; } = new();

        public VirtualTime Time { get; } = new();

        public VtaSimulator Simulator { get; } = new(VtaConfiguration.Pynq);
    }

    private sealed class MemoryRegisters : IRegisterWindow
    {
        private readonly Dictionary<uint, uint> values = [];

        public uint Read(uint offset) => values.GetValueOrDefault(offset);

        public void Write(uint offset, uint value) => values[offset] = value;
    }

    private sealed class VirtualTime : TimeProvider
    {
        private long ticks;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => ticks;

        public void Advance(TimeSpan by) => ticks += by.Ticks;
    }
}
