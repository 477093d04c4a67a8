using FpgaEdge.Compiler.Lowering;
using FpgaEdge.Compiler.Stages;
using FpgaEdge.Model.Integer;
using FpgaEdge.Vta;

namespace FpgaEdge.Compiler.Tests;

[TestClass]
public class StageTests
{
    // Goal: the window's limit is respected, with the reason. Method: the exact need compiles, one byte less does
    // not.
    [TestMethod]
    public void TooSmallAWindowIsRefused()
    {
        IntegerGraph graph = RandomLayers.Graph(new Random(1));
        StageTarget target = ConvolutionLoweringTests.Target(VtaConfiguration.Pynq);
        long need = StageCompiler.Compile(graph, 0, graph.Nodes.Count, target).WindowBytes;
        StageCompiler.Compile(graph, 0, graph.Nodes.Count, target with { WindowBytes = need });
        CompilerException error = Assert.ThrowsExactly<CompilerException>(
            () => StageCompiler.Compile(graph, 0, graph.Nodes.Count, target with { WindowBytes = need - 1 }));
        Assert.Contains(need.ToString(), error.Message);
    }

    // Goal: boards and hosts agree on costs. Method: the estimate has one entry per node, positive times, and counts
    // all weights.
    [TestMethod]
    public void EstimateCoversEveryNode()
    {
        IntegerGraph graph = RandomLayers.Graph(new Random(2));
        StageTarget target = StageTarget.For("virtual-zynq7020", "1x16_i8w8a32_15_15_18_17", 100_000_000, 1 << 25);
        var estimate = NetworkEstimate.Compute(graph, target);
        Assert.AreEqual(graph.Nodes.Count, estimate.Length);
        Assert.IsTrue(estimate.All(node => node.TimeNs > 0));
        CompiledStage whole = StageCompiler.Compile(graph, 0, graph.Nodes.Count, target);
        Assert.AreEqual(whole.ModelledNs, estimate.Sum(node => node.TimeNs));
    }

    // Goal: the tensors that cross a cut include a skip connection and an early output. Method: a graph small enough
    // to know the answer.
    [TestMethod]
    public void CutKnowsSkipsAndEarlyOutputs()
    {
        var builder = new IntegerGraphBuilder("skip");
        int a = builder.AddInput("a", 2, 2, 4);
        int b = builder.AddMaximumPool("b", a, Window.Point);
        int c = builder.AddMaximumPool("c", b, Window.Point);
        int d = builder.AddSum("d", a, c, 1);
        builder.AddOutput(b);
        builder.AddOutput(d);
        IntegerGraph graph = builder.Build();
        CollectionAssert.AreEqual(new[] { a }, StageCut.InputTensors(graph, 0).ToArray());
        CollectionAssert.AreEqual(new[] { a, b }, StageCut.InputTensors(graph, 1).ToArray());
        CollectionAssert.AreEqual(new[] { a, b, c }, StageCut.InputTensors(graph, 2).ToArray());
        CollectionAssert.AreEqual(new[] { b, d }, StageCut.InputTensors(graph, 3).ToArray());
    }

    // Goal: schedules that travel in a package give the same stage as a search, and hostile ones do no harm. Method:
    // write and read a cache; then replace bytes of its schedules at random and compile with each: results stay
    // bit-exact.
    [TestMethod]
    public void SchedulesTravelAndAreChecked()
    {
        var random = new Random(4);
        IntegerGraph graph = RandomLayers.Graph(random);
        StageTarget target = ConvolutionLoweringTests.Target(VtaConfiguration.Pynq);
        var cache = new ScheduleCache();
        CompiledStage stage = StageCompiler.Compile(graph, 0, graph.Nodes.Count, target, cache);
        byte[] bytes = cache.Write();
        var read = ScheduleCache.Read(bytes);
        CompiledStage again = StageCompiler.Compile(graph, 0, graph.Nodes.Count, target, read);
        CollectionAssert.AreEqual(stage.Image.ToArray(), again.Image.ToArray());
        CollectionAssert.AreEqual(bytes, read.Write());
        byte[][] inputs = RandomLayers.Inputs(random, graph);
        byte[] expected = [.. GoldenInterpreter.Run(graph, inputs).SelectMany(output => output)];
        for (int i = 0; i < 50; i++)
        {
            byte[] changed = [.. bytes];
            changed[random.Next(4, changed.Length)] = (byte)random.Next(12);
            CompiledStage other;
            try
            {
                other = StageCompiler.Compile(graph, 0, graph.Nodes.Count, target, ScheduleCache.Read(changed));
            }
            catch (Packages.PackageFormatException)
            {
                continue;
            }
            byte[] output = new byte[other.OutputBytes];
            var executor = new StageExecutor(other, new SimulatedMachine(other));
            executor.Load();
            executor.Execute([.. inputs.SelectMany(input => input)], output);
            CollectionAssert.AreEqual(expected, output);
        }
    }

