using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using FpgaEdge.Cli.Hosting;
using FpgaEdge.Cli.Inputs;
using FpgaEdge.Cli.Terminal;
using FpgaEdge.Compiler.DirectMapping;
using FpgaEdge.Model.Integer;

namespace FpgaEdge.Cli.Commands.Vta;

/// <summary><c>vta dhm</c>: a convolution layer as a streaming circuit, checked under Verilator and sized by
/// yosys.</summary>
internal static class VtaMapCommand
{
    private const string Folder = "firmware/dhm";

    private sealed record Wish(
        string Model, string[] Inputs, Preprocessing Preprocessing, RawFormat? Format, int Layer, string Output, bool Size, bool Json);

    public static Command Create()
    {
        var model = new Argument<string>("MODEL") { Description = "Quantised ONNX or TFLite network, or a package" };
        var input = new Option<string[]>("--input")
        {
            Description = "Images or raw tensors to check it with, under Verilator", AllowMultipleArgumentsPerToken = true,
        };
        var layer = new Option<int>("--layer") { Description = "Which of the network's layers, from 0" };
        var output = new Option<string>("--output", "-o")
        {
            Description = "SystemVerilog file", DefaultValueFactory = _ => "dhm.sv",
        };
        var size = new Option<bool>("--size") { Description = "Count its LUTs with yosys" };
        Option<bool> json = VtaOptions.Json();
        var preprocessing = new PreprocessingOptions();
        var command = new Command("dhm", "Direct hardware mapping: turn a 3x3 convolution into a circuit with constant weights " +
            "that takes one pixel per clock.\n\nExample:\n  fpgaedge vta dhm resnet8.tflite -o first.sv --size " +
            "--input images.bin --input-shape 32,32,3 --input-type uint8 --subtract 128")
        {
            model, input, layer, output, size, json,
        };
        preprocessing.AddTo(command);
        command.SetAction((parsed, cancellation) => Task.FromResult(Run(
            new Wish(
                parsed.GetValue(model)!, parsed.GetValue(input) ?? [],
                preprocessing.Read(parsed, parsed.GetValue(model)!), preprocessing.RawFormat(parsed),
                parsed.GetValue(layer), parsed.GetValue(output)!, parsed.GetValue(size), parsed.GetValue(json)),
            cancellation)));
        return command;
    }

    private static int Run(Wish wish, CancellationToken cancellation)
    {
        using var progress = new ProgressLine();
        InputSet? cases = wish.Inputs.Length == 0 ? null : InputSet.Open(wish.Inputs, wish.Format);
        IntegerGraph graph = NetworkPreparation.Prepare(
            wish.Model,
            () => cases ?? throw new CliException(ExitCode.Usage, $"{wish.Model}: a float network is quantised with --input"),
            wish.Preprocessing, progress.Show).Graph;
        if (wish.Layer < 0 || wish.Layer >= graph.Nodes.Count || graph.Nodes[wish.Layer] is not ConvolutionNode node)
        {
            throw new CliException(ExitCode.Usage,
                $"--layer: expected the number of a convolution, 0 to {graph.Nodes.Count - 1}, found {wish.Layer}");
        }
        progress.Show("mapping");
        MappedConvolution mapped = DirectConvolution.Map(graph, node);
        File.WriteAllText(wish.Output, mapped.Verilog);
        Size? size = wish.Size ? CountLuts(wish.Output, progress) : null;
        Check? check = cases is null ? null : Compare(wish, graph, node, cases, progress, cancellation);
        progress.Clear();
        if (wish.Json)
        {
            WriteJson(wish, node, mapped, size, check);
        }
        else
        {
            WriteText(wish, node, mapped, size, check);
        }
        return check is { Frames: int frames, Identical: int identical } && identical != frames
            ? ExitCode.VerificationFailed
            : ExitCode.Ok;
    }

    private static Size CountLuts(string path, ProgressLine progress)
    {
        progress.Show("counting LUTs");
        double[] counts = [.. RunScript("size.sh", path).Split(' ').Select(word => double.Parse(word, CultureInfo.InvariantCulture))];
        return new Size((int)counts[0], (int)counts[1], (int)counts[2], counts[3]);
    }

