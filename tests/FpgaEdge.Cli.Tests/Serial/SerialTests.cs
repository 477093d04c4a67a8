using System.Diagnostics;
using System.Text;
using System.Text.Json;
using FpgaEdge.Board;
using FpgaEdge.Cli.Serial;
using FpgaEdge.Hardware;

namespace FpgaEdge.Cli.Tests.Serial;

[TestClass]
public sealed class SerialTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    // Goal: every byte goes through a serial port unchanged, both ways. Method: all 256 values over a pseudo terminal.
    [TestMethod]
    public void PortPassesEveryByte()
    {
        using var cable = new PseudoTerminal();
        using SerialPort host = SerialPort.Open(cable.Host);
        using SerialPort board = SerialPort.Open(cable.Board);
        byte[] all = [.. Enumerable.Range(0, 256).Select(value => (byte)value)];
        foreach ((SerialPort from, SerialPort to) in new[] { (host, board), (board, host) })
        {
            Assert.IsTrue(from.Write(all));
            CollectionAssert.AreEqual(all, ReadAll(to, all.Length));
        }
        Assert.AreEqual(0, host.Read(new byte[10], TimeSpan.FromMilliseconds(50)));
        cable.Unplug();
        Assert.AreEqual(-1, host.Read(new byte[10], TimeSpan.FromSeconds(1)));
    }

    // Goal: a port that is none, and a speed that no port has, end in one line. Method: each.
    [TestMethod]
    public void WrongPortIsRefused()
    {
        Assert.ThrowsExactly<HardwareException>(() => SerialPort.Open("/dev/nosuch"));
        StringAssert.Contains(Assert.ThrowsExactly<HardwareException>(() => SerialPort.Open("/dev/null")).Message, "expected a serial port");
        using var cable = new PseudoTerminal();
        StringAssert.Contains(Assert.ThrowsExactly<HardwareException>(() => SerialPort.Open(cable.Host, 12345)).Message, "found 12345");
    }

    // Goal: commands are answered among a console's chatter, also when it writes into the middle of lines. Method: a board's shell at
    // the other end, and a thread that writes rubbish and text between its writes.
    [TestMethod]
    [DataRow(0)]
    [DataRow(1)]
    [DataRow(2)]
    public void AnswersComeThroughNoise(int seed)
    {
        using var cable = new PseudoTerminal();
        using SerialPort host = SerialPort.Open(cable.Host);
        using SerialPort line = SerialPort.Open(cable.Board);
        using var stop = new CancellationTokenSource();
        using var noisy = new NoisyLine(line, seed);
        var shell = new Thread(() => new DiagShell(noisy, new DiagCommands(new DaemonOptions { Name = "b1" })).Run(stop.Token));
        shell.Start();
        var chain = new BootChain();
        var client = new DiagClient(host, chain);
        foreach (string command in new[] { "status", "net", "boot-report", "log", "power", "nonsense" })
        {
            string? answer = client.Ask(command, Patience, CancellationToken.None);
            Assert.IsNotNull(answer, command);
            using JsonDocument json = JsonDocument.Parse(answer);
            Assert.AreEqual(command, json.RootElement.GetProperty("command").GetString());
            Assert.AreEqual(command == "nonsense", json.RootElement.TryGetProperty("error", out _), answer);
        }
        stop.Cancel();
        shell.Join();
        Assert.IsTrue(seed == 0 || client.Damaged > 0, "no line was damaged: the test shows nothing");
    }

    // Goal: the accelerator's commands run on the accelerator. Method: the built-in virtual board behind the shell's commands.
    [TestMethod]
    [DataRow("dma-test")]
    [DataRow("vta-selftest")]
    [DataRow("regs")]
    public void AcceleratorCommandsPassOnAVirtualBoard(string command)
    {
        string answer = Encoding.UTF8.GetString(new DiagCommands(new DaemonOptions()).Run(command));
        using JsonDocument json = JsonDocument.Parse(answer);
        Assert.IsFalse(json.RootElement.TryGetProperty("error", out _), answer);
        Assert.IsTrue(command == "regs" || json.RootElement.GetProperty("passed").GetBoolean(), answer);
    }

    // Goal: a line that is silent, and one that pours out bytes, end a question in time. Method: nobody; a writer of random bytes.
    [TestMethod]
    [DataRow(false)]
    [DataRow(true)]
    public void SilentOrSpewingLineDoesNotHang(bool spews)
    {
        using var cable = new PseudoTerminal();
        using SerialPort host = SerialPort.Open(cable.Host);
        using SerialPort line = SerialPort.Open(cable.Board);
        using var stop = new CancellationTokenSource();
        var writer = new Thread(() => Spew(line, stop.Token));
        if (spews)
        {
            writer.Start();
        }
        var chain = new BootChain();
        long start = Stopwatch.GetTimestamp();
        Assert.IsNull(new DiagClient(host, chain).Ask("status", TimeSpan.FromSeconds(2), CancellationToken.None));
        Assert.IsLessThan(10.0, Stopwatch.GetElapsedTime(start).TotalSeconds);
        Assert.AreEqual(spews ? "speed" : "silent", chain.Explain()!.Id);
        stop.Cancel();
        if (spews)
        {
            writer.Join();
        }
    }

    // Goal: the console shows text, hides what would spoil a terminal, logs every byte, stamps lines, explains, survives an unplugged
    // cable, and ends on Ctrl-] q. Method: a session on a pseudo terminal that is cut and comes back.
    [TestMethod]
    public void ConsoleShowsLogsAndReconnects()
    {
        using var cable = new PseudoTerminal();
        PseudoTerminal? second = null;
        using SerialPort board = SerialPort.Open(cable.Board);
        var screen = new StringWriter();
        var notes = new StringWriter();
        using var log = new MemoryStream();
        using var stop = new CancellationTokenSource();
        string path = cable.Host;
        var session = new ConsoleSession(() => SerialPort.Open(path), screen, notes, log) { TimeStamps = true };
        var thread = new Thread(() => session.Run(null, stop.Token));
        thread.Start();
        board.Write([.. "hello\r\nVFS: Cannot open root device \"x\"\r\n"u8, 0, 7, 0xFF, 0x1B, (byte)'\n']);
        Until(() => Text(screen).Contains("hello") && Text(notes).Contains("does not find the root slot"));
        Assert.IsFalse(session.Type("ls\r"u8));
        Assert.AreEqual("ls\r", Encoding.ASCII.GetString(ReadAll(board, 3)));
        Assert.IsFalse(session.Type([ConsoleSession.Escape, (byte)'d']));
        cable.Unplug();
        Until(() => Text(notes).Contains("the line is gone"));
        using (second = new PseudoTerminal())
        {
            using SerialPort again = SerialPort.Open(second.Board);
            path = second.Host;
            Until(() => Text(notes).Contains("the line is back"));
            again.Write("again\n"u8);
            Until(() => Text(screen).Contains("again"));
            Assert.IsTrue(session.Type([ConsoleSession.Escape, (byte)'q']));
            stop.Cancel();
            thread.Join();
        }
        StringAssert.Matches(Text(screen), new System.Text.RegularExpressions.Regex(@"\[ +\d+\.\d{3}\] hello"));
        Assert.IsFalse(Text(screen).Any(c => c is '\0' or '\a' or '\ufffd'));
        CollectionAssert.Contains(log.ToArray(), (byte)0xFF);
    }

    // Goal: frames survive any cut into pieces, and no bytes upset the reader. Method: random bytes around and inside frames.
    [TestMethod]
    public void FramesAreFoundInAnything()
    {
        var random = new Random(3);
        for (int round = 0; round < 300; round++)
        {
            byte[] payload = new byte[random.Next(DiagFrame.PieceBytes + 1)];
            random.NextBytes(payload);
            var frame = new DiagFrame('A', random.Next(0x10000), random.Next(0x1000), random.Next(0x1000), payload);
            byte[] noise = new byte[random.Next(600)];
            random.NextBytes(noise);
            byte[] stream = [.. noise, .. frame.Encode(), .. noise];
            var found = new List<DiagFrame>();
            var reader = new DiagFrameReader();
            foreach (byte[] piece in stream.Chunk(random.Next(1, 50)))
            {
                reader.Take(piece, found.Add, _ => { });
            }
            Assert.HasCount(1, found);
            CollectionAssert.AreEqual(payload, found[0].Payload);
            Assert.AreEqual((frame.Kind, frame.Id, frame.Index, frame.Count), (found[0].Kind, found[0].Id, found[0].Index, found[0].Count));
        }
    }

    private static string Text(StringWriter writer)
    {
        lock (writer)
        {
            return writer.ToString();
        }
    }

    private static void Until(Func<bool> condition) => Assert.IsTrue(SpinWait.SpinUntil(() =>
    {
        try
        {
            return condition();
        }
        catch (ArgumentOutOfRangeException)
        {
            // The text grew while it was being read.
            return false;
        }
    }, Patience));

    private static byte[] ReadAll(SerialPort port, int count)
    {
        var read = new List<byte>();
        byte[] buffer = new byte[512];
        long start = Stopwatch.GetTimestamp();
        while (read.Count < count && Stopwatch.GetElapsedTime(start) < Patience)
        {
            int got = port.Read(buffer, TimeSpan.FromMilliseconds(100));
            read.AddRange(buffer.AsSpan(0, Math.Max(0, got)));
        }
        return [.. read];
    }

    private static void Spew(SerialPort line, CancellationToken stop)
    {
        var random = new Random(4);
        byte[] bytes = new byte[4096];
        while (!stop.IsCancellationRequested)
        {
            random.NextBytes(bytes);
            line.Write(bytes);
        }
    }

    /// <summary>A line into which others write, before, after and in the middle of what is sent.</summary>
    private sealed class NoisyLine(SerialPort line, int seed) : ISerialLine
    {
        private readonly Random random = new(seed);

        public string Name => line.Name;

        public int Read(Span<byte> buffer, TimeSpan patience) => line.Read(buffer, patience);

        public bool Write(ReadOnlySpan<byte> bytes)
        {
            if (seed == 0)
            {
                return line.Write(bytes);
            }
            if (random.Next(3) == 0)
            {
                line.Write("[   12.345678] macb e000b000.ethernet eth0: Link is Up\r\n"u8);
            }
            int cut = random.Next(3) == 0 ? random.Next(bytes.Length) : bytes.Length;
            line.Write(bytes[..cut]);
            if (cut < bytes.Length)
            {
                byte[] rubbish = new byte[random.Next(1, 40)];
                random.NextBytes(rubbish);
                line.Write(rubbish);
            }
            return line.Write(bytes[cut..]);
        }

        public void Dispose()
        {
        }
    }
}
