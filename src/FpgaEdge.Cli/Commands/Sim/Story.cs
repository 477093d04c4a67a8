using System.Collections.Immutable;
using FpgaEdge.Cluster.Simulation;
using FpgaEdge.Planning;

namespace FpgaEdge.Cli.Commands.Sim;

/// <summary>A plan under which frames were executed.</summary>
/// <param name="Network">Whose, by number.</param>
/// <param name="Number">From 1, in the order in which a network's plans came.</param>
/// <param name="Plan">The plan.</param>
/// <param name="AdoptedNs">When the first board followed it.</param>
/// <param name="ReadyNs">When its last stage was compiled for the first time; −1 when that never was.</param>
/// <param name="FirstResultNs">When the first result under it came; −1 when none did.</param>
internal sealed record StoryPlan(int Network, int Number, Plan Plan, long AdoptedNs, long ReadyNs, long FirstResultNs);

/// <summary>A stretch of time between two things that happened.</summary>
/// <param name="Network">Of which network, by number.</param>
/// <param name="FromNs">When it began.</param>
/// <param name="UntilNs">When the next thing happened.</param>
/// <param name="Plan">The plan at its end; null when no frame was answered.</param>
/// <param name="FlowNs">First result under that plan in it.</param>
/// <param name="FramesPerSecond">From then on; NaN with fewer than two results.</param>
/// <param name="LatenciesNs">Of results of frames that were submitted from then on, sorted.</param>
/// <param name="StartedAgain">Frames answered in it that had been started more than once.</param>
internal sealed record StoryPhase(
    int Network, long FromNs, long UntilNs, StoryPlan? Plan, long FlowNs, double FramesPerSecond, long[] LatenciesNs,
    int StartedAgain);

/// <summary>What the loss of a board meant for a network.</summary>
/// <param name="Board">The board, by number.</param>
/// <param name="AtNs">When it stopped.</param>
/// <param name="MissedNs">When the last running board had removed it; −1 when that never was.</param>
/// <param name="Network">The network.</param>
/// <param name="Before">The plan before, when it needed the board and gave results; else null.</param>
/// <param name="Next">The plan that gave results after it; null when none did.</param>
/// <param name="FlowNs">First result under that one; −1 when there is none.</param>
internal sealed record StoryLoss(
    int Board, long AtNs, long MissedNs, int Network, StoryPlan? Before, StoryPlan? Next, long FlowNs);

/// <summary>A simulated story, worked out from its history: plans, phases, losses. All times are modelled.</summary>
internal sealed class Story
{
    public Story(SimRequest request, string[] networks, SimulationOptions options, SimulationResult result)
    {
        (Request, Networks, Options, Result) = (request, networks, options, result);
        History = result.History ?? throw new ArgumentException("the simulation kept no history", nameof(result));
        Plans = [.. Enumerable.Range(0, networks.Length).SelectMany(PlansOf)];
        EventsNs = [.. options.Events.Select(fault => fault.AtNs).Where(at => at < result.EndNs).Distinct().Order()];
        Phases = [.. Enumerable.Range(0, networks.Length).SelectMany(PhasesOf)];
        Losses =
        [
            .. History.Entries.Where(entry => entry.Kind is HistoryKind.Killed or HistoryKind.Left)
                .SelectMany(entry => Enumerable.Range(0, networks.Length).Select(network => LossOf(entry, network))),
        ];
    }

    public SimRequest Request { get; }

    /// <summary>Names of the networks.</summary>
    public string[] Networks { get; }

    public SimulationOptions Options { get; }

    public SimulationResult Result { get; }

    public SimulationHistory History { get; }

    /// <summary>Plans under which frames were executed, by network and number.</summary>
    public ImmutableArray<StoryPlan> Plans { get; }

    /// <summary>When the user let something happen.</summary>
    public ImmutableArray<long> EventsNs { get; }

    public ImmutableArray<StoryPhase> Phases { get; }

    public ImmutableArray<StoryLoss> Losses { get; }

    /// <summary>Frames that ended more than once.</summary>
    public int AnsweredTwice => History.Frames.Count(frame => frame.IsRepeated);

    public int StartedAgain => History.Frames.Count(frame => frame.Attempts > 1);

    /// <summary>Frames of all networks that a board made late.</summary>
    public long MadeLate(int board) => Result.Deadlines.Sum(report =>
        report.Boards.Where(entry => entry.Board == Options.Boards[board].Id).Sum(entry => entry.Frames));

    /// <summary>A board's number with its kind.</summary>
    public string BoardName(int board) => $"{board} {Options.Boards[board].Board}";

    /// <summary>A plan's name; with its network where there are several.</summary>
    public string PlanName(StoryPlan plan) =>
        Networks.Length == 1 ? $"plan {plan.Number}" : $"{Networks[plan.Network]} plan {plan.Number}";

    /// <summary>The story's plan for a plan of the simulator; null for one under which nothing was executed.</summary>
    public StoryPlan? Find(PlanHash? hash) => Plans.FirstOrDefault(plan => plan.Plan.Hash == hash);

