using System.Collections.Immutable;
using System.CommandLine;
using System.Net;
using FpgaEdge.Board;
using FpgaEdge.Cli.Commands.Plans;
using FpgaEdge.Cli.Commands.Vta;
using FpgaEdge.Cli.Hosting;
using FpgaEdge.Cli.Inputs;
using FpgaEdge.Planning;

namespace FpgaEdge.Cli.Commands;

/// <summary><c>fpgaedge run</c>: a network file and cases in, answers out, computed by boards.</summary>
internal static class RunCommand
{
    private const int DefaultBoards = 1;
    private const double LongestDurationSeconds = 7 * 24 * 3600;

    /// <summary>The verb with its options.</summary>
    public static Command Create()
    {
        var model = new Argument<string>("MODEL") { Description = "ONNX, TFLite or package file" };
        var input = new Option<string[]>("--input")
        {
            Description = "Images or raw tensors: files and folders", Required = true, AllowMultipleArgumentsPerToken = true,
        };
        var calibrate = new Option<string[]>("--calibrate")
        {
            Description = "Cases to quantise a float network with; default: the inputs", AllowMultipleArgumentsPerToken = true,
        };
        var preprocessing = new PreprocessingOptions();
        var boards = new Option<int?>("--boards") { Description = $"Start so many virtual boards here (default {DefaultBoards})" };
        var board = new Option<string?>("--board") { Description = "Board file of the virtual boards" };
        var accelerator = new Option<AcceleratorKind>("--accelerator")
        {
            Description = "Of virtual boards started here. rtl: the gateware under Verilator, about 150 times slower than a board",
            DefaultValueFactory = _ => AcceleratorKind.Simulator,
        };
        var strategy = new Option<Strategy?>("--strategy")
        {
            Description = $"How layers are spread over boards started here: {PlanWords.StrategyWords}; default: " +
                $"{PlanWords.Of(PlannerOptions.Default.Strategy)}, the best of all",
            CustomParser = result => PlanArguments.ParseStrategy(result),
        };
        ClusterOptions cluster = new();
        var labels = new Option<string?>("--labels") { Description = "Names of the classes, one per line" };
        var expected = new Option<string?>("--expected") { Description = "Right classes per case, to count accuracy" };
        var duration = new Option<double?>("--duration")
        {
            Description = "Repeat the cases for so many seconds; every answer must be the same each time",
        };
        var rate = new Option<double?>("--rate") { Description = "Frames per second to ask for; as many as go without it" };
        var deadline = new Option<double?>("--deadline-ms")
        {
            Description = "Time each frame may take; boards work by earliest deadline, late frames are counted (exit code 7)",
        };
        var json = new Option<bool>("--json") { Description = "One JSON object on stdout" };

        var command = new Command("run",
            "Run a network on boards and print its answers.\n\nExample:\n" +
            "  fpgaedge run squeezenet.onnx --input photos/ --calibrate photos/ --channels bgr --subtract 104,117,123 --boards 4")
        {
            model, input, calibrate, boards, board, accelerator, strategy, labels, expected, duration, rate, deadline, json,
        };
        preprocessing.AddTo(command);
        cluster.AddTo(command);
        command.SetAction((parsed, cancellation) => new RunAction(new RunSettings
        {
            Model = parsed.GetValue(model)!,
            Inputs = parsed.GetValue(input)!,
            Calibration = parsed.GetValue(calibrate) is { Length: > 0 } cases ? cases : parsed.GetValue(input)!,
            Preprocessing = preprocessing.Read(parsed, parsed.GetValue(model)!),
            Format = preprocessing.RawFormat(parsed),
            Boards = BoardCount(parsed.GetValue(boards), cluster.Read(parsed)),
            BoardFile = parsed.GetValue(board),
            Gateware = GatewareOf(parsed.GetValue(accelerator), cluster.Read(parsed)),
            Strategy = StrategyOf(parsed.GetValue(strategy), cluster.Read(parsed)),
            Cluster = cluster.Read(parsed),
            Labels = parsed.GetValue(labels),
            Expected = parsed.GetValue(expected),
            Duration = DurationOf(parsed.GetValue(duration)),
            Period = TimeSpan.FromSeconds(1 / Positive("--rate", parsed.GetValue(rate), double.PositiveInfinity)),
            Deadline = parsed.GetValue(deadline) is { } limit
                ? TimeSpan.FromMilliseconds(Positive("--deadline-ms", limit, 0)) : null,
            Json = parsed.GetValue(json),
        }).RunAsync(cancellation));
        return command;
    }

