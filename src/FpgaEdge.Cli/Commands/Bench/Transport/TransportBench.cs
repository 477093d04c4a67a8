using System.Globalization;
using System.Text.Json;
using FpgaEdge.Board;
using FpgaEdge.Cli.Terminal;
using FpgaEdge.Wire;

namespace FpgaEdge.Cli.Commands.Bench.Transport;

/// <summary>
/// <c>bench transport</c>: tensor streams as boards and clients run them, against a C program with plain sockets, on
/// loopback. All take turns within one run, round by round; medians of the rounds count.
/// </summary>
internal sealed class TransportBench(int rounds, int milliseconds, bool json)
{
    private const int PeerBytes = WireLimits.DatagramBytes;
    private const int StreamFrameBytes = 160 * WireLimits.ChunkBytes;
    private const int ShortAnswerBytes = 64;
    private static readonly TimeSpan WarmUp = TimeSpan.FromMilliseconds(400);
    private readonly TimeSpan limit = TimeSpan.FromMilliseconds(milliseconds);

    private enum Mode
    {
        OneThread,
        Stream,
        PingPong,
    }

    /// <summary>Does it; the result is the exit code.</summary>
    public int Run(CancellationToken cancellation)
    {
        if (!OperatingSystem.IsLinux())
        {
            throw new CliException(ExitCode.Usage,
                "bench transport: expected Linux, whose CPU clocks and sockets it compares; run it on a Linux machine");
        }

        using TransportPeer? peer = TransportPeer.TryBuild(out string reason);
        Way[] ways = [.. Ways(peer)];
        DatagramCost cost;
        using (var progress = new ProgressLine())
        {
            for (int round = -1; round < rounds; round++)
            {
                for (int i = 0; i < ways.Length; i++)
                {
                    cancellation.ThrowIfCancellationRequested();
                    progress.Show(round < 0 ? "warming up" : "measuring", i + (Math.Max(round, 0) * ways.Length),
                        ways.Length * rounds);
                    StreamRound result = ways[i].Take(round < 0 ? WarmUp : limit);
                    if (round >= 0)
                    {
                        ways[i].Rounds.Add(result);
                    }
                }
            }

            progress.Show("parts of a datagram");
            DatagramCost.Measure(WarmUp);
            cost = DatagramCost.Measure(limit);
        }

        bool segmented = ways.Any(way => way.Segmented);
        Bar[] bars = [.. Bars(ways, cost, segmented)];
        if (json)
        {
            WriteJson(peer, reason, ways, cost, bars);
        }
        else
        {
            WriteText(peer, reason, ways, cost, bars);
        }

        return ExitCode.Ok;
    }

    private static IEnumerable<Way> Ways(TransportPeer? peer)
    {
        foreach (Mode mode in Enum.GetValues<Mode>())
        {
            string peerMode = mode switch { Mode.OneThread => "burst", Mode.Stream => "stream", _ => "pingpong" };
            if (peer is not null)
            {
                yield return new Way("C sendto/recvfrom", mode, limit => peer.Measure("udp", peerMode, PeerBytes, limit));
            }

            yield return Ours("tensor stream", mode, false, true);
            if (mode == Mode.OneThread)
            {
                yield return Ours("tensor stream, kernel does not segment", mode, false, false);
            }

            yield return Ours("tensor stream, encrypted", mode, true, true);
            if (peer is not null)
            {
                yield return new Way("C TCP", mode, limit => peer.Measure("tcp", peerMode, PeerBytes, limit));
            }
        }
    }

    private static Way Ours(string name, Mode mode, bool encrypted, bool segments)
    {
        Way way = null!;
        way = new Way(name, mode, limit =>
        {
            bool oneByOne = mode == Mode.PingPong;
            using var stream = new TensorStream(
                oneByOne ? WireLimits.ChunkBytes : StreamFrameBytes,
                oneByOne ? WireLimits.ChunkBytes - WireLimits.StageStatisticsBytes : ShortAnswerBytes, encrypted, segments);
            StreamRound round = mode == Mode.OneThread
                ? stream.RunInOneThread(limit) : stream.RunInTwoThreads(limit, oneByOne);
            way.Segmented |= stream.Segmented;
            return round;
        });
        return way;
    }

