using System.Collections.Immutable;
using System.CommandLine;
using System.Text.Json;
using FpgaEdge.Cli.Hosting;
using FpgaEdge.Cli.Reports;
using FpgaEdge.Cli.Terminal;
using FpgaEdge.Cluster;
using FpgaEdge.Planning;

namespace FpgaEdge.Cli.Commands;

/// <summary><c>fpgaedge boards</c>: which boards of a cluster can be heard.</summary>
internal static class BoardsCommand
{
    private const double DefaultSeconds = 1.5;

    /// <summary>The verb with its options.</summary>
    public static Command Create()
    {
        var cluster = new ClusterOptions();
        var seconds = new Option<double>("--seconds")
        {
            Description = "How long to listen", DefaultValueFactory = _ => DefaultSeconds,
        };
        var expect = new Option<int?>("--expect") { Description = "How many boards there should be" };
        var explain = new Option<bool>("--explain")
        {
            Description = "For each board that is missing of --expect and --peer: what was heard, and what to check",
        };
        var json = new Option<bool>("--json") { Description = "One JSON object on stdout" };
        var command = new Command("boards",
            "List the boards of a cluster.\n\nExample:\n  fpgaedge boards --cluster shelf\n" +
            "  fpgaedge boards --cluster shelf --key-file shelf.key --expect 4 --explain")
        {
            seconds, expect, explain, json,
        };
        cluster.AddTo(command);
        command.SetAction((parsed, cancellation) => RunAsync(
            cluster.ReadOrDefault(parsed),
            new Wish(parsed.GetValue(seconds), parsed.GetValue(expect), parsed.GetValue(explain), parsed.GetValue(json)),
            cancellation));
        return command;
    }

    private static async Task<int> RunAsync(ClusterAddress address, Wish wish, CancellationToken cancellation)
    {
        if (wish.Seconds is not (> 0 and <= 3600))
        {
            throw new CliException(ExitCode.Usage, $"--seconds: expected more than 0 and at most 3600, found {wish.Seconds}");
        }
        if (wish.Expected is < 1 or > LocalBoards.Maximum)
        {
            throw new CliException(
                ExitCode.Usage, $"--expect: expected 1 to {LocalBoards.Maximum} boards, found {wish.Expected}");
        }
        ClusterOptions.WarnWithoutKey(address);
        using ClusterClient client = ClusterClient.Open(address);
        await Task.Delay(TimeSpan.FromSeconds(wish.Seconds), cancellation);
        ClusterView view = client.View;
        MissingBoards? missing = null;
        if (wish.Explain)
        {
            (ImmutableArray<BoardStatus> boards, IReadOnlyList<HeardFrom> heard) = client.Explain();
            missing = MissingBoards.Find(address, wish.Expected ?? 0, boards, heard);
        }
        if (wish.Json)
        {
            PrintJson(address, view, client.Counters, missing);
        }
        else
        {
            PrintTable(address, view, client.Counters);
            missing?.Print(Console.Out);
        }
        bool complete = view.Members.Length >= Math.Max(1, wish.Expected ?? 1) && missing is not { Boards: > 0 };
        return complete ? ExitCode.Ok : ExitCode.NoBoard;
    }

    private static void PrintTable(ClusterAddress address, ClusterView view, NodeCounters counters)
    {
        if (view.Members.Length == 0)
        {
            Console.Error.WriteLine(
                $"fpgaedge boards: no board of cluster {address.Name} answered; start one with 'fpgaedged --cluster {address.Name}'");
        }
        else
        {
            var table = new TextTable("name", "id", "board", "accelerator", "clock MHz", "link Mbit/s", "memory MiB");
            foreach (Member member in view.Members)
            {
                table.Add(member.Name, $"{member.Id}", member.Board, member.VtaConfiguration, $"{member.ClockHertz / 1_000_000}",
                    $"{member.LinkBitsPerSecond / 1_000_000}", $"{member.MemoryBytes >> 20}");
            }
            Console.Out.Write(table);
        }
        Console.Out.WriteLine($"{view.Members.Length} boards, {view.Packages.Length} packages; " +
            $"ignored here: {Damaged(counters)} damaged datagrams, {counters.IgnoredOtherCluster} of other clusters, " +
            $"{counters.IgnoredForged + counters.IgnoredOtherSeal} with another key");
    }

    private static void PrintJson(ClusterAddress address, ClusterView view, NodeCounters counters, MissingBoards? missing)
    {
        using var json = new Utf8JsonWriter(Console.OpenStandardOutput());
        json.WriteStartObject();
        json.WriteNumber("schema", 1);
        json.WriteString("cluster", address.Name);
        json.WriteStartArray("boards");
        foreach (Member member in view.Members)
        {
            json.WriteStartObject();
            json.WriteString("id", member.Id.ToString());
            json.WriteString("name", member.Name);
            json.WriteNumber("incarnation", member.Incarnation);
            json.WriteString("board", member.Board);
            json.WriteString("accelerator", member.VtaConfiguration);
            json.WriteNumber("clockHertz", member.ClockHertz);
            json.WriteNumber("linkBitsPerSecond", member.LinkBitsPerSecond);
            json.WriteNumber("memoryBytes", member.MemoryBytes);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteStartArray("packages");
        foreach (PackageHash package in view.Packages)
        {
            json.WriteStringValue(package.ToString());
        }
        json.WriteEndArray();
        json.WriteStartObject("ignored");
        json.WriteNumber("damaged", Damaged(counters));
        json.WriteNumber("otherCluster", counters.IgnoredOtherCluster);
        json.WriteNumber("otherVersion", counters.IgnoredVersion);
        json.WriteNumber("forged", counters.IgnoredForged);
        json.WriteNumber("otherSeal", counters.IgnoredOtherSeal);
        json.WriteEndObject();
        missing?.Write(json);
        json.WriteEndObject();
        json.Flush();
        Console.Out.WriteLine();
    }

    private static long Damaged(NodeCounters counters) => counters.IgnoredDamaged + counters.IgnoredMalformed;

    /// <summary>What was asked for.</summary>
    private sealed record Wish(double Seconds, int? Expected, bool Explain, bool Json);
}
