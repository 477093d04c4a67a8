using FpgaEdge.Planning;
using FpgaEdge.Wire;

namespace FpgaEdge.Cluster.Simulation;

/// <summary>
/// Clients of a simulation ask boards for answers of all sizes, and this checks that each command is carried out at most once
/// and ends once: with the right answer, or with nothing when that start of the board is over (promise C1).
/// </summary>
internal sealed class SimulatedCommands(ClusterSimulation simulation)
{
    private const long LongestWorkNs = 40_000_000;
    private const int MostOpen = 6;
    private const long SettleNs = 5_000_000_000;
    private readonly Dictionary<(int Client, uint Number), Asked> open = [];
    private readonly HashSet<CommandToken> carriedOut = [];

    /// <summary>Commands that ended with an answer.</summary>
    public int Answered { get; private set; }

    /// <summary>Begins to ask.</summary>
    public void Start(SimulatedClient client)
    {
        if (simulation.Options.CommandPeriodNs > 0)
        {
            simulation.Later(client.Index, simulation.Options.CommandPeriodNs, now => Ask(now, client));
        }
    }

    /// <summary>A board is given a command: it takes some time and answers with as many bytes as it was asked for.</summary>
    public void OnGiven(SimulatedBoard board, CommandToken token, string command)
    {
        if (!carriedOut.Add(token))
        {
            simulation.Checks.Violate($"C1 board {board.Index} carries command {token.Number} out again");
        }

        byte[] answer = AnswerTo(board.Description.Id, command);
        simulation.After(board, simulation.Random.Below(LongestWorkNs), now =>
            board.Node!.OnCommandDone(now, token, answer, board));
    }

    /// <summary>A command ended at its client.</summary>
    public void OnEnded(SimulatedClient client, uint number, ReadOnlySpan<byte> answer)
    {
        if (!open.Remove((client.Index, number), out Asked asked))
        {
            simulation.Checks.Violate($"C1 command {number} of client {client.Index} ended twice");
        }
        else if (answer.IsEmpty)
        {
            if (asked.Board.IsRunning && asked.Board.Description.Incarnation == asked.Incarnation)
            {
                simulation.Checks.Violate($"C1 command {number} ended without an answer from board {asked.Board.Index}, which runs");
            }
        }
        else if (!answer.SequenceEqual(AnswerTo(asked.Board.Description.Id, asked.Command)))
        {
            simulation.Checks.Violate($"C1 command {number} has another answer than board {asked.Board.Index} gave");
        }
        else
        {
            Answered++;
        }
    }

    /// <summary>What was asked long ago, of a board that still runs, has its answer.</summary>
    public void AtEnd()
    {
        foreach ((int Client, uint Number) key in open.Keys)
        {
            Asked asked = open[key];
            bool runs = asked.Board.IsRunning && asked.Board.Description.Incarnation == asked.Incarnation;
            if (runs && simulation.NowNs - Math.Max(asked.AtNs, simulation.Checks.DisturbedNs) > SettleNs)
            {
                simulation.Checks.Violate($"C1 command {key.Number} of client {key.Client} has no answer");
            }
        }
    }

    private void Ask(long nowNs, SimulatedClient client)
    {
        simulation.Later(client.Index, simulation.Options.CommandPeriodNs, now => Ask(now, client));
        var boards = client.Node.View.Members;
        if (boards.IsEmpty || open.Count >= MostOpen)
        {
            return;
        }

        Member member = boards[(int)simulation.Random.Below(boards.Length)];
        string command = $"{simulation.Random.Between(1, WireLimits.AnswerBytes)} {simulation.Random.Below(1_000_000)}";
        // A client that has not noticed yet asks a start of the board that is over; its command then ends without an answer.
        uint number = client.Node.Ask(nowNs, member.Id, command, client);
        open.Add((client.Index, number), new Asked(simulation.BoardOf(member.Id)!, member.Incarnation, command, nowNs));
    }

    private static byte[] AnswerTo(BoardId board, string command)
    {
        byte[] answer = new byte[int.Parse(command.AsSpan(0, command.IndexOf(' ')))];
        new SimulationRandom(board.Value ^ XxHash64.Hash(System.Text.Encoding.ASCII.GetBytes(command))).Fill(answer);
        return answer;
    }

    private readonly record struct Asked(SimulatedBoard Board, uint Incarnation, string Command, long AtNs);
}
