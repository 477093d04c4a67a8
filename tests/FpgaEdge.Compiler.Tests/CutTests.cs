using FpgaEdge.Compiler.Lowering;
using FpgaEdge.Compiler.Stages;
using FpgaEdge.Model;
using FpgaEdge.Model.Integer;
using FpgaEdge.Model.Quantization;
using FpgaEdge.Tests;
using FpgaEdge.Vta;

namespace FpgaEdge.Compiler.Tests;

/// <summary>A network gives the golden bytes wherever it is cut (promise P3).</summary>
[TestClass]
public class CutTests
{
    /// <summary>Set FPGAEDGE_FUZZ_COUNT for more graphs; ten thousand take some minutes.</summary>
    private static readonly int Graphs =
        int.TryParse(Environment.GetEnvironmentVariable("FPGAEDGE_FUZZ_COUNT"), out int count) ? count : 100;

    // Goal: any number of stages, cut anywhere. Method: random graphs with branches, sums, pools and concatenations; two
    // frames pass, so that left-overs of the first would show in the second.
    [TestMethod]
    public void AnyCutsOfARandomGraphGiveTheGoldenBytes() => Parallel.For(0, Graphs, seed =>
    {
        var random = new Random(seed);
        IntegerGraph graph = RandomLayers.Graph(random);
        var cuts = new List<int>();
        for (int first = 0; first < graph.Nodes.Count;)
        {
            first = random.Next(3) == 0 ? graph.Nodes.Count : random.Next(first, graph.Nodes.Count) + 1;
            cuts.Add(first);
        }
        byte[][][] frames = [RandomLayers.Inputs(random, graph), RandomLayers.Inputs(random, graph)];
        AssertGolden(graph, cuts, new ScheduleCache(), frames, $"seed {seed}");
    });

    // Goal: no cut of a trained network is special. Method: the four networks of MLPerf Tiny, cut in two before every node.
    [TestMethod]
    [DataRow("cifar10/ic_resnet8_int8.tflite")]
    [DataRow("mlperf_tiny/ad01_autoencoder_int8.tflite")]
    [DataRow("mlperf_tiny/kws_dscnn_int8.tflite")]
    [DataRow("mlperf_tiny/vww96_mobilenetv1_int8.tflite")]
    public void EveryCutOfATrainedNetworkGivesTheGoldenBytes(string file)
    {
        IntegerGraph graph = IntegerImporter.Import(ModelReader.Read(File.ReadAllBytes(SharedData.Require($"data/{file}")), file));
        byte[][][] frames = [RandomLayers.Inputs(new Random(1), graph)];
        var schedules = new ScheduleCache();
        for (int cut = 1; cut < graph.Nodes.Count; cut++)
        {
            AssertGolden(graph, [cut, graph.Nodes.Count], schedules, frames, $"cut before {graph.Nodes[cut].Name}");
        }
    }

    /// <summary>Each stage gets only what <see cref="StageCut"/> says and hands on only that.</summary>
    private static void AssertGolden(
        IntegerGraph graph, IReadOnlyList<int> cuts, ScheduleCache schedules, byte[][][] frames, string where)
    {
        StageTarget target = ConvolutionLoweringTests.Target(VtaConfiguration.Pynq);
        CompiledStage[] stages =
        [
            .. cuts.Select((last, i) => StageCompiler.Compile(graph, i == 0 ? 0 : cuts[i - 1], last, target, schedules)),
        ];
        StageExecutor[] executors = [.. stages.Select(stage => new StageExecutor(stage, new SimulatedMachine(stage)))];
        foreach (StageExecutor executor in executors)
        {
            executor.Load();
        }
        foreach (byte[][] inputs in frames)
        {
            byte[] data = [.. inputs.SelectMany(input => input)];
            for (int i = 0; i < stages.Length; i++)
            {
                byte[] output = new byte[stages[i].OutputBytes];
                executors[i].Execute(data, output);
                data = output;
            }
            byte[] expected = [.. GoldenInterpreter.Run(graph, inputs).SelectMany(output => output)];
            CollectionAssert.AreEqual(expected, data, $"{where}, {stages.Length} stages");
        }
    }
}
