using FpgaEdge.Cluster;
using FpgaEdge.Compiler;
using FpgaEdge.Compiler.Stages;
using FpgaEdge.Hardware;
using FpgaEdge.Model.Integer;
using FpgaEdge.Vta;

namespace FpgaEdge.Board.Tests;

/// <summary>The board's way of using an accelerator, when the accelerator does not do its part.</summary>
[TestClass]
public sealed class BoardAcceleratorTests
{
    // Goal: a silent accelerator costs a bounded wait with a register dump, is not started again while it still runs
    // the old program, and after a reset computes golden bytes. Method: a compiled stage on mapped files; no model,
    // then one.
    [TestMethod]
    public void SilenceIsBoundedThenRefusedThenForgotten()
    {
        using var temporary = new TemporaryFolder();
        string folder = $"{temporary}";
        BoardDescription files = BuiltInBoard.Description;
        BoardMemory.CreateFiles(files, folder);
        using BoardMemory memory = BoardMemory.Open(files, folder);
        // Limits are those of real hardware here: four times what the cycle model predicts, at least 50 ms.
        var accelerator = new BoardAccelerator(files with { Access = MemoryAccess.Physical }, memory);
        IntegerGraph graph = SampleNetwork.Create(21);
        ExecutableStage stage = Load(graph, files, accelerator);
        byte[] input = SampleNetwork.Inputs(graph, 1, seed: 22)[0];
        byte[] expected = GoldenInterpreter.Run(graph, [input])[0];
        byte[] output = new byte[expected.Length];
        FrameWork work = Work(input, output);

        var silence = Assert.ThrowsExactly<VtaTimeoutException>(() => stage.Execute(ComputeResourceKind.Accelerator, work));
        Assert.Contains("fetch.control=0x1", silence.Message);
        var refusal = Assert.ThrowsExactly<HardwareException>(() => stage.Execute(ComputeResourceKind.Accelerator, work));
        Assert.Contains("still runs", refusal.Message);

        using VirtualAccelerator model = VirtualAccelerator.Start(files, folder);
        var patient = new BoardAccelerator(files, memory);
        ExecutableStage again = Load(graph, files, patient);
        again.Execute(ComputeResourceKind.Accelerator, work);
        CollectionAssert.AreEqual(expected, output);
        long programs = model.Programs;
        Assert.IsGreaterThan(0, programs);

        // The same stage in software: the same bytes, and the accelerator is left alone.
        output.AsSpan().Clear();
        again.Execute(ComputeResourceKind.Software, work);
        CollectionAssert.AreEqual(expected, output);
        Assert.AreEqual(programs, model.Programs);
    }

    // Goal: an answer that comes after the wait has ended spoils nothing: not the run after it, not its result. Method: the
    // model is stepped by hand, late; then it serves as usual.
    [TestMethod]
    public void ALateAnswerIsNotTakenForTheNextOne()
    {
        using var temporary = new TemporaryFolder();
        string folder = $"{temporary}";
        BoardDescription files = BuiltInBoard.Description;
        BoardMemory.CreateFiles(files, folder);
        using BoardMemory memory = BoardMemory.Open(files, folder);
        using BoardMemory behind = BoardMemory.Open(files, folder);
        var accelerator = new BoardAccelerator(files with { Access = MemoryAccess.Physical }, memory);
        IntegerGraph graph = SampleNetwork.Create(24);
        ExecutableStage stage = Load(graph, files, accelerator);
        byte[][] inputs = SampleNetwork.Inputs(graph, 2, seed: 25);
        byte[] expected = GoldenInterpreter.Run(graph, [inputs[1]])[0];
        byte[] output = new byte[expected.Length];
        FrameWork first = Work(inputs[0], output), second = Work(inputs[1], output);
        Assert.ThrowsExactly<VtaTimeoutException>(() => stage.Execute(ComputeResourceKind.Accelerator, first));
        Assert.ThrowsExactly<HardwareException>(() => stage.Execute(ComputeResourceKind.Accelerator, second));

        var responder = new VtaRegisterResponder(behind.Registers, new VtaSimulator(files.Accelerator.Configuration));
        Assert.IsNotNull(responder.TryServe(behind.Dma.Span, behind.Dma.PhysicalBase));
        Assert.AreEqual(1u, memory.Registers.Read(VtaRegisters.ComputeDone));

        bool stop = false;
        var server = new Thread(() =>
        {
            while (!Volatile.Read(ref stop))
            {
                responder.TryServe(behind.Dma.Span, behind.Dma.PhysicalBase);
            }
        });
        server.Start();
        try
        {
            var patient = new BoardAccelerator(files, memory);
            Load(graph, files, patient).Execute(ComputeResourceKind.Accelerator, second);
        }
        finally
        {
            Volatile.Write(ref stop, true);
            server.Join();
        }
        CollectionAssert.AreEqual(expected, output);
    }

