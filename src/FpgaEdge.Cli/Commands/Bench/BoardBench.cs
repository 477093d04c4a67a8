using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using FpgaEdge.Board;
using FpgaEdge.Cli.Commands.Plans;
using FpgaEdge.Compiler;
using FpgaEdge.Compiler.Stages;
using FpgaEdge.Hardware;
using FpgaEdge.Model.Integer;
using FpgaEdge.Planning;
using FpgaEdge.Vta;

namespace FpgaEdge.Cli.Commands.Bench;

/// <summary>
/// <c>bench board</c>: kernels, memory, sockets and accelerator of the machine it runs on, for plans. On a board with its
/// board file the accelerator is the one in the fabric; elsewhere it is the functional simulator, and the profile says so.
/// </summary>
internal sealed class BoardBench(string kind, string? boardFile, string? output, bool json)
{
    private const int Samples = 7;
    private const int CopyBytes = 16 << 20;
    private const int Datagrams = 40_000;
    private static readonly TimeSpan ReceiveLimit = TimeSpan.FromMilliseconds(300);

    /// <summary>Does it; the result is the exit code.</summary>
    public int Run(CancellationToken cancellation)
    {
        StageTarget target = Target();
        (IntegerGraph ordinary, long macs) = Convolution(channels: 64, groups: 1);
        (IntegerGraph depthwise, long depthwiseMacs) = Convolution(channels: 128, groups: 128);
        long macNs = BestNs(() => OnCores(ordinary, target), cancellation);
        long depthwiseNs = BestNs(() => OnCores(depthwise, target), cancellation);
        long copyNs = BestNs(Copy, cancellation);
        double ratio = AcceleratorRatio(ordinary, target, cancellation);
        var profile = new BoardProfile(
            kind, $"{Environment.ProcessorCount} processors, {System.Runtime.InteropServices.RuntimeInformation.OSArchitecture}",
            boardFile is null ? "functional simulator" : "hardware", macs * 1_000_000_000 / macNs,
            depthwiseMacs * 1_000_000_000 / depthwiseNs, CopyBytes * 1_000_000_000L / copyNs, UdpBytesPerSecond(cancellation), ratio);
        if (output is not null)
        {
            using FileStream file = File.Create(output);
            profile.WriteJson(file);
        }
        if (json)
        {
            profile.WriteJson(Console.OpenStandardOutput());
            Console.Out.WriteLine();
        }
        else
        {
            Print(profile, target);
        }
        return ExitCode.Ok;
    }

    private static void Print(BoardProfile profile, StageTarget target)
    {
        double Model(int millicycles) => target.Cpu.ClockHz * 1000.0 / millicycles;
        var table = new Terminal.TextTable("figure", "measured here", $"model of {profile.Board}");
        table.Add("convolution on a core, GMAC/s", $"{profile.MacsPerSecond / 1e9:f3}", $"{Model(target.Cpu.MacMillicycles) / 1e9:f3}");
        table.Add("depth-wise on a core, GMAC/s", $"{profile.DepthwiseMacsPerSecond / 1e9:f3}",
            $"{Model(target.Cpu.DepthwiseMacMillicycles) / 1e9:f3}");
        table.Add("copy in memory, GB/s", $"{profile.CopyBytesPerSecond / 1e9:f3}", $"{Model(target.Cpu.CopyMillicycles) / 1e9:f3}");
        table.Add("datagrams on loopback, MB/s", $"{profile.UdpBytesPerSecond / 1e6:f1}", "125.0");
        table.Add($"program on the {profile.Accelerator}, modelled times", $"{profile.AcceleratorTimeRatio:f3}", "1.000");
        Console.Out.Write(table);
    }

    private StageTarget Target()
    {
        ClusterView view = BoardList.Parse(kind, 1_000_000_000, 64 << 20).View;
        BoardKind at = BoardKind.Of(view.Members[0]);
        return StageTarget.For(at.Board, at.VtaConfiguration, at.ClockHertz, 64 << 20);
    }

    /// <summary>A 3 × 3 convolution over 56 × 56 pixels.</summary>
    private static (IntegerGraph Graph, long Macs) Convolution(int channels, int groups)
    {
        const int Size = 56;
        var builder = new IntegerGraphBuilder("bench");
        int x = builder.AddInput("image", Size, Size, channels);
        sbyte[] weights = new sbyte[channels * 9 * (channels / groups)];
        new Random(1).NextBytes(System.Runtime.InteropServices.MemoryMarshal.AsBytes(weights.AsSpan()));
        builder.AddOutput(builder.AddConvolution("layer", x, new Window(3, 3, 1, 1, 1, 1, 1, 1), groups, weights, new int[channels],
            new Requantization(RequantizationKind.Shift, [10], [], -128, 127)));
        return (builder.Build(), (long)Size * Size * weights.Length);
    }

    /// <summary>Nanoseconds of the quickest run after one that is not counted.</summary>
    private static long BestNs(Func<Func<long>> make, CancellationToken cancellation)
    {
        Func<long> run = make();
        run();
        long best = long.MaxValue;
        for (int sample = 0; sample < Samples; sample++)
        {
            cancellation.ThrowIfCancellationRequested();
            best = Math.Min(best, run());
        }
        return Math.Max(1, best);
    }

    private static Func<long> OnCores(IntegerGraph graph, StageTarget target) =>
        Timed(StageCompiler.Compile(graph, 0, 1, target, onCores: new HashSet<int> { 0 }), new MemoryMachine(target, 0));

