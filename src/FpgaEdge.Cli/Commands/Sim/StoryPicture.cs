using System.Globalization;
using System.Text;
using FpgaEdge.Cli.Reports;
using FpgaEdge.Cluster.Simulation;
using FpgaEdge.Planning;

namespace FpgaEdge.Cli.Commands.Sim;

/// <summary>
/// A simulated story as one picture: a lane per board with what it computed, coloured by plan; what happened as lines
/// across; frames per second and the latency of every frame below.
/// </summary>
internal sealed class StoryPicture
{
    private const int Left = 150;
    private const int Width = 1080;
    private const int Right = 30;
    private const int LaneHeight = 30;
    private const int LabelHeight = 15;
    private const int CurveHeight = 130;
    private const int Bins = 270;
    private const string Grey = "#666666";
    private readonly Story story;
    private readonly long endNs;
    private readonly (long AtNs, string Text, string Colour)[] marks;
    private readonly int[] levels;
    private readonly int top;
    private readonly SvgPicture svg;

    private StoryPicture(Story story)
    {
        this.story = story;
        endNs = Math.Max(1, story.Result.EndNs);
        marks = [.. Marks().OrderBy(mark => mark.AtNs).DistinctBy(mark => (mark.AtNs, mark.Colour))];
        levels = Levels();
        top = 84 + (LabelHeight * (levels.DefaultIfEmpty(0).Max() + 1));
        int height = LanesEnd + 40 + (2 * (CurveHeight + 50));
        svg = new SvgPicture(Left + Width + Right, height);
    }

    private int LanesEnd => top + (LaneHeight * story.Options.Boards.Length);

    /// <summary>The picture as an SVG document.</summary>
    public static string Svg(Story story) => new StoryPicture(story).Draw();

    /// <summary>The picture and the tables as one HTML document without any other file.</summary>
    public static string Html(Story story, string reproduce) =>
        "<!DOCTYPE html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>Simulated cluster</title>\n" +
        "<style>body{font-family:sans-serif;margin:1.5em;max-width:1280px}pre{background:#f5f5f5;padding:1em;overflow-x:auto;" +
        "font-size:12px}svg{max-width:100%;height:auto}</style></head><body>\n" +
        $"<h1>Simulated cluster</h1>\n<p><code>{SvgPicture.Escaped(reproduce)}</code></p>\n{Svg(story)}" +
        $"<pre>{SvgPicture.Escaped(StoryText.Of(story))}</pre>\n</body></html>\n";

    private string Draw()
    {
        svg.Text(10, 24, $"{story.Options.Boards.Length} boards, {string.Join(", ", story.Networks)}: what the cluster would do (modelled)", 16);
        string plans = string.Join("; ", story.Phases.Where(phase => phase.Plan is not null && !double.IsNaN(phase.FramesPerSecond))
            .Select(phase => $"{story.PlanName(phase.Plan!)}: {phase.FramesPerSecond.ToString("0.0", CultureInfo.InvariantCulture)} frames/s"));
        svg.Text(10, 44, plans, 12, fill: Grey);
        Legend();
        int rates = LanesEnd + 48;
        int latencies = rates + CurveHeight + 50;
        TimeAxis(latencies + CurveHeight);
        for (int board = 0; board < story.Options.Boards.Length; board++)
        {
            Lane(board);
        }

        svg.Text(Left, LanesEnd + 16, "▸ listens · ◇ package whole · ✕ stopped · | removes a board · tint: stage ready · " +
            "height: share of the time in which the board computes", 11, fill: Grey);
        Rates(rates);
        Latencies(latencies);
        DrawMarks(latencies + CurveHeight);
        return svg.ToString();
    }

    private double X(long ns) => Left + ((double)ns * Width / endNs);

    private string Colour(StoryPlan plan) => SvgPicture.Colours[story.Plans.IndexOf(plan) % SvgPicture.Colours.Count];

    private void Legend()
    {
        double x = 10;
        for (int i = 0; i < story.Plans.Length; i++)
        {
            string text = $"{story.PlanName(story.Plans[i])} ({story.Plans[i].Plan.Stages.Length} stages)";
            svg.Rectangle(x, 56, 12, 10, Colour(story.Plans[i]));
            svg.Text(x + 16, 65, text, 11);
            x += 40 + (text.Length * 6.2);
            if (x > Left + Width - 150 && i + 1 < story.Plans.Length)
            {
                svg.Text(x, 63, "…", 11);
                return;
            }
        }
    }

