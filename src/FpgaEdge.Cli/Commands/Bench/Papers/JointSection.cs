using System.Collections.Immutable;
using FpgaEdge.Planning;
using FpgaEdge.Planning.References;

namespace FpgaEdge.Cli.Commands.Bench.Papers;

/// <summary>Two networks at once: the joint plan against every fixed split of the boards.</summary>
internal static class JointSection
{
    private static readonly string[] Clusters = ["zynq7020:6", "zynq7020:4,ultra96:2"];
    private static readonly (int First, int Second)[] Shares = [(1, 1), (3, 1), (1, 2)];

    public static PaperSection Of(ImmutableArray<PaperNetwork> networks, CancellationToken cancellation)
    {
        PaperNetwork first = networks.First(network => network.Name == "ResNet-18");
        PaperNetwork second = networks.First(network => network.Name == "MobileNetV2");
        string[] notes = ["A round is the given number of frames of each network. A split gives each network boards of its own."];
        if (first.Planned is null || second.Planned is null)
        {
            return new PaperSection("Two networks at once", notes,
                [new("joint plan at least as good as every fixed split", $"{first.Missing}{second.Missing}", null)], [], []);
        }
        var rows = new List<string[]>();
        var claims = new List<PaperClaim>();
        foreach (string cluster in Clusters)
        {
            ClusterView view = StrategyPlans.View(cluster);
            foreach ((int firstShare, int secondShare) in Shares)
            {
                cancellation.ThrowIfCancellationRequested();
                NetworkShare[] shares = [new(first.Planned.Costs, firstShare), new(second.Planned.Costs, secondShare)];
                JointPlan joint = Planner.PlanJointly(view, [.. shares], PlannerOptions.Default);
                (string Split, long RoundNs)[] splits = [.. Splits(view, shares)];
                string ratio = $"{firstShare} : {secondShare}";
                rows.AddRange(splits.Select(split => Row(cluster, ratio, split.Split, split.RoundNs, joint.RoundNs)));
                rows.Add(Row(cluster, ratio, "joint", joint.RoundNs, joint.RoundNs));
                long best = splits.Min(split => split.RoundNs);
                claims.Add(new PaperClaim(
                    $"ResNet-18 : MobileNetV2 = {ratio} on {cluster}: joint plan at least as good as every fixed split",
                    $"{1e9 / joint.RoundNs:f3} rounds/s, best of {splits.Length} splits {1e9 / best:f3}: " +
                    $"{100.0 * best / joint.RoundNs - 100:+0.0;-0.0;0.0} %{(joint.IsProvenOptimal ? ", proven" : "")}",
                    joint.RoundNs <= best));
            }
        }
        return new PaperSection("Two networks at once: ResNet-18 and MobileNetV2 on 6 boards", notes, claims,
            [new PaperTable("Rounds per second of every split (modelled)",
                ["boards", "shares", "boards of ResNet-18 / of MobileNetV2", "rounds/s", "round ms", "to joint"], rows) { IsSummary = false }],
            []);
    }

    /// <summary>Boards of a kind are alike, so a split is how many of each kind the first network has.</summary>
    private static IEnumerable<(string Split, long RoundNs)> Splits(ClusterView view, NetworkShare[] shares)
    {
        Member[][] kinds = [.. view.Members.GroupBy(BoardKind.Of).Select(group => group.ToArray())];
        int[] counts = new int[kinds.Length];
        long client = Networks.ClientNs(view, shares);
        do
        {
            Member[] mine = [.. kinds.SelectMany((kind, index) => kind[..counts[index]])];
            Member[] others = [.. kinds.SelectMany((kind, index) => kind[counts[index]..])];
            if (mine.Length > 0 && others.Length > 0)
            {
                long round = Math.Max(RoundNs(mine, shares[0]), RoundNs(others, shares[1]));
                yield return ($"{Names(mine)} / {Names(others)}", Math.Max(round, client));
            }
        }
        while (Next(counts, kinds));
    }

    private static bool Next(int[] counts, Member[][] kinds)
    {
        for (int index = 0; index < counts.Length; index++)
        {
            if (counts[index]++ < kinds[index].Length)
            {
                return true;
            }
            counts[index] = 0;
        }
        return false;
    }

    private static long RoundNs(Member[] boards, NetworkShare network) =>
        network.Share * Planner.Solve(Networks.View(boards), network.Costs, PlannerOptions.Default).Estimate.IntervalNs;

    private static string Names(Member[] boards) => string.Join(
        " + ", boards.GroupBy(board => board.Board).Select(group => $"{group.Count()} {group.Key}"));

    private static string[] Row(string cluster, string shares, string split, long roundNs, long jointNs) =>
    [
        cluster, shares, split, $"{1e9 / roundNs:f3}", $"{roundNs / 1e6:f2}", $"{100.0 * jointNs / roundNs - 100:+0.0;-0.0;0.0} %",
    ];
}
