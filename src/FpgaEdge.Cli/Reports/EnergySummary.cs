using System.Collections.Immutable;
using System.Text.Json;
using FpgaEdge.Board;
using FpgaEdge.Cluster;
using FpgaEdge.Hardware;
using FpgaEdge.Planning;

namespace FpgaEdge.Cli.Reports;

/// <summary>What the boards' monitors say a frame costs, and what kind of monitors they are: a modelled sensor's figure is
/// never shown as a measurement of hardware.</summary>
/// <param name="NanojoulesPerFrame">Sum of the stages' means; null unless every stage was measured.</param>
/// <param name="Kind">What was measured on.</param>
internal sealed record EnergySummary(long? NanojoulesPerFrame, EnergyKind Kind)
{
    /// <summary>What kind of monitors a plan's boards have.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="view">Who the boards are; taken while all of them were there.</param>
    public static EnergyKind KindOf(ClientPlan plan, ClusterView view)
    {
        var boards = plan.Stages.SelectMany(stage => stage.Boards).ToHashSet();
        bool[] virtuals = [.. view.Members.Where(member => boards.Contains(member.Id))
            .Select(member => BoardDescription.IsVirtual(member.Board)).Distinct()];
        return virtuals is [false] ? EnergyKind.Measured : virtuals is [true] ? EnergyKind.Modelled : EnergyKind.Mixed;
    }

    /// <summary>Sums up a plan's stages.</summary>
    public static EnergySummary Of(ImmutableArray<StageSummary> stages, EnergyKind kind) => new(
        stages.Length > 0 && stages.All(stage => stage.EnergyNanojoules is not null)
            ? stages.Sum(stage => stage.EnergyNanojoules!.Value)
            : null,
        kind);

    /// <summary>One line for people.</summary>
    public override string ToString() => NanojoulesPerFrame is long known
        ? $"energy {known / 1e6:F3} mJ per frame ({Words})"
        : "energy n/a: not every stage's board has a power monitor that followed its frames";

    /// <summary>The "energy" object of a report.</summary>
    public void WriteJson(Utf8JsonWriter json)
    {
        json.WriteStartObject("energy");
        json.WriteOptional("perFrameNanojoules", NanojoulesPerFrame);
        json.WriteString("source", Words);
        json.WriteEndObject();
    }

    private string Words => Kind switch
    {
        EnergyKind.Measured => "measured on the boards' sensors",
        EnergyKind.Modelled => "measured on modelled sensors of virtual boards",
        _ => "partly measured on modelled sensors of virtual boards",
    };
}

/// <summary>What energy was measured on.</summary>
internal enum EnergyKind
{
    /// <summary>Sensors of real boards.</summary>
    Measured = 0,

    /// <summary>Models of sensors.</summary>
    Modelled = 1,

    /// <summary>Both.</summary>
    Mixed = 2,
}
