using FpgaEdge.Board;
using FpgaEdge.Cli.Commands.Vta;
using FpgaEdge.Cli.Hosting;
using FpgaEdge.Cli.Inputs;
using FpgaEdge.Cli.Reports;
using FpgaEdge.Cli.Terminal;
using FpgaEdge.Cluster;
using FpgaEdge.Hardware;
using FpgaEdge.Model;
using FpgaEdge.Model.Integer;
using FpgaEdge.Model.Quantization;
using FpgaEdge.Planning;

namespace FpgaEdge.Cli.Commands;

/// <summary>One <c>fpgaedge run</c>, from files to the report.</summary>
internal sealed class RunAction(RunSettings settings)
{
    private static readonly TimeSpan FrameLimit = TimeSpan.FromMinutes(5);

    /// <summary>Does it; the result is the exit code.</summary>
    public async Task<int> RunAsync(CancellationToken cancellation)
    {
        if (settings.Cluster is not null)
        {
            ClusterOptions.WarnWithoutKey(settings.Cluster);
        }
        using var progress = new ProgressLine();
        var phases = new PhaseTimes();
        ClassNames? names = settings.Labels is null ? null : ClassNames.Read(settings.Labels);
        ExpectedClasses? expected = settings.Expected is null ? null : ExpectedClasses.Read(settings.Expected);
        InputSet cases = InputSet.Open(settings.Inputs, settings.Format);
        byte[] file = ModelReader.ReadFile(settings.Model);
        using ClusterClient? found =
            settings.Cluster is null ? null : await ClusterSession.FindAsync(settings.Cluster, progress.Show, cancellation);
        PreparedNetwork network = NetworkPreparation.Prepare(
            file, Path.GetFileName(settings.Model), () => InputSet.Open(settings.Calibration, settings.Format), settings.Preprocessing,
            progress.Show);
        cancellation.ThrowIfCancellationRequested();
        byte[][] inputs = ReadInputs(settings, cases, network.Graph);
        phases.End("prepare");

        await using ClusterSession session = await OpenAsync(network.File, found, progress, cancellation);
        phases.End("plan");
        EnergyKind energy = EnergySummary.KindOf(session.Plan, session.Client.View);
        var report = new RunReport(
            settings.Model, network.Graph, session.Plan, session.Client.Names, energy, names, expected);
        var repetition = new Repetition(inputs, settings.Duration, settings.Period);
        await foreach (FrameOutcome outcome in session.StreamAsync(repetition.Frames(), settings.Deadline ?? FrameLimit, cancellation))
        {
            if (outcome.Error is FrameErrorCode error)
            {
                int code = Failures.CodeOf(error);
                if (settings.Deadline is null || code != ExitCode.QualityGateMissed)
                {
                    throw new CliException(code, $"{cases.Name(outcome.Frame % inputs.Length)}: {error}: {outcome.ErrorText}");
                }
                repetition.Miss();
                continue;
            }
            if (repetition.Take(outcome))
            {
                int index = outcome.Frame % inputs.Length;
                report.Add(index, cases.Name(index), outcome);
            }
            progress.Show("frames", outcome.Frame + 1, repetition.Planned);
        }
        phases.End("frames");
        var verification = new Verification(network.Graph);
        int[] answered = [.. Enumerable.Range(0, inputs.Length).Where(index => repetition.FirstAnswers[index] is not null)];
        verification.CompareAll(
            index => cases.Name(answered[index]), [.. answered.Select(index => inputs[index])],
            [.. answered.Select(index => repetition.FirstAnswers[index]!)],
            done => progress.Show("verifying", done, answered.Length), cancellation);
        phases.End("verify");
        progress.Clear();
        report.Print(verification, settings.Duration > TimeSpan.Zero || settings.Deadline is not null ? repetition : null,
            settings.Deadline is null ? null : session.Client.Deadlines(), phases, settings.Json);
        return !verification.IsBitExact(answered.Length) || !repetition.IsFaithful ? ExitCode.VerificationFailed
            : repetition.Missed > 0 ? ExitCode.QualityGateMissed : ExitCode.Ok;
    }

    /// <summary>The cases as the network's input.</summary>
    /// <exception cref="CliException">The network has several inputs.</exception>
    internal static byte[][] ReadInputs(RunSettings settings, InputSet cases, IntegerGraph graph) =>
        ReadInputs(settings.Model, settings.Preprocessing, cases, graph, cases.Count);

    /// <summary>The first cases as the network's input.</summary>
    /// <inheritdoc cref="ReadInputs(RunSettings, InputSet, IntegerGraph)"/>
    internal static byte[][] ReadInputs(
        string model, Preprocessing preprocessing, InputSet cases, IntegerGraph graph, int count)
    {
        if (graph.Inputs.Count != 1)
        {
            throw new CliException(ExitCode.BadInputFile,
                $"{model}: expected a network with one input, found {graph.Inputs.Count}; such networks cannot be run yet");
        }
        IntegerTensor tensor = graph.Tensors[graph.Inputs[0]];
        var shape = new InputShape(tensor.Height, tensor.Width, tensor.Channels);
        return [.. Enumerable.Range(0, count).Select(index =>
            TensorEdges.Quantize(tensor, cases.Read(index, preprocessing, shape)))];
    }

    private Task<ClusterSession> OpenAsync(
        byte[] package, ClusterClient? found, ProgressLine progress, CancellationToken cancellation) => settings.Cluster is null
            ? OpenLocalAsync(package, progress, cancellation)
            : ClusterSession.JoinAsync(settings.Cluster, package, progress.Show, cancellation, found);

    private Task<ClusterSession> OpenLocalAsync(byte[] package, ProgressLine progress, CancellationToken cancellation)
    {
        if (settings.Gateware)
        {
            // Built here, once, because boards must answer soon after they are started.
            progress.Show("building the accelerator");
            BoardDescription board =
                settings.BoardFile is string file ? BoardDescription.Read(file) : BuiltInBoard.Description;
            AcceleratorOptions.Open(board.Accelerator.Configuration, new RtlOptions()).Dispose();
        }
        return ClusterSession.StartLocalAsync(
            settings.Boards, settings.BoardFile, package, progress.Show, cancellation,
            [.. settings.Gateware ? (string[])["--accelerator", "rtl"] : [], "--strategy", PlanWords.Of(settings.Strategy)]);
    }
}
