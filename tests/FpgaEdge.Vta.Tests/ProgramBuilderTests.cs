namespace FpgaEdge.Vta.Tests;

[TestClass]
public sealed class ProgramBuilderTests
{
    private static readonly VtaGemm Once = new() { IterOut = 1, IterIn = 1 };

    [TestMethod]
    public void EqualMicroOpSequencesAreKeptAndLoadedOnce()
    {
        // Goal: micro-op memory is shared. Method: three GEMMs over two sequences; count loads and pool size.
        var builder = new VtaProgramBuilder(VtaConfiguration.Pynq);
        VtaMicroOp[] first = [new(0, 0, 0), new(1, 0, 1)];
        builder.Gemm(Once, first);
        builder.Gemm(Once, [new VtaMicroOp(5, 0, 0)]);
        builder.Gemm(Once, [.. first]);
        VtaProgram program = builder.Build(0, 4096);
        VtaLoad[] loads = [.. program.Instructions.OfType<VtaLoad>()];
        Assert.HasCount(2, loads);
        Assert.AreEqual(3 * 4, program.MicroOpBytes.Length);
        Assert.AreEqual((1024u, 1026u), (loads[0].DramBase, loads[1].DramBase));
        VtaGemm[] gemms = [.. program.Instructions.OfType<VtaGemm>()];
        Assert.AreEqual((0, 2), (gemms[0].UopBegin, gemms[0].UopEnd));
        Assert.AreEqual((2, 3), (gemms[1].UopBegin, gemms[1].UopEnd));
        Assert.AreEqual((0, 2), (gemms[2].UopBegin, gemms[2].UopEnd));
    }

    [TestMethod]
    public void AFullMicroOpBufferStartsAnewAndReloads()
    {
        // Goal: programs with more micro-ops than the buffer holds stay right. Method: three sequences of which two
        // fit; the first is used again after it was evicted, and must be loaded again before.
        var builder = new VtaProgramBuilder(VtaConfiguration.Pynq);
        VtaMicroOp[][] sequences =
        [
            .. Enumerable.Range(0, 3).Select(
                s => Enumerable.Range(0, 4000).Select(i => new VtaMicroOp(s, 0, i % 8)).ToArray()),
        ];
        builder.Gemm(Once, sequences[0]);
        builder.Gemm(Once, sequences[1]);
        builder.Gemm(Once, sequences[2]);
        builder.Gemm(Once, sequences[0]);
        VtaProgram program = builder.Build(0, 0x10000);
        VtaLoad[] loads = [.. program.Instructions.OfType<VtaLoad>()];
        CollectionAssert.AreEqual((int[])[0, 4000, 0, 4000], loads.Select(l => l.SramBase).ToArray());
        CollectionAssert.AreEqual(
            (uint[])[0x4000, 0x4000 + 4000, 0x4000 + 8000, 0x4000], loads.Select(l => l.DramBase).ToArray());
    }

    [TestMethod]
    public void DeadlocksLeftTokensAndEarlyFinishesAreRefused()
    {
        // Goal: no program that would hang or trip the next one leaves the builder. Method: one defect each.
        Refuses(b => b.Synchronize(VtaQueue.Compute, VtaDependencies.PopPrevious), "deadlock: compute queue waits");
        Refuses(b => b.Synchronize(VtaQueue.Compute, VtaDependencies.PushPrevious), "leaves tokens behind: 0 load");
        Refuses(b => b.Load2D(VtaMemoryId.Inp, 0, 0, 1, 1, 1), "FINISH can overtake instruction 0 of the load queue");
        Refuses(b => b.Store2D(0, 0, 1, 1, 1), "FINISH can overtake instruction 0 of the store queue");
        Refuses(b => b.Synchronize(VtaQueue.Load, VtaDependencies.PushPrevious), "name a queue that the load queue");
    }

