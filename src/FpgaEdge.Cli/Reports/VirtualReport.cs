using System.Collections.Immutable;
using System.Text.Json;
using FpgaEdge.Cli.Commands;
using FpgaEdge.Cli.Hosting;
using FpgaEdge.Cli.Inputs;
using FpgaEdge.Cli.Terminal;
using FpgaEdge.Cli.Virtual;
using FpgaEdge.Hardware;
using FpgaEdge.Model.Integer;
using FpgaEdge.Model.Quantization;
using FpgaEdge.Planning;

namespace FpgaEdge.Cli.Reports;

/// <summary>The outcomes of one round of frames, when they came, and whether they were right.</summary>
internal sealed class StreamedFrames
{
    private readonly List<FrameOutcome> outcomes = [];
    private long started;

    /// <summary>The answers, in order.</summary>
    public IReadOnlyList<FrameOutcome> Outcomes => outcomes;

    /// <summary>Frames that a board could not execute.</summary>
    public List<FrameOutcome> Failures { get; } = [];

    /// <summary>How many answers came.</summary>
    public int Count => outcomes.Count;

    /// <summary>When the first answer came (<see cref="TimeProvider.GetTimestamp"/>).</summary>
    public long FirstTimestamp { get; private set; }

    /// <summary>From the first frame sent to the last answer, measured.</summary>
    public TimeSpan Elapsed { get; private set; }

    /// <summary>The comparison with the interpreter; null when there was none.</summary>
    public Verification? Verification { get; set; }

    /// <summary>Frames are sent from now on.</summary>
    public void Start() => started = TimeProvider.System.GetTimestamp();

    /// <summary>Adds an answer.</summary>
    public void Add(FrameOutcome outcome)
    {
        if (outcome.Output is null)
        {
            Failures.Add(outcome);
            return;
        }
        if (outcomes.Count == 0)
        {
            FirstTimestamp = TimeProvider.System.GetTimestamp();
        }
        outcomes.Add(outcome);
        Elapsed = TimeProvider.System.GetElapsedTime(started);
    }
}

