using System.Collections.Immutable;
using System.Text.Json;
using FpgaEdge.Cli.Hosting;
using FpgaEdge.Cli.Inputs;
using FpgaEdge.Cluster;
using FpgaEdge.Model.Integer;
using FpgaEdge.Model.Quantization;
using FpgaEdge.Planning;

namespace FpgaEdge.Cli.Reports;

/// <summary>The answers of <c>fpgaedge run</c>, as a table or as one JSON object.</summary>
internal sealed class RunReport(
    string model, IntegerGraph graph, ClientPlan plan, BoardNames boardNames, EnergyKind energyKind, ClassNames? names,
    ExpectedClasses? expected)
{
    private const int TopCount = 5;

    private readonly List<(string Input, ScoredClass[] Top, IReadOnlyList<int> Accepted)> results = [];
    private readonly List<FrameOutcome> outcomes = [];

    /// <summary>Adds a frame's answer; frames come in order.</summary>
    /// <param name="index">Of the case.</param>
    /// <param name="input">Its name.</param>
    /// <param name="outcome">How its frame ended.</param>
    public void Add(int index, string input, FrameOutcome outcome)
    {
        IntegerTensor scores = graph.Tensors[graph.Outputs[0]];
        int offset = graph.Outputs.Where(tensor => tensor < graph.Outputs[0]).Sum(tensor => graph.Tensors[tensor].ByteCount);
        float[] values = TensorEdges.Dequantize(scores, outcome.Output.AsSpan(offset, scores.ByteCount));
        values = graph.FinalSoftmax ? TensorEdges.Softmax(values) : values;
        results.Add((input, TopClasses.Of(values, TopCount), expected?.For(index, input) ?? []));
        outcomes.Add(outcome);
    }

    /// <summary>Prints everything to stdout.</summary>
    /// <param name="verification">The first answer to every case against the interpreter's.</param>
    /// <param name="repetition">What became of the repeated frames; null where nothing was repeated.</param>
    /// <param name="deadlines">Which boards made frames late; null where frames had no deadline of their own.</param>
    /// <param name="phases">Times.</param>
    /// <param name="json">As one JSON object.</param>
    public void Print(
        Verification verification, Repetition? repetition, DeadlineReport? deadlines, PhaseTimes phases, bool json)
    {
        if (json)
        {
            using var writer = new Utf8JsonWriter(Console.OpenStandardOutput());
            WriteJson(writer, verification, repetition, deadlines, phases);
            writer.Flush();
            Console.Out.WriteLine();
            return;
        }
        PrintResults();
        Console.Out.WriteLine();
        ImmutableArray<StageSummary> stages = StageSummary.Of(plan, outcomes, boardNames);
        Console.Out.Write(StageSummary.Table(stages));
        Console.Out.WriteLine();
        Console.Out.WriteLine(EnergySummary.Of(stages, energyKind));
        Console.Out.WriteLine($"plan {plan.Hash}; {phases}");
        if (Graded > 0)
        {
            Console.Out.WriteLine($"top-1 {Right(1)} of {Graded}, top-5 {Right(TopCount)} of {Graded}");
        }
        string difference = verification.FirstDifference is string first ? $"; first difference: {first}" : "";
        Console.Out.WriteLine($"{verification.Identical} of {outcomes.Count} frames byte-identical to the " +
            $"{Verification.Reference}{difference}");
        if (repetition is not null)
        {
            Console.Out.WriteLine(repetition);
        }
        if (deadlines is not null)
        {
            Console.Out.WriteLine(Describe(deadlines));
        }
    }

    private int Graded => results.Count(result => result.Accepted.Count > 0);

    private int Right(int top) =>
        results.Count(result => result.Top.Take(top).Any(entry => result.Accepted.Contains(entry.Class)));

    private void PrintResults()
    {
        foreach ((string input, ScoredClass[] top, _) in results)
        {
            Console.Out.WriteLine($"{input}: {string.Join(", ", top.Select(Describe))}");
        }
    }

    private string Describe(ScoredClass entry) => names?[entry.Class] is string name
        ? $"{name} {entry.Score:G4}"
        : $"{entry.Class} {entry.Score:G4}";

    private string Describe(DeadlineReport deadlines)
    {
        string boards = string.Concat(deadlines.Boards.Select(entry => $", {entry.Frames} by {boardNames.Of(entry.Board)}"));
        return $"deadlines: {deadlines.Missed} missed{boards}{(deadlines.NoBoard > 0 ? $", {deadlines.NoBoard} no board's fault" : "")}";
    }

    private void WriteDeadlines(Utf8JsonWriter json, DeadlineReport deadlines)
    {
        json.WriteStartObject("deadlines");
        json.WriteNumber("missed", deadlines.Missed);
        json.WriteNumber("noBoard", deadlines.NoBoard);
        json.WriteStartArray("boards");
        foreach ((BoardId board, long frames) in deadlines.Boards)
        {
            json.WriteStartObject();
            json.WriteString("board", $"{board}");
            json.WriteString("name", boardNames.Of(board));
            json.WriteNumber("madeLate", frames);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private void WriteJson(
        Utf8JsonWriter json, Verification verification, Repetition? repetition, DeadlineReport? deadlines, PhaseTimes phases)
    {
        json.WriteStartObject();
        json.WriteNumber("schema", 1);
        json.WriteString("model", model);
        json.WriteNumber("boards", plan.Stages.SelectMany(stage => stage.Boards).Distinct().Count());
        json.WriteNumber("frames", outcomes.Count);
        json.WriteBoolean("bitExact", verification.IsBitExact(outcomes.Count));
        json.WriteString("comparedWith", Verification.Reference);
        json.WriteString("planHash", plan.Hash.ToString());
        json.WriteStartArray("results");
        foreach ((string input, ScoredClass[] top, _) in results)
        {
            WriteResult(json, input, top);
        }
        json.WriteEndArray();
        if (Graded > 0)
        {
            json.WriteStartObject("accuracy");
            json.WriteNumber("cases", Graded);
            json.WriteNumber("top1", Right(1));
            json.WriteNumber("top5", Right(TopCount));
            json.WriteEndObject();
        }
        ImmutableArray<StageSummary> stages = StageSummary.Of(plan, outcomes, boardNames);
        StageSummary.WriteJson(json, stages);
        EnergySummary.Of(stages, energyKind).WriteJson(json);
        repetition?.WriteJson(json);
        if (deadlines is not null)
        {
            WriteDeadlines(json, deadlines);
        }
        phases.WriteJson(json);
        json.WriteEndObject();
    }

    private void WriteResult(Utf8JsonWriter json, string input, ScoredClass[] top)
    {
        json.WriteStartObject();
        json.WriteString("input", input);
        json.WriteStartArray("top");
        foreach (ScoredClass entry in top)
        {
            json.WriteStartObject();
            json.WriteNumber("class", entry.Class);
            json.WriteNumber("score", entry.Score);
            if (names?[entry.Class] is string name)
            {
                json.WriteString("label", name);
            }
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteEndObject();
    }
}
