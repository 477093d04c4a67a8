using System.Collections.Immutable;

namespace FpgaEdge.Planning;

/// <summary>
/// What the search cuts: one network, or several in a row. Several are planned as one chain whose frame is a round
/// of the networks' shares (three frames of the first, one of the second, …), so that a board may take the tail of
/// one network and the head of the next, and the best joint plan can only be better than any fixed split of the
/// boards.
/// </summary>
internal sealed class Workload
{
    private readonly long[] arriving;
    private readonly long[] leaving;
    private readonly long[] innerArriving;
    private readonly long[] innerLeaving;
    private readonly long[] innerBuffers;
    private readonly long[] heldBytes;

    /// <param name="networks">The networks in chain order, each with its frames per round.</param>
    public Workload(params ImmutableArray<(NetworkProfile Network, int Share)> networks)
    {
        var parts = ImmutableArray.CreateBuilder<WorkloadPart>(networks.Length);
        int nodes = 0;
        foreach ((NetworkProfile network, int share) in networks)
        {
            parts.Add(new WorkloadPart(network, share, nodes));
            nodes += network.NodeCount;
        }
        Parts = parts.MoveToImmutable();
        NodeCount = nodes;
        arriving = new long[nodes + 1];
        leaving = new long[nodes + 1];
        innerArriving = new long[nodes + 2];
        innerLeaving = new long[nodes + 2];
        innerBuffers = new long[nodes + 2];
        heldBytes = new long[nodes + 1];
        FillCuts();
    }

    public ImmutableArray<WorkloadPart> Parts { get; }

    /// <summary>Nodes of all networks.</summary>
    public int NodeCount { get; }

    /// <summary>Bytes of one round that the client sends.</summary>
    public long ClientSendsBytes => arriving[0] + Inner(innerArriving, 0, NodeCount);

    /// <summary>Bytes of one round that the client receives.</summary>
    public long ClientReceivesBytes => leaving[NodeCount] + Inner(innerLeaving, 0, NodeCount);

    /// <summary>Bytes of one round that reach the boards of nodes [first, last).</summary>
    public long ReceivedBytes(int first, int last) => arriving[first] + Inner(innerArriving, first, last);

    /// <summary>Bytes of one round that leave the boards of nodes [first, last).</summary>
    public long SentBytes(int first, int last) => leaving[last] + Inner(innerLeaving, first, last);

    /// <summary>
    /// DMA window bytes for nodes [first, last): their weights, every activation they hold, and a second buffer for
    /// what arrives and what leaves, because the next frame comes in while this one is computed.
    /// </summary>
    public long MemoryBytes(int first, int last) =>
        heldBytes[last] - heldBytes[first] + BufferBytes(first, last) + Inner(innerBuffers, first, last);

    /// <summary>Time of one round's tensors over a cut, between boards of the two link speeds.</summary>
    public long CrossingNs(int cut, long fromBitsPerSecond, long toBitsPerSecond)
    {
        if (arriving[cut] == leaving[cut] && !IsBoundary(cut))
        {
            return LinkCosts.TransferNs(arriving[cut], Math.Min(fromBitsPerSecond, toBitsPerSecond));
        }
        return LinkCosts.TransferNs(leaving[cut], fromBitsPerSecond)
            + LinkCosts.TransferNs(arriving[cut], toBitsPerSecond);
    }

    /// <summary>Time to exchange results and inputs with the client at network boundaries inside a range.</summary>
    public long InsideNs(int first, int last, long bitsPerSecond) =>
        Parts.Length == 1
            ? 0
            : LinkCosts.TransferNs(Inner(innerLeaving, first, last), bitsPerSecond)
                + LinkCosts.TransferNs(Inner(innerArriving, first, last), bitsPerSecond);

    /// <summary>
    /// Bytes of one round between boards, both ways counted once, that a stage adds by starting at this cut.
    /// </summary>
    public long CutTrafficBytes(int cut) => cut == 0 || IsBoundary(cut) ? 0 : arriving[cut];

    /// <summary>Prefix sums of one round's node times on a kind, and of the nodes that the kind cannot run.</summary>
    public (long[] TimeNs, int[] Impossible) TimesOn(BoardKind kind)
    {
        var times = new long[NodeCount + 1];
        var impossible = new int[NodeCount + 1];
        foreach (WorkloadPart part in Parts)
        {
            ImmutableArray<NodeCost> nodes = part.Network.Costs.Nodes;
            for (int node = 0; node < nodes.Length; node++)
            {
                int index = part.FirstNode + node;
                bool possible = nodes[node].TimeNs.TryGetValue(kind, out long time);
                times[index + 1] = times[index] + (time * part.Share);
                impossible[index + 1] = impossible[index] + (possible ? 0 : 1);
            }
        }
        return (times, impossible);
    }

    private bool IsBoundary(int cut)
    {
        foreach (WorkloadPart part in Parts)
        {
            if (part.FirstNode == cut && cut > 0)
            {
                return true;
            }
        }
        return false;
    }

    private long BufferBytes(int first, int last)
    {
        WorkloadPart from = PartOf(first);
        WorkloadPart to = PartOf(last - 1);
        return (2 * from.Network.CutBytes[first - from.FirstNode]) + to.Network.CutBytes[last - to.FirstNode];
    }

    private WorkloadPart PartOf(int node)
    {
        int part = Parts.Length - 1;
        while (Parts[part].FirstNode > node)
        {
            part--;
        }
        return Parts[part];
    }

    private void FillCuts()
    {
        foreach (WorkloadPart part in Parts)
        {
            long[] cuts = part.Network.CutBytes;
            int nodes = part.Network.NodeCount;
            for (int node = 0; node < nodes; node++)
            {
                int index = part.FirstNode + node;
                heldBytes[index + 1] = heldBytes[index] + part.Network.NodeBytes(node);
                arriving[index] = cuts[node] * part.Share;
                leaving[index + 1] = cuts[node + 1] * part.Share;
            }
        }
        arriving[NodeCount] = leaving[NodeCount];
        leaving[0] = arriving[0];
        for (int cut = 0; cut <= NodeCount; cut++)
        {
            bool boundary = IsBoundary(cut);
            innerArriving[cut + 1] = innerArriving[cut] + (boundary ? arriving[cut] : 0);
            innerLeaving[cut + 1] = innerLeaving[cut] + (boundary ? leaving[cut] : 0);
            innerBuffers[cut + 1] = innerBuffers[cut] + (boundary ? BoundaryBuffers(cut) : 0);
        }
    }

    private long BoundaryBuffers(int cut)
    {
        WorkloadPart before = PartOf(cut - 1);
        return before.Network.CutBytes[^1] + (2 * PartOf(cut).Network.CutBytes[0]);
    }

    /// <summary>Sum over the boundaries strictly inside (first, last).</summary>
    private static long Inner(long[] sums, int first, int last) => sums[last] - sums[first + 1];
}

/// <summary>One network of a workload.</summary>
/// <param name="Network">The network.</param>
/// <param name="Share">Its frames per round.</param>
/// <param name="FirstNode">Where its nodes start in the chain.</param>
internal sealed record WorkloadPart(NetworkProfile Network, int Share, int FirstNode);