    [TestMethod]
    public void AProgramThatOnlyUnboundedQueuesCanRunIsRefused()
    {
        // Goal: in-order fetch into 512 commands. Method: a load that waits for a compute instruction behind 600 more
        // loads; behind 400 it can be fetched, and the program is fine.
        static VtaProgram Build(int loads)
        {
            var builder = new VtaProgramBuilder(VtaConfiguration.Pynq);
            builder.Await(VtaQueue.Compute, VtaQueue.Load);
            for (int i = 0; i < loads; i++)
            {
                builder.Load2D(VtaMemoryId.Inp, 0, 0, 1, 1, 1);
            }
            builder.Signal(VtaQueue.Load, VtaQueue.Compute);
            builder.Synchronize(VtaQueue.Compute, VtaDependencies.PushPrevious);
            builder.Await(VtaQueue.Load, VtaQueue.Compute);
            return builder.Build(0, 0);
        }
        Assert.AreEqual(403, Build(400).InstructionCount);
        VtaException e = Assert.ThrowsExactly<VtaException>(() => Build(600));
        StringAssert.Contains(e.Message, "a queue of 512 commands is full, so that instruction 512 is never fetched");
        VtaInstruction[] program =
        [
            .. Enumerable.Range(0, 600).Select(i => new VtaLoad
            {
                Memory = VtaMemoryId.Inp,
                Dependencies = i == 0 ? VtaDependencies.PopNext : i == 599 ? VtaDependencies.PushNext : 0,
            }),
            new VtaLoad { Dependencies = VtaDependencies.PushPrevious },
            new VtaLoad { Dependencies = VtaDependencies.PopPrevious },
            new VtaFinish(),
        ];
        var hardware = new VtaSimulator(
            VtaConfiguration.Pynq, new VtaSimulatorOptions { Semantics = VtaSemantics.Hardware });
        VtaPortabilityNote note = hardware.Run(new byte[16], 0, program).Portability.Single();
        Assert.AreEqual(VtaPortabilityIssue.CommandQueueDepth, note.Issue);
    }

    [TestMethod]
    public void OverrunsAreRefusedWhereTheyAreAsked()
    {
        // Goal: the caller learns at once. Method: one value beyond each scratchpad.
        Refuses(b => b.Load2D(VtaMemoryId.Inp, 2047, 0, 1, 2, 2), "Inp elements 2047..2048: the scratchpad has 2048");
        Refuses(b => b.Load2D(VtaMemoryId.Acc, 0, 0, 60, 32, 32, new VtaPadding(2, 3, 0, 0)), "scratchpad has 2048");
        Refuses(b => b.Store2D(2047, 0, 1, 2, 2), "Out elements 2047..2048");
        Refuses(b => b.Gemm(Once with { IterIn = 2, DstFactorIn = 1 }, [new VtaMicroOp(2047, 0, 0)]), "acc index 2048");
        Refuses(b => b.Gemm(Once with { IterIn = 2, WgtFactorIn = 1 }, [new VtaMicroOp(0, 0, 1023)]), "wgt index 1024");
        Refuses(
            b => b.Alu(new VtaAlu { IterOut = 2, IterIn = 1, SrcFactorOut = 9 }, [new VtaMicroOp(0, 2040, 0)]),
            "acc source");
        Refuses(b => b.Load2D(VtaMemoryId.Inp, 0, 8, 1, 1, 1), "DRAM offset 8: expected a multiple of 16");
        Refuses(b => b.Load2D(VtaMemoryId.Uop, 0, 0, 1, 1, 1), "LOAD of Uop");
        Refuses(b => b.Gemm(Once, []), "expected 1..8192 micro-ops, found 0");
    }

    [TestMethod]
    public void APlacedProgramRunsWhereverTheWindowIs()
    {
        // Goal: relocation. Method: copy one element through the accelerator in windows at several bases.
        var builder = new VtaProgramBuilder(VtaConfiguration.Pynq);
        builder.Load2D(VtaMemoryId.Acc, 0, 0x100, 1, 1, 1);
        builder.Alu(
            new VtaAlu
            {
                IterOut = 1, IterIn = 1, Operation = VtaAluOpcode.Add, UseImmediate = true,
                Dependencies = VtaDependencies.PushNext,
            },
            [new VtaMicroOp(0, 0, 0)]);
        builder.Store2D(0, 0x200, 1, 1, 1, VtaDependencies.PopPrevious | VtaDependencies.PushPrevious);
        builder.Synchronize(VtaQueue.Compute, VtaDependencies.PopNext);
        VtaProgram program = builder.Build(0x400, 0x800);
        foreach (uint windowBase in (uint[])[0, 0x1000_0000, 0xFFFF_F000])
        {
            byte[] window = new byte[0x1000];
            for (int lane = 0; lane < 16; lane++)
            {
                window[0x100 + (lane * 4)] = (byte)(lane + 1);
            }
            uint start = program.Place(window, windowBase);
            new VtaSimulator(VtaConfiguration.Pynq).Run(window, windowBase, start, program.InstructionCount);
            CollectionAssert.AreEqual(
                Enumerable.Range(1, 16).Select(i => (byte)i).ToArray(), window[0x200..0x210], $"base 0x{windowBase:X}");
        }
        Assert.ThrowsExactly<VtaException>(() => program.Relocate(128));
    }

