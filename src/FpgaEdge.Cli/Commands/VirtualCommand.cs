using System.CommandLine;
using System.Text.RegularExpressions;
using FpgaEdge.Cli.Hosting;
using FpgaEdge.Cli.Virtual;

namespace FpgaEdge.Cli.Commands;

/// <summary><c>fpgaedge virtual</c>: boards that are whole machines in QEMU.</summary>
internal static partial class VirtualCommand
{
    /// <summary>The verb with its subcommands.</summary>
    public static Command Create() => new("virtual",
        "Virtual boards with a kernel of their own, in QEMU.\n\nExample:\n" +
        "  fpgaedge virtual up --boards 3 --model resnet8.tflite --input images_u8.bin --input-shape 32,32,3 --input-type uint8")
    {
        CreateUp(),
    };

    private static Command CreateUp()
    {
        var boards = new Option<int>("--boards") { Description = "How many", DefaultValueFactory = _ => 3 };
        var model = new Option<string?>("--model") { Description = "ONNX, TFLite or package file; without it the boards stay up" };
        var input = new Option<string[]>("--input")
        {
            Description = "Images or raw tensors: files and folders", AllowMultipleArgumentsPerToken = true,
        };
        var calibrate = new Option<string[]>("--calibrate")
        {
            Description = "Cases to quantise a float network with; default: the inputs", AllowMultipleArgumentsPerToken = true,
        };
        var preprocessing = new PreprocessingOptions();
        var expected = new Option<string?>("--expected") { Description = "Right classes per case, to count accuracy" };
        var keep = new Option<bool>("--no-pull") { Description = "Do not power a board off in mid-stream at the end" };
        var link = new Option<string[]>("--link")
        {
            Description = "A-B:loss=PERCENT,delay=MS or A-B:cut, with board numbers, 'client' or 'all'; may be repeated",
        };
        var fault = new Option<string[]>("--fault")
        {
            Description = "BOARD=KIND or BOARD=KIND:COUNT: sensor-removed, sensor-wrong, bus-stuck, accelerator-silent, " +
                "accelerator-gone, accelerator-rubbish or accelerator-other; may be repeated",
        };
        var untested = new Option<bool>("--no-self-test") { Description = "Boards join without testing themselves: faults strike frames" };
        var seed = new Option<int>("--seed") { Description = "Of the losses", DefaultValueFactory = _ => 1 };
        var logs = new Option<string?>("--logs") { Description = "Folder for what each board wrote to its serial line" };
        var machine = new Option<string?>("--machine")
        {
            Description = "Folder that src/FpgaEdge.VirtualBoard/Machine/prepare.sh made; default: out/virtual-board",
        };
        var card = new Option<string[]>("--card")
        {
            Description = "Image of a card to boot from, one per board, with --cluster (and --key-file) as on the cards",
            AllowMultipleArgumentsPerToken = true,
        };
        var writable = new Option<bool>("--writable") { Description = "What boards write to their cards stays in the images" };
        var terminal = new Option<bool>("--pty") { Description = "Serial lines as pseudo terminals, not Unix sockets" };
        ClusterOptions cluster = new();
        var json = new Option<bool>("--json") { Description = "One JSON object on stdout" };
        var command = new Command("up",
            "Power virtual boards on, and stream a network's cases through them.\n\nExample:\n" +
            "  fpgaedge virtual up --boards 3 --model resnet8.tflite --input images_u8.bin --input-shape 32,32,3 --input-type uint8\n" +
            "  fpgaedge virtual up --boards 3 --link all-all:loss=2,delay=10\n" +
            "  fpgaedge virtual up --card a.img b.img --cluster shelf --key-file shelf.key --pty")
        {
            boards, model, input, calibrate, expected, keep, link, fault, untested, seed, logs, machine, card, writable, terminal, json,
        };
        preprocessing.AddTo(command);
        cluster.AddTo(command, joins: false);
        command.SetAction((parsed, cancellation) =>
        {
            string[] cards = parsed.GetValue(card) ?? [];
            int count = cards.Length > 0 ? cards.Length : parsed.GetValue(boards);
            if (count is < 1 or > GuestShelf.Maximum)
            {
                throw new CliException(ExitCode.Usage, $"--boards: expected 1 to {GuestShelf.Maximum}, found {count}");
            }
            var shelf = new ShelfSettings
            {
                Boards = count,
                Cards = CheckCards(cards, cluster.Read(parsed)),
                CardsAreWritable = parsed.GetValue(writable),
                Cluster = cluster.Read(parsed),
                MachineFolder = parsed.GetValue(machine),
                Links = [.. (parsed.GetValue(link) ?? []).Select(text => LinkSetting.Parse(text, count))],
                Faults = FaultsOf(parsed.GetValue(fault) ?? [], count),
                SkipSelfTest = parsed.GetValue(untested),
                Seed = parsed.GetValue(seed),
                LogFolder = parsed.GetValue(logs),
                Serial = parsed.GetValue(terminal) ? SerialLine.Terminal : SerialLine.Socket,
            };
            string[] inputs = parsed.GetValue(input) ?? [];
            if (parsed.GetValue(model) is not string file)
            {
                return inputs.Length == 0
                    ? VirtualUpAction.StayUpAsync(shelf, parsed.GetValue(json), cancellation)
                    : throw new CliException(ExitCode.Usage, "--input: expected --model as well: the network that takes the inputs");
            }
            if (inputs.Length == 0)
            {
                throw new CliException(ExitCode.Usage, "--model: expected --input as well: the cases to stream");
            }
            return new VirtualUpAction(shelf, new RunSettings
            {
                Model = file,
                Inputs = inputs,
                Calibration = parsed.GetValue(calibrate) is { Length: > 0 } cases ? cases : inputs,
                Preprocessing = preprocessing.Read(parsed, file),
                Format = preprocessing.RawFormat(parsed),
                Boards = count,
                Expected = parsed.GetValue(expected),
                Json = parsed.GetValue(json),
            }, !parsed.GetValue(keep) && count > 1).RunAsync(cancellation);
        });
        return command;
    }

    private static Dictionary<int, string> FaultsOf(string[] texts, int boards)
    {
        var faults = new Dictionary<int, string>();
        foreach (string text in texts)
        {
            string[] halves = text.Split('=');
            if (halves.Length != 2 || !int.TryParse(halves[0], out int board) || board < 1 || board > boards
                || !FaultName().IsMatch(halves[1]))
            {
                throw new CliException(ExitCode.Usage,
                    $"--fault: expected BOARD=KIND with a board from 1 to {boards}, for example 1=sensor-removed, found '{text}'; " +
                    "'fpgaedge virtual up --help' lists the kinds");
            }
            faults[board] = halves[1];
        }
        return faults;
    }

    [GeneratedRegex("^(sensor-removed|sensor-wrong|bus-stuck|accelerator-(silent|gone|rubbish|other))(:[1-9][0-9]{0,8})?$")]
    private static partial Regex FaultName();

    private static string[] CheckCards(string[] cards, ClusterAddress? cluster)
    {
        if (cards.FirstOrDefault(image => !File.Exists(image)) is string missing)
        {
            throw new CliException(ExitCode.BadInputFile, $"{missing}: no such file; cards are made with 'fpgaedge image build'");
        }
        return cards.Length > 0 == cluster is not null
            ? cards
            : throw new CliException(ExitCode.Usage,
                "--card and --cluster belong together: boards on cards have the cluster that their card says, others a random one");
    }
}
