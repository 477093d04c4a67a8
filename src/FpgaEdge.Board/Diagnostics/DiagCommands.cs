using System.Diagnostics;
using System.Reflection;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using FpgaEdge.Hardware;
using FpgaEdge.Vta;
using FpgaEdge.Wire;

namespace FpgaEdge.Board;

/// <summary>
/// What a board tells about itself, over its serial line from a process of its own, or over the network from the running
/// <c>fpgaedged</c>: each command's answer is one JSON object.
/// </summary>
public sealed class DiagCommands
{
    /// <summary>Every command, as help shows them.</summary>
    public const string Names = "status, self-test, regs, dma-test, vta-selftest, power, net, log, boot-report, stop, start";

    private const string RunFolder = "/run/fpgaedge";
    private const string StopFile = RunFolder + "/stop";
    private const int LogBytes = 8000;
    private const int SampleLines = 4;
    private const int InputOffset = 0x10000;
    private const int OutputOffset = 0x20000;

    private readonly DaemonOptions options;
    private readonly LiveBoard? live;

    /// <summary>The commands of a process of its own.</summary>
    /// <param name="options">Board file and folder, as <c>fpgaedged</c> has them.</param>
    public DiagCommands(DaemonOptions options)
        : this(options, null)
    {
    }

    /// <summary>The commands of a running board.</summary>
    internal DiagCommands(DaemonOptions options, LiveBoard? live)
    {
        this.options = options;
        this.live = live;
    }

    /// <summary>Carries a command out; never fails: what went wrong is the answer.</summary>
    public byte[] Run(string command)
    {
        byte[] answer = Answer(command, json => Fill(command, json));
        return answer.Length <= WireLimits.AnswerBytes
            ? answer
            : Answer(command, json => json.WriteString("error", $"the answer has {answer.Length} bytes; ask over the serial console"));
    }

