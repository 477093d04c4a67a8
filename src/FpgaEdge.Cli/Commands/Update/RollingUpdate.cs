using System.Diagnostics;
using FpgaEdge.Cli.Hosting;
using FpgaEdge.Cli.Inputs;
using FpgaEdge.Cli.Terminal;
using FpgaEdge.Model.Integer;
using FpgaEdge.Model.Quantization;

namespace FpgaEdge.Cli.Commands.Update;

/// <summary>
/// Updates boards one after the other, so that never more than one is away. Each has to come back on its new slot, join
/// the cluster and answer as the golden interpreter does before it is confirmed and the next one is touched; a board that
/// does not is back on its old slot by itself, and the rest stay as they are.
/// </summary>
internal sealed class RollingUpdate(string file, IReadOnlyList<UpdateClient> boards, ClusterAddress? cluster, ProgressLine progress)
{
    /// <summary>How long a board may take to restart and prove itself; it gives up by itself after 120 s of running.</summary>
    public static readonly TimeSpan ProofLimit = TimeSpan.FromSeconds(180);

    private static readonly TimeSpan Period = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan FrameLimit = TimeSpan.FromSeconds(30);

    /// <summary>Does it.</summary>
    /// <param name="say">Told of each board that is done.</param>
    /// <param name="cancellation">Stops before the next step.</param>
    /// <exception cref="CliException">A board failed; the later ones are untouched.</exception>
    public async Task RunAsync(Action<string> say, CancellationToken cancellation)
    {
        // All are looked at before any is touched.
        foreach (UpdateClient board in boards)
        {
            Dictionary<string, string> state = await board.AskAsync("state", null, cancellation);
            if (state["trial"] == "1" || state["pending"] != "-")
            {
                throw new CliException(ExitCode.HardwareRefused,
                    $"{board.Board}: expected a board that has proven itself, found one on trial; wait two minutes");
            }
        }
        for (int i = 0; i < boards.Count; i++)
        {
            await UpdateAsync(boards[i], $"board {i + 1} of {boards.Count}", say, cancellation);
        }
    }

    private async Task UpdateAsync(UpdateClient board, string which, Action<string> say, CancellationToken cancellation)
    {
        long start = Stopwatch.GetTimestamp();
        progress.Show($"{which}: sending");
        await using FileStream update = File.OpenRead(file);
        string slot = (await board.AskAsync("update", update, cancellation))["slot"];
        progress.Show($"{which}: restarting into slot {slot}");
        long restarted = Stopwatch.GetTimestamp();
        await board.AskAsync("reboot", null, cancellation);
        string id = await WaitForTrialAsync(board, slot, which, cancellation);
        if (cluster is not null)
        {
            progress.Show($"{which}: joining and computing");
            await ProveAsync(board, id, restarted, cancellation);
        }
        await board.AskAsync("confirm", null, cancellation);
        progress.Clear();
        say($"{board.Board}: slot {slot} is proven after {Stopwatch.GetElapsedTime(start).TotalSeconds:F0} s");
    }

    private async Task<string> WaitForTrialAsync(UpdateClient board, string slot, string which, CancellationToken cancellation)
    {
        long start = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(start) < ProofLimit)
        {
            await Task.Delay(Period, cancellation);
            progress.Show($"{which}: waiting for slot {slot}, {Stopwatch.GetElapsedTime(start).TotalSeconds:F0} s");
            try
            {
                Dictionary<string, string> state = await board.AskAsync("state", null, cancellation);
                if (state["trial"] == "1" && state["slot"] == slot)
                {
                    return state["id"];
                }
                if (state["pending"] == slot && state["slot"] != slot && Stopwatch.GetElapsedTime(start) > TimeSpan.FromSeconds(30))
                {
                    break;
                }
            }
            catch (CliException e) when (e.ExitCode == ExitCode.NoBoard)
            {
                // Still restarting.
            }
        }
        throw new CliException(ExitCode.HardwareRefused,
            $"{board.Board}: expected it to come back on slot {slot}, found it on the old one or not at all; " +
            "the boards after it were not touched; see 'fpgaedge diag --port PORT boot-report'");
    }

    /// <summary>The board is a member again, and the cluster answers as the golden interpreter does.</summary>
    private async Task ProveAsync(UpdateClient board, string id, long since, CancellationToken cancellation)
    {
        PreparedNetwork network = NetworkPreparation.Prepare(EmbeddedSample.Model(), EmbeddedSample.ModelName, EmbeddedSample.Calibration,
            EmbeddedSample.Preprocessing(), (_, _, _) => { });
        IntegerTensor tensor = network.Graph.Tensors[network.Graph.Inputs[0]];
        byte[] picture = TensorEdges.Quantize(tensor, EmbeddedSample.HeldOut().Read(0, EmbeddedSample.Preprocessing(), EmbeddedSample.InputShape));
        while (true)
        {
            await using ClusterSession session = await ClusterSession.JoinAsync(cluster!, network.File, _ => { }, cancellation);
            if (session.Client.View.Members.Any(member => $"{member.Id}" == id))
            {
                var answers = new byte[1][];
                await foreach (FrameOutcome outcome in session.StreamAsync([picture], FrameLimit, cancellation))
                {
                    answers[0] = outcome.Output ?? [];
                }
                var verification = new Verification(network.Graph);
                verification.CompareAll(_ => "picture 0", [picture], answers, _ => { }, cancellation);
                if (verification.IsBitExact(1))
                {
                    return;
                }
                throw new CliException(ExitCode.VerificationFailed, $"{board.Board}: {verification.FirstDifference}; " +
                    "it was not confirmed and goes back to its old slot by itself");
            }
            if (Stopwatch.GetElapsedTime(since) > ProofLimit)
            {
                throw new CliException(ExitCode.NoBoard, $"{board.Board}: expected board {id} in cluster {cluster!.Name}, found it missing; " +
                    "it was not confirmed and goes back to its old slot by itself");
            }
            await Task.Delay(Period, cancellation);
        }
    }
}