    private static bool GatewareOf(AcceleratorKind kind, ClusterAddress? cluster) =>
        kind == AcceleratorKind.Rtl && cluster is not null
            ? throw new CliException(ExitCode.Usage, "--accelerator rtl is for boards started here, and --cluster uses running ones")
            : kind == AcceleratorKind.Rtl;

    private static Strategy StrategyOf(Strategy? strategy, ClusterAddress? cluster) =>
        strategy is not null && cluster is not null
            ? throw new CliException(ExitCode.Usage,
                "--strategy is for boards started here; running ones have that of their own 'fpgaedged --strategy'")
            : strategy ?? PlannerOptions.Default.Strategy;

    private static TimeSpan DurationOf(double? seconds) => seconds switch
    {
        null => TimeSpan.Zero,
        > 0 and <= LongestDurationSeconds => TimeSpan.FromSeconds(seconds.Value),
        _ => throw new CliException(ExitCode.Usage,
            $"--duration: expected seconds, more than 0 and at most {LongestDurationSeconds}, found {seconds}"),
    };

    private static double Positive(string option, double? value, double standard) => value switch
    {
        null => standard,
        > 0 and <= 1e6 => value.Value,
        _ => throw new CliException(ExitCode.Usage, $"{option}: expected a number above 0 and at most 1000000, found {value}"),
    };

    private static int BoardCount(int? boards, ClusterAddress? cluster)
    {
        if (boards is not null && cluster is not null)
        {
            throw new CliException(
                ExitCode.Usage, "--boards starts boards of its own and --cluster uses running ones: give one of them");
        }
        return boards is null or (>= 1 and <= LocalBoards.Maximum)
            ? boards ?? DefaultBoards
            : throw new CliException(ExitCode.Usage, $"--boards: expected 1 to {LocalBoards.Maximum} boards, found {boards}");
    }
}

/// <summary>The options that name a running cluster; the same for every verb that has them.</summary>
internal sealed class ClusterOptions
{
    private readonly Option<string?> cluster = new("--cluster") { Description = "Use the running boards of this cluster" };
    private readonly Option<string[]> peer = new("--peer")
    {
        Description = "ADDRESS:PORT of a board, where multicast does not work; may be repeated",
    };
    private readonly Option<string?> through = new("--interface")
    {
        Description = "Address of the interface towards the boards; default 127.0.0.1",
    };

    private readonly Option<string?> keyFile = new("--key-file")
    {
        Description = "The cluster's key, made with 'fpgaedge key new'",
    };

    private readonly Option<string?> segment = new("--segment")
    {
        Description = "The boards are those of a running 'fpgaedge virtual up', which prints this ADDRESS:PORT",
    };

    /// <summary>Adds the options to a verb.</summary>
    /// <param name="joins">Whether it can reach boards that another program powers.</param>
    public void AddTo(Command command, bool joins = true)
    {
        if (joins)
        {
            command.Options.Add(segment);
        }
        command.Options.Add(cluster);
        command.Options.Add(keyFile);
        command.Options.Add(peer);
        command.Options.Add(through);
    }

    /// <summary>The cluster that was named, or null.</summary>
    /// <exception cref="CliException">A value cannot be used.</exception>
    public ClusterAddress? Read(ParseResult parsed)
    {
        string[] peers = parsed.GetValue(peer) ?? [];
        string? keys = parsed.GetValue(keyFile);
        if (parsed.GetValue(cluster) is string name)
        {
            return new ClusterAddress(name, [.. peers.Select(PeerOf)], DaemonOptions.DefaultMulticast, Interface(parsed),
                keys is null ? null : ClusterKeys.Read(keys), SegmentOf(parsed));
        }
        string? lonely = peers.Length > 0 ? "--peer" : keys is not null ? "--key-file" : SegmentOf(parsed) is not null ? "--segment" : null;
        return lonely is null
            ? null
            : throw new CliException(
                ExitCode.Usage, $"{lonely}: expected --cluster NAME as well; boards of another name do not answer");
    }

    /// <summary>The cluster that was named, or the one that <c>fpgaedged</c> joins when nothing is said.</summary>
    /// <exception cref="CliException">A value cannot be used.</exception>
    public ClusterAddress ReadOrDefault(ParseResult parsed) =>
        Read(parsed) ?? new ClusterAddress(new DaemonOptions().Cluster, [], DaemonOptions.DefaultMulticast, Interface(parsed));