    private void Lane(int board)
    {
        int y = top + (board * LaneHeight);
        svg.Text(10, y + 19, $"board {story.BoardName(board)}", 12);
        svg.Line(0, y + LaneHeight, Left + Width + Right, y + LaneHeight, "#eeeeee");
        foreach ((long from, long until) in story.Lives(board))
        {
            svg.Rectangle(X(from), y + 3, Math.Max(1, X(until) - X(from)), LaneHeight - 6, "#f0f0f0", $"board {board} runs");
        }

        foreach (StoryPlan plan in story.Plans)
        {
            int stage = plan.Plan.Stages.ToList()
                .FindIndex(part => part.Boards.Contains(story.Options.Boards[board].Id));
            if (stage >= 0)
            {
                Ready(board, y, plan, stage);
                Busy(board, y, plan, stage);
            }
        }

        foreach (HistoryEntry entry in story.History.Entries.Where(entry => entry.Board == board))
        {
            Sign(entry, y);
        }
    }

    /// <summary>While the stage was compiled and kept: a tint.</summary>
    private void Ready(int board, int y, StoryPlan plan, int stage)
    {
        long from = -1;
        foreach (HistoryEntry entry in story.History.Entries.Where(entry => entry.Board == board))
        {
            bool ofPlan = entry.Plan?.Hash == plan.Plan.Hash;
            if (ofPlan && entry.Kind == HistoryKind.StageReady && from < 0)
            {
                from = entry.AtNs;
            }
            else if (from >= 0 && ((ofPlan && entry.Kind == HistoryKind.StageReleased)
                || entry.Kind is HistoryKind.Killed or HistoryKind.Left))
            {
                Tint(from, entry.AtNs);
                from = -1;
            }
        }

        if (from >= 0)
        {
            Tint(from, endNs);
        }

        void Tint(long start, long end) => svg.Rectangle(X(start), y + 3, X(end) - X(start), LaneHeight - 6, Colour(plan),
            $"board {board}: stage {stage + 1} of {story.PlanName(plan)} is ready", 0.15);
    }

    /// <summary>Share of the time that went into executing, as the height of a step curve.</summary>
    private void Busy(int board, int y, StoryPlan plan, int stage)
    {
        double[] busy = new double[Bins];
        double bin = (double)endNs / Bins;
        foreach (HistoryExecution execution in story.History.Executions
            .Where(entry => entry.Board == board && entry.Plan == plan.Plan.Hash))
        {
            for (int i = (int)(execution.StartNs / bin); i < Bins && i * bin < execution.EndNs; i++)
            {
                busy[i] += (Math.Min(execution.EndNs, (i + 1) * bin) - Math.Max(execution.StartNs, i * bin)) / bin;
            }
        }

        var path = new StringBuilder();
        double full = LaneHeight - 6;
        for (int i = 0; i < Bins; i++)
        {
            if (busy[i] > 0.001)
            {
                double height = full * Math.Min(1, busy[i]);
                path.Append(CultureInfo.InvariantCulture, $"M{SvgPicture.Number(Left + ((double)i * Width / Bins))} ")
                    .Append($"{SvgPicture.Number(y + 3 + full)}v{SvgPicture.Number(-height)}")
                    .Append($"h{SvgPicture.Number((double)Width / Bins)}v{SvgPicture.Number(height)}z");
            }
        }

        if (path.Length > 0)
        {
            PlanStage part = plan.Plan.Stages[stage];
            svg.Path(path.ToString(), Colour(plan), title: $"board {board} executes stage {stage + 1} of {story.PlanName(plan)}: " +
                $"layers {part.FirstNode} to {part.LastNode - 1}, {SvgPicture.Number(part.ComputeNs / 1e6)} ms per frame");
        }
    }

