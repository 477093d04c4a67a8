using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using FpgaEdge.Planning;

namespace FpgaEdge.Cli.Commands.Plans;

/// <summary>
/// A plan as one self-contained SVG: on the left each board with the layers it runs, on the right what it does over
/// time as the first frames go through, one colour per frame.
/// </summary>
internal sealed class PlanPicture(BoardList boards, PlannedNetwork network, PlanResult result)
{
    private const int RowHeight = 34;
    private const int Left = 330;
    private const int TimeWidth = 820;
    private const int Top = 64;

    private static readonly string[] Colours =
        ["#4477aa", "#ee6677", "#228833", "#ccbb44", "#66ccee", "#aa3377", "#777777", "#ee8866"];

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
        var svg = new StringBuilder();
        svg.AppendLine(
            $"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{Left + TimeWidth + 20}\" height=\"{height}\" " +
            "font-family=\"sans-serif\" font-size=\"12\">");
        svg.AppendLine("<rect width=\"100%\" height=\"100%\" fill=\"white\"/>");
        Text(svg, 10, 22, $"{network.File}: {PlanArguments.Word(result.Plan.Strategy)}, " +
            $"{1e9 / result.Estimate.IntervalNs:f2} frames/s, " +
            $"latency {result.Estimate.LatencyNs / 1e6:f2} ms (modelled)", 15);
        Text(svg, 10, 42, $"first {frames} frames, one colour per frame; plan {result.Plan.Hash}", 11);
        for (int row = 0; row < rows.Length; row++)
        {
            Row(svg, row, rows[row], slots, end);
        }
        Axis(svg, Top + (rows.Length * RowHeight), end);
        svg.AppendLine("</svg>");
        return svg.ToString();
    }

    private void Row(
        StringBuilder svg, int row, (BoardId Board, int Stage) at, ImmutableArray<FrameSlot> slots, long end)
    {
        int y = Top + (row * RowHeight);
        PlanStage stage = result.Plan.Stages[at.Stage];
        if (at.Stage % 2 == 0)
        {
            svg.AppendLine(
                $"<rect x=\"0\" y=\"{y}\" width=\"{Left + TimeWidth + 20}\" height=\"{RowHeight}\" fill=\"#f3f3f3\"/>");
        }
        Text(svg, 10, y + 14, $"{boards.NameOf(at.Board)}: stage {at.Stage + 1}, {stage.ComputeNs / 1e6:f2} ms", 12);
        Text(svg, 10, y + 28, Shortened(network.Layers(stage.FirstNode, stage.LastNode)), 10);
        foreach (FrameSlot slot in slots.Where(slot => slot.Board == at.Board))
        {
            double x = Left + ((double)slot.StartNs * TimeWidth / end);
            double width = Math.Max(0.5, (double)(slot.EndNs - slot.StartNs) * TimeWidth / end);
            string colour = Colours[slot.Frame % Colours.Length];
            svg.AppendLine(
                $"<rect x=\"{Number(x)}\" y=\"{y + 5}\" width=\"{Number(width)}\" height=\"{RowHeight - 10}\" " +
                $"fill=\"{colour}\" stroke=\"white\" stroke-width=\"0.5\">" +
                $"<title>frame {slot.Frame}, stage {slot.Stage + 1}: " +
                $"{Number(slot.StartNs / 1e6)} to {Number(slot.EndNs / 1e6)} ms</title></rect>");
        }
    }

    private static void Axis(StringBuilder svg, int y, long end)
    {
        for (int tick = 0; tick <= 8; tick++)
        {
            double x = Left + (TimeWidth * tick / 8.0);
            svg.AppendLine(
                $"<line x1=\"{Number(x)}\" y1=\"{Top}\" x2=\"{Number(x)}\" y2=\"{y + 6}\" stroke=\"#bbbbbb\" " +
                "stroke-width=\"0.5\"/>");
            Text(svg, (int)x - 14, y + 20, $"{end * tick / 8 / 1e6:f1} ms", 10);
        }
    }

    private static void Text(StringBuilder svg, int x, int y, string text, int size) =>
        svg.AppendLine($"<text x=\"{x}\" y=\"{y}\" font-size=\"{size}\">{Escaped(text)}</text>");

    private static string Escaped(string text) =>
        text.Replace("&", "&amp;").Replace("<", "&lt;").Replace(">", "&gt;");

    private static string Shortened(string text) => text.Length <= 58 ? text : text[..57] + "…";

    private static string Number(double value) => value.ToString("0.###", CultureInfo.InvariantCulture);
}
