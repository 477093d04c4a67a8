using System.Text.Json;
using FpgaEdge.Cli.Reports;
using FpgaEdge.Planning;

namespace FpgaEdge.Cli.Hosting;

/// <summary>Commands to one board of a cluster, by its name: finds it, asks it, and says in one line what went wrong.</summary>
internal sealed class BoardQuestions(ClusterClient client, ClusterAddress address, TimeSpan limit)
{
    private static readonly TimeSpan FindLimit = TimeSpan.FromSeconds(3);

    /// <summary>The board of this name or identity.</summary>
    /// <exception cref="CliException">It is not there, or the name is that of several boards.</exception>
    public async Task<Member> FindAsync(string name, CancellationToken cancellation)
    {
        await client.WaitAsync(node => node.View.Members.Any(member => IsCalled(member, name)), FindLimit, cancellation);
        Member[] all = [.. client.View.Members];
        Member[] found = [.. all.Where(member => IsCalled(member, name))];
        if (found.Length > 1)
        {
            throw new CliException(ExitCode.Usage,
                $"{name}: expected the name of one board, found {found.Length}; give one's id: " +
                string.Join(", ", found.Select(member => member.Id)));
        }
        if (found.Length == 0)
        {
            string others = all.Length == 0 ? "no board" : string.Join(", ", all.Select(BoardNames.NameOf));
            throw new CliException(ExitCode.NoBoard, $"{name}: expected a board of cluster {address.Name}, heard {others} within " +
                $"{FindLimit.TotalSeconds} s; see 'fpgaedge boards --cluster {address.Name} --explain'{Hint(client, address)}");
        }
        return found[0];
    }

    /// <summary>The board's answer, a JSON object without an error.</summary>
    /// <exception cref="CliException">No answer in time, or the board refuses.</exception>
    public async Task<string> AskAsync(Member board, string command, CancellationToken cancellation)
    {
        string name = BoardNames.NameOf(board);
        string answer = await client.AskAsync(board.Id, command, limit, cancellation) ?? throw new CliException(ExitCode.NoBoard,
            $"{name}: expected an answer to '{command}' within {limit.TotalSeconds} s, found none although the board is heard; " +
            $"compare 'fpgaedged --version' there with 'fpgaedge --version' here, or wait longer with --timeout{Hint(client, address)}");
        if (answer.Length == 0)
        {
            throw new CliException(ExitCode.NoBoard, $"{name}: the board went, or was started again, before it answered; ask again");
        }
        using JsonDocument json = JsonDocument.Parse(answer);
        return json.RootElement.TryGetProperty("error", out JsonElement error)
            ? throw new CliException(ExitCode.HardwareRefused, $"{name}: {command}: {error.GetString()}")
            : answer;
    }

    private static bool IsCalled(Member member, string name) => member.Name == name || $"{member.Id}" == name;

    /// <summary>What was heard and ignored, and so may be the reason; begins with a semicolon.</summary>
    public static string Hint(ClusterClient client, ClusterAddress address) => client.Counters switch
    {
        { IgnoredOtherSeal: > 0 } when address.Keys is null => "; datagrams sealed with a key came: give the cluster's --key-file",
        { IgnoredOtherSeal: > 0 } => "; datagrams without a key came: were the boards started with --key-file?",
        { IgnoredForged: > 0 } => "; datagrams sealed with another key came",
        { IgnoredVersion: > 0 } => "; datagrams of another protocol version came",
        _ => "",
    };
}