    [TestMethod]
    public void TokensCanBeAskedForByQueue()
    {
        // Goal: signals land on the instruction before, waits on the one after, and what has none becomes a NOP.
        // Method: a program written with signals only; the queues must accept it and the flags be where they belong.
        var builder = new VtaProgramBuilder(VtaConfiguration.Pynq);
        builder.Load2D(VtaMemoryId.Inp, 0, 0, 1, 1, 1);
        builder.Signal(VtaQueue.Load, VtaQueue.Compute);
        builder.Signal(VtaQueue.Load, VtaQueue.Compute);
        builder.Await(VtaQueue.Load, VtaQueue.Compute);
        builder.Await(VtaQueue.Load, VtaQueue.Compute);
        builder.Gemm(Once, [new VtaMicroOp(0, 0, 0)]);
        builder.Signal(VtaQueue.Compute, VtaQueue.Store);
        builder.Await(VtaQueue.Compute, VtaQueue.Store);
        builder.Store2D(0, 0x100, 1, 1, 1);
        builder.Signal(VtaQueue.Store, VtaQueue.Compute);
        builder.Await(VtaQueue.Store, VtaQueue.Compute);
        VtaProgram program = builder.Build(0x1000, 0x2000);
        Assert.HasCount(7, program.Instructions.Where(i => i is not VtaFinish));
        Assert.AreEqual(VtaDependencies.PushNext, program.Instructions[0].Dependencies);
        Assert.IsTrue(program.Instructions.OfType<VtaGemm>().Single().Dependencies.HasFlag(VtaDependencies.PushNext));
        Assert.AreEqual(
            VtaDependencies.PopPrevious | VtaDependencies.PushPrevious,
            program.Instructions.OfType<VtaStore>().Single().Dependencies);
        Assert.ThrowsExactly<VtaException>(() => builder.Signal(VtaQueue.Load, VtaQueue.Store));
    }

    [TestMethod]
    public void ScratchpadsAreHandedOutWithoutOverlap()
    {
        // Goal: no two live regions share an element, and freed space is found again. Method: fill, free, refill.
        var builder = new VtaProgramBuilder(VtaConfiguration.Pynq);
        int first = builder.Allocate(VtaMemoryId.Acc, 1000);
        int second = builder.Allocate(VtaMemoryId.Acc, 1000);
        Assert.AreEqual((0, 1000), (first, second));
        VtaException full = Assert.ThrowsExactly<VtaException>(() => builder.Allocate(VtaMemoryId.Acc, 49));
        StringAssert.Contains(full.Message, "48 of 2048 Acc elements are free side by side");
        builder.Free(VtaMemoryId.Acc, first);
        Assert.AreEqual(0, builder.Allocate(VtaMemoryId.Acc, 400));
        Assert.AreEqual(400, builder.Allocate(VtaMemoryId.Acc, 600));
        Assert.AreEqual(2000, builder.Allocate(VtaMemoryId.Acc, 48));
        Assert.AreEqual(0, builder.Allocate(VtaMemoryId.Wgt, 1024));
        Assert.ThrowsExactly<VtaException>(() => builder.Free(VtaMemoryId.Wgt, 5));
        Assert.ThrowsExactly<VtaException>(() => builder.Allocate(VtaMemoryId.Uop, 1));
    }

    private static void Refuses(Action<VtaProgramBuilder> emit, string expected)
    {
        var builder = new VtaProgramBuilder(VtaConfiguration.Pynq);
        VtaException e = Assert.ThrowsExactly<VtaException>(() =>
        {
            emit(builder);
            builder.Build(0, 0);
        });
        StringAssert.Contains(e.Message, expected);
    }
}