    /// <summary>All frames through the circuit in one stream, against the golden interpreter's layer.</summary>
    private static Check Compare(
        Wish wish, IntegerGraph graph, ConvolutionNode node, InputSet cases, ProgressLine progress, CancellationToken cancellation)
    {
        byte[][] inputs = RunAction.ReadInputs(wish.Model, wish.Preprocessing, cases, graph, cases.Count);
        byte[][] expected = new byte[inputs.Length][];
        byte[][] fed = new byte[inputs.Length][];
        for (int frame = 0; frame < inputs.Length; frame++)
        {
            cancellation.ThrowIfCancellationRequested();
            byte[]?[] tensors = GoldenInterpreter.PlaceInputs(graph, [inputs[frame]]);
            GoldenInterpreter.RunRange(graph, 0, wish.Layer + 1, tensors);
            fed[frame] = tensors[node.Inputs[0]]!;
            expected[frame] = tensors[node.Output]!;
            progress.Show("golden", frame + 1, inputs.Length);
        }
        DirectoryInfo folder = Directory.CreateTempSubdirectory("fpgaedge-dhm-");
        try
        {
            progress.Show("building the circuit");
            string program = RunScript("build.sh", wish.Output, folder.FullName);
            string pixels = Path.Combine(folder.FullName, "in"), results = Path.Combine(folder.FullName, "out");
            File.WriteAllBytes(pixels, [.. fed.SelectMany(bytes => bytes)]);
            string[] counts = Execute(program, pixels, results, $"{graph.Tensors[node.Inputs[0]].Channels}",
                $"{graph.Tensors[node.Output].Channels}").Split(' ');
            byte[] found = File.ReadAllBytes(results);
            int size = expected[0].Length;
            int identical = Enumerable.Range(0, inputs.Length).Count(frame =>
                found.AsSpan(Math.Min(found.Length, frame * size), Math.Min(size, Math.Max(0, found.Length - (frame * size))))
                    .SequenceEqual(expected[frame]));
            return new Check(inputs.Length, identical, long.Parse(counts[0], CultureInfo.InvariantCulture),
                long.Parse(counts[1], CultureInfo.InvariantCulture));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static string RunScript(string name, params string[] arguments)
    {
        string? folder = AppContext.BaseDirectory;
        while (folder is not null && !File.Exists(Path.Combine(folder, Folder, name)))
        {
            folder = Path.GetDirectoryName(folder);
        }
        return folder is null
            ? throw new CliException(ExitCode.HardwareRefused, $"needs {Folder}/{name}, which is part of the source checkout")
            : Execute("bash", [Path.Combine(folder, Folder, name), .. arguments]);
    }

    private static string Execute(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        using Process process = Process.Start(start)!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string text = process.StandardOutput.ReadToEnd().Trim();
        process.WaitForExit();
        return process.ExitCode == 0
            ? text
            : throw new CliException(ExitCode.HardwareRefused,
                $"{Path.GetFileName(arguments.Length > 0 ? arguments[0] : program)} failed: {errors.Result.Trim()}");
    }

    private static void WriteText(Wish wish, ConvolutionNode node, MappedConvolution mapped, Size? size, Check? check)
    {
        Console.WriteLine($"{wish.Output}: layer {node.Name}, {node.Weights.Length} weights, {mapped.Adders} adders, first result " +
            $"after {mapped.LatencyPixels} pixels");
        if (size is not null)
        {
            Console.WriteLine($"yosys, series 7: {size.Lut} LUT, {size.FlipFlops} FF, {size.Dsp} DSP, {size.Bram36} BRAM36");
        }
        if (check is not null)
        {
            Console.WriteLine($"{check.Pixels} pixels in {check.Clocks} clocks; {check.Identical} of {check.Frames} frames " +
                $"identical with the {Verification.Reference}");
        }
    }

    private static void WriteJson(Wish wish, ConvolutionNode node, MappedConvolution mapped, Size? size, Check? check)
    {
        using var writer = new Utf8JsonWriter(Console.OpenStandardOutput());
        writer.WriteStartObject();
        writer.WriteNumber("schema", 1);
        writer.WriteString("file", wish.Output);
        writer.WriteString("layer", node.Name);
        writer.WriteNumber("weights", node.Weights.Length);
        writer.WriteNumber("adders", mapped.Adders);
        writer.WriteNumber("latencyPixels", mapped.LatencyPixels);
        if (size is not null)
        {
            writer.WriteNumber("lut", size.Lut);
            writer.WriteNumber("ff", size.FlipFlops);
            writer.WriteNumber("dsp", size.Dsp);
            writer.WriteNumber("bram36", size.Bram36);
        }
        if (check is not null)
        {
            writer.WriteNumber("frames", check.Frames);
            writer.WriteNumber("identical", check.Identical);
            writer.WriteNumber("pixels", check.Pixels);
            writer.WriteNumber("clocks", check.Clocks);
        }
        writer.WriteEndObject();
    }

    private sealed record Size(int Lut, int FlipFlops, int Dsp, double Bram36);

    private sealed record Check(int Frames, int Identical, long Pixels, long Clocks);
}
