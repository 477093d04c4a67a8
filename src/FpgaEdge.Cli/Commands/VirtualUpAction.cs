using FpgaEdge.Cli.Hosting;
using FpgaEdge.Cli.Inputs;
using FpgaEdge.Cli.Reports;
using FpgaEdge.Cli.Terminal;
using FpgaEdge.Cli.Virtual;
using FpgaEdge.Hardware;

namespace FpgaEdge.Cli.Commands;

/// <summary>One <c>fpgaedge virtual up</c>: from power-on to the last answer.</summary>
internal sealed class VirtualUpAction(ShelfSettings shelf, RunSettings run, bool pulls)
{
    private static readonly TimeSpan FrameLimit = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan TogetherLimit = TimeSpan.FromSeconds(60);

    /// <summary>Powers boards on and leaves them on until Ctrl-C.</summary>
    public static async Task<int> StayUpAsync(ShelfSettings settings, bool json, CancellationToken cancellation)
    {
        await using GuestShelf shelf = GuestShelf.PowerOn(settings);
        using var progress = new ProgressLine();
        progress.Show($"powering {settings.Boards} virtual boards on");
        var lines = new List<(string Board, string SerialLine)>();
        foreach (GuestMachine guest in shelf.Guests)
        {
            lines.Add((guest.Name, await guest.SerialPath));
            if (!json)
            {
                Console.Out.WriteLine($"{guest.Name}: powered on; serial line {lines[^1].SerialLine}");
            }
        }
        await shelf.WaitUntilListeningAsync(cancellation);
        await WaitUntilTogetherAsync(shelf, settings.Boards, cancellation);
        progress.Clear();
        Report(shelf, lines, json);
        await Task.WhenAll(shelf.Guests.Select(guest => guest.Ended)).WaitAsync(cancellation);
        return ExitCode.Ok;
    }

    private static async Task WaitUntilTogetherAsync(GuestShelf shelf, int boards, CancellationToken cancellation)
    {
        using ClusterClient client = shelf.OpenClient();
        if (!await client.WaitAsync(node => node.View.Members.Length == boards, TogetherLimit, cancellation))
        {
            throw new CliException(ExitCode.NoBoard, $"expected {boards} boards in cluster {shelf.Address.Name}, {client.View.Members.Length} were " +
                $"heard within {TogetherLimit.TotalSeconds} s; are --cluster and --key-file those of the cards?");
        }
    }

    private static void Report(GuestShelf shelf, List<(string Board, string SerialLine)> lines, bool json)
    {
        if (json)
        {
            JsonLine.Print(members =>
            {
                members.WriteString("segment", $"{shelf.SegmentEndPoint}");
                members.WriteStartArray("boards");
                foreach ((string board, string line) in lines)
                {
                    members.WriteStartObject();
                    members.WriteString("name", board);
                    members.WriteString("serialLine", line);
                    members.WriteEndObject();
                }
                members.WriteEndArray();
            });
            return;
        }
        Console.Out.WriteLine(
            $"all boards are in the cluster; other verbs reach them with --segment {shelf.SegmentEndPoint}; Ctrl-C powers them off");
    }

    /// <summary>Does it; the result is the exit code.</summary>
    public async Task<int> RunAsync(CancellationToken cancellation)
    {
        using var progress = new ProgressLine();
        MachineFiles files = MachineFiles.Find(shelf.MachineFolder);
        ExpectedClasses? expected = run.Expected is null ? null : ExpectedClasses.Read(run.Expected);
        InputSet cases = InputSet.Open(run.Inputs, run.Format);
        PreparedNetwork network = NetworkPreparation.Prepare(
            run.Model, () => InputSet.Open(run.Calibration, run.Format), run.Preprocessing, progress.Show);
        byte[][] inputs = RunAction.ReadInputs(run, cases, network.Graph);

        progress.Show($"powering {shelf.Boards} virtual boards on");
        GuestShelf guests = GuestShelf.PowerOn(shelf);
        var report = new VirtualReport(network.Graph, files.KernelRelease, guests.Guests, BoardDescription.Read(files.BoardFile), expected);
        Task<long[]> listening = guests.WaitUntilListeningAsync(cancellation);
        await using ClusterSession session = await OpenAsync(guests, listening, network.File, progress, cancellation);
        report.Formed(session, await listening);

        byte[][] answers = await StreamAsync(session, inputs, report.First, progress, null, cancellation);
        var verification = new Verification(network.Graph);
        Compare(verification, answers);
        report.First.Verification = verification;
        if (pulls)
        {
            var again = new Verification(network.Graph);
            Compare(again, await StreamAsync(session, inputs, report.Second, progress, report, cancellation));
            report.Second.Verification = again;
        }
        progress.Clear();
        report.Print(cases, run.Json);
        return report.Failed > 0 ? ExitCode.QualityGateMissed : report.IsBitExact ? ExitCode.Ok : ExitCode.VerificationFailed;

        void Compare(Verification with, byte[][] outputs)
        {
            int[] answered = [.. Enumerable.Range(0, outputs.Length).Where(frame => outputs[frame] is not null)];
            with.CompareAll(
                index => cases.Name(answered[index]), [.. answered.Select(frame => inputs[frame])],
                [.. answered.Select(frame => outputs[frame])], done => progress.Show("verifying", done, inputs.Length), cancellation);
        }
    }

    /// <summary>A guest that ends before it listens says more than a cluster that does not form.</summary>
    private async Task<ClusterSession> OpenAsync(
        GuestShelf guests, Task<long[]> listening, byte[] package, ProgressLine progress, CancellationToken cancellation)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        Task<ClusterSession> session = ClusterSession.OpenOwnAsync(guests, shelf.Boards, package, progress.Show, stop.Token);
        if (await Task.WhenAny(session, listening) == listening && listening.IsFaulted)
        {
            await stop.CancelAsync();
            await session.ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
            await listening;
        }
        return await session;
    }

    /// <summary>Streams all cases once; with a report, a board loses its power after a third of them.</summary>
    private static async Task<byte[][]> StreamAsync(
        ClusterSession session, byte[][] inputs, StreamedFrames frames, ProgressLine progress, VirtualReport? puller,
        CancellationToken cancellation)
    {
        var answers = new byte[inputs.Length][];
        PulledPlug? plug = null;
        frames.Start();
        await foreach (FrameOutcome outcome in session.StreamAsync(
            inputs.Select(input => new ReadOnlyMemory<byte>(input)), FrameLimit, cancellation))
        {
            frames.Add(outcome);
            if (outcome.Output is null)
            {
                continue;
            }
            answers[outcome.Frame] = outcome.Output;
            plug?.Add(outcome);
            if (puller is not null && plug is null && frames.Count >= inputs.Length / 3)
            {
                plug = PulledPlug.Pull(session, frames.Count, cancellation);
            }
            progress.Show(puller is null ? "frames" : "frames, one board without power", frames.Count, inputs.Length);
        }
        if (plug is not null)
        {
            await plug.NoticedAsync();
            puller!.Plug = plug;
        }
        return answers;
    }
}