    private static IEnumerable<Bar> Bars(Way[] ways, DatagramCost cost, bool segmented)
    {
        Way? c = Find(ways, "C sendto/recvfrom", Mode.OneThread);
        Way ours = Find(ways, "tensor stream", Mode.OneThread)!;
        Way plain = Find(ways, "tensor stream, kernel does not segment", Mode.OneThread)!;
        Way sealedWay = Find(ways, "tensor stream, encrypted", Mode.OneThread)!;
        if (segmented)
        {
            yield return new Bar("datagrams per CPU-second, of C's, with segmentation offload", c?.CpuNs / ours.CpuNs, 2, true);
        }

        yield return new Bar("datagrams per CPU-second, of C's, without it", c?.CpuNs / plain.CpuNs, 0.8, true);
        yield return new Bar("median one-way latency, of C's", Find(ways, "tensor stream", Mode.PingPong)!.P50Ns
            / Find(ways, "C sendto/recvfrom", Mode.PingPong)?.P50Ns, 1.3, false);
        yield return new Bar("header write and validating read, ns", cost.HeaderNs, 60, false);
        yield return new Bar("bytes allocated per datagram", ours.AllocatedBytes, 0, false);
        yield return new Bar("encrypted, of what the AEAD's own cost leaves",
            (ours.CpuNs - cost.ChecksumNs + cost.AeadNs) / sealedWay.CpuNs, 0.85, true);
    }

    private static Way? Find(Way[] ways, string name, Mode mode) =>
        Array.Find(ways, way => way.Name == name && way.Mode == mode);

    private static void WriteText(TransportPeer? peer, string reason, Way[] ways, DatagramCost cost, Bar[] bars)
    {
        Console.WriteLine($"loopback; peer: {peer?.Compiler ?? $"n/a: {reason}"}");
        Table(ways, Mode.OneThread, "sending and receiving in one thread", ["CPU ns/datagram", "Gbit/s per core", "bytes allocated"],
            way => [$"{way.CpuNs:0}", $"{way.PayloadBytes * 8 / way.CpuNs:0.00}", $"{way.AllocatedBytes:0.###}"]);
        Table(ways, Mode.Stream, "a thread or process for each end", ["CPU ns/datagram", "goodput Gbit/s"],
            way => [$"{way.CpuNs:0}", $"{way.PayloadBytes * 8 / way.WallNs:0.00}"]);
        Table(ways, Mode.PingPong, "one datagram, one way, waiting receiver", ["p50 us", "p99 us"],
            way => [$"{way.P50Ns / 1000:0.0}", $"{way.P99Ns / 1000:0.0}"]);
        var parts = new TextTable("part of a full datagram, both ends", "ns");
        foreach ((string name, double ns) in Parts(ways, cost))
        {
            parts.Add(name, $"{ns:0}");
        }

        Console.WriteLine(parts);
        var table = new TextTable("bar", "measured", "asked for", "");
        foreach (Bar bar in bars)
        {
            table.Add(bar.Name, bar.Value is { } value ? $"{value:0.00}" : "n/a",
                (bar.AtLeast ? "at least " : "at most ") + bar.Limit.ToString(CultureInfo.InvariantCulture), bar.Verdict);
        }

        Console.Write(table);
    }