/// <summary>What <c>fpgaedge virtual up</c> shows: from power-on to the last answer, in measured times of this machine.
/// </summary>
internal sealed class VirtualReport(
    IntegerGraph graph, string kernel, IReadOnlyList<GuestMachine> guests, BoardDescription board, ExpectedClasses? expected)
{
    private GuestEnergy[] energies = [];
    private readonly List<(string What, long Timestamp)> events = [];
    private ClusterSession? session;

    /// <summary>All cases, with all boards.</summary>
    public StreamedFrames First { get; } = new();

    /// <summary>All cases again, with a board that loses its power on the way.</summary>
    public StreamedFrames Second { get; } = new();

    /// <summary>The board that lost its power; null when none did.</summary>
    public PulledPlug? Plug { get; set; }

    /// <summary>Frames without an answer.</summary>
    public int Failed => First.Failures.Count + Second.Failures.Count;

    /// <summary>Whether every answer of every round was right.</summary>
    public bool IsBitExact => IsRight(First) && (Plug is null || IsRight(Second));

    /// <summary>The boards have agreed on a plan.</summary>
    /// <param name="formed">The session.</param>
    /// <param name="listening">When each board's program listened.</param>
    public void Formed(ClusterSession formed, long[] listening)
    {
        session = formed;
        for (int i = 0; i < listening.Length; i++)
        {
            events.Add(($"{guests[i].Name} listens", listening[i]));
        }
        events.Add(("all boards in one view", formed.BoardsFoundTimestamp));
        events.Add(("plan agreed on, package spread", formed.PlannedTimestamp));
    }

    /// <summary>Prints everything to stdout.</summary>
    /// <param name="cases">The names of the cases.</param>
    /// <param name="asJson">As one JSON object.</param>
    public void Print(InputSet cases, bool asJson)
    {
        events.Add(("first frame answered", First.FirstTimestamp));
        PowerWaveform[] loads = GuestEnergy.LoadsOf(board);
        energies = [.. guests.Select(guest => GuestEnergy.Of(guest.Name, guest.SerialText(), loads))];
        if (asJson)
        {
            using (var json = new Utf8JsonWriter(Console.OpenStandardOutput()))
            {
                WriteJson(json, cases);
            }
            Console.Out.WriteLine();
            return;
        }
        Console.Out.WriteLine(
            $"{guests.Count} virtual boards (QEMU under TCG, Linux {kernel}), network {graph.Name}, plan {session!.Plan.Hash}");
        Console.Out.WriteLine();
        var times = new TextTable("event", "seconds after power-on");
        events.ForEach(entry => times.Add(entry.What, $"{SecondsAfterPowerOn(entry.Timestamp):F2}"));
        Console.Out.WriteLine(times);
        Console.Out.WriteLine(StageSummary.Table(Stages()));
        Console.Out.WriteLine(EnergyTable());
        Console.Out.WriteLine($"{Round(First)}{Accuracy(cases)}");
        if (Plug is not null)
        {
            Console.Out.WriteLine(Plug.Describe("was powered off", lost: Second.Failures.Count));
            Console.Out.WriteLine(Round(Second));
        }
    }

    /// <summary>Both columns are of a model; the guest's drivers measured one of them, the other is what they should have
    /// measured.</summary>
    private string EnergyTable()
    {
        var table = new TextTable("board", "frames", "with energy", "by its sensors mJ", "by the waveform mJ", "apart", "worst frame");
        foreach (GuestEnergy energy in energies)
        {
            bool known = energy.Measured > 0;
            table.Add(
                energy.Board, $"{energy.Frames}", $"{energy.Measured}", known ? $"{energy.MeasuredJoules * 1e3:F2}" : "n/a",
                known ? $"{energy.TrueJoules * 1e3:F2}" : "n/a", known ? $"{energy.Deviation * 100:F2} %" : "n/a",
                known ? $"{energy.WorstFrame * 100:F2} %" : "n/a");
        }
        return table.ToString();
    }

    private ImmutableArray<StageSummary> Stages() =>
        StageSummary.Of(session!.Plan, First.Outcomes, session.Client.Names);

    private static bool IsRight(StreamedFrames round) => round.Verification?.IsBitExact(round.Count) ?? false;

    private static string Round(StreamedFrames round) =>
        $"{round.Count} frames answered in {round.Elapsed.TotalSeconds:F2} s (measured, on this machine), " +
        $"{round.Verification!.Identical} of them byte-identical to the {Verification.Reference}" +
        (round.Verification.FirstDifference is string difference ? $"; first difference: {difference}" : "") +
        string.Concat(round.Failures.Select(frame => $"\nframe {frame.Frame} failed: {frame.ErrorText}"));

    private double SecondsAfterPowerOn(long timestamp) =>
        TimeProvider.System.GetElapsedTime(guests.Min(guest => guest.PowerOnTimestamp), timestamp).TotalSeconds;

    private int? Top1(InputSet cases) => expected is null ? null : First.Outcomes.Count(outcome =>
    {
        float[] scores = TensorEdges.Dequantize(graph.Tensors[graph.Outputs[0]], outcome.Output);
        return expected.For(outcome.Frame, cases.Name(outcome.Frame)).Contains(TopClasses.Of(scores, 1)[0].Class);
    });

    private string Accuracy(InputSet cases) => Top1(cases) is int right ? $"; top-1 {right} of {First.Count}" : "";

    private void WriteJson(Utf8JsonWriter json, InputSet cases)
    {
        json.WriteStartObject();
        json.WriteNumber("schema", 1);
        json.WriteNumber("boards", guests.Count);
        json.WriteString("kernel", kernel);
        json.WriteString("network", graph.Name);
        json.WriteString("planHash", session!.Plan.Hash.ToString());
        json.WriteBoolean("bitExact", IsBitExact);
        json.WriteString("comparedWith", Verification.Reference);
        json.WriteStartArray("events");
        foreach ((string what, long timestamp) in events)
        {
            json.WriteStartObject();
            json.WriteString("event", what);
            json.WriteNumber("secondsAfterPowerOnMeasured", Math.Round(SecondsAfterPowerOn(timestamp), 3));
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteNumber("powerOnToFirstFrameSecondsMeasured", Math.Round(SecondsAfterPowerOn(First.FirstTimestamp), 3));
        json.WriteStartArray("modelledEnergy");
        foreach (GuestEnergy energy in energies)
        {
            json.WriteStartObject();
            json.WriteString("board", energy.Board);
            json.WriteNumber("frames", energy.Frames);
            json.WriteNumber("framesWithEnergy", energy.Measured);
            json.WriteNumber("bySensorsJoules", energy.MeasuredJoules);
            json.WriteNumber("byWaveformJoules", energy.TrueJoules);
            json.WriteNumber("worstFrameShare", energy.WorstFrame);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        WriteRound(json, "allBoards", First);
        if (Top1(cases) is int right)
        {
            json.WriteNumber("top1", right);
        }
        if (Plug is not null)
        {
            WriteRound(json, "oneBoardPoweredOff", Second);
            Plug.WriteJson(json);
        }
        StageSummary.WriteJson(json, Stages());
        json.WriteEndObject();
    }

    private static void WriteRound(Utf8JsonWriter json, string name, StreamedFrames round)
    {
        json.WriteStartObject(name);
        json.WriteNumber("framesAnswered", round.Count);
        json.WriteNumber("byteIdentical", round.Verification!.Identical);
        json.WriteNumber("framesFailed", round.Failures.Count);
        json.WriteNumber("secondsMeasured", Math.Round(round.Elapsed.TotalSeconds, 3));
        json.WriteEndObject();
    }
}
