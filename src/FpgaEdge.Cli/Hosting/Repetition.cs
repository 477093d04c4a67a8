using System.Text.Json;
using FpgaEdge.Planning;

namespace FpgaEdge.Cli.Hosting;

/// <summary>
/// Cases over and over, for a time: which frames go in, and whether each is answered once, in its turn, with the bytes
/// of the first answer to its case. Holds no more for a week than for a minute.
/// </summary>
/// <param name="cases">The network's inputs.</param>
/// <param name="duration">How long to begin new frames; every case goes in at least once.</param>
/// <param name="period">Time between two frames; zero is as fast as they are taken.</param>
internal sealed class Repetition(byte[][] cases, TimeSpan duration, TimeSpan period = default)
{
    private readonly HashSet<PlanHash> plans = [];
    private int submitted;
    private int answered;
    private int different;
    private int outOfTurn;
    private int sentAgain;
    private int missed;
    private long latencySumNs;
    private long longestLatencyNs;

    /// <summary>The first answer to every case; null where every frame of it was late.</summary>
    public byte[]?[] FirstAnswers { get; } = new byte[cases.Length][];

    /// <summary>Frames that were not answered by their deadline.</summary>
    public int Missed => missed;

    /// <summary>Frames that are known to go in so far.</summary>
    public int Planned => Math.Max(Volatile.Read(ref submitted), cases.Length);

    /// <summary>Whether every frame was answered once, in its turn and as the first time.</summary>
    public bool IsFaithful => answered + missed == submitted && different == 0 && outOfTurn == 0;

    /// <summary>The frames; taken from one thread while answers are counted on another.</summary>
    public IEnumerable<ReadOnlyMemory<byte>> Frames()
    {
        long start = TimeProvider.System.GetTimestamp();
        while (submitted < cases.Length || TimeProvider.System.GetElapsedTime(start) < duration)
        {
            TimeSpan early = (period * submitted) - TimeProvider.System.GetElapsedTime(start);
            if (early > TimeSpan.Zero)
            {
                Thread.Sleep(early);
            }
            byte[] next = cases[submitted % cases.Length];
            Volatile.Write(ref submitted, submitted + 1);
            yield return next;
        }
    }

    /// <summary>Counts an answer; true for the first one to a case.</summary>
    public bool Take(FrameOutcome outcome)
    {
        outOfTurn += outcome.Frame == answered + missed ? 0 : 1;
        answered++;
        sentAgain += outcome.Attempts > 1 ? 1 : 0;
        plans.Add(outcome.Plan);
        latencySumNs += outcome.LatencyNs;
        longestLatencyNs = Math.Max(longestLatencyNs, outcome.LatencyNs);
        int index = outcome.Frame % cases.Length;
        if (FirstAnswers[index] is byte[] first)
        {
            different += outcome.Output.AsSpan().SequenceEqual(first) ? 0 : 1;
            return false;
        }
        FirstAnswers[index] = outcome.Output!;
        return true;
    }

    /// <summary>Counts a frame that was not answered by its deadline.</summary>
    public void Miss() => missed++;

    /// <summary>The "repetition" object of a report.</summary>
    public void WriteJson(Utf8JsonWriter json)
    {
        json.WriteStartObject("repetition");
        json.WriteNumber("submitted", submitted);
        json.WriteNumber("answered", answered);
        json.WriteNumber("missed", missed);
        json.WriteNumber("different", different);
        json.WriteNumber("outOfTurn", outOfTurn);
        json.WriteNumber("sentAgain", sentAgain);
        json.WriteNumber("plans", plans.Count);
        json.WriteNumber("meanLatencyNs", answered == 0 ? 0 : latencySumNs / answered);
        json.WriteNumber("longestLatencyNs", longestLatencyNs);
        json.WriteEndObject();
    }

    /// <inheritdoc />
    public override string ToString() =>
        $"{answered} of {submitted} frames answered, {missed} too late, {different} unlike the first answer, {outOfTurn} out of turn; " +
        $"{sentAgain} sent again, under {plans.Count} plans; longest latency {longestLatencyNs / 1e9:F2} s";
}
