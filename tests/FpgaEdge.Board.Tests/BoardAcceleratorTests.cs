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
            LoadedStage stage = Load(graph, files, accelerator);
            byte[] input = SampleNetwork.Inputs(graph, 1, seed: 22)[0];
            byte[] output = new byte[stage.Stage.OutputBytes];

            var silence = Assert.ThrowsExactly<VtaTimeoutException>(() => stage.Execute(input, output));
            Assert.Contains("fetch.control=0x1", silence.Message);
            Assert.Contains("still runs", Assert.ThrowsExactly<HardwareException>(() => stage.Execute(input, output)).Message);

            using VirtualAccelerator model = VirtualAccelerator.Start(files, folder);
            var patient = new BoardAccelerator(files, memory);
            LoadedStage again = Load(graph, files, patient);
            again.Execute(input, output);
            CollectionAssert.AreEqual(GoldenInterpreter.Run(graph, [input])[0], output);
            Assert.IsGreaterThan(0, model.Programs);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static LoadedStage Load(IntegerGraph graph, BoardDescription board, BoardAccelerator accelerator)
    {
        StageTarget target = StageTarget.For(board.Name, board.Accelerator.Configuration.BitstreamName,
            board.Accelerator.ClockHertz, board.Dma.ByteCount);
        return new LoadedStage(StageCompiler.Compile(graph, 0, graph.Nodes.Count, target), accelerator, offset: 4096);
    }
}