    private static byte[] Answer(string command, Action<Utf8JsonWriter> fill)
    {
        var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteNumber("schema", 1);
            json.WriteString("command", command);
            try
            {
                fill(json);
            }
            catch (Exception e)
            {
                json.WriteString("error", e.Message.ReplaceLineEndings(" "));
            }
            json.WriteEndObject();
        }
        return buffer.ToArray();
    }

    private void Fill(string command, Utf8JsonWriter json)
    {
        (string name, string argument) = command.IndexOf(' ') is >= 0 and int at ? (command[..at], command[(at + 1)..]) : (command, "");
        switch (name)
        {
            case "status": Status(json); break;
            case "self-test": SelfTestAgain(json); break;
            case "log" when live is not null: live.WriteLog(json, argument); break;
            case "stop" or "start" when live is not null:
                throw new HardwareException("this is answered over the serial console only: fpgaedge diag --port /dev/ttyUSB0 " + name);
            case "net": Net(json); break;
            case "log": json.WriteString("log", Tail(RunFolder + "/log")); break;
            case "boot-report": BootReport(json); break;
            case "power": Power(json); break;
            case "regs": WithAccelerator(memory => Registers(json, memory)); break;
            case "dma-test": WithAccelerator(memory => DmaTest(json, memory)); break;
            case "vta-selftest": WithAccelerator(memory => AddThree(json, memory)); break;
            case "stop": Stop(json); break;
            case "start": Start(json); break;
            default: json.WriteString("error", $"expected one of {Names}, found '{command}'"); break;
        }
    }

    private void Status(Utf8JsonWriter json)
    {
        json.WriteString("version", typeof(DiagCommands).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion);
        json.WriteString("board", Description().Name);
        json.WriteString("name", options.Name);
        json.WriteString("cluster", options.Cluster);
        json.WriteBoolean("fpgaedgedRuns", DaemonRuns());
        json.WriteString("slot", Argument("fpgaedge.slot"));
        json.WriteBoolean("trial", Argument("fpgaedge.trial") == "1");
        json.WriteString("kernel", Text("/proc/sys/kernel/osrelease"));
        json.WriteString("uptimeSeconds", Text("/proc/uptime").Split(' ')[0]);
        json.WriteString("load", Text("/proc/loadavg"));
        live?.WriteStatus(json);
        foreach (string line in Text("/proc/meminfo").Split('\n').Where(line => line.StartsWith("Mem", StringComparison.Ordinal)))
        {
            string[] words = line.Split([' ', ':'], StringSplitOptions.RemoveEmptyEntries);
            json.WriteString($"{char.ToLowerInvariant(words[0][0])}{words[0][1..]}KiB", words[1]);
        }
    }

    private static void Net(Utf8JsonWriter json)
    {
        json.WriteStartArray("interfaces");
        foreach (string folder in Directory.EnumerateDirectories("/sys/class/net").Order(StringComparer.Ordinal))
        {
            json.WriteStartObject();
            json.WriteString("name", Path.GetFileName(folder));
            foreach (string attribute in (string[])["operstate", "carrier", "speed", "address", "mtu"])
            {
                json.WriteString(attribute, Text(Path.Combine(folder, attribute)));
            }
            foreach (string counter in (string[])["rx_packets", "rx_errors", "rx_dropped", "tx_packets", "tx_errors", "tx_dropped"])
            {
                json.WriteString(counter, Text(Path.Combine(folder, "statistics", counter)));
            }
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteString("routes", Text("/proc/net/route"));
        json.WriteString("groups", Text("/proc/net/igmp"));
    }

    private static void BootReport(Utf8JsonWriter json)
    {
        json.WriteString("commandLine", Text("/proc/cmdline"));
        json.WriteString("kernel", Text("/proc/version"));
        json.WriteString("model", Text("/proc/device-tree/model").TrimEnd('\0'));
        json.WriteString("iomem", Text("/proc/iomem"));
        json.WriteString("fpga", Text("/sys/class/fpga_manager/fpga0/state"));
        json.WriteString("release", Text("/etc/fpgaedge/release"));
        json.WriteString("slotRecord", CardOfBoard.TryRead()?.ToString() ?? "n/a");
    }

    private void Power(Utf8JsonWriter json)
    {
        BoardDescription board = Description();
        json.WriteStartArray("rails");
        if (live?.Meter is EnergyMeter meter)
        {
            meter.Visit(rail => WriteRail(json, rail));
        }
        else if (board.Rails.Count > 0 && board.Access == MemoryAccess.Physical)
        {
            using PowerRails rails = PowerRails.Open(board, System.Device.I2c.I2cBus.Create);
            foreach (RailMonitor rail in rails.Rails)
            {
                WriteRail(json, rail);
            }
        }
        json.WriteEndArray();
    }

    private static void WriteRail(Utf8JsonWriter json, RailMonitor rail)
    {
        json.WriteStartObject();
        json.WriteString("name", rail.Rail.Name);
        json.WriteString("state", $"{rail.State}".ToLowerInvariant());
        json.WriteString("detail", rail.Detail);
        if (rail.TryRead(out PowerReading reading))
        {
            // What a part does not measure is not a number, and is left out.
            Write(json, "voltageMicrovolts", reading.Volts);
            Write(json, "currentMicroamperes", reading.Amperes);
            Write(json, "powerMicrowatts", reading.Watts);
        }
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, string name, double value)
    {
        if (double.IsFinite(value))
        {
            json.WriteNumber(name, (long)Math.Round(value * 1e6));
        }
    }

    /// <summary>The test of power-up.</summary>
    private void SelfTestAgain(Utf8JsonWriter json)
    {
        long start = Stopwatch.GetTimestamp();
        SelfTest? result = live?.TestItself();
        if (result is null)
        {
            WithAccelerator(memory => result = SelfTest.Run(Description(), memory, Sensors()));
        }
        json.WriteBoolean("passed", result!.IsFit);
        json.WriteBoolean("sensorsAnswer", result.IsHealthy);
        json.WriteString("verdict", result.Verdict);
        json.WriteNumber("milliseconds", (long)Stopwatch.GetElapsedTime(start).TotalMilliseconds);
    }

    private (int Validated, int All) Sensors()
    {
        BoardDescription board = Description();
        if (board.Access == MemoryAccess.Files)
        {
            return default;
        }
        using PowerRails rails = PowerRails.Open(board, System.Device.I2c.I2cBus.Create);
        return (rails.Rails.Count(rail => rail.State == RailState.Validated), rails.Rails.Count);
    }

    private static void Registers(Utf8JsonWriter json, BoardMemory memory)
    {
        // Reading a control register clears its done bit; nobody waits for that bit now.
        string dump = new VtaHlsDriver(memory.Registers, TimeProvider.System, () => { }).DumpRegisters();
        json.WriteString("registers", dump.Replace(' ', '\n'));
    }

    /// <summary>Every word of the window holds its own address, then the complement; both are read back.</summary>
    private static void DmaTest(Utf8JsonWriter json, BoardMemory memory)
    {
        Span<uint> words = MemoryMarshal.Cast<byte, uint>(memory.Dma.Span);
        long start = Stopwatch.GetTimestamp();
        long wrong = 0;
        long first = -1;
        foreach (uint mask in (uint[])[0, uint.MaxValue])
        {
            for (int i = 0; i < words.Length; i++)
            {
                words[i] = (uint)(i * 4) ^ mask;
            }
            for (int i = 0; i < words.Length; i++)
            {
                if (words[i] != ((uint)(i * 4) ^ mask))
                {
                    wrong++;
                    first = first < 0 ? i * 4L : first;
                }
            }
        }
        words.Clear();
        json.WriteNumber("bytes", memory.Dma.Length);
        json.WriteNumber("wrongWords", wrong);
        json.WriteNumber("firstWrongOffset", first);
        json.WriteNumber("milliseconds", (long)Stopwatch.GetElapsedTime(start).TotalMilliseconds);
        json.WriteBoolean("passed", wrong == 0);
    }

    /// <summary>Loads accumulators, adds 3, stores them as bytes: fetch, load, compute and store, each once.</summary>
    private void AddThree(Utf8JsonWriter json, BoardMemory memory)
    {
        BoardDescription board = Description();
        VtaConfiguration vta = board.Accelerator.Configuration;
        DmaWindow dma = memory.Dma;
        var builder = new VtaProgramBuilder(vta);
        builder.Load2D(VtaMemoryId.Acc, 0, InputOffset, 1, SampleLines, SampleLines);
        var add = new VtaAlu
        {
            Operation = VtaAluOpcode.Add, UseImmediate = true, Immediate = 3, IterOut = 1, IterIn = SampleLines,
            DstFactorIn = 1, SrcFactorIn = 1, Dependencies = VtaDependencies.PushNext,
        };
        builder.Alu(add, [new VtaMicroOp(0, 0, 0)]);
        builder.Store2D(0, OutputOffset, 1, SampleLines, SampleLines, VtaDependencies.PopPrevious | VtaDependencies.PushPrevious);
        builder.Synchronize(VtaQueue.Compute, VtaDependencies.PopNext);
        VtaProgram program = builder.Build(instructionOffset: 0, microOpOffset: 0x8000);
        uint address = program.Place(dma.Span, dma.PhysicalBase);
        int[] input = [.. Enumerable.Range(0, SampleLines << (vta.LogBatch + vta.LogBlock)).Select(i => (i * 37 % 200) - 100)];
        MemoryMarshal.AsBytes<int>(input).CopyTo(dma.Span[InputOffset..]);
        dma.Span.Slice(OutputOffset, input.Length).Fill(0x55);
        long start = Stopwatch.GetTimestamp();
        var accelerator = new BoardAccelerator(board, memory);
        accelerator.Run(address, program.InstructionCount, modelledCycles: 1000, (0, dma.Length));
        double micros = Stopwatch.GetElapsedTime(start).TotalMicroseconds;
        ReadOnlySpan<sbyte> output = MemoryMarshal.Cast<byte, sbyte>(dma.Span.Slice(OutputOffset, input.Length));
        int wrong = 0;
        for (int i = 0; i < input.Length; i++)
        {
            wrong += output[i] == (sbyte)(input[i] + 3) ? 0 : 1;
        }
        json.WriteNumber("values", input.Length);
        json.WriteNumber("wrong", wrong);
        json.WriteNumber("microseconds", (long)micros);
        json.WriteBoolean("passed", wrong == 0);
    }

    private void WithAccelerator(Action<BoardMemory> work)
    {
        if (DaemonRuns())
        {
            throw new HardwareException(
                "fpgaedged runs and owns the accelerator; ask for self-test, or stop it first: fpgaedge diag stop");
        }
        BoardDescription board = Description();
        if (board.Access == MemoryAccess.Files)
        {
            string folder = Directory.CreateTempSubdirectory("fpgaedge-diag-").FullName;
            try
            {
                BoardMemory.CreateFiles(board, folder);
                using VirtualAccelerator model = VirtualAccelerator.Start(board, folder);
                using BoardMemory memory = BoardMemory.Open(board, folder);
                work(memory);
            }
            finally
            {
                Directory.Delete(folder, recursive: true);
            }
            return;
        }
        using BoardMemory real = BoardMemory.Open(board, "");
        work(real);
    }

    private static void Stop(Utf8JsonWriter json)
    {
        Directory.CreateDirectory(RunFolder);
        File.WriteAllText(StopFile, "");
        if (Directory.Exists("/run/systemd/system"))
        {
            _ = UnixProcesses.Run("systemctl stop fpgaedged");
        }
        else if (int.TryParse(Text(RunFolder + "/pid"), out int number))
        {
            _ = UnixProcesses.Run($"kill {number}");
        }
        for (int i = 0; i < 50 && UnixProcesses.CountOf("fpgaedged") > 1; i++)
        {
            Thread.Sleep(100);
        }
        json.WriteBoolean("stopped", UnixProcesses.CountOf("fpgaedged") <= 1);
    }

    private static void Start(Utf8JsonWriter json)
    {
        File.Delete(StopFile);
        if (Directory.Exists("/run/systemd/system"))
        {
            _ = UnixProcesses.Run("systemctl start fpgaedged");
        }
        json.WriteBoolean("started", true);
    }

    private bool DaemonRuns()
    {
        if (live is not null)
        {
            return true;
        }
        string path = Path.Combine(options.Directory ?? RunFolder + "/work", "lock");
        if (!File.Exists(path))
        {
            return false;
        }
        try
        {
            using var claim = new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.None);
            return false;
        }
        catch (IOException)
        {
            return true;
        }
    }

    private BoardDescription Description() =>
        options.BoardFile is string file ? BoardDescription.Read(file) : BuiltInBoard.Description;

    private static string Argument(string name) =>
        Text("/proc/cmdline").Split(' ').FirstOrDefault(word => word.StartsWith(name + "=", StringComparison.Ordinal))?[(name.Length + 1)..] ?? "n/a";

    private static string Text(string file)
    {
        try
        {
            return File.ReadAllText(file).Trim();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "n/a";
        }
    }

    private static string Tail(string file)
    {
        byte[] text = Encoding.UTF8.GetBytes(Text(file));
        return Encoding.UTF8.GetString(text.AsSpan(Math.Max(0, text.Length - LogBytes)));
    }
}
