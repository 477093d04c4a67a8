using System.Collections.Immutable;

namespace FpgaEdge.Planning;

/// <summary>
/// Turns a found partition into plans: hands out the boards of each class and names the tensors of each cut.
/// </summary>
internal sealed class PlanAssembly
{
    private readonly Workload workload;
    private readonly SolvedPlan solved;
    private readonly ImmutableArray<ImmutableArray<Member>> boards;

    public PlanAssembly(Workload workload, SolvedPlan solved, PinTable? pins)
    {
        this.workload = workload;
        this.solved = solved;
        var handedOut = new int[solved.Classes.Length];
        boards = [.. solved.Plan.Stages.Select(stage => Boards(stage, pins, handedOut))];
    }

    /// <summary>The plan of one network of the workload.</summary>
    public Plan Plan(int part, PlannerOptions options, ClusterView view)
    {
        PackageHash package = workload.Parts[part].Network.Costs.Package;
        ImmutableArray<PlanStage> stages = Stages(workload.Parts[part]);
        byte[] encoded = PlanCodec.Encode(package, solved.Strategy, stages, options, view);
        return new Plan(package, solved.Strategy, stages, PlanCodec.Hash(encoded));
    }

    private ImmutableArray<PlanStage> Stages(WorkloadPart part)
    {
        var stages = ImmutableArray.CreateBuilder<PlanStage>();
        var network = new Workload((part.Network, 1));
        int end = part.FirstNode + part.Network.NodeCount;
        long link = long.MaxValue;
        for (int index = 0; index < boards.Length; index++)
        {
            FoundStage stage = solved.Plan.Stages[index];
            int first = Math.Max(stage.FirstNode, part.FirstNode) - part.FirstNode;
            int last = Math.Min(stage.LastNode, end) - part.FirstNode;
            if (first < last)
            {
                stages.Add(Stage(network, part.Network, first, last, boards[index], link));
                link = boards[index].Min(board => board.LinkBitsPerSecond);
            }
        }
        return stages.ToImmutable();
    }

    private static PlanStage Stage(
        Workload network, NetworkProfile profile, int first, int last, ImmutableArray<Member> boards, long fromLink)
    {
        long toLink = boards.Min(board => board.LinkBitsPerSecond);
        long computeNs = BoardClass.Of(boards, network).Max(board => board.ComputeNs(first, last));
        return new PlanStage(
            first, last, [.. boards.Select(board => board.Id)], profile.CutTensors[first], profile.CutTensors[last],
            computeNs, network.CrossingNs(first, fromLink, toLink));
    }

    private ImmutableArray<Member> Boards(FoundStage stage, PinTable? pins, int[] handedOut)
    {
        var found = new List<Member>();
        foreach (int index in stage.Group.Used)
        {
            for (int count = 0; count < stage.Group.Counts[index]; count++)
            {
                found.Add(solved.Classes[index].Boards[handedOut[index]++]);
            }
        }
        foreach (PinnedBoard pinned in pins?.Pinned ?? [])
        {
            if (pinned.LiesIn(stage.FirstNode, stage.LastNode))
            {
                found.Add(pinned.Class.Boards[0]);
            }
        }
        return [.. found.OrderBy(member => member.Id)];
    }
}