    /// <summary>Share of a board's running time in which it computed; NaN when it never ran.</summary>
    public double BusyShare(int board)
    {
        long runs = Lives(board).Sum(life => life.UntilNs - life.FromNs);
        long computes = History.Executions.Where(entry => entry.Board == board).Sum(entry => entry.EndNs - entry.StartNs);
        return runs > 0 ? (double)computes / runs : double.NaN;
    }

    /// <summary>From each start of a board to its stop, or to the end.</summary>
    public IEnumerable<(long FromNs, long UntilNs)> Lives(int board)
    {
        long from = -1;
        foreach (HistoryEntry entry in History.Entries.Where(entry => entry.Board == board))
        {
            if (entry.Kind == HistoryKind.Listens)
            {
                from = entry.AtNs;
            }
            else if (entry.Kind is HistoryKind.Killed or HistoryKind.Left && from >= 0)
            {
                yield return (from, entry.AtNs);
                from = -1;
            }
        }

        if (from >= 0)
        {
            yield return (from, Result.EndNs);
        }
    }

    private IEnumerable<StoryPlan> PlansOf(int network)
    {
        HashSet<PlanHash> used = [.. History.Executions.Where(entry => entry.Network == network).Select(entry => entry.Plan)];
        int number = 1;
        foreach (IGrouping<PlanHash, HistoryEntry> entries in History.Entries
            .Where(entry => entry is { Kind: HistoryKind.Planned, Plan: { } plan } && used.Contains(plan.Hash))
            .GroupBy(entry => entry.Plan!.Hash))
        {
            HistoryEntry first = entries.First();
            int boards = first.Plan!.Stages.Sum(stage => stage.Boards.Length);
            long[] ready =
            [
                .. History.Entries.Where(entry => entry.Kind == HistoryKind.StageReady && entry.Plan!.Hash == entries.Key)
                    .GroupBy(entry => entry.Board).Select(group => group.First().AtNs).Order(),
            ];
            HistoryFrame[] answered = [.. History.Frames.Where(frame => frame.Plan == entries.Key).Take(1)];
            yield return new StoryPlan(network, number++, first.Plan, first.AtNs, ready.Length < boards ? -1 : ready[boards - 1],
                answered.Length > 0 ? answered[0].EndedNs : -1);
        }
    }

    private IEnumerable<StoryPhase> PhasesOf(int network)
    {
        long[] borders = [0, .. EventsNs.Where(at => at > 0), Result.EndNs];
        for (int i = 0; i + 1 < borders.Length; i++)
        {
            (long from, long until) = (borders[i], borders[i + 1]);
            HistoryFrame[] results =
            [
                .. History.Frames.Where(frame => frame.Client == network && frame.Error == default
                    && frame.EndedNs >= from && frame.EndedNs < until),
            ];
            StoryPlan? plan = results.Length > 0 ? Find(results[^1].Plan) : null;
            HistoryFrame[] flowing = [.. results.SkipWhile(frame => frame.Plan != plan?.Plan.Hash)];
            long flowNs = flowing.Length > 0 ? flowing[0].EndedNs : -1;
            double fps = flowing.Length > 1 && flowing[^1].EndedNs > flowNs
                ? (flowing.Length - 1) * 1e9 / (flowing[^1].EndedNs - flowNs) : double.NaN;
            yield return new StoryPhase(network, from, until, plan, flowNs, fps,
                [.. flowing.Where(frame => frame.SubmittedNs >= flowNs).Select(frame => frame.EndedNs - frame.SubmittedNs).Order()],
                results.Count(frame => frame.Attempts > 1));
        }
    }

    private StoryLoss LossOf(HistoryEntry stop, int network)
    {
        long next = History.Entries.Where(entry => entry.Board == stop.Board && entry.Kind == HistoryKind.Listens
            && entry.AtNs > stop.AtNs).Select(entry => entry.AtNs).DefaultIfEmpty(long.MaxValue).First();
        long missed = History.Entries.Where(entry => entry.Kind == HistoryKind.Misses && entry.Other == stop.Board
            && entry.AtNs > stop.AtNs && entry.AtNs < next).Select(entry => entry.AtNs).DefaultIfEmpty(-1).Max();
        StoryPlan? before = Find(History.Frames.LastOrDefault(frame => frame.Client == network && frame.Error == default
            && frame.EndedNs <= stop.AtNs).Plan);
        bool wasIn = before?.Plan.Stages.Any(stage => stage.Boards.Contains(Options.Boards[stop.Board].Id)) == true;
        HistoryFrame answer = wasIn ? History.Frames.FirstOrDefault(frame => frame.Client == network && frame.Error == default
            && frame.EndedNs > stop.AtNs && frame.Plan != before!.Plan.Hash) : default;
        StoryPlan? after = answer == default ? null : Find(answer.Plan);
        return new StoryLoss(stop.Board, stop.AtNs, missed, network, wasIn ? before : null, after, after is null ? -1 : answer.EndedNs);
    }
}
