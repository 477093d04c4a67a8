using System.Collections.Immutable;
using FpgaEdge.Cli.Reports;
using FpgaEdge.Planning;

namespace FpgaEdge.Cli.Commands.Plans;

/// <summary>
/// A plan as one self-contained SVG: on the left each board with the layers it runs, on the right what it does over
/// time as the first frames go through, each with its number and colour.
/// </summary>
internal sealed class PlanPicture(BoardList boards, PlannedNetwork network, PlanResult result)
{
    private const int RowHeight = 34;
    private const int Left = 330;
    private const int TimeWidth = 820;
    private const int Top = 64;
    private const int Right = 40;
    private const int MostTicks = 9;

    /// <summary>Narrower bars do not hold a number.</summary>
    private const int LeastNumbered = 24;

    public override string ToString()
    {
        ImmutableArray<(BoardId Board, int Stage)> rows =
        [
            .. result.Plan.Stages.SelectMany((stage, index) => stage.Boards.Select(board => (board, index))),
        ];
        // Two rounds over the widest stage, and enough frames to fill the pipeline.
        int frames = Math.Clamp(
            result.Plan.Stages.Length + (2 * result.Plan.Stages.Max(stage => stage.Boards.Length)), 4, 48);
        ImmutableArray<FrameSlot> slots = PlanTimeline.Of(result.Plan, boards.View, network.Costs, frames);
        long end = Math.Max(1, slots.Max(slot => slot.EndNs));
        int height = Top + (rows.Length * RowHeight) + 40;
        var svg = new SvgPicture(Left + TimeWidth + Right, height);
        svg.Text(10, 22, $"{network.File}: {PlanWords.Of(result.Plan.Strategy)}, " +
            $"{1e9 / result.Estimate.IntervalNs:f2} frames/s, " +
            $"latency {result.Estimate.LatencyNs / 1e6:f2} ms (modelled)", 15);
        svg.Text(10, 42, $"first {frames} frames, numbered and coloured; plan {result.Plan.Hash}", 11);
        for (int row = 0; row < rows.Length; row++)
        {
            Row(svg, row, rows[row], slots, end);
        }
        Axis(svg, Top + (rows.Length * RowHeight), end);
        return svg.ToString();
    }

    private void Row(
        SvgPicture svg, int row, (BoardId Board, int Stage) at, ImmutableArray<FrameSlot> slots, long end)
    {
        int y = Top + (row * RowHeight);
        PlanStage stage = result.Plan.Stages[at.Stage];
        if (at.Stage % 2 == 0)
        {
            svg.Rectangle(0, y, Left + TimeWidth + Right, RowHeight, "#f3f3f3");
        }
        svg.Text(10, y + 14, $"{boards.NameOf(at.Board)}: stage {at.Stage + 1}, {stage.ComputeNs / 1e6:f2} ms", 12);
        svg.Text(10, y + 28, Shortened(network.Layers(stage.FirstNode, stage.LastNode)), 10);
        foreach (FrameSlot slot in slots.Where(slot => slot.Board == at.Board))
        {
            double x = Left + ((double)slot.StartNs * TimeWidth / end);
            double width = Math.Max(0.5, (double)(slot.EndNs - slot.StartNs) * TimeWidth / end);
            svg.Rectangle(x, y + 5, width, RowHeight - 10, SvgPicture.Colours[slot.Frame % SvgPicture.Colours.Count],
                $"frame {slot.Frame}, stage {slot.Stage + 1}: {SvgPicture.Number(slot.StartNs / 1e6)} to " +
                $"{SvgPicture.Number(slot.EndNs / 1e6)} ms");
            if (width >= LeastNumbered)
            {
                svg.Text(x + 4, y + (RowHeight / 2) + 4, $"{slot.Frame}", 11, fill: "white");
            }
        }
    }

    private static void Axis(SvgPicture svg, int y, long end)
    {
        double step = SvgPicture.RoundUp(end / 1e6 / MostTicks);
        for (int tick = 0; tick * step * 1e6 <= end; tick++)
        {
            double x = Left + (TimeWidth * tick * step * 1e6 / end);
            svg.Line(x, Top, x, y + 6, "#bbbbbb", 0.5);
            svg.Text(x, y + 20, $"{SvgPicture.Number(tick * step)} ms", 10, "middle");
        }
    }

    private static string Shortened(string text) => text.Length <= 58 ? text : text[..57] + "…";
}