    private void Sign(HistoryEntry entry, int y)
    {
        double x = X(entry.AtNs);
        string words = $"{StoryText.Seconds(entry.AtNs)} s: board {entry.Board} {StoryText.Words(story, entry)}";
        int middle = y + (LaneHeight / 2);
        switch (entry.Kind)
        {
            case HistoryKind.Listens:
                svg.Path($"M{SvgPicture.Number(x)} {middle - 6}l7 6l-7 6z", "#222222", title: words);
                break;
            case HistoryKind.PackageWhole:
                svg.Path($"M{SvgPicture.Number(x)} {middle - 5}l5 5l-5 5l-5 -5z", "white", "#222222", 1.2, words);
                break;
            case HistoryKind.Killed or HistoryKind.Left:
                svg.Path($"M{SvgPicture.Number(x - 6)} {middle - 6}l12 12m0 -12l-12 12", "none", "#cc0000", 3, words);
                break;
            case HistoryKind.Misses:
                svg.Path($"M{SvgPicture.Number(x)} {y + 3}v{LaneHeight - 6}", "none", "#ee8866", 2, words);
                break;
        }
    }

    private IEnumerable<(long AtNs, string Text, string Colour)> Marks()
    {
        foreach (IGrouping<(long, string), HistoryEntry> group in story.History.Entries
            .Where(entry => story.EventsNs.Contains(entry.AtNs) && entry.Kind is HistoryKind.Listens or HistoryKind.Killed
                or HistoryKind.Left or HistoryKind.Slowed or HistoryKind.Cut or HistoryKind.Mended or HistoryKind.Unplugged
                or HistoryKind.Plugged)
            .Where(entry => story.EventsNs.Contains(entry.AtNs))
            .GroupBy(entry => (entry.AtNs, entry.Kind is HistoryKind.Cut or HistoryKind.Mended ? $"{entry.Kind}".ToLowerInvariant()
                : StoryText.Words(story, entry).ToLowerInvariant())))
        {
            string boards = StoryText.Numbers(group.Select(entry => entry.Board));
            string who = int.TryParse(boards, out _) ? "board" : "boards";
            yield return (group.Key.Item1, $"{who} {boards} {group.Key.Item2}, {StoryText.Seconds(group.Key.Item1)} s", "#cc0000");
        }

        foreach (StoryLoss loss in story.Losses)
        {
            if (loss.Network == 0 && loss.MissedNs >= 0)
            {
                yield return (loss.MissedNs, $"missed by all, +{(loss.MissedNs - loss.AtNs) / 1_000_000} ms", "#dd7744");
            }

            if (loss.Next is { } next)
            {
                yield return (loss.FlowNs, $"answers under {story.PlanName(next)}, " +
                    $"+{(loss.FlowNs - loss.AtNs) / 1_000_000} ms", "#228833");
            }
        }
    }

    /// <summary>For each mark the lowest line of labels on which it covers no other.</summary>
    private int[] Levels()
    {
        var chosen = new int[marks.Length];
        var ends = new List<double>();
        for (int i = 0; i < marks.Length; i++)
        {
            (double from, double until) = Extent(marks[i]);
            int level = ends.FindIndex(end => end < from - 6);
            if (level < 0)
            {
                level = ends.Count;
                ends.Add(0);
            }

            ends[level] = until;
            chosen[i] = level;
        }

        return chosen;
    }

    /// <summary>Where a mark's label begins and ends; near the right edge it stands left of its line.</summary>
    private (double From, double Until) Extent((long AtNs, string Text, string Colour) mark)
    {
        double length = mark.Text.Length * 6.5;
        double x = X(mark.AtNs);
        return x + length > Left + Width + Right ? (x - length - 4, x) : (x, x + length + 4);
    }

    private void DrawMarks(int bottom)
    {
        int lowest = levels.DefaultIfEmpty(0).Max();
        for (int i = 0; i < marks.Length; i++)
        {
            double x = X(marks[i].AtNs);
            int y = top - 8 - (LabelHeight * (lowest - levels[i]));
            svg.Line(x, y - 9, x, bottom, marks[i].Colour, 1, "4 3");
            bool toTheLeft = Extent(marks[i]).From < x;
            svg.Text(toTheLeft ? x - 3 : x + 3, y, marks[i].Text, 11, toTheLeft ? "end" : "start", marks[i].Colour);
        }
    }

