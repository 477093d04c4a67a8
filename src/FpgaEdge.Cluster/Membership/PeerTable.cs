using FpgaEdge.Planning;
using FpgaEdge.Wire;

namespace FpgaEdge.Cluster;

/// <summary>The boards a node knows, sorted by identity, and those that said goodbye.</summary>
internal sealed class PeerTable
{
    private readonly List<Peer> peers = new(WireLimits.Boards);
    private readonly List<(ulong Id, uint Incarnation, long UntilNs)> goodbyes = new(WireLimits.Boards);

    public int Count => peers.Count;

    public Peer this[int index] => peers[index];

    public List<(ulong Id, uint Incarnation, long UntilNs)> Goodbyes => goodbyes;

    public Peer? Find(ulong id)
    {
        int index = IndexOf(id);
        return index >= 0 ? peers[index] : null;
    }

    public bool TryAdd(Peer peer)
    {
        int index = IndexOf(peer.Id.Value);
        if (index >= 0 || peers.Count >= WireLimits.Boards - 1)
        {
            return false;
        }

        peers.Insert(~index, peer);
        return true;
    }

    public void RemoveAt(int index) => peers.RemoveAt(index);

    public void Remove(Peer peer) => peers.Remove(peer);

    /// <summary>True when this incarnation of the board said goodbye.</summary>
    public bool SaidGoodbye(ulong id, uint incarnation)
    {
        foreach ((ulong Id, uint Incarnation, long UntilNs) entry in goodbyes)
        {
            if (entry.Id == id && incarnation <= entry.Incarnation)
            {
                return true;
            }
        }

        return false;
    }

    public void AddGoodbye(ulong id, uint incarnation, long untilNs)
    {
        goodbyes.RemoveAll(entry => entry.Id == id);
        if (goodbyes.Count >= WireLimits.Boards)
        {
            goodbyes.RemoveAt(0);
        }

        goodbyes.Add((id, incarnation, untilNs));
    }

    public void ForgetGoodbyes(long nowNs)
    {
        for (int i = goodbyes.Count - 1; i >= 0; i--)
        {
            if (goodbyes[i].UntilNs <= nowNs)
            {
                goodbyes.RemoveAt(i);
            }
        }
    }

    private int IndexOf(ulong id)
    {
        int low = 0;
        int high = peers.Count - 1;
        while (low <= high)
        {
            int middle = (low + high) >> 1;
            ulong found = peers[middle].Id.Value;
            if (found == id)
            {
                return middle;
            }

            if (found < id)
            {
                low = middle + 1;
            }
            else
            {
                high = middle - 1;
            }
        }

        return ~low;
    }
}
