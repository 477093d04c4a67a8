using System.Collections.Immutable;
using System.Net;
using FpgaEdge.Planning;

namespace FpgaEdge.Board;

/// <summary>What <c>fpgaedged</c> was told on its command line.</summary>
public sealed record DaemonOptions
{
    private const int MostMachineCharacters = 40;

    /// <summary>Where boards meet when nothing else is said: an administratively scoped group.</summary>
    public static IPEndPoint DefaultMulticast { get; } = new(IPAddress.Parse("239.255.70.69"), 47869);

    /// <summary>Board file; null for the virtual board that is built in.</summary>
    public string? BoardFile { get; init; }

    /// <summary>Boards of other clusters are ignored.</summary>
    public string Cluster { get; init; } = "default";

    /// <summary>The board's name; on a virtual board its identity follows from it.</summary>
    public string Name { get; init; } =
        $"{string.Concat(Environment.MachineName.Where(IsNameCharacter).Take(MostMachineCharacters))}-{Environment.ProcessId}";

    /// <summary>Address and port for datagrams; port 0 takes any that is free.</summary>
    public IPEndPoint Listen { get; init; } = new(IPAddress.Loopback, 0);

    /// <summary>Boards that are greeted without waiting to be found.</summary>
    public ImmutableArray<IPEndPoint> Peers { get; init; } = [];

    /// <summary>Group and port of discovery; null switches it off.</summary>
    public IPEndPoint? Multicast { get; init; } = DefaultMulticast;

    /// <summary>Address of the interface that discovery uses; null is the listening address.</summary>
    public IPAddress? Interface { get; init; }

    /// <summary>How layers are spread over boards; boards with different strategies never agree on a plan.</summary>
    public Strategy Strategy { get; init; } = PlannerOptions.Default.Strategy;

    /// <summary>What plans make best; the same on all boards.</summary>
    public Objective Objective { get; init; } = PlannerOptions.Default.Objective;

    /// <summary>Whether a virtual board's accelerator is the gateware in simulation instead of the functional
    /// simulator.</summary>
    public bool SimulatesGateware { get; init; }

    /// <summary>Folder of the mapped files and the packages; null is a temporary one that goes with the
    /// process.</summary>
    public string? Directory { get; init; }

    /// <summary>Whether <see cref="Directory"/> goes with the process as well.</summary>
    public bool IsScratch { get; init; }

    /// <summary>File of the cluster's keys; null for a cluster without one.</summary>
    public string? KeyFile { get; init; }

    /// <summary>Serve diagnostics on this serial line and do nothing else.</summary>
    public string? DiagLine { get; init; }

    /// <summary>
    /// Above 0: stages compute nothing, take so many times the plan's modelled time, and answer zeros. For trying plans and
    /// networks of boards.
    /// </summary>
    public int ModelledCompute { get; init; }

    /// <summary>Take updates of the card that are signed with this public key, and do nothing else.</summary>
    public string? UpdateKeyFile { get; init; }

    /// <summary>Log one JSON object per line.</summary>
    public bool Json { get; init; }

    /// <summary>Log each frame that is executed, with its times and its energy.</summary>
    public bool LogFrames { get; init; }

    /// <summary>File that the log also goes to, of bounded size; null for none.</summary>
    public string? LogFile { get; init; }

    /// <summary>Bitstream to load first; null to use what is loaded.</summary>
    public string? Bitstream { get; init; }

    /// <summary>Whether to test the board before it joins; null: boards with hardware do, virtual ones do not.</summary>
    public bool? SelfTest { get; init; }

    /// <summary>End when this process is gone.</summary>
    public int? ExitWithParent { get; init; }

    /// <summary>Only look whether the board has what it needs.</summary>
    public bool Doctor { get; init; }

    /// <summary>Only print the help text.</summary>
    public bool ShowHelp { get; init; }

    /// <summary>Only print the version.</summary>
    public bool ShowVersion { get; init; }

    /// <summary>With the version, the fixed limits.</summary>
    public bool Verbose { get; init; }