    // Goal: the same input gives the same bytes 1,000 times without loading again, and another network in between changes
    // nothing, nor does the self-test. Method: two networks in one window, in random turn; every answer against the interpreter's.
    [TestMethod]
    public void AThousandRunsOfTwoNetworksInTurnAreIdentical()
    {
        const int Runs = 1000;
        using var temporary = new TemporaryFolder();
        string folder = $"{temporary}";
        BoardDescription files = BuiltInBoard.Description;
        BoardMemory.CreateFiles(files, folder);
        using VirtualAccelerator model = VirtualAccelerator.Start(files, folder);
        using BoardMemory memory = BoardMemory.Open(files, folder);
        var accelerator = new BoardAccelerator(files, memory);
        IntegerGraph[] graphs = [SampleNetwork.Create(26), SampleNetwork.Create(27)];
        ExecutableStage[] stages = [Load(graphs[0], files, accelerator), Load(graphs[1], files, accelerator, offset: 8 << 20)];
        byte[][] inputs = [.. graphs.Select((graph, i) => SampleNetwork.Inputs(graph, 1, seed: 28 + i)[0])];
        byte[][] golden = [.. graphs.Select((graph, i) => GoldenInterpreter.Run(graph, [inputs[i]])[0])];
        int[] left = [Runs, Runs];
        var random = new Random(30);
        while (left[0] + left[1] > 0)
        {
            int turn = left[0] == 0 ? 1 : left[1] == 0 ? 0 : random.Next(2);
            byte[] output = new byte[golden[turn].Length];
            stages[turn].Execute(ComputeResourceKind.Accelerator, Work(inputs[turn], output));
            CollectionAssert.AreEqual(golden[turn], output, $"network {turn}, {left[turn]} runs before its end");
            left[turn]--;
            if ((left[0] + left[1]) % 500 == 0)
            {
                Assert.IsTrue(SelfTest.Run(files, memory, default, accelerator).IsFit);
            }
        }
    }

    // Goal: where the accelerator's port does not see the processor's caches, every result is still golden. Method: a processor
    // whose window is a cache of its own, copied to and from the accelerator's memory only when the caches are told to; without
    // being told, the accelerator would find nothing.
    [TestMethod]
    public void APortThatSeesNoCachesGetsWhatItNeeds()
    {
        using var temporary = new TemporaryFolder();
        string folder = $"{temporary}";
        BoardDescription files = BuiltInBoard.Description;
        BoardMemory.CreateFiles(files, folder);
        string cached = Path.Combine(folder, "cached");
        MappedMemory.CreateFile(cached, files.Dma.ByteCount);
        using VirtualAccelerator model = VirtualAccelerator.Start(files, folder);
        using BoardMemory behind = BoardMemory.Open(files, folder);
        MappedMemory processor = MappedMemory.Open(cached, 0, files.Dma.ByteCount);
        var caches = new SeparateMemory(processor, behind.Dma, behind.Registers);
        using var memory = new BoardMemory(
            new RegisterWindow(MappedMemory.Open(Path.Combine(folder, "registers"), 0, files.Registers.ByteCount)),
            new DmaWindow(processor, files.Dma.FixedBase, caches));
        var accelerator = new BoardAccelerator(files, memory);
        IntegerGraph graph = SampleNetwork.Create(31);
        ExecutableStage stage = Load(graph, files, accelerator);
        ExecuteAll();
        Assert.AreEqual(model.Programs, caches.Invalidations);
        Assert.AreEqual(model.Programs + 1, caches.WriteBacks);
        Assert.IsTrue(SelfTest.Run(files, memory, (0, 0), accelerator).IsFit);
        ExecuteAll();

        void ExecuteAll()
        {
            foreach (byte[] input in SampleNetwork.Inputs(graph, 3, seed: 32))
            {
                byte[] expected = GoldenInterpreter.Run(graph, [input])[0];
                byte[] output = new byte[expected.Length];
                stage.Execute(ComputeResourceKind.Accelerator, Work(input, output));
                CollectionAssert.AreEqual(expected, output);
            }
        }
    }

    /// <summary>Caches that never write back by themselves.</summary>
    private sealed class SeparateMemory(MappedMemory cached, DmaWindow memory, RegisterWindow registers) : IDmaCaches
    {
        public int WriteBacks { get; private set; }

        public int Invalidations { get; private set; }

        public void WriteBack(int offset, int byteCount)
        {
            Assert.AreEqual(0u, registers.Read(VtaRegisters.FetchControl) & VtaRegisters.Start, "written back after the start");
            cached.Span.Slice(offset, byteCount).CopyTo(memory.Span[offset..]);
            WriteBacks++;
        }

        public void Invalidate(int offset, int byteCount)
        {
            Assert.AreEqual(1u, registers.Read(VtaRegisters.ComputeDone), "invalidated before the end");
            memory.Span.Slice(offset, byteCount).CopyTo(cached.Span[offset..]);
            Invalidations++;
        }

        public void Dispose()
        {
        }
    }

    private static FrameWork Work(byte[] input, byte[] output) =>
        new(default, default, default, default, 0, input, output) { DeadlineNs = long.MaxValue, ArrivedNs = 0 };

    private static ExecutableStage Load(IntegerGraph graph, BoardDescription board, BoardAccelerator accelerator, long offset = 4096)
    {
        StageTarget target = StageTarget.For(board.Name, board.Accelerator.Configuration.BitstreamName,
            board.Accelerator.ClockHertz, board.Dma.ByteCount);
        CompiledStage Compile(HashSet<int> onCores) =>
            StageCompiler.Compile(graph, 0, graph.Nodes.Count, target, onCores: onCores);
        return new ExecutableStage(
            Compile([]), Compile([.. Enumerable.Range(0, graph.Nodes.Count)]), accelerator, offset)
        {
            About = new StageAbout { Network = graph.Name, Stage = 1, Stages = 1, FirstLayer = 0, Layers = graph.Nodes.Count },
        };
    }
}
