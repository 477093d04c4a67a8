using System.Text.Json;
using FpgaEdge.Board;
using FpgaEdge.Cli.Commands.Bench.Transport;
using FpgaEdge.Cli.Terminal;
using FpgaEdge.Cluster.Simulation;

namespace FpgaEdge.Cli.Commands.Sim;

/// <summary><c>sim --fuzz</c>: damaged and forged datagrams at whole nodes.</summary>
internal sealed class FuzzRun(long datagrams, ulong firstSeed, bool json)
{
    /// <summary>Of a thousand datagrams: the cheap ones most often. A forged one costs an exception of the runtime's
    /// cryptography; nonsense that passes the checksum makes members and plans, up to the limits of the protocol.</summary>
    private static readonly (FuzzKind Kind, int PerMille)[] Mixture =
        [(FuzzKind.Damaged, 979), (FuzzKind.DamagedSealed, 10), (FuzzKind.Forged, 10), (FuzzKind.Resealed, 1)];

    private const int Shards = 8;

    private sealed record Row(FuzzKind Kind, FuzzResult Result, double CpuSeconds);

    /// <summary>Does it; the result is the exit code.</summary>
    public int Run(CancellationToken cancellation)
    {
        if (datagrams < 1)
        {
            throw new CliException(ExitCode.Usage, $"--fuzz: expected at least 1 datagram, found {datagrams}");
        }

        string command = $"fpgaedge sim --fuzz {datagrams} --first-seed {firstSeed}";
        (json ? Console.Error : Console.Out).WriteLine(command);
        (FuzzKind Kind, ulong Seed, long Count)[] work = [.. Mixture.SelectMany(part => Enumerable.Range(0, Shards)
            .Select(shard => (part.Kind, firstSeed + (ulong)shard, Math.Max(1, datagrams * part.PerMille / 1000 / Shards))))];
        var rows = new Row[work.Length];
        long done = 0;
        using (var progress = new ProgressLine())
        {
            var parallel = new ParallelOptions
            {
                CancellationToken = cancellation,
                MaxDegreeOfParallelism = Environment.ProcessorCount,
            };
            Parallel.For(0, work.Length, parallel, index =>
            {
                (FuzzKind kind, ulong seed, long count) = work[index];
                long last = 0;
                long start = CpuNs;
                FuzzResult result = new DatagramFuzz(seed, kind).Run(count, at =>
                {
                    cancellation.ThrowIfCancellationRequested();
                    long all = Interlocked.Add(ref done, at - last);
                    last = at;
                    progress.Show($"{all / 1_000_000} of {datagrams / 1_000_000} million datagrams");
                });
                rows[index] = new Row(kind, result, (CpuNs - start) / 1e9);
            });
        }

        if (json)
        {
            WriteJson(command, rows);
        }
        else
        {
            WriteText(rows);
        }

        return rows.All(row => row.Result.Failures.IsEmpty) ? ExitCode.Ok : ExitCode.VerificationFailed;
    }

    /// <summary>Of this thread, where the system tells; else time on the wall.</summary>
    private static long CpuNs => OperatingSystem.IsLinux() ? TensorStream.ThreadCpuNs : NodeLoop.NowNs;

    private static IEnumerable<(FuzzKind Kind, long Datagrams, long Refused, long Ignored, double Bytes, double Ns, int Failures)>
        Sums(Row[] rows) => rows.GroupBy(row => row.Kind).Select(group =>
        {
            long count = group.Sum(row => row.Result.Datagrams);
            return (group.Key, count, group.Sum(row => row.Result.Refused), group.Sum(row => row.Result.Ignored),
                (double)group.Sum(row => row.Result.AllocatedBytes) / count, group.Sum(row => row.CpuSeconds) * 1e9 / count,
                group.Sum(row => row.Result.Failures.Length));
        });

    private static void WriteText(Row[] rows)
    {
        var table = new TextTable("kind", "datagrams", "refused by the seal", "ignored behind it", "bytes allocated each",
            "CPU ns each", "failures");
        foreach ((FuzzKind kind, long count, long refused, long ignored, double bytes, double ns, int failures) in Sums(rows))
        {
            table.Add($"{kind}", $"{count}", $"{refused}", $"{ignored}", $"{bytes:0.0}", $"{ns:0}", $"{failures}");
        }

        Console.WriteLine(table);
        foreach (string failure in rows.SelectMany(row => row.Result.Failures).Take(20))
        {
            Console.WriteLine(failure);
        }

        Console.WriteLine($"{rows.Sum(row => row.Result.Datagrams)} datagrams, "
            + $"{rows.Sum(row => row.Result.Failures.Length)} failures");
    }

    private static void WriteJson(string command, Row[] rows)
    {
        using var writer = new Utf8JsonWriter(Console.OpenStandardOutput());
        writer.WriteStartObject();
        writer.WriteNumber("schema", 1);
        writer.WriteString("command", command);
        writer.WriteNumber("datagrams", rows.Sum(row => row.Result.Datagrams));
        writer.WriteStartArray("kinds");
        foreach ((FuzzKind kind, long count, long refused, long ignored, double bytes, double ns, int failures) in Sums(rows))
        {
            writer.WriteStartObject();
            writer.WriteString("kind", JsonNamingPolicy.CamelCase.ConvertName($"{kind}"));
            writer.WriteNumber("datagrams", count);
            writer.WriteNumber("refused", refused);
            writer.WriteNumber("ignored", ignored);
            writer.WriteNumber("allocatedBytesPerDatagram", bytes);
            writer.WriteNumber("cpuNsPerDatagram", ns);
            writer.WriteNumber("failures", failures);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        writer.WriteStartArray("failures");
        foreach (string failure in rows.SelectMany(row => row.Result.Failures))
        {
            writer.WriteStringValue(failure);
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
    }
}