    private static Func<long> Timed(CompiledStage stage, IStageMachine machine)
    {
        var executor = new StageExecutor(stage, machine);
        executor.Load();
        byte[] input = new byte[stage.InputBytes];
        byte[] result = new byte[stage.OutputBytes];
        return () =>
        {
            long start = Stopwatch.GetTimestamp();
            executor.Execute(input, result);
            return (long)Stopwatch.GetElapsedTime(start).TotalNanoseconds;
        };
    }

    private static Func<long> Copy()
    {
        byte[] from = new byte[CopyBytes];
        byte[] to = new byte[CopyBytes];
        return () =>
        {
            long start = Stopwatch.GetTimestamp();
            from.CopyTo(to, 0);
            return (long)Stopwatch.GetElapsedTime(start).TotalNanoseconds;
        };
    }

    private double AcceleratorRatio(IntegerGraph graph, StageTarget target, CancellationToken cancellation)
    {
        CompiledStage stage = StageCompiler.Compile(graph, 0, 1, target);
        if (stage.ModelledCycles == 0)
        {
            return 1;
        }
        using BoardMemory? memory = OpenBoard();
        TimedMachine machine = memory is null ? new MemoryMachine(target, stage.WindowBytes) : new HardwareMachine(memory, stage);
        long best = BestNs(
            () =>
            {
                Func<long> frame = Timed(stage, machine);
                return () =>
                {
                    frame();
                    return machine.ProgramNs;
                };
            }, cancellation);
        return best / (double)target.Timing.ToNanoseconds(stage.ModelledCycles);
    }

    private BoardMemory? OpenBoard()
    {
        if (boardFile is null)
        {
            return null;
        }
        BoardDescription board = BoardDescription.Read(boardFile);
        return board.Access == MemoryAccess.Physical
            ? BoardMemory.Open(board, "")
            : throw new CliException(ExitCode.Usage, $"--board {boardFile}: expected a board with an accelerator, found a virtual one");
    }

    /// <summary>Payload per second from one socket to another, as far as it arrives.</summary>
    private static long UdpBytesPerSecond(CancellationToken cancellation)
    {
        using var receiver = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        using var sender = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        receiver.ReceiveBufferSize = 4 << 20;
        receiver.ReceiveTimeout = (int)ReceiveLimit.TotalMilliseconds;
        receiver.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        sender.Connect(receiver.LocalEndPoint!);
        long received = 0;
        long last = 0;
        long start = Stopwatch.GetTimestamp();
        var thread = new Thread(() =>
        {
            byte[] buffer = new byte[LinkCosts.DatagramBytes];
            try
            {
                while (received < (long)Datagrams * buffer.Length)
                {
                    received += receiver.Receive(buffer);
                    last = Stopwatch.GetTimestamp();
                }
            }
            catch (SocketException)
            {
                // Nothing more comes: what was lost on the way does not count.
            }
        });
        thread.Start();
        byte[] datagram = new byte[LinkCosts.DatagramBytes];
        for (int index = 0; index < Datagrams; index++)
        {
            cancellation.ThrowIfCancellationRequested();
            sender.Send(datagram);
        }
        thread.Join();
        return Math.Max(1, (long)(received / Stopwatch.GetElapsedTime(start, Math.Max(last, start + 1)).TotalSeconds));
    }

    /// <summary>A machine that times its programs.</summary>
    private abstract class TimedMachine : IStageMachine
    {
        public abstract Span<byte> Window { get; }

        public abstract ulong WindowAddress { get; }

        /// <summary>Time of the last program.</summary>
        public long ProgramNs { get; private set; }

        public void RunProgram(uint instructionAddress, uint instructionCount, long modelledCycles)
        {
            long start = Stopwatch.GetTimestamp();
            Run(instructionAddress, (int)instructionCount, modelledCycles);
            ProgramNs = (long)Stopwatch.GetElapsedTime(start).TotalNanoseconds;
        }

        protected abstract void Run(uint instructionAddress, int instructionCount, long modelledCycles);
    }

    private sealed class MemoryMachine(StageTarget target, long bytes) : TimedMachine
    {
        private readonly byte[] window = new byte[bytes];
        private readonly VtaSimulator simulator = new(target.Configuration);

        public override Span<byte> Window => window;

        public override ulong WindowAddress => 0;

        protected override void Run(uint instructionAddress, int instructionCount, long modelledCycles) =>
            simulator.Run(window, 0, instructionAddress, instructionCount);
    }

    private sealed class HardwareMachine : TimedMachine
    {
        private readonly BoardMemory memory;
        private readonly CompiledStage stage;
        private readonly PollingPace pace = new();
        private readonly VtaHlsDriver driver;

        public HardwareMachine(BoardMemory memory, CompiledStage stage)
        {
            this.memory = memory;
            this.stage = stage;
            driver = new VtaHlsDriver(memory.Registers, TimeProvider.System, pace.Wait);
        }

        public override Span<byte> Window => memory.Dma.Span;

        public override ulong WindowAddress => memory.Dma.PhysicalBase;

        protected override void Run(uint instructionAddress, int instructionCount, long modelledCycles)
        {
            pace.Reset();
            memory.Dma.GiveToAccelerator(0, (int)stage.WindowBytes);
            driver.Run(instructionAddress, instructionCount,
                VtaWaitLimit.For(TimeSpan.FromSeconds((double)modelledCycles / stage.Target.Timing.ClockHz)));
            memory.Dma.TakeFromAccelerator(0, (int)stage.WindowBytes);
        }
    }
}
