using System.Collections.Immutable;
using System.Text.Json;
using FpgaEdge.Cli.Commands;
using FpgaEdge.Cli.Hosting;
using FpgaEdge.Cli.Inputs;
using FpgaEdge.Cluster;
using FpgaEdge.Model.Integer;
using FpgaEdge.Model.Quantization;

namespace FpgaEdge.Cli.Reports;

/// <summary>What <c>fpgaedge demo</c> shows: stages, accuracy, and whether every byte was right.</summary>
internal sealed class DemoReport(
    IntegerGraph graph, ClientPlan plan, BoardNames boardNames, EnergyKind energyKind, int boards, ExpectedClasses classes)
{
    private readonly List<FrameOutcome> outcomes = [];
    private int graded;
    private int right;

    /// <summary>From the first frame sent to the last answer, measured.</summary>
    public TimeSpan StreamingTime { get; set; }

    /// <summary>Everything, quantisation and the start of the boards included, measured.</summary>
    public TimeSpan TotalTime { get; set; }

    /// <summary>The board that was killed in mid-stream; null when none was.</summary>
    public PulledPlug? Plug { get; set; }

    private int Delivered => outcomes.Count(outcome => outcome.Output is not null);

    private FrameOutcome? FirstFailure => outcomes.FirstOrDefault(outcome => outcome.Output is null);

    /// <summary>Adds a frame.</summary>
    /// <param name="outcome">How it ended.</param>
    /// <param name="picture">Which held-out picture it was.</param>
    public void Add(FrameOutcome outcome, int picture)
    {
        outcomes.Add(outcome);
        if (outcome.Output is null)
        {
            return;
        }
        float[] scores = TensorEdges.Dequantize(graph.Tensors[graph.Outputs[0]], outcome.Output);
        graded++;
        right += classes.For(picture, "").Contains(TopClasses.Of(scores, 1)[0].Class) ? 1 : 0;
    }

    /// <summary>0 when every frame came back and was right, otherwise why not.</summary>
    public int ExitCode(Verification verification, int frames)
    {
        if (Delivered < frames)
        {
            return Cli.ExitCode.QualityGateMissed;
        }
        return verification.IsBitExact(frames) ? Cli.ExitCode.Ok : Cli.ExitCode.VerificationFailed;
    }

    /// <summary>Prints everything to stdout.</summary>
    public void Print(Verification verification, int frames, bool json)
    {
        ImmutableArray<StageSummary> stages = StageSummary.Of(plan, outcomes, boardNames);
        if (json)
        {
            using (var writer = new Utf8JsonWriter(Console.OpenStandardOutput()))
            {
                WriteJson(writer, verification, frames, stages);
            }
            Console.Out.WriteLine();
            return;
        }
        Console.Out.WriteLine($"{boards} virtual boards, network {graph.Name}, plan {plan.Hash} ({plan.Strategy})");
        Console.Out.WriteLine();
        Console.Out.Write(StageSummary.Table(stages));
        Console.Out.WriteLine();
        Console.Out.WriteLine(EnergySummary.Of(stages, energyKind));
        Console.Out.WriteLine(
            $"{Delivered} of {frames} frames delivered in {StreamingTime.TotalSeconds:F2} s (measured, " +
            $"{Delivered / StreamingTime.TotalSeconds:F0} frames/s on this machine); accuracy {right} of {graded}");
        if (Plug is not null)
        {
            Console.Out.WriteLine(Plug.Describe("was killed", lost: frames - Delivered));
        }
        if (FirstFailure is FrameOutcome failure)
        {
            Console.Out.WriteLine($"frame {failure.Frame} failed: {failure.Error}: {failure.ErrorText}");
        }
        Console.Out.WriteLine(verification.FirstDifference is string difference
            ? $"first difference: {difference}"
            : $"{verification.Identical} of {frames} frames, byte-identical to the {Verification.Reference}");
    }

    private void WriteJson(
        Utf8JsonWriter json, Verification verification, int frames, ImmutableArray<StageSummary> stages)
    {
        json.WriteStartObject();
        json.WriteNumber("schema", 1);
        json.WriteNumber("boards", boards);
        json.WriteNumber("framesSent", frames);
        json.WriteNumber("framesDelivered", Delivered);
        json.WriteBoolean("bitExact", verification.IsBitExact(frames));
        json.WriteString("comparedWith", Verification.Reference);
        json.WriteString("planHash", plan.Hash.ToString());
        json.WriteString("strategy", plan.Strategy.ToString());
        json.WriteString("network", graph.Name);
        json.WriteStartObject("accuracy");
        json.WriteNumber("cases", graded);
        json.WriteNumber("top1", right);
        json.WriteEndObject();
        json.WriteNumber("streamingMsMeasured", StreamingTime.TotalMilliseconds);
        json.WriteNumber("totalMsMeasured", TotalTime.TotalMilliseconds);
        if (Plug is not null)
        {
            Plug.WriteJson(json);
        }
        StageSummary.WriteJson(json, stages);
        EnergySummary.Of(stages, energyKind).WriteJson(json);
        json.WriteEndObject();
    }
}
