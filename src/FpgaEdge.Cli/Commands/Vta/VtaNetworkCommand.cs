using System.CommandLine;
using FpgaEdge.Cli.Hosting;
using FpgaEdge.Cli.Inputs;
using FpgaEdge.Cli.Terminal;
using FpgaEdge.Compiler;
using FpgaEdge.Compiler.Stages;
using FpgaEdge.Hardware;
using FpgaEdge.Vta;

namespace FpgaEdge.Cli.Commands.Vta;

/// <summary><c>vta network</c>: a whole network on one simulated accelerator, layer by layer against the cycle
/// model.</summary>
internal static class VtaNetworkCommand
{
    private const long WindowBytes = 1L << 28;

    /// <summary>What was asked for.</summary>
    private sealed record Wish(
        string Model, string[] Inputs, Preprocessing Preprocessing, RawFormat? Format, VtaConfiguration Configuration,
        int Frames, AcceleratorKind Kind, RtlOptions Rtl, double? Within, bool Json);

    public static Command Create()
    {
        var model = new Argument<string>("MODEL") { Description = "ONNX, TFLite or package file" };
        var input = new Option<string[]>("--input")
        {
            Description = "Images or raw tensors; a float network is quantised with them", Required = true,
            AllowMultipleArgumentsPerToken = true,
        };
        var configuration = new Option<string>("--config")
        {
            Description = "vta_config.json of the gateware",
            DefaultValueFactory = _ => "",
        };
        var frames = new Option<int?>("--frames")
        {
            Description = "Frames computed together, one in each row of the batch (default: all rows)",
        };
        var within = new Option<double?>("--within")
        {
            Description = "Fail when a layer's cycles are further than this from the model's, in percent",
        };
        Option<bool> json = VtaOptions.Json();
        var accelerator = new AcceleratorOptions();
        var preprocessing = new PreprocessingOptions();
        var command = new Command("network", "Run a network on one accelerator and compare every layer's cycles with the cycle " +
            "model's and the answers with the golden interpreter's.\n\nExample:\n" +
            "  fpgaedge vta network resnet8.tflite --input images.bin --input-shape 32,32,3 --input-type uint8 --subtract 128 --accelerator rtl\n" +
            "  fpgaedge vta network resnet18.onnx --input cat.jpg --accelerator rtl --ports 2 " +
            "--config firmware/vta/config/2x16_i8w8a32_15_15_18_17.json")
        {
            model, input, configuration, frames, within, json,
        };
        accelerator.AddTo(command);
        preprocessing.AddTo(command);
        command.SetAction((parsed, cancellation) => Task.FromResult(Run(
            new Wish(
                parsed.GetValue(model)!, parsed.GetValue(input)!, preprocessing.Read(parsed, parsed.GetValue(model)!),
                preprocessing.RawFormat(parsed), Read(parsed.GetValue(configuration)!), parsed.GetValue(frames) ?? 0,
                accelerator.Kind(parsed), accelerator.Rtl(parsed), parsed.GetValue(within), parsed.GetValue(json)),
            cancellation)));
        return command;
    }

    private static VtaConfiguration Read(string path) => path.Length == 0
        ? VtaConfiguration.Pynq
        : VtaOptions.OnFile(path, () => VtaConfiguration.FromJson(File.ReadAllText(path)));

    private static int Run(Wish wish, CancellationToken cancellation)
    {
        int rows = wish.Configuration.Batch;
        if (wish.Frames < 0 || wish.Frames > rows)
        {
            throw new CliException(ExitCode.Usage, $"--frames: expected 1 to {rows}, the batch of " +
                $"{wish.Configuration.BitstreamName}, found {wish.Frames}");
        }
        int frames = wish.Frames == 0 ? rows : wish.Frames;
        using var progress = new ProgressLine();
        InputSet cases = InputSet.Open(wish.Inputs, wish.Format);
        PreparedNetwork network =
            NetworkPreparation.Prepare(wish.Model, () => cases, wish.Preprocessing, progress.Show);
        byte[][] inputs = RunAction.ReadInputs(
            wish.Model, wish.Preprocessing, cases, network.Graph, Math.Min(frames, cases.Count));
        progress.Show("compiling");
        VtaTiming timing = wish.Rtl.Ports == 2 ? VtaTiming.GatewareTwoPorts : VtaTiming.Gateware;
        var target = new StageTarget("gateware", wish.Configuration,
            timing with { DmaBurstGapCycles = wish.Rtl.BurstGapCycles }, CpuTiming.CortexA9, WindowBytes);
        CompiledStage stage = StageCompiler.Compile(network.Graph, 0, network.Graph.Nodes.Count, target);
        progress.Show("building the accelerator");
        using RtlAccelerator? gateware =
            wish.Kind == AcceleratorKind.Rtl ? AcceleratorOptions.Open(wish.Configuration, wish.Rtl) : null;
        var machine = new NetworkMachine(
            stage, (IVtaAccelerator?)gateware ?? new VtaSimulator(wish.Configuration),
            done => progress.Show("programs", done, stage.Programs.Length), cancellation);
        var executor = new StageExecutor(stage, machine, frames: frames);
        executor.Load();
        byte[] outputs = new byte[frames * stage.OutputBytes];
        long start = TimeProvider.System.GetTimestamp();
        executor.Execute([.. Enumerable.Range(0, frames).SelectMany(frame => inputs[frame % inputs.Length])], outputs);
        TimeSpan elapsed = TimeProvider.System.GetElapsedTime(start);
        var verification = new Verification(network.Graph);
        progress.Show("verifying");
        verification.CompareAll(
            frame => cases.Name(frame % inputs.Length),
            [.. Enumerable.Range(0, frames).Select(frame => inputs[frame % inputs.Length])],
            [.. outputs.Chunk(stage.OutputBytes)], _ => { }, cancellation);
        progress.Clear();
        var report = new VtaNetworkReport(stage, machine.Runs, frames, verification, elapsed);
        if (wish.Json)
        {
            report.WriteJson(wish.Rtl.Ports);
        }
        else
        {
            report.WriteText();
        }
        return !verification.IsBitExact(frames) ? ExitCode.VerificationFailed
            : wish.Within is double percent && report.WorstErrorPercent > percent ? ExitCode.QualityGateMissed
            : ExitCode.Ok;
    }

    /// <summary>A stage's machine: memory and one accelerator.</summary>
    private sealed class NetworkMachine(
        CompiledStage stage, IVtaAccelerator accelerator, Action<int> progress, CancellationToken cancellation) : IStageMachine
    {
        private const uint Base = 0x1800_0000;
        private readonly byte[] window = new byte[stage.WindowBytes];

        public Span<byte> Window => window;

        public ulong WindowAddress => Base;

        public List<VtaRunResult> Runs { get; } = [];

        public void RunProgram(uint instructionAddress, uint instructionCount, long modelledCycles)
        {
            cancellation.ThrowIfCancellationRequested();
            Runs.Add(accelerator.Run(window, Base, instructionAddress, (int)instructionCount));
            progress(Runs.Count);
        }
    }
}
