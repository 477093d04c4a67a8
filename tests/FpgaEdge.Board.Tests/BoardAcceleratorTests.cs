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
        string folder = Directory.CreateTempSubdirectory("fpgaedge-test-").FullName;
        try
        {
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
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static FrameWork Work(byte[] input, byte[] output) =>
        new(default, default, default, default, 0, input, output) { DeadlineNs = long.MaxValue, ArrivedNs = 0 };

    private static ExecutableStage Load(IntegerGraph graph, BoardDescription board, BoardAccelerator accelerator)
    {
        StageTarget target = StageTarget.For(board.Name, board.Accelerator.Configuration.BitstreamName,
            board.Accelerator.ClockHertz, board.Dma.ByteCount);
        CompiledStage Compile(HashSet<int> onCores) =>
            StageCompiler.Compile(graph, 0, graph.Nodes.Count, target, onCores: onCores);
        return new ExecutableStage(
            Compile([]), Compile([.. Enumerable.Range(0, graph.Nodes.Count)]), accelerator, offset: 4096);
    }
}
