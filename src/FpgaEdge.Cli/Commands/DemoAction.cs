using FpgaEdge.Cli.Hosting;
using FpgaEdge.Cli.Inputs;
using FpgaEdge.Cli.Reports;
using FpgaEdge.Cli.Terminal;
using FpgaEdge.Model.Integer;
using FpgaEdge.Model.Quantization;
using FpgaEdge.Planning;

namespace FpgaEdge.Cli.Commands;

/// <summary>One <c>fpgaedge demo</c>, from the embedded network to the report.</summary>
internal sealed class DemoAction(int boards, int frames, bool pull, bool json)
{
    private static readonly TimeSpan FrameLimit = TimeSpan.FromSeconds(60);

    /// <summary>Does it; the result is the exit code.</summary>
    public async Task<int> RunAsync(CancellationToken cancellation)
    {
        long started = TimeProvider.System.GetTimestamp();
        using var progress = new ProgressLine();
        PreparedNetwork network = NetworkPreparation.Prepare(
            EmbeddedSample.Model(), EmbeddedSample.ModelName, EmbeddedSample.Calibration,
            EmbeddedSample.Preprocessing(), progress.Show);
        byte[][] pictures = ReadPictures(network.Graph);
        byte[][] inputs = [.. Enumerable.Range(0, frames).Select(frame => pictures[frame % pictures.Length])];

        await using ClusterSession session = await ClusterSession.StartLocalAsync(
            boards, boardFile: null, network.File, progress.Show, cancellation, "--strategy", PlanWords.Of(Strategy.Pipeline));
        EnergyKind energy = EnergySummary.KindOf(session.Plan, session.Client.View);
        var report = new DemoReport(
            network.Graph, session.Plan, session.Client.Names, energy, boards, EmbeddedSample.HeldOutClasses());
        var outputs = new byte[frames][];
        PulledPlug? plug = null;
        long streaming = TimeProvider.System.GetTimestamp();
        await foreach (FrameOutcome outcome in session.StreamAsync(
            inputs.Select(input => (ReadOnlyMemory<byte>)input), FrameLimit, cancellation))
        {
            report.Add(outcome, outcome.Frame % pictures.Length);
            outputs[outcome.Frame] = outcome.Output ?? [];
            plug?.Add(outcome);
            if (pull && plug is null && outcome.Frame + 1 >= frames / 3)
            {
                plug = PulledPlug.Pull(session, outcome.Frame + 1, cancellation);
            }
            progress.Show(plug is null ? "frames" : "frames, one board gone", outcome.Frame + 1, frames);
        }
        report.StreamingTime = TimeProvider.System.GetElapsedTime(streaming);
        report.Plug = plug;
        if (plug is not null)
        {
            await plug.NoticedAsync();
        }
        var verification = new Verification(network.Graph);
        verification.CompareAll(frame => $"frame {frame}", inputs, outputs,
            done => progress.Show("verifying", done, frames), cancellation);
        report.TotalTime = TimeProvider.System.GetElapsedTime(started);
        progress.Clear();
        report.Print(verification, frames, json);
        return report.ExitCode(verification, frames);
    }

    private static byte[][] ReadPictures(IntegerGraph graph)
    {
        IntegerTensor tensor = graph.Tensors[graph.Inputs[0]];
        InputSet pictures = EmbeddedSample.HeldOut();
        Preprocessing preprocessing = EmbeddedSample.Preprocessing();
        return [.. Enumerable.Range(0, pictures.Count).Select(index =>
            TensorEdges.Quantize(tensor, pictures.Read(index, preprocessing, EmbeddedSample.InputShape)))];
    }
}
