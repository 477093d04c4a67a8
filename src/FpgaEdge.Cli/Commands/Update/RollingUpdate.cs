using System.Diagnostics;
using FpgaEdge.Cli.Terminal;

namespace FpgaEdge.Cli.Commands.Update;

/// <summary>A board that has its new system.</summary>
/// <param name="Board">Its address.</param>
/// <param name="Id">Its identity.</param>
/// <param name="Slot">The slot that has proven itself.</param>
/// <param name="Taken">From the first byte sent to the confirmation.</param>
internal sealed record UpdatedBoard(string Board, string Id, string Slot, TimeSpan Taken);

/// <summary>
/// Updates boards one after the other, so that never more than one is away. Each has to come back on its new slot, join
/// the cluster and answer as the golden interpreter does before it is confirmed and the next one is touched; a board that
/// does not is back on its old slot by itself, and the rest stay as they are.
/// </summary>
internal sealed class RollingUpdate(string file, IReadOnlyList<UpdateClient> boards, ClusterProof cluster, ProgressLine progress)
{
    /// <summary>How long a board may take to restart and prove itself; it gives up by itself after 120 s of running.</summary>
    public static readonly TimeSpan ProofLimit = TimeSpan.FromSeconds(180);

    private const string Unconfirmed =
        "it was not confirmed and goes back to its old slot by itself, and the boards after it were not touched";

    private static readonly TimeSpan Period = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan MemberLimit = TimeSpan.FromSeconds(5);

    /// <summary>Does it.</summary>
    /// <param name="done">Told of each board that is done.</param>
    /// <param name="cancellation">Stops before the next step.</param>
    /// <exception cref="CliException">A board failed; the later ones are untouched.</exception>
    public async Task RunAsync(Action<UpdatedBoard> done, CancellationToken cancellation)
    {
        // All are looked at before any is touched.
        var ids = new List<string>();
        foreach (UpdateClient board in boards)
        {
            Dictionary<string, string> state = await board.AskAsync("state", cancellation);
            if (state["trial"] == "1" || state["pending"] != "-")
            {
                throw new CliException(ExitCode.HardwareRefused,
                    $"{board.Board}: expected a board that has proven itself, found one on trial; wait two minutes");
            }
            ids.Add(state["id"]);
        }
        for (int i = 0; i < boards.Count; i++)
        {
            if (!await cluster.AreMembersAsync(ids, MemberLimit, cancellation))
            {
                throw new CliException(ExitCode.NoBoard,
                    $"{boards[i].Board}: not touched, because another of the boards is away; expected all {ids.Count} in the cluster; " +
                    "see 'fpgaedge boards --cluster NAME'");
            }
            done(await UpdateAsync(boards[i], ids[i], $"board {i + 1} of {boards.Count}", cancellation));
        }
    }

    private async Task<UpdatedBoard> UpdateAsync(UpdateClient board, string id, string which, CancellationToken cancellation)
    {
        long start = Stopwatch.GetTimestamp();
        string slot;
        await using (FileStream update = File.OpenRead(file))
        {
            slot = await board.UpdateAsync(
                update, sent => progress.Show($"{which}: sending, MiB", (int)(sent >> 20), (int)(update.Length >> 20)), cancellation);
        }
        long restarted = Stopwatch.GetTimestamp();
        progress.Show($"{which}: restarting into slot {slot}");
        await board.AskAsync("reboot", cancellation);
        await WaitForTrialAsync(board, slot, which, restarted, cancellation);
        progress.Show($"{which}: joining and computing");
        await WaitUntilMemberAsync(board, id, slot, restarted, cancellation);
        if (await cluster.ComputeAsync(cancellation) is string wrong)
        {
            throw new CliException(ExitCode.VerificationFailed, $"{board.Board}: {wrong}; {Unconfirmed}");
        }
        await board.AskAsync("confirm", cancellation);
        progress.Clear();
        return new UpdatedBoard($"{board.Board}", id, slot, Stopwatch.GetElapsedTime(start));
    }

    private async Task WaitForTrialAsync(UpdateClient board, string slot, string which, long restarted, CancellationToken cancellation)
    {
        while (Stopwatch.GetElapsedTime(restarted) < ProofLimit)
        {
            await Task.Delay(Period, cancellation);
            progress.Show($"{which}: waiting for slot {slot}, {Stopwatch.GetElapsedTime(restarted).TotalSeconds:F0} s");
            switch (await TrialAsync(board, slot, cancellation))
            {
                case Trial.Runs: return;
                case Trial.Left: throw WentBack(board, slot);
            }
        }
        throw new CliException(ExitCode.HardwareRefused, $"{board.Board}: expected it to come back on slot {slot} within " +
            $"{ProofLimit.TotalSeconds:F0} s, found nothing; {Unconfirmed}; see 'fpgaedge diag --port PORT boot-report'");
    }

    private async Task WaitUntilMemberAsync(UpdateClient board, string id, string slot, long restarted, CancellationToken cancellation)
    {
        while (!await cluster.AreMembersAsync([id], Period, cancellation))
        {
            if (await TrialAsync(board, slot, cancellation) == Trial.Left)
            {
                throw WentBack(board, slot);
            }
            if (Stopwatch.GetElapsedTime(restarted) > ProofLimit)
            {
                throw new CliException(ExitCode.NoBoard, $"{board.Board}: expected board {id} in the cluster, found it missing; {Unconfirmed}");
            }
        }
    }

    private static CliException WentBack(UpdateClient board, string slot) => new(ExitCode.HardwareRefused,
        $"{board.Board}: expected slot {slot} to prove itself, found the board back on its old slot; the boards after it were not touched; " +
        "see 'fpgaedge diag --port PORT log'");

    private static async Task<Trial> TrialAsync(UpdateClient board, string slot, CancellationToken cancellation)
    {
        try
        {
            Dictionary<string, string> state = await board.AskAsync("state", cancellation);
            return state["slot"] == slot && state["trial"] == "1" ? Trial.Runs
                : state["slot"] != slot && state["pending"] != slot ? Trial.Left
                : Trial.Unknown;
        }
        catch (CliException e) when (e.ExitCode == ExitCode.NoBoard)
        {
            // Restarting.
            return Trial.Unknown;
        }
    }

    private enum Trial
    {
        Unknown,
        Runs,
        Left,
    }
}
