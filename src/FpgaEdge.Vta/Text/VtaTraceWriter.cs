using System.Text.Json;

namespace FpgaEdge.Vta;

/// <summary>
/// A predicted timeline in the trace format of Chrome and Perfetto: one row per queue, one for the memory port, and the
/// waits of each queue named by what it waited for. Times are microseconds.
/// </summary>
public static class VtaTraceWriter
{
    private const int Process = 1;
    private const int DmaThread = 4;

    /// <summary>Writes one trace.</summary>
    /// <param name="output">Receives UTF-8 JSON.</param>
    /// <param name="name">Title of the process row.</param>
    /// <param name="instructions">The program.</param>
    /// <param name="estimate">Its timeline.</param>
    /// <param name="timing">Gives the clock.</param>
    public static void Write(
        Stream output,
        string name,
        IReadOnlyList<VtaInstruction> instructions,
        VtaCycleEstimate estimate,
        VtaTiming timing)
    {
        using var writer = new Utf8JsonWriter(output);
        writer.WriteStartObject();
        writer.WriteString("displayTimeUnit", "ns");
        writer.WriteStartArray("traceEvents");
        WriteName(writer, "process_name", 0, $"{name} ({estimate.TotalCycles} cycles, modelled)");
        WriteName(writer, "thread_name", 1, "load queue");
        WriteName(writer, "thread_name", 2, "compute queue");
        WriteName(writer, "thread_name", 3, "store queue");
        WriteName(writer, "thread_name", DmaThread, "memory port");
        foreach (VtaTimelineEntry entry in estimate.Timeline)
        {
            WriteEntry(writer, entry, instructions[entry.InstructionIndex], timing);
        }
        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    private static void WriteEntry(
        Utf8JsonWriter writer, VtaTimelineEntry entry, VtaInstruction instruction, VtaTiming timing)
    {
        int thread = (int)entry.Queue + 1;
        if (entry.Start > entry.Ready && entry.Stall != VtaStall.None)
        {
            WriteSpan(writer, $"wait: {StallName(entry)}", "stall", thread, entry.Ready, entry.Start, timing, null);
        }
        string name = VtaDisassembler.ShortName(instruction);
        string detail = $"{entry.InstructionIndex}: {VtaDisassembler.Format(instruction)}";
        bool moves = entry.DmaEnd > entry.DmaStart;
        long begin = entry.Start;
        if (moves && entry.DmaStart > entry.Start)
        {
            WriteSpan(writer, "wait: memory port", "stall", thread, entry.Start, entry.DmaStart, timing, null);
            begin = entry.DmaStart;
        }
        WriteSpan(writer, name, "instruction", thread, begin, entry.End, timing, detail);
        if (moves)
        {
            WriteSpan(writer, name, "dma", DmaThread, entry.DmaStart, entry.DmaEnd, timing, detail);
        }
    }

    private static string StallName(VtaTimelineEntry entry) => entry.Stall switch
    {
        VtaStall.PreviousToken => entry.Queue == VtaQueue.Compute ? "load to compute" : "compute to store",
        VtaStall.NextToken => entry.Queue == VtaQueue.Load ? "compute to load" : "store to compute",
        _ => "fetch",
    };

    private static void WriteName(Utf8JsonWriter writer, string kind, int thread, string name)
    {
        writer.WriteStartObject();
        writer.WriteString("ph", "M");
        writer.WriteString("name", kind);
        writer.WriteNumber("pid", Process);
        writer.WriteNumber("tid", thread);
        writer.WriteStartObject("args");
        writer.WriteString("name", name);
        writer.WriteEndObject();
        writer.WriteEndObject();
        if (kind == "thread_name")
        {
            writer.WriteStartObject();
            writer.WriteString("ph", "M");
            writer.WriteString("name", "thread_sort_index");
            writer.WriteNumber("pid", Process);
            writer.WriteNumber("tid", thread);
            writer.WriteStartObject("args");
            writer.WriteNumber("sort_index", thread);
            writer.WriteEndObject();
            writer.WriteEndObject();
        }
    }

    /// <summary>
    /// A begin and an end, not a begin and a length: viewers add in binary fractions, and a sum one bit too large makes
    /// the next span of the row a child of this one.
    /// </summary>
    private static void WriteSpan(
        Utf8JsonWriter writer, string name, string category, int thread, long start, long end, VtaTiming timing,
        string? detail)
    {
        WriteEdge(writer, "B", name, category, thread, start, timing, detail);
        WriteEdge(writer, "E", name, category, thread, end, timing, null);
    }

    private static void WriteEdge(
        Utf8JsonWriter writer, string phase, string name, string category, int thread, long cycle, VtaTiming timing,
        string? detail)
    {
        writer.WriteStartObject();
        writer.WriteString("ph", phase);
        writer.WriteString("name", name);
        writer.WriteString("cat", category);
        writer.WriteNumber("pid", Process);
        writer.WriteNumber("tid", thread);
        writer.WriteNumber("ts", Microseconds(cycle, timing));
        if (detail is not null)
        {
            writer.WriteStartObject("args");
            writer.WriteString("instruction", detail);
            writer.WriteEndObject();
        }
        writer.WriteEndObject();
    }

    /// <summary>Nanoseconds are the finest that viewers keep.</summary>
    private static decimal Microseconds(long cycles, VtaTiming timing) => timing.ToNanoseconds(cycles) / 1000m;
}