    // Goal: frames cost no garbage. Method: a stage with programs, kernels, gathered windows, 32-bit results and layout
    // changes runs frames on a machine that computes nothing; after the first, the thread allocates nothing.
    [TestMethod]
    public void FramesDoNotAllocate()
    {
        var random = new Random(3);
        var builder = new IntegerGraphBuilder("mixed");
        int x = builder.AddInput("in", 12, 12, 3);
        var window = new Window(3, 3, 1, 1, 1, 1, 1, 1);
        x = RandomLayers.AddConvolution(builder, random, "first", x, window, 32);
        int y = RandomLayers.AddConvolution(builder, random, "foreign", x, window, 32, 1, true);
        x = builder.AddSum("sum", builder.AddMaximumPool("max", x, window), y, 2);
        x = RandomLayers.AddConvolution(builder, random, "last", x, window, 8);
        builder.AddOutput(builder.AddAveragePool("mean", x, new Window(12, 12, 12, 12, 0, 0, 0, 0)));
        IntegerGraph graph = builder.Build();
        CompiledStage stage = StageCompiler.Compile(
            graph, 0, graph.Nodes.Count, ConvolutionLoweringTests.Target(VtaConfiguration.Pynq));
        Assert.HasCount(7, stage.Steps.Select(step => step.GetType()).Distinct().ToList());
        var executor = new StageExecutor(stage, new IdleMachine(stage.WindowBytes), TimeProvider.System);
        executor.Load();
        byte[] input = RandomLayers.Inputs(random, graph)[0];
        byte[] output = new byte[stage.OutputBytes];
        executor.Execute(input, output);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int frame = 0; frame < 100; frame++)
        {
            executor.Execute(input, output);
        }
        Assert.AreEqual(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    // Goal: concatenations of whole blocks cost nothing, in chains too. Method: two branches of 16 and 32 channels,
    // concatenated twice; no step may be a kernel, and the bytes are golden.
    [TestMethod]
    public void ConcatenationOfWholeBlocksIsInPlace()
    {
        var random = new Random(6);
        var builder = new IntegerGraphBuilder("fire");
        int x = builder.AddInput("in", 6, 5, 16);
        int a = RandomLayers.AddConvolution(builder, random, "a", x, Window.Point, 16);
        int b = RandomLayers.AddConvolution(builder, random, "b", x, Window.Point, 32);
        int c = RandomLayers.AddConvolution(builder, random, "c", a, Window.Point, 20);
        int inner = builder.AddConcat("inner", a, b);
        int outer = builder.AddConcat("outer", inner, c);
        builder.AddOutput(RandomLayers.AddConvolution(builder, random, "d", outer, Window.Point, 10));
        builder.AddOutput(inner);
        IntegerGraph graph = builder.Build();
        CompiledStage stage = StageCompiler.Compile(
            graph, 0, graph.Nodes.Count, ConvolutionLoweringTests.Target(VtaConfiguration.Pynq));
        Assert.IsFalse(stage.Steps.Any(step => step is KernelStep));
        byte[][] inputs = RandomLayers.Inputs(random, graph);
        byte[] output = new byte[stage.OutputBytes];
        var executor = new StageExecutor(stage, new SimulatedMachine(stage));
        executor.Load();
        executor.Execute(inputs[0], output);
        byte[] expected = [.. stage.OutputTensors.SelectMany(
            tensor => GoldenInterpreter.Run(graph, inputs)[graph.Outputs.ToList().IndexOf(tensor)])];
        CollectionAssert.AreEqual(expected, output);
    }

    // Goal: an unknown configuration string is one line, not a crash. Method: strings that are nearly right.
    [TestMethod]
    [DataRow("")]
    [DataRow("1x16_i8w8a32_15_15_18")]
    [DataRow("1x15_i8w8a32_15_15_18_17")]
    [DataRow("1x16_i8w8a32_99_15_18_17")]
    [DataRow("0x16_i8w8a32_15_15_18_17")]
    [DataRow("1x16_w8i8a32_15_15_18_17")]
    [DataRow("1x16_i8w8a32_15_15_18_017")]
    [DataRow("1x16_i8w8a32_15_15_18_17\n")]
    [DataRow("1x16_i8w8a32_15_15_18_9999999999")]
    public void BadConfigurationNamesAreRefused(string name)
    {
        VtaException error = Assert.ThrowsExactly<VtaException>(
            () => StageTarget.For("virtual-zynq7020", name, 100_000_000, 1 << 20));
        Assert.IsFalse(error.Message.Contains('\n'));
    }

    private sealed class IdleMachine(long bytes) : IStageMachine
    {
        private readonly byte[] window = new byte[bytes];

        public Span<byte> Window => window;

        public ulong WindowAddress => 0x1000_0000;

        public void RunProgram(uint instructionAddress, uint instructionCount, long modelledCycles)
        {
        }
    }
}
