using System.Collections.Immutable;
using System.Text;
using System.Text.Json;
using FpgaEdge.Cli.Terminal;
using FpgaEdge.Planning;

namespace FpgaEdge.Cli.Commands.Plans;

/// <summary>A plan as text and as JSON. All times, rates and energies are modelled.</summary>
internal sealed class PlanReport(
    BoardList boards, PlannedNetwork network, PlannerOptions options, PlanResult result,
    ImmutableArray<StrategyOutcome> outcomes, IReadOnlyList<BoardProfile> profiles)
{
    private double Throughput => 1e9 / result.Estimate.IntervalNs;

    private double Efficiency => network.Efficiency(boards.View, result.Estimate);

    public string ToText()
    {
        var text = new StringBuilder();
        PlanEstimate estimate = result.Estimate;
        text.AppendLine($"{network.File} on {boards.View.Members.Length} boards: " +
            $"{PlanWords.Of(result.Plan.Strategy)}, {PlanWords.Stages(result.Plan.Stages.Length)} " +
            (profiles.Count == 0 ? "(all figures modelled)" : "(modelled from measured figures where given)"));
        text.AppendLine();
        text.Append(Stages());
        text.AppendLine();
        text.AppendLine($"throughput   {Throughput:f2} frames/s " +
            $"({100 * Efficiency:f1} % of the boards each on their own)");
        text.AppendLine($"latency      {estimate.LatencyNs / 1e6:f3} ms");
        text.AppendLine($"energy       {estimate.EnergyNanojoules / 1e6:f2} mJ per frame");
        foreach (string kind in boards.View.Members.Select(member => member.Board).Distinct())
        {
            text.AppendLine($"figures      {kind}: {FiguresOf(kind)}");
        }
        text.AppendLine($"plan hash    {result.Plan.Hash}");
        text.AppendLine(result.IsProvenOptimal
            ? "proven       no plan of this strategy is better"
            : $"bound        no plan of this strategy is better than {Bound()}");
        if (!outcomes.IsEmpty)
        {
            text.AppendLine();
            text.Append(Comparison());
            text.AppendLine(Reason());
        }
        return text.ToString();
    }

    public void WriteJson(Stream stream)
    {
        using var writer = new Utf8JsonWriter(stream);
        writer.WriteStartObject();
        writer.WriteNumber("schema", 1);
        writer.WriteString("model", network.File);
        writer.WriteNumber("boards", boards.View.Members.Length);
        writer.WriteString("strategy", PlanWords.Of(result.Plan.Strategy));
        writer.WriteString("objective", PlanWords.Of(options.Objective));
        writer.WriteString("planHash", result.Plan.Hash.ToString());
        writer.WriteStartObject("figures");
        foreach (string kind in boards.View.Members.Select(member => member.Board).Distinct())
        {
            writer.WriteString(kind, FiguresOf(kind));
        }
        writer.WriteEndObject();
        WriteFigures(writer, "modelled", result, Efficiency);
        writer.WriteStartArray("stages");
        for (int stage = 0; stage < result.Plan.Stages.Length; stage++)
        {
            WriteStage(writer, result.Plan.Stages[stage], result.Estimate.Stages[stage]);
        }
        writer.WriteEndArray();
        if (!outcomes.IsEmpty)
        {
            WriteOutcomes(writer);
        }
        writer.WriteEndObject();
    }

    /// <summary>Where a kind's times come from.</summary>
    private string FiguresOf(string kind) => profiles.LastOrDefault(profile => profile.Board == kind) is { } profile
        ? $"measured, {profile.File} ({profile.Machine}; accelerator: {profile.Accelerator})"
        : "the model's";

    private TextTable Stages()
    {
        var table = new TextTable("stage", "boards", "layers", "compute ms", "in kB", "link MB/s", "interval ms");
        for (int index = 0; index < result.Plan.Stages.Length; index++)
        {
            PlanStage stage = result.Plan.Stages[index];
            StageEstimate figures = result.Estimate.Stages[index];
            table.Add(
                $"{index + 1}", boards.NamesOf(stage.Boards),
                network.Layers(stage.FirstNode, stage.LastNode), $"{figures.ComputeNs / 1e6:f3}",
                $"{figures.ReceivedBytes / 1e3:f1}", $"{LinkBytesPerSecond(stage, figures) / 1e6:f2}",
                $"{figures.IntervalNs / 1e6:f3}");
        }
        return table;
    }

    /// <summary>Tensor bytes per second that reach each board of a stage at full rate.</summary>
    private double LinkBytesPerSecond(PlanStage stage, StageEstimate figures) =>
        figures.ReceivedBytes * Throughput / stage.Boards.Length;

    private TextTable Comparison()
    {
        var table = new TextTable(
            "strategy", "frames/s", "latency ms", "mJ/frame", "boards", "stages", "kB/frame between");
        foreach (StrategyOutcome outcome in outcomes)
        {
            if (outcome.Result is not { } found)
            {
                table.Add(PlanWords.Of(outcome.Strategy), "-", "-", "-", "-", "-", outcome.Refusal!);
                continue;
            }
            table.Add(
                PlanWords.Of(outcome.Strategy), $"{1e9 / found.Estimate.IntervalNs:f2}",
                $"{found.Estimate.LatencyNs / 1e6:f3}", $"{found.Estimate.EnergyNanojoules / 1e6:f2}",
                $"{found.Plan.Stages.Sum(stage => stage.Boards.Length)}", $"{found.Plan.Stages.Length}",
                $"{found.Estimate.Stages.Skip(1).Sum(stage => stage.ReceivedBytes) / 1e3:f1}");
        }
        return table;
    }

    private string Reason()
    {
        int limit = Enumerable.Range(0, result.Estimate.Stages.Length)
            .MaxBy(index => result.Estimate.Stages[index].IntervalNs);
        StageEstimate slowest = result.Estimate.Stages[limit];
        string cause = slowest.LinkNs > slowest.ComputeNs ? "its link" : "its computation";
        string stage = slowest.IntervalNs < result.Estimate.IntervalNs
            ? "the client's link sets the pace"
            : $"stage {limit + 1} sets the pace by {cause}";
        return $"auto takes the plan with the best {PlanWords.Of(options.Objective)}, then the least latency; " +
            $"in the plan above {stage}.";
    }

    private string Bound() => options.Objective switch
    {
        Objective.Latency => $"{result.Bound / 1e6:f3} ms",
        Objective.Energy => $"{result.Bound / 1e6:f2} mJ per frame",
        _ => $"{1e9 / result.Bound:f2} frames/s",
    };

    private static void WriteFigures(Utf8JsonWriter writer, string name, PlanResult plan, double? efficiency)
    {
        writer.WriteStartObject(name);
        if (efficiency is { } value)
        {
            writer.WriteNumber("efficiency", Math.Round(value, 6));
        }
        writer.WriteNumber("throughputFps", Math.Round(1e9 / plan.Estimate.IntervalNs, 6));
        writer.WriteNumber("intervalNs", plan.Estimate.IntervalNs);
        writer.WriteNumber("latencyMs", plan.Estimate.LatencyNs / 1e6);
        writer.WriteNumber("energyPerFrameMj", plan.Estimate.EnergyNanojoules / 1e6);
        writer.WriteBoolean("provenOptimal", plan.IsProvenOptimal);
        writer.WriteNumber("bound", plan.Bound);
        writer.WriteEndObject();
    }

    private void WriteStage(Utf8JsonWriter writer, PlanStage stage, StageEstimate figures)
    {
        writer.WriteStartObject();
        writer.WriteNumber("firstNode", stage.FirstNode);
        writer.WriteNumber("lastNode", stage.LastNode);
        writer.WriteString("layers", network.Layers(stage.FirstNode, stage.LastNode));
        writer.WriteStartArray("boards");
        foreach (BoardId board in stage.Boards)
        {
            writer.WriteStringValue(boards.NameOf(board));
        }
        writer.WriteEndArray();
        writer.WriteNumber("computeMs", figures.ComputeNs / 1e6);
        writer.WriteNumber("transferMs", stage.TransferNs / 1e6);
        writer.WriteNumber("intervalMs", figures.IntervalNs / 1e6);
        writer.WriteNumber("receivedBytes", figures.ReceivedBytes);
        writer.WriteNumber("linkBytesPerSecond", Math.Round(LinkBytesPerSecond(stage, figures), 1));
        writer.WriteNumber("memoryBytes", figures.MemoryBytes);
        writer.WriteEndObject();
    }

    private void WriteOutcomes(Utf8JsonWriter writer)
    {
        writer.WriteStartArray("strategies");
        foreach (StrategyOutcome outcome in outcomes)
        {
            writer.WriteStartObject();
            writer.WriteString("strategy", PlanWords.Of(outcome.Strategy));
            if (outcome.Result is { } found)
            {
                WriteFigures(writer, "modelled", found, null);
            }
            else
            {
                writer.WriteString("refusal", outcome.Refusal);
            }
            writer.WriteEndObject();
        }
        writer.WriteEndArray();
    }
}
