using System.CommandLine;
using System.CommandLine.Parsing;
using FpgaEdge.Cli.Commands.Bench;
using FpgaEdge.Cli.Commands.Bench.Papers;
using FpgaEdge.Cli.Commands.Bench.Transport;
using FpgaEdge.Cli.Commands.Plans;

namespace FpgaEdge.Cli.Commands;

/// <summary><c>fpgaedge bench</c>: time parts of this program on this machine.</summary>
internal static class BenchCommand
{
    /// <summary>The verb with its sub-verbs.</summary>
    public static Command Create()
    {
        var command = new Command("bench", "Time parts of this program on this machine.\n\n" +
            "Example:\n  fpgaedge bench kernels --json");
        command.Subcommands.Add(Kernels());
        command.Subcommands.Add(Compile());
        command.Subcommands.Add(Papers());
        command.Subcommands.Add(Transport());
        command.Subcommands.Add(Board());
        command.Subcommands.Add(FlashBench.Create());
        command.Subcommands.Add(BoardProgram());
        return command;
    }

    private static Command Board()
    {
        var kind = new Option<string>("--kind")
        {
            Description = $"Kind of board that the profile stands for: {string.Join(", ", BoardList.KindNames)}.",
            DefaultValueFactory = _ => "zynq7020",
        };
        kind.AcceptOnlyFromAmong([.. BoardList.KindNames]);
        var board = new Option<string?>("--board")
        {
            Description = "Board file (bsp/NAME/board.json) of the board this runs on; without it the accelerator is simulated.",
        };
        var output = new Option<string?>("--output") { Description = "Write the profile here, for 'fpgaedge plan --profile'." };
        var json = new Option<bool>("--json") { Description = "Print the profile (schema 1) on stdout." };
        var command = new Command("board", "Measure this machine's kernels, memory, sockets and accelerator for plans.\n\n" +
            "Example:\n  fpgaedge bench board --kind zynq7020 --output zynq.json\n" +
            "  fpgaedge plan model.onnx --boards zynq7020:4 --profile zynq.json");
        foreach (Option option in (Option[])[kind, board, output, json])
        {
            command.Options.Add(option);
        }
        command.SetAction((parsed, cancellation) => Task.FromResult(new BoardBench(
            parsed.GetValue(kind)!, parsed.GetValue(board), parsed.GetValue(output), parsed.GetValue(json)).Run(cancellation)));
        return command;
    }

