using System.CommandLine;
using FpgaEdge.Board;
using FpgaEdge.Cli.Commands.Compile;
using FpgaEdge.Hardware;

namespace FpgaEdge.Cli.Commands;

/// <summary><c>fpgaedge compile</c>: a network file in, a package out, and what it will cost on one kind of
/// board.</summary>
internal static class CompileCommand
{
    private const string DefaultBoard = "virtual-zynq7020";

    /// <summary>The verb with its options.</summary>
    public static Command Create()
    {
        var model = new Argument<string>("MODEL") { Description = "ONNX, TFLite or package file" };
        var calibrate = new Option<string[]>("--calibrate")
        {
            Description = "Typical cases to quantise a float network with", AllowMultipleArgumentsPerToken = true,
        };
        var board = new Option<string>("--board")
        {
            Description = "Name of a folder in bsp/, or a board file", DefaultValueFactory = _ => DefaultBoard,
        };
        var output = new Option<string?>("--output") { Description = "Write the package to this file" };
        var report = new Option<bool>("--report") { Description = "List every layer: cycles, bound, schedule" };
        var json = new Option<bool>("--json") { Description = "One JSON object on stdout" };
        var preprocessing = new PreprocessingOptions();
        var command = new Command("compile",
            "Quantise a network and compile it for a board, ahead of time.\n\nExample:\n" +
            "  fpgaedge compile resnet18.onnx --calibrate photos/ --board virtual-zynq7020 --report")
        {
            model, calibrate, board, output, report, json,
        };
        preprocessing.AddTo(command);
        command.SetAction((parsed, cancellation) => Task.FromResult(new CompileAction(new CompileSettings
        {
            Model = parsed.GetValue(model)!,
            Calibration = parsed.GetValue(calibrate) ?? [],
            Preprocessing = preprocessing.Read(parsed, parsed.GetValue(model)!),
            Format = preprocessing.RawFormat(parsed),
            Board = FindBoard(parsed.GetValue(board)!),
            Output = parsed.GetValue(output),
            Report = parsed.GetValue(report),
            Json = parsed.GetValue(json),
        }).Run(cancellation)));
        return command;
    }

    /// <summary>A board file, or the board of a folder in bsp/ here or above; the default board is part of the
    /// program.</summary>
    private static BoardDescription FindBoard(string name)
    {
        if (File.Exists(name))
        {
            return BoardDescription.Read(name);
        }
        string? folder = Directory.GetCurrentDirectory();
        for (; folder is not null; folder = Path.GetDirectoryName(folder))
        {
            string file = Path.Combine(folder, "bsp", name, "board.json");
            if (File.Exists(file))
            {
                return BoardDescription.Read(file);
            }
        }
        return name == DefaultBoard ? BuiltInBoard.Description : throw new CliException(ExitCode.Usage,
            $"--board: expected a board file or a folder of bsp/, found '{name}'; for example --board {DefaultBoard}");
    }
}
