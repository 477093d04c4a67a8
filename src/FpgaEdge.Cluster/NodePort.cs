using System.Text;
using FpgaEdge.Wire;

namespace FpgaEdge.Cluster;

/// <summary>
/// Where a node's messages become datagrams and back: header, seal, counters. Messages are written into one buffer that
/// is reused, so nothing is allocated per datagram.
/// </summary>
internal sealed class NodePort
{
    private readonly byte[] message = new byte[WireLimits.MessageBytes];
    private readonly byte[] datagram = new byte[WireLimits.DatagramBytes + WireLimits.SealBytes];
    private readonly byte[] scratch = new byte[WireLimits.DatagramBytes];
    private readonly IDatagramSeal seal;
    private readonly NodeCounters counters;
    private readonly bool acceptDamaged;

    public NodePort(
        string clusterName, ulong id, uint incarnation, IDatagramSeal seal, NodeCounters counters, PlantedBug bug)
    {
        Cluster = XxHash64.Hash(Encoding.UTF8.GetBytes(clusterName));
        Id = id;
        Incarnation = incarnation;
        this.seal = seal;
        this.counters = counters;
        acceptDamaged = bug == PlantedBug.AcceptDamaged;
    }

    public ulong Cluster { get; }

    public ulong Id { get; }

    public uint Incarnation { get; }

    public NodeCounters Counters => counters;

    public MessageHeader Header(MessageKind kind) => new(kind, Cluster, Id, Incarnation);

    /// <summary>A writer over the message buffer.</summary>
    public MessagePackWriter Begin() => new(message);

    /// <summary>Seals what was written and sends it.</summary>
    public void Send(scoped in MessagePackWriter writer, PeerAddress to, IClusterEffects effects)
    {
        int length = Finish(writer);
        if (length > 0 && !to.IsNone)
        {
            counters.Sent++;
            effects.Send(to, datagram.AsSpan(0, length));
        }
    }

    /// <summary>Seals what was written and sends it to the group.</summary>
    public void Multicast(scoped in MessagePackWriter writer, IClusterEffects effects)
    {
        int length = Finish(writer);
        if (length > 0)
        {
            counters.Sent++;
            effects.Multicast(datagram.AsSpan(0, length));
        }
    }

    /// <summary>Opens a datagram; what is not for this node is counted under its reason.</summary>
    public bool TryOpen(
        ReadOnlySpan<byte> received, out MessagePackReader reader, out MessageHeader header, out int elements)
    {
        counters.Received++;
        reader = default;
        header = default;
        elements = 0;
        SealVerdict verdict = seal.TryOpen(received, scratch, out ReadOnlySpan<byte> body);
        if (verdict == SealVerdict.Damaged && acceptDamaged && received.Length > ChecksumSeal.TrailerBytes)
        {
            body = received[..^ChecksumSeal.TrailerBytes];
            verdict = SealVerdict.Ok;
        }

        switch (verdict)
        {
            case SealVerdict.Damaged:
                counters.IgnoredDamaged++;
                return false;
            case SealVerdict.Forged:
                counters.IgnoredForged++;
                return false;
            case SealVerdict.Replayed:
                counters.IgnoredReplayed++;
                return false;
            case SealVerdict.OtherCluster:
                counters.IgnoredOtherCluster++;
                return false;
            case SealVerdict.OtherSeal:
                counters.IgnoredOtherSeal++;
                return false;
        }

        reader = new MessagePackReader(body);
        switch (MessageHeader.TryRead(ref reader, out header, out elements))
        {
            case HeaderVerdict.Malformed:
                counters.IgnoredMalformed++;
                return false;
            case HeaderVerdict.OtherVersion:
                counters.IgnoredVersion++;
                return false;
        }

        if (header.Cluster != Cluster)
        {
            counters.IgnoredOtherCluster++;
            return false;
        }

        if (header.Sender == Id)
        {
            counters.IgnoredOwn++;
            return false;
        }

        return true;
    }

    private int Finish(scoped in MessagePackWriter writer) =>
        writer.Overflowed ? 0 : seal.Seal(message.AsSpan(0, writer.BytesWritten), datagram);
}