    private static IEnumerable<(string Name, double Ns)> Parts(Way[] ways, DatagramCost cost)
    {
        double total = Find(ways, "tensor stream", Mode.OneThread)!.CpuNs;
        double known = cost.CopyNs + cost.HeaderNs + cost.ChecksumNs + cost.SystemCallNs;
        yield return ("copies", cost.CopyNs);
        yield return ("MessagePack", cost.HeaderNs);
        yield return ("checksum", cost.ChecksumNs);
        yield return ("system calls", cost.SystemCallNs);
        yield return ("acknowledgements, slots, timers", total - known);
        yield return ("all, without a key", total);
        yield return ("AES-256-GCM instead of the checksum", cost.AeadNs);
        yield return ("all, encrypted", Find(ways, "tensor stream, encrypted", Mode.OneThread)!.CpuNs);
    }

    private static void Table(Way[] ways, Mode mode, string title, string[] headings, Func<Way, string[]> cells)
    {
        var table = new TextTable([title, .. headings]);
        foreach (Way way in ways.Where(way => way.Mode == mode))
        {
            table.Add([way.Name, .. cells(way)]);
        }

        Console.WriteLine(table);
    }

    private void WriteJson(TransportPeer? peer, string reason, Way[] ways, DatagramCost cost, Bar[] bars)
    {
        using var writer = new Utf8JsonWriter(Console.OpenStandardOutput());
        writer.WriteStartObject();
        writer.WriteNumber("schema", 1);
        writer.WriteNumber("rounds", rounds);
        writer.WriteNumber("roundMilliseconds", milliseconds);
        writer.WriteString("peer", peer?.Compiler);
        writer.WriteString("peerMissing", peer is null ? reason : null);
        writer.WriteStartArray("streams");
        foreach (Way way in ways)
        {
            writer.WriteStartObject();
            writer.WriteString("name", way.Name);
            writer.WriteString("mode", JsonNamingPolicy.CamelCase.ConvertName(way.Mode.ToString()));
            writer.WriteNumber("payloadBytes", way.PayloadBytes);
            writer.WriteNumber("cpuNsPerDatagram", way.CpuNs);
            writer.WriteNumber("goodputBitsPerSecond", way.PayloadBytes * 8e9 / way.WallNs);
            writer.WriteNumber("p50Ns", way.P50Ns);
            writer.WriteNumber("p99Ns", way.P99Ns);
            writer.WriteNumber("allocatedBytesPerDatagram", way.AllocatedBytes);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        writer.WriteStartArray("parts");
        foreach ((string name, double ns) in Parts(ways, cost))
        {
            writer.WriteStartObject();
            writer.WriteString("name", name);
            writer.WriteNumber("ns", ns);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        writer.WriteStartArray("bars");
        foreach (Bar bar in bars)
        {
            writer.WriteStartObject();
            writer.WriteString("name", bar.Name);
            writer.WriteOptional("measured", bar.Value);
            writer.WriteNumber(bar.AtLeast ? "atLeast" : "atMost", bar.Limit);
            writer.WriteString("verdict", bar.Verdict);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    /// <summary>A figure that was asked for.</summary>
    private readonly record struct Bar(string Name, double? Value, double Limit, bool AtLeast)
    {
        public string Verdict => Value is not { } value ? "not measured" : (AtLeast ? value >= Limit : value <= Limit)
            ? "holds" : "does not hold";
    }

    /// <summary>One way to move datagrams, and what each round of it gave.</summary>
    private sealed record Way(string Name, Mode Mode, Func<TimeSpan, StreamRound> Take)
    {
        public List<StreamRound> Rounds { get; } = [];

        public bool Segmented { get; set; }

        public int PayloadBytes => Rounds[0].PayloadBytes;

        public double CpuNs => Median(round => (double)round.CpuNs / round.Delivered);

        public double WallNs => Median(round => (double)round.WallNs / round.Delivered);

        public double AllocatedBytes => Median(round => (double)round.AllocatedBytes / round.Delivered);

        public double P50Ns => Median(round => round.P50Ns);

        public double P99Ns => Median(round => round.P99Ns);

        private double Median(Func<StreamRound, double> value)
        {
            double[] sorted = [.. Rounds.Select(value).Order()];
            return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
        }
    }
}
