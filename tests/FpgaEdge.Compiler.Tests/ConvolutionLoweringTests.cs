using FpgaEdge.Compiler.Stages;
using FpgaEdge.Model.Integer;
using FpgaEdge.Vta;

namespace FpgaEdge.Compiler.Tests;

[TestClass]
public class ConvolutionLoweringTests
{
    private static readonly VtaConfiguration[] Configurations =
    [
        VtaConfiguration.Pynq,
        new() { LogBatch = 2, LogBlock = 3, LogInpBufferSize = 16, LogWgtBufferSize = 16, LogAccBufferSize = 18 },
        new() { LogBatch = 1, LogBlock = 4, LogInpBufferSize = 15, LogWgtBufferSize = 17, LogAccBufferSize = 17 },
        new() { LogBlock = 5, LogInpBufferSize = 15, LogWgtBufferSize = 18, LogAccBufferSize = 17 },
        new() { LogBlock = 4, LogUopBufferSize = 13, LogInpBufferSize = 12, LogWgtBufferSize = 15,
            LogAccBufferSize = 13 },
        new() { LogBlock = 2, LogUopBufferSize = 12, LogInpBufferSize = 10, LogWgtBufferSize = 11,
            LogAccBufferSize = 11 },
        new() { Isa = VtaIsa.Legacy },
    ];

    // Goal: whatever the accelerator computes is what the golden interpreter defines, and relies on nothing that
    // bitstreams do not share. Method: random layers (sizes, strides, padding, dilation, zero points, shifts, clamps)
    // on several configurations, run on the functional simulator with hardware semantics in a window of rubbish at a
    // high address.
    [TestMethod]
    [DataRow(0)]
    [DataRow(1)]
    [DataRow(2)]
    [DataRow(3)]
    [DataRow(4)]
    [DataRow(5)]
    [DataRow(6)]
    public void RandomConvolutionsAreBitExact(int configuration)
    {
        int onVta = 0;
        const int Layers = 100;
        for (int seed = 0; seed < Layers; seed++)
        {
            var random = new Random((configuration * 1000) + seed);
            IntegerGraph graph = RandomLayers.Convolution(random);
            StageTarget target = Target(Configurations[configuration]);
            CompiledStage stage = StageCompiler.Compile(graph, 0, 1, target);
            byte[][] inputs = RandomLayers.Inputs(random, graph);
            byte[] expected = GoldenInterpreter.Run(graph, inputs)[0];
            byte[] actual = new byte[stage.OutputBytes];
            var machine = new SimulatedMachine(stage);
            var executor = new StageExecutor(stage, machine);
            executor.Load();
            executor.Execute(inputs[0], actual);
            string what = $"configuration {configuration}, seed {seed}: {stage.Nodes[0].Schedule}";
            CollectionAssert.AreEqual(expected, actual, what);
            Assert.IsEmpty(machine.Notes, $"{what}: {machine.Notes.FirstOrDefault()}");
            onVta += machine.ProgramsRun;
        }
        Assert.IsGreaterThan(Layers * 9 / 10, onVta, "most random layers must run on the accelerator");
    }

    /// <summary>Cores so slow that everything the accelerator can do goes to it.</summary>
    internal static StageTarget Target(VtaConfiguration configuration) => new(
        "test", configuration.EnsureFeasible(), VtaTiming.Zynq7020,
        CpuTiming.CortexA9 with { MacMillicycles = 1_000_000_000, DepthwiseMacMillicycles = 1_000_000_000 }, 1 << 28);
}
