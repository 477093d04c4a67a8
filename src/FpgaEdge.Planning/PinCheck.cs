using System.Collections.Immutable;

namespace FpgaEdge.Planning;

/// <summary>Refuses pins and replica counts that no plan can meet, each with its reason.</summary>
internal static class PinCheck
{
    public static void Check(ImmutableArray<Member> members, Workload workload, PlannerOptions options)
    {
        foreach (NodePin pin in options.Pins)
        {
            CheckPin(pin, members, workload);
        }
        foreach (NodeReplicas demand in options.Replicas)
        {
            CheckReplicas(demand, members, workload);
        }
        CheckTogether(options, workload);
        foreach (IGrouping<BoardId, NodePin> board in options.Pins.GroupBy(p => p.Board).OrderBy(group => group.Key))
        {
            CheckSpan(board.Key, board.Min(pin => pin.Node), board.Max(pin => pin.Node), members, workload, options);
        }
    }

    private static void CheckPin(NodePin pin, ImmutableArray<Member> members, Workload workload)
    {
        Require(
            pin.Node >= 0 && pin.Node < workload.NodeCount,
            $"pin of node {pin.Node} to board {pin.Board}: the network has nodes 0 to {workload.NodeCount - 1}");
        Member? member = members.FirstOrDefault(member => member.Id == pin.Board);
        Require(
            member is not null,
            $"pin of node {pin.Node} to board {pin.Board}: no such board in the view of {members.Length}");
        Require(
            BoardClass.Of([member!], workload)[0].CanExecute(pin.Node, pin.Node + 1),
            $"pin of node {pin.Node} to board {pin.Board}: a {member!.Board} cannot run this node");
    }

    private static void CheckReplicas(NodeReplicas demand, ImmutableArray<Member> members, Workload workload)
    {
        Require(
            demand.Node >= 0 && demand.Node < workload.NodeCount,
            $"replicas of node {demand.Node}: the network has nodes 0 to {workload.NodeCount - 1}");
        Require(
            demand.Boards > 0,
            $"replicas of node {demand.Node}: {demand.Boards} boards asked, at least 1 is needed");
        Require(
            demand.Boards <= members.Length,
            $"replicas of node {demand.Node}: {demand.Boards} boards asked, the view has {members.Length}");
    }

    private static void CheckTogether(PlannerOptions options, Workload workload)
    {
        foreach (NodeReplicas demand in options.Replicas)
        {
            int pins = options.Pins.Where(pin => pin.Node == demand.Node).Select(pin => pin.Board).Distinct().Count();
            Require(
                pins <= demand.Boards,
                $"node {demand.Node} is pinned to {pins} boards but may have only {demand.Boards} replicas: "
                + "raise the replicas or drop a pin");
            NodeReplicas last = options.Replicas.Last(other => other.Node == demand.Node);
            Require(
                last.Boards == demand.Boards,
                $"node {demand.Node} is asked to have {demand.Boards} and {last.Boards} replicas: give one number");
        }
        int most = options.Replicas.IsEmpty ? 1 : options.Replicas.Max(demand => demand.Boards);
        Require(
            options.Strategy != Strategy.Pipeline || most == 1,
            $"{most} replicas are asked but the pipeline strategy has one board per stage: use another strategy");
        CheckOneStage(options, workload);
    }

    /// <summary>Scatter-gather is one stage, so all pins and counts meet in it.</summary>
    private static void CheckOneStage(PlannerOptions options, Workload workload)
    {
        int[] counts = [.. options.Replicas.Select(demand => demand.Boards).Distinct().Order()];
        Require(
            options.Strategy != Strategy.ScatterGather || counts.Length <= 1,
            $"scatter-gather runs all {workload.NodeCount} nodes in one stage, which cannot have both "
            + $"{counts.FirstOrDefault()} and {counts.LastOrDefault()} boards: use another strategy");
    }

    /// <summary>
    /// A board runs one contiguous range, so it also runs all nodes between those pinned to it; these must be able
    /// to run there, must fit its memory, and must not be pinned elsewhere.
    /// </summary>
    private static void CheckSpan(
        BoardId board, int first, int lastNode, ImmutableArray<Member> members, Workload workload,
        PlannerOptions options)
    {
        BoardClass boardClass = BoardClass.Of(members.Where(member => member.Id == board), workload)[0];
        Require(
            boardClass.CanExecute(first, lastNode + 1),
            $"board {board} is pinned to nodes {first} and {lastNode} but cannot run a node between them");
        long bytes = workload.MemoryBytes(first, lastNode + 1);
        Require(
            bytes <= boardClass.MemoryBytes,
            $"the nodes {first} to {lastNode} pinned to board {board} need {bytes} bytes, "
            + $"it has {boardClass.MemoryBytes}");
        foreach (NodePin pin in options.Pins)
        {
            bool mayShare = options.Pins.Any(other => other.Board == board && other.Node == pin.Node)
                || options.Replicas.Any(demand => demand.Node == pin.Node);
            Require(
                pin.Node < first || pin.Node > lastNode || mayShare,
                $"board {board} is pinned to nodes {first} and {lastNode}, so it runs all between them, "
                + $"but node {pin.Node} is pinned to board {pin.Board}: a board runs one contiguous range");
        }
    }

    private static void Require(bool condition, string message)
    {
        if (!condition)
        {
            throw new PlanningException(message);
        }
    }
}
