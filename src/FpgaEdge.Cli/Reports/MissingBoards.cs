using System.Collections.Immutable;
using System.Net;
using System.Text.Json;
using FpgaEdge.Cli.Hosting;
using FpgaEdge.Cluster;

namespace FpgaEdge.Cli.Reports;

/// <summary>Why boards that should be there are not: for each, what was heard of it and what to check.</summary>
internal sealed class MissingBoards
{
    private readonly List<(string Who, string Heard, string Check)> findings = [];

    private MissingBoards(int boards) => Boards = boards;

    /// <summary>How many boards are missing.</summary>
    public int Boards { get; }

    /// <summary>Compares what was expected with what was heard.</summary>
    /// <param name="address">The cluster, with the boards that were named.</param>
    /// <param name="expected">How many boards there should be; 0 when nobody said.</param>
    /// <param name="boards">The boards of the view.</param>
    /// <param name="heard">Everybody who was heard.</param>
    public static MissingBoards Find(
        ClusterAddress address, int expected, ImmutableArray<BoardStatus> boards, IReadOnlyList<HeardFrom> heard)
    {
        var present = boards.Where(board => !board.IsSuspect).ToList();
        PeerAddress[] named = [.. address.Peers.Distinct().Select(PeerAddress.FromEndPoint)
            .Where(peer => present.TrueForAll(board => board.Address != peer))];
        var missing = new MissingBoards(Math.Max(named.Length, expected - present.Count));
        foreach (PeerAddress peer in named)
        {
            missing.Add(address, $"{peer}", heard.Select(who => (HeardFrom?)who).FirstOrDefault(who => who!.Value.From == peer));
        }
        // Whoever else was heard and is no board here may be the one that is missing.
        foreach (HeardFrom who in heard.Where(who => !named.Contains(who.From)
            && present.TrueForAll(board => board.Address != who.From)))
        {
            missing.Add(address, $"{who.From}", who);
        }
        int unheard = missing.Boards - missing.findings.Count;
        if (unheard > 0)
        {
            missing.Add(address, unheard == 1 ? "one board" : $"{unheard} boards", null);
        }
        return missing;
    }

    /// <summary>Prints one line per finding.</summary>
    public void Print(TextWriter output)
    {
        output.WriteLine(Boards == 0 ? "no expected board is missing" : $"missing: {Boards}");
        foreach ((string who, string heard, string check) in findings)
        {
            output.WriteLine($"  {who}: {heard}; check {check}");
        }
    }

    /// <summary>Writes the members "missing" and "findings" of a JSON object.</summary>
    public void Write(Utf8JsonWriter json)
    {
        json.WriteNumber("missing", Boards);
        json.WriteStartArray("findings");
        foreach ((string who, string heard, string check) in findings)
        {
            json.WriteStartObject();
            json.WriteString("who", who);
            json.WriteString("heard", heard);
            json.WriteString("check", check);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    private void Add(ClusterAddress address, string who, HeardFrom? from)
    {
        (string heard, string check) = from is HeardFrom known
            ? Explain(address, known)
            : ("nothing heard", $"that it has power and network, that fpgaedged runs there with --cluster {address.Name}, that " +
                "its --listen address can be reached from here (127.0.0.1 only on the same machine), that no firewall " +
                $"blocks UDP, and --interface here (now {address.Interface ?? IPAddress.Loopback})");
        findings.Add((who, heard, check));
    }

    private static (string Heard, string Check) Explain(ClusterAddress address, HeardFrom who)
    {
        string count = who.Datagrams == 1 ? "1 datagram" : $"{who.Datagrams} datagrams";
        return who.Kind switch
        {
            HeardKind.OtherCluster =>
                ($"heard {count} of another cluster name", $"that it was started with --cluster {address.Name}"),
            HeardKind.OtherKey =>
                ($"heard {count} sealed with another key", "that its --key-file holds the same key as the one given here"),
            HeardKind.OtherSeal when address.Keys is null =>
                ($"heard {count} sealed with a key", "that this command is given the cluster's --key-file"),
            HeardKind.OtherSeal => ($"heard {count} without a key", "that it was started with the cluster's --key-file"),
            HeardKind.OtherVersion =>
                ($"heard {count} of another protocol version", "that it has the same release of FpgaEdge"),
            HeardKind.Damaged => ($"heard {count} that are damaged or not of FpgaEdge", "what else sends to this port or group"),
            _ => ($"silent since {who.SilentNs / 1e9:F1} s ago, after {count}", "its power, its cable, and whether fpgaedged still runs"),
        };
    }
}
