using System.Collections.Immutable;
using FpgaEdge.Cli.Commands.Plans;
using FpgaEdge.Compiler;
using FpgaEdge.Compiler.Lowering;
using FpgaEdge.Compiler.Stages;
using FpgaEdge.Model.Integer;
using FpgaEdge.Planning;
using FpgaEdge.Planning.Deadlines;
using FpgaEdge.Vta;

namespace FpgaEdge.Cli.Commands.Bench.Papers;

/// <summary>
/// A periodic network of the deadline study: what the compiler makes of it for one Zynq-7020, step by step. Programs run
/// on the accelerator or, as the same layer in software, on a core; everything else runs on a core.
/// </summary>
internal sealed class DeadlineNetwork
{
    private const string Board = "zynq7020";
    private const string Configuration = "1x16_i8w8a32_15_15_18_17";
    private const long ClockHertz = 100_000_000;
    private const long WindowBytes = 1L << 30;

    private readonly ScheduleCache schedules;

    private DeadlineNetwork(string name, int framesPerSecond, PlannedNetwork network, ScheduleCache schedules)
    {
        this.schedules = schedules;
        Name = name;
        FramesPerSecond = framesPerSecond;
        Network = network;
        Stage = Compile(network, schedules, []);
    }

    /// <summary>For people.</summary>
    public string Name { get; }

    /// <summary>Its share of the load: all rates are scaled by one factor.</summary>
    public int FramesPerSecond { get; }

    /// <summary>The network.</summary>
    public PlannedNetwork Network { get; }

    /// <summary>The whole network on one board.</summary>
    public CompiledStage Stage { get; }

    /// <summary>
    /// Eight image networks and one of EEG, each with a rate at which all of them together about fill a board.
    /// </summary>
    private static readonly (string Name, string File, int FramesPerSecond)[] Files =
    [
        ("MNIST CNN", "mnist/mnist-8.onnx", 40),
        ("ResNet-8 (CIFAR-10)", "cifar10/ic_resnet8_int8.tflite", 40),
        ("ResNet-20 (CIFAR-10)", "cifar10/cifar_resnet20.onnx", 20),
        ("MobileNetV1 0.25 (persons)", "mlperf_tiny/vww96_mobilenetv1_int8.tflite", 20),
        ("MobileNetV1 0.25 (ImageNet)", "imagenet/mobilenet_v1_0.25_224_uint8.tflite", 5),
        ("ShuffleNetV2 0.5", "arch/shufflenetv2_x0_5_synth.onnx", 10),
        ("SqueezeNet", "imagenet/squeezenet1.0_fp32.onnx", 5),
        ("ResNet-18", "arch/resnet18_synth_int8w.onnx", 4),
        ("EEG seizure CNN", "eeg/eeg_seizure_cnn.onnx", 20),
    ];

    /// <summary>The networks that are there, and the files that are not.</summary>
    public static (ImmutableArray<DeadlineNetwork> Networks, ImmutableArray<string> Missing) Read(
        string folder, Action<string, int, int> progress)
    {
        ClusterView view = StrategyPlans.View(Board);
        var networks = ImmutableArray.CreateBuilder<DeadlineNetwork>();
        var missing = ImmutableArray.CreateBuilder<string>();
        var schedules = new ScheduleCache();
        foreach ((string name, string file, int framesPerSecond) in Files)
        {
            progress($"reading {name}", networks.Count, Files.Length);
            string path = Path.Combine(folder, file);
            if (File.Exists(path))
            {
                networks.Add(new DeadlineNetwork(name, framesPerSecond, PlannedNetwork.Read(path, view), schedules));
            }
            else
            {
                missing.Add(file);
            }
        }
        return (networks.ToImmutable(), missing.ToImmutable());
    }

    /// <summary>
    /// Whether one frame, executed on the accelerator's model and the kernels with some nodes kept off the accelerator,
    /// gives the golden interpreter's bytes.
    /// </summary>
    public bool IsExact(ImmutableHashSet<int> onCores)
    {
        CompiledStage stage = Compile(Network, schedules, onCores);
        byte[] input = new byte[stage.InputBytes];
        new Random(Network.Graph.Nodes.Count).NextBytes(input);
        byte[] output = new byte[stage.OutputBytes];
        var executor = new StageExecutor(stage, new ModelMachine(stage));
        executor.Load();
        executor.Execute(input, output);
        var inputs = new List<byte[]>();
        int offset = 0;
        foreach (int tensor in stage.InputTensors)
        {
            int bytes = Network.Graph.Tensors[tensor].ByteCount;
            inputs.Add(input[offset..(offset += bytes)]);
        }
        // A stage's tensors are in ascending order; the graph may name them in another one.
        byte[]?[] tensors = GoldenInterpreter.PlaceInputs(
            Network.Graph, [.. Network.Graph.Inputs.Select(at => inputs[stage.InputTensors.IndexOf(at)])]);
        GoldenInterpreter.RunRange(Network.Graph, 0, Network.Graph.Nodes.Count, tensors);
        return output.AsSpan().SequenceEqual(stage.OutputTensors.SelectMany(at => tensors[at]!).ToArray());
    }

    /// <summary>The steps as layers with a time on the accelerator, or none, and a time on a core.</summary>
    public PeriodicNetwork Periodic()
    {
        long periodNs = 1_000_000_000 / FramesPerSecond;
        return new PeriodicNetwork(Name, periodNs, periodNs, [.. Stage.Steps.Select(Layer)]);
    }

    private DeadlineLayer Layer(StageStep step)
    {
        long bytes = Network.Costs.Nodes[step.Node].WeightBytes;
        return step is ProgramStep
            ? new DeadlineLayer([step.ModelledNs, Stage.Target.Cpu.NodeNs(Network.Graph, Network.Graph.Nodes[step.Node])], bytes)
            : new DeadlineLayer([-1, step.ModelledNs], bytes);
    }

    private static CompiledStage Compile(PlannedNetwork network, ScheduleCache schedules, ImmutableHashSet<int> onCores) =>
        StageCompiler.Compile(network.Graph, 0, network.Graph.Nodes.Count,
            StageTarget.For(Board, Configuration, ClockHertz, WindowBytes), schedules, onCores);

    /// <summary>A window in memory and the functional simulator behind it.</summary>
    private sealed class ModelMachine(CompiledStage stage) : IStageMachine
    {
        private readonly byte[] window = new byte[stage.WindowBytes];
        private readonly VtaSimulator simulator = new(stage.Target.Configuration);

        public Span<byte> Window => window;

        public ulong WindowAddress => 0;

        public void RunProgram(uint instructionAddress, uint instructionCount, long modelledCycles) =>
            simulator.Run(window, 0, instructionAddress, (int)instructionCount);
    }
}