    /// <summary>Says in one line on stderr when a cluster is used without a key.</summary>
    public static void WarnWithoutKey(ClusterAddress address)
    {
        if (address.Keys is null)
        {
            Console.Error.WriteLine($"fpgaedge: {ClusterKeys.MissingNotice}");
        }
    }

    private static IPEndPoint PeerOf(string text) => EndPoints.TryParse(text, out IPEndPoint? point) && point.Port != 0
        ? point
        : throw new CliException(ExitCode.Usage, $"--peer: expected ADDRESS:PORT such as 192.168.1.20:47801, found '{text}'");

    private IPEndPoint? SegmentOf(ParseResult parsed) => parsed.GetResult(segment) is null || parsed.GetValue(segment) is not string text
        ? null
        : EndPoints.TryParse(text, out IPEndPoint? point) && point.Port != 0
            ? point
            : throw new CliException(ExitCode.Usage, $"--segment: expected ADDRESS:PORT such as 127.0.0.1:47872, found '{text}'");

    private IPAddress? Interface(ParseResult parsed) => parsed.GetValue(through) switch
    {
        null => null,
        string text when EndPoints.TryParseAddress(text, out IPAddress? address) => address,
        string text => throw new CliException(
            ExitCode.Usage, $"--interface: expected an IPv4 address of this machine, found '{text}'"),
    };
}

/// <summary>The options that say how cases become a network's input.</summary>
internal sealed class PreprocessingOptions
{
    private readonly Option<string?> channels = new("--channels") { Description = "rgb, bgr, gray or auto" };
    private readonly Option<string?> subtract = new("--subtract")
    {
        Description = "Subtracted from pixels: one number, or one per channel",
    };

    private readonly Option<string?> divide = new("--divide")
    {
        Description = "Then divided by: one number, or one per channel",
    };

    private readonly Option<string?> resize = new("--resize")
    {
        Description = "none, stretch, crop, or the shorter side before cropping",
    };

    private readonly Option<string?> shape = new("--input-shape")
    {
        Description = "Raw tensors: sizes of one case, for example 32,32,3",
    };

    private readonly Option<string?> type = new("--input-type")
    {
        Description = "Raw tensors: uint8, int8, int16, int32, float16, float32",
    };

    private readonly Option<string?> layout = new("--input-layout") { Description = "Raw tensors: hwc or chw" };

    /// <summary>Adds the options to a verb.</summary>
    public void AddTo(Command command)
    {
        foreach (Option option in new Option[] { channels, subtract, divide, resize, shape, type, layout })
        {
            command.Options.Add(option);
        }
    }

    /// <summary>What the file beside the model says, with the options in place.</summary>
    public Preprocessing Read(ParseResult parsed, string model) => PreprocessingFile.LoadFor(model).Override(
        parsed.GetValue(channels), parsed.GetValue(subtract), parsed.GetValue(divide), parsed.GetValue(resize));

    /// <summary>The format of raw tensors, or null for images.</summary>
    public RawFormat? RawFormat(ParseResult parsed) => parsed.GetValue(shape) is string sizes
        ? Inputs.RawFormat.Parse(sizes, parsed.GetValue(type), parsed.GetValue(layout))
        : null;
}

/// <summary>What <c>fpgaedge run</c> was asked to do.</summary>
internal sealed record RunSettings
{
    public required string Model { get; init; }

    public required IReadOnlyList<string> Inputs { get; init; }

    public required IReadOnlyList<string> Calibration { get; init; }

    public required Preprocessing Preprocessing { get; init; }

    public RawFormat? Format { get; init; }

    public required int Boards { get; init; }

    public string? BoardFile { get; init; }

    /// <summary>Whether the accelerators of boards started here are the gateware in simulation.</summary>
    public bool Gateware { get; init; }

    /// <summary>How boards started here spread layers.</summary>
    public Strategy Strategy { get; init; }

    public ClusterAddress? Cluster { get; init; }

    public string? Labels { get; init; }

    public string? Expected { get; init; }

    /// <summary>How long the cases are repeated; zero is once.</summary>
    public TimeSpan Duration { get; init; }

    /// <summary>Time between two frames; zero is as fast as they go.</summary>
    public TimeSpan Period { get; init; }

    /// <summary>Time that each frame may take; null where late frames are errors only after minutes.</summary>
    public TimeSpan? Deadline { get; init; }

    public bool Json { get; init; }
}
