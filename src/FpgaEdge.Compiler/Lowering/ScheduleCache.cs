using FpgaEdge.Compiler.Packages;
using FpgaEdge.Vta;

namespace FpgaEdge.Compiler.Lowering;

/// <summary>
/// Schedules found so far, by layer shape, configuration and timing. Networks repeat shapes, and plans compile the
/// same layers again, so whoever compiles more than once keeps one of these; <see cref="Write"/> and
/// <see cref="Read"/> carry it to boards inside a package. Not safe for concurrent use.
/// </summary>
public sealed class ScheduleCache
{
    private readonly Dictionary<ScheduleKey, ScheduleChoice?> known = [];
    private readonly Dictionary<ScheduleKey, ConvolutionSchedule> hints = [];

    /// <summary>Number of shapes known.</summary>
    public int Count => known.Count;

    /// <summary>Reads what <see cref="Write"/> wrote. A schedule that does not fit its layer is ignored when it is
    /// asked for.</summary>
    /// <exception cref="PackageFormatException">Not the bytes of a cache.</exception>
    public static ScheduleCache Read(ReadOnlySpan<byte> bytes)
    {
        var cache = new ScheduleCache();
        var reader = new PackageReader(bytes, 0);
        int count = reader.Count(ScheduleCodec.MinimumEntryBytes);
        for (int i = 0; i < count; i++)
        {
            (ScheduleKey key, ConvolutionSchedule schedule) = ScheduleCodec.Read(ref reader);
            cache.hints[key] = schedule;
        }
        return reader.AtEnd
            ? cache
            : throw new PackageFormatException(reader.Offset, "expected the end of the schedules, found more bytes");
    }

    /// <summary>All schedules that were used, as bytes; the same for the same schedules, whatever their
    /// order.</summary>
    public byte[] Write()
    {
        List<byte[]> entries = [.. known.Where(entry => entry.Value is not null)
            .Select(entry => ScheduleCodec.Write(entry.Key, entry.Value!.Schedule))];
        entries.Sort((a, b) => a.AsSpan().SequenceCompareTo(b));
        var writer = new PackageWriter();
        writer.Int32(entries.Count);
        return [.. writer.ToArray(), .. entries.SelectMany(entry => entry)];
    }

    internal ScheduleChoice? Find(ConvolutionProblem problem, VtaConfiguration configuration, VtaTiming timing)
    {
        ScheduleKey key = ScheduleKey.Of(problem, configuration, timing);
        if (!known.TryGetValue(key, out ScheduleChoice? choice))
        {
            choice = hints.TryGetValue(key, out ConvolutionSchedule? hint)
                ? ScheduleSearch.Recall(problem, hint, configuration, timing)
                : null;
            choice ??= ScheduleSearch.Find(problem, configuration, timing);
            known.Add(key, choice);
        }
        return choice;
    }
}

/// <summary>What a schedule depends on.</summary>
internal readonly record struct ScheduleKey(
    ConvolutionProblem Problem, VtaConfiguration Configuration, VtaTiming Timing)
{
    /// <summary>The key; names of targets take no part.</summary>
    public static ScheduleKey Of(ConvolutionProblem problem, VtaConfiguration configuration, VtaTiming timing) =>
        new(problem, configuration with { Target = "", HardwareVersion = "" }, timing);
}