    /// <summary>The help text.</summary>
    public const string Help = """
        fpgaedged: what every board of an FpgaEdge cluster runs.

        Example, four virtual boards on one machine, one per terminal:
          fpgaedged --cluster shelf --name a
          fpgaedged --cluster shelf --name b     ... and so on; then 'fpgaedge boards --cluster shelf'

        Options:
          --board FILE             board file (bsp/NAME/board.json); default: the built-in virtual-zynq7020
          --cluster NAME           boards with another name are ignored; default: default
          --key-file FILE          the cluster's key, made with 'fpgaedge key new'; default: no key, checksum only
          --name NAME              this board's name; default: machine and process number
          --listen ADDRESS:PORT    where to receive; port 0 is any; default: 127.0.0.1:0
          --peer ADDRESS:PORT      a board to greet; may be repeated; needed only where multicast does not work
          --multicast GROUP:PORT   where boards find each other; default: 239.255.70.69:47869
          --no-multicast           do not use multicast
          --interface ADDRESS      interface for multicast; default: the listening address
          --strategy NAME          auto, pipeline, scatter-gather, ai-core-assignment or fused; the same on all boards;
                                   default: auto, the best of all
          --objective NAME         throughput, latency or energy; the same on all boards; default: throughput
          --accelerator KIND       of a virtual board: simulator, or rtl for the gateware under Verilator (slow);
                                   default: simulator
          --modelled-compute N     take N times the plan's modelled time and answer zeros, to try plans; default: compute
          --directory DIR          mapped files and packages; default: a temporary folder, removed at the end
          --scratch DIR            as --directory, but removed at the end
          --updates FILE           take updates of the card signed with this public key, and do nothing else
          --diag LINE              answer 'fpgaedge diag' on that serial line, and do nothing else
          --exit-with-parent PID   end when that process is gone
          --json                   log one JSON object per line
          --doctor                 look at everything that the board needs, say what is missing and what to type
          --log-file FILE          log to this file as well; at 1 MiB it becomes FILE.1 and a new one is begun
          --bitstream FILE         load this .bit or .bin file through the FPGA manager first
          --self-test, --no-self-test
                                   test registers, DMA window, accelerator and sensors before joining, or do not;
                                   default: boards with hardware do
          --log-frames             log each frame: start and end by the monotonic clock, energy
          --version, --help        with --version, --verbose prints the fixed limits of the protocol

        Exit codes: 0 stopped by a signal or told to, 1 bug, 2 usage or port in use, 3 bad board or key file,
        5 hardware refused, or the doctor finds something missing.
        """;

    /// <summary>Parses a command line.</summary>
    /// <exception cref="OptionException">An option is unknown, has no value, or a value cannot be used.</exception>
    public static DaemonOptions Parse(IReadOnlyList<string> arguments)
    {
        var options = new DaemonOptions();
        var words = new Queue<string>(arguments);
        while (words.TryDequeue(out string? word))
        {
            int equals = word.StartsWith("--", StringComparison.Ordinal) ? word.IndexOf('=') : -1;
            string name = equals < 0 ? word : word[..equals];
            string? attached = equals < 0 ? null : word[(equals + 1)..];
            options = ApplyFlag(options, name, attached)
                ?? ApplyValue(options, name, attached ?? (words.TryDequeue(out string? next) ? next : null));
        }
        return options;
    }

    private static DaemonOptions? ApplyFlag(DaemonOptions options, string name, string? attached)
    {
        DaemonOptions? changed = name switch
        {
            "--no-multicast" => options with { Multicast = null },
            "--json" => options with { Json = true },
            "--self-test" => options with { SelfTest = true },
            "--no-self-test" => options with { SelfTest = false },
            "--log-frames" => options with { LogFrames = true },
            "--help" or "-h" or "-?" => options with { ShowHelp = true },
            "--doctor" => options with { Doctor = true },
            "--version" => options with { ShowVersion = true },
            "--verbose" => options with { Verbose = true },
            _ => null,
        };
        return changed is null || attached is null ? changed : throw new OptionException($"{name} takes no value");
    }