    private void Rates(int y)
    {
        const int Columns = 90;
        double bin = (double)endNs / Columns;
        double[][] rates = [.. story.Networks.Select(_ => new double[Columns])];
        foreach (HistoryFrame frame in story.History.Frames.Where(frame => frame.Error == default))
        {
            rates[frame.Client][Math.Min(Columns - 1, (int)(frame.EndedNs / bin))] += 1e9 / bin;
        }

        double most = RoundUp(Math.Max(1e-9, rates.Max(row => row.Max())));
        Grid(y, "frames/s", Enumerable.Range(0, 5).Select(tick => (most * tick / 4, tick / 4.0)));
        for (int network = 0; network < rates.Length; network++)
        {
            var path = new StringBuilder();
            for (int i = 0; i < Columns; i++)
            {
                double height = y + CurveHeight - (CurveHeight * rates[network][i] / most);
                path.Append(CultureInfo.InvariantCulture, $"{(i == 0 ? 'M' : 'L')}{SvgPicture.Number(Left + ((i + 0.5) * Width / Columns))} ")
                    .Append(SvgPicture.Number(height));
            }

            svg.Path(path.ToString(), "none", NetworkColour(network), 2, story.Networks[network]);
            NetworkName(y, network);
        }
    }

    /// <summary>A dot per frame at the time of its end, on a logarithmic scale.</summary>
    private void Latencies(int y)
    {
        long[] all = StoryText.Latencies(story.History.Frames);
        int lowest = all.Length == 0 ? 0 : (int)Math.Floor(Math.Log10(Math.Max(1, all[0]) / 1e6));
        int decades = all.Length == 0 ? 1 : Math.Max(1, (int)Math.Ceiling(Math.Log10(all[^1] / 1e6)) - lowest);
        Grid(y, "latency of each frame, ms",
            Enumerable.Range(0, decades + 1).Select(tick => (Math.Pow(10, lowest + tick), (double)tick / decades)));
        for (int network = 0; network < story.Networks.Length; network++)
        {
            var path = new StringBuilder();
            foreach (HistoryFrame frame in story.History.Frames.Where(frame => frame.Error == default && frame.Client == network))
            {
                double share = (Math.Log10((frame.EndedNs - frame.SubmittedNs) / 1e6) - lowest) / decades;
                double height = y + CurveHeight - (CurveHeight * share);
                path.Append(CultureInfo.InvariantCulture, $"M{SvgPicture.Number(X(frame.EndedNs))} {SvgPicture.Number(height)}h.01");
            }

            svg.Path(path.ToString(), "none", NetworkColour(network), 3, story.Networks[network]);
        }
    }

    private static string NetworkColour(int network) => network == 0 ? "#222222" : SvgPicture.Colours[(network + 4) % SvgPicture.Colours.Count];

    private void NetworkName(int y, int network)
    {
        if (story.Networks.Length > 1)
        {
            svg.Text(Left + Width - 4, y + 14 + (network * 14), story.Networks[network], 11, "end", NetworkColour(network));
        }
    }

    private void Grid(int y, string title, IEnumerable<(double Value, double Share)> ticks)
    {
        svg.Text(Left, y - 8, title, 12, fill: Grey);
        foreach ((double value, double share) in ticks)
        {
            double at = y + CurveHeight - (CurveHeight * share);
            svg.Line(Left, at, Left + Width, at, "#dddddd", 0.7);
            svg.Text(Left - 6, at + 4, SvgPicture.Number(value), 10, "end", Grey);
        }
    }

    /// <summary>The next larger 1, 2, 4 or 8 times a power of ten.</summary>
    private static double RoundUp(double value)
    {
        double power = Math.Pow(10, Math.Floor(Math.Log10(value)));
        return new[] { 1, 2, 4, 8, 10 }.First(factor => factor * power >= value * 0.9999) * power;
    }

    private void TimeAxis(int y)
    {
        double seconds = endNs / 1e9;
        double step = new[] { 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 60, 120, 300, 600 }.First(value => seconds / value <= 16 || value >= 600);
        for (int tick = 0; tick * step <= seconds; tick++)
        {
            double x = X((long)(tick * step * 1e9));
            svg.Line(x, top, x, y + 5, "#dddddd", 0.5);
            svg.Text(x, y + 18, $"{(tick * step).ToString("0.#", CultureInfo.InvariantCulture)} s", 10, "middle", Grey);
        }
    }
}