    private static Command Papers()
    {
        var data = new Option<string>("--data")
        {
            Description = "Folder of the public networks and inputs; what is missing there is reported as missing.",
            DefaultValueFactory = _ => "../shared/data",
        };
        var only = new Option<string[]>("--only")
        {
            Description = $"Only these parts: {string.Join(", ", PapersBench.Sections)}; the last takes minutes and is made only when named.",
            AllowMultipleArgumentsPerToken = true,
        };
        only.AcceptOnlyFromAmong(PapersBench.Sections);
        var full = new Option<bool>("--full")
        {
            Description = "For exactness: enumerate every instance of up to 8 layers on up to 5 boards, which takes minutes on every processor.",
        };
        full.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<bool>() && result.GetValue(only) is { Length: > 0 } parts && !parts.Contains("exactness"))
            {
                result.AddError("--full: expected exactness among the parts of --only.");
            }
        });
        var html = new Option<string?>("--html") { Description = "Also write a self-contained report with plots." };
        var write = new Option<string?>("--write")
        {
            Description = "Also write the summary between the markers of this document (docs/RESULTS.md).",
        };
        var json = new Option<bool>("--json") { Description = "Print one JSON object (schema 1) on stdout." };
        var command = new Command("papers", "Make every table that compares plans with the papers behind them: strategies on " +
            "clusters, plans executed on virtual boards, exactness, joint plans, pins, deadlines and power, GPU beside mapped " +
            "hardware.\n\nExample:\n  fpgaedge bench papers --html papers.html\n  fpgaedge bench papers --only deadlines hybrid\n" +
            "  fpgaedge bench papers --only exactness --full");
        foreach (Option option in (Option[])[data, only, full, html, write, json])
        {
            command.Options.Add(option);
        }
        command.SetAction((parsed, cancellation) => new PapersBench(new PapersArguments
        {
            Data = parsed.GetValue(data)!,
            Only = parsed.GetValue(only) ?? [],
            Full = parsed.GetValue(full),
            HtmlFile = parsed.GetValue(html),
            DocumentFile = parsed.GetValue(write),
            Json = parsed.GetValue(json),
        }).RunAsync(cancellation));
        return command;
    }

    private static Command Kernels()
    {
        var peer = new Option<string?>("--onnxruntime")
        {
            Description = "Folder where 'npm install --ignore-scripts onnxruntime-node' was run; without it the peer's " +
                "columns read n/a.",
        };
        var samples = new Option<int>("--samples")
        {
            Description = "Timed samples per shape and column, taken in turn; the best of each counts.",
            DefaultValueFactory = _ => 40,
        };
        samples.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() is < 1 or > 10000)
            {
                result.AddError("--samples: expected 1..10000.");
            }
        });
        var filter = new Option<string?>("--shapes") { Description = "Only shapes whose name contains this." };
        var json = new Option<bool>("--json") { Description = "Print one JSON object (schema 1) on stdout." };
        var command = new Command("kernels", "Time integer convolutions of ResNet-18 and MobileNetV2 on one thread, " +
            "managed and native, against ONNX Runtime's QLinearConv and float Conv, and check that bytes are equal.\n\n" +
            "Example:\n  fpgaedge bench kernels --onnxruntime peer/");
        command.Options.Add(peer);
        command.Options.Add(samples);
        command.Options.Add(filter);
        command.Options.Add(json);
        command.SetAction((parsed, cancellation) => Task.FromResult(new KernelBench(
            parsed.GetValue(peer), parsed.GetValue(samples), parsed.GetValue(filter), parsed.GetValue(json))
            .Run(cancellation)));
        return command;
    }

    private static Command BoardProgram()
    {
        var program = new Argument<string?>("FILE")
        {
            Description = "The native fpgaedged; without it, it is published from this checkout first.", Arity = ArgumentArity.ZeroOrOne,
        };
        var starts = new Option<int>("--starts") { Description = "How often it is started.", DefaultValueFactory = _ => 21 };
        starts.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() is < 1 or > 1000)
            {
                result.AddError("--starts: expected 1..1000.");
            }
        });
        var json = new Option<bool>("--json") { Description = "Print one JSON object (schema 1) on stdout." };
        var command = new Command("board-program", "Size, start and idle memory of the board's native program, against their " +
            "bars (exit code 7 when one is missed).\n\nExample:\n  fpgaedge bench board-program\n" +
            "  fpgaedge bench board-program out/linux-x64/fpgaedged --starts 50 --json");
        command.Arguments.Add(program);
        command.Options.Add(starts);
        command.Options.Add(json);
        command.SetAction((parsed, cancellation) => new BoardProgramBench(
            parsed.GetValue(program), parsed.GetValue(starts), parsed.GetValue(json)).RunAsync(cancellation));
        return command;
    }

    private static Command Transport()
    {
        var rounds = new Option<int>("--rounds")
        {
            Description = "Rounds in which all take turns; the medians count.",
            DefaultValueFactory = _ => 7,
        };
        var milliseconds = new Option<int>("--round-ms")
        {
            Description = "Length of each turn, in ms.",
            DefaultValueFactory = _ => 250,
        };
        rounds.Validators.Add(result => InRange(result, rounds, 1, 1000));
        milliseconds.Validators.Add(result => InRange(result, milliseconds, 20, 10_000));
        var json = new Option<bool>("--json") { Description = "Print one JSON object (schema 1) on stdout." };
        var command = new Command("transport", "Time tensor streams between a client and a board on loopback, plain and " +
            "encrypted, against a C program with plain UDP and TCP sockets (compiled when it is run, with gcc, cc or " +
            "clang): CPU time per datagram and its parts, goodput, latency.\n\n" +
            "Example:\n  fpgaedge bench transport --json");
        command.Options.Add(rounds);
        command.Options.Add(milliseconds);
        command.Options.Add(json);
        command.SetAction((parsed, cancellation) => Task.FromResult(new TransportBench(
            parsed.GetValue(rounds), parsed.GetValue(milliseconds), parsed.GetValue(json)).Run(cancellation)));
        return command;
    }

    private static void InRange(OptionResult result, Option<int> option, int least, int most)
    {
        if (result.GetValue(option) is int value && (value < least || value > most))
        {
            result.AddError($"{option.Name}: expected {least}..{most}, found {value}.");
        }
    }

    private static Command Compile()
    {
        var package = new Argument<string>("PACKAGE") { Description = "What 'fpgaedge compile --output' wrote." };
        var repetitions = new Option<int>("--repetitions")
        {
            Description = "Times each way is taken; the first and the best are shown.",
            DefaultValueFactory = _ => 3,
        };
        repetitions.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() is < 1 or > 100)
            {
                result.AddError("--repetitions: expected 1..100.");
            }
        });
        var json = new Option<bool>("--json") { Description = "Print one JSON object (schema 1) on stdout." };
        var command = new Command("compile", "Time compilation from integer graph to programs, without and with known " +
            "schedules.\n\nExample:\n  fpgaedge bench compile resnet18.package");
        command.Arguments.Add(package);
        command.Options.Add(repetitions);
        command.Options.Add(json);
        command.SetAction((parsed, cancellation) => Task.FromResult(new CompileBench(
            parsed.GetValue(package)!, parsed.GetValue(repetitions), parsed.GetValue(json)).Run(cancellation)));
        return command;
    }
}