    private static DaemonOptions ApplyValue(DaemonOptions options, string name, string? value)
    {
        string Required() => string.IsNullOrEmpty(value) ? throw new OptionException($"{name} needs a value") : value;
        return name switch
        {
            "--board" => options with { BoardFile = Required() },
            "--cluster" => options with { Cluster = NameOf(name, Required()) },
            "--key-file" => options with { KeyFile = Required() },
            "--name" => options with { Name = NameOf(name, Required()) },
            "--listen" => options with { Listen = EndPoint(name, Required()) },
            "--peer" => options with { Peers = options.Peers.Add(EndPoint(name, Required(), portRequired: true)) },
            "--multicast" => options with { Multicast = Group(name, Required()) },
            "--interface" => options with { Interface = Address(name, Required()) },
            "--updates" => options with { UpdateKeyFile = Required() },
            "--diag" => options with { DiagLine = Required() },
            "--strategy" => options with { Strategy = StrategyOf(name, Required()) },
            "--objective" => options with { Objective = ObjectiveOf(name, Required()) },
            "--accelerator" => options with { SimulatesGateware = AcceleratorOf(name, Required()) },
            "--modelled-compute" => options with { ModelledCompute = Factor(name, Required()) },
            "--directory" => options with { Directory = Required(), IsScratch = false },
            "--scratch" => options with { Directory = Required(), IsScratch = true },
            "--log-file" => options with { LogFile = Required() },
            "--bitstream" => options with { Bitstream = Required() },
            "--exit-with-parent" => options with { ExitWithParent = ProcessNumber(name, Required()) },
            _ => throw new OptionException($"unknown option '{Shown(name)}'"),
        };
    }

    private static string NameOf(string option, string text) =>
        text.Length <= 63 && text.All(IsNameCharacter)
            ? text
            : throw new OptionException(
                $"{option}: expected up to 63 letters, digits, '-', '_' and '.', found '{Shown(text)}'");

    private static bool IsNameCharacter(char c) => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.';

    private static IPEndPoint EndPoint(string option, string text, bool portRequired = false) =>
        EndPoints.TryParse(text, out IPEndPoint? point) && !(portRequired && point.Port == 0)
            ? point
            : throw new OptionException($"{option}: expected ADDRESS:PORT such as 127.0.0.1:47801, found '{Shown(text)}'");

    private static IPEndPoint Group(string option, string text)
    {
        IPEndPoint group = EndPoint(option, text, portRequired: true);
        return group.Address.GetAddressBytes()[0] is >= 224 and <= 239
            ? group
            : throw new OptionException(
                $"{option}: expected a multicast group (224.0.0.0 to 239.255.255.255), found '{Shown(text)}'");
    }

    private static IPAddress Address(string option, string text) =>
        EndPoints.TryParseAddress(text, out IPAddress? address)
            ? address
            : throw new OptionException($"{option}: expected an IPv4 address of this machine, found '{Shown(text)}'");

    private static Strategy StrategyOf(string option, string text) => PlanWords.TryParse(text, out Strategy strategy)
        ? strategy
        : throw new OptionException($"{option}: expected one of {PlanWords.StrategyWords}, found '{Shown(text)}'");

    private static Objective ObjectiveOf(string option, string text) => PlanWords.TryParse(text, out Objective objective)
        ? objective
        : throw new OptionException($"{option}: expected one of {PlanWords.ObjectiveWords}, found '{Shown(text)}'");

    private static bool AcceleratorOf(string option, string text) => text switch
    {
        "rtl" => true,
        "simulator" => false,
        _ => throw new OptionException($"{option}: expected simulator or rtl, found '{Shown(text)}'"),
    };

    private static int Factor(string option, string text) =>
        int.TryParse(text, out int factor) && factor is >= 1 and <= 1000
            ? factor
            : throw new OptionException($"{option}: expected 1 to 1000, found '{Shown(text)}'");

    private static int ProcessNumber(string option, string text) =>
        int.TryParse(text, out int number) && number > 0
            ? number
            : throw new OptionException($"{option}: expected a process number, found '{Shown(text)}'");

    private static string Shown(string text)
    {
        string shown = text.Length > 60 ? text[..60] + "…" : text;
        return string.Concat(shown.Select(c => char.IsControl(c) ? '?' : c));
    }
}
