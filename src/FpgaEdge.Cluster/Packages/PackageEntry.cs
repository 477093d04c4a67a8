using System.Numerics;
using FpgaEdge.Planning;
using FpgaEdge.Wire;

namespace FpgaEdge.Cluster;

/// <summary>A package that a node holds, and serves, or is fetching.</summary>
internal sealed class PackageEntry
{
    private byte[]? outline;
    private Hash256 root;

    /// <summary>A package to be fetched.</summary>
    /// <param name="hash">Its name.</param>
    /// <param name="size">Its size in bytes.</param>
    /// <param name="partial">What an earlier fetch left, of that size; nothing in it is believed unchecked.</param>
    public PackageEntry(PackageHash hash, int size, byte[]? partial = null)
    {
        Hash = hash;
        Size = size;
        Fetch = new PackageFetch(this, partial);
    }

    /// <summary>A package that is there.</summary>
    public PackageEntry(PackageHash hash, ReadOnlyMemory<byte> bytes)
    {
        Hash = hash;
        Size = bytes.Length;
        Bytes = bytes;
    }

    public PackageHash Hash { get; }

    public int Size { get; }

    /// <summary>The fetch, until the package is whole.</summary>
    public PackageFetch? Fetch { get; private set; }

    public bool Whole => Fetch is null;

    /// <summary>The board said that it cannot use it; it is served all the same.</summary>
    public bool Refused { get; set; }

    public ReadOnlyMemory<byte> Bytes { get; private set; }

    /// <summary>The fetch has proved these bytes.</summary>
    public void Complete(ReadOnlyMemory<byte> bytes)
    {
        Bytes = bytes;
        Fetch = null;
    }

    /// <summary>Sends the chunks that a peer asked for.</summary>
    public void Serve(in PackageRequestMessage request, NodePort port, PeerAddress to, IClusterEffects effects)
    {
        int chunks = DataMessage.ChunksOf(Size);
        for (ulong mask = Whole ? request.Mask : 0; mask != 0; mask &= mask - 1)
        {
            int index = (int)request.First + BitOperations.TrailingZeroCount(mask);
            if (index >= chunks)
            {
                return;
            }

            MessagePackWriter writer = port.Begin();
            new PackageChunkMessage
            {
                Hash = request.Hash,
                Index = (uint)index,
                Payload = Bytes.Span.Slice(index * WireLimits.ChunkBytes, DataMessage.ChunkLength(Size, index)),
            }.Write(ref writer, port.Header(MessageKind.PackageChunk));
            port.Send(writer, to, effects);
        }
    }

    /// <summary>Sends a page of digests; they are computed when somebody first asks.</summary>
    public void ServeOutline(in PackageOutlineQueryMessage query, NodePort port, PeerAddress to, IClusterEffects effects)
    {
        int blocks = PackageOutline.BlocksOf(Size);
        if (!Whole || query.First >= blocks)
        {
            return;
        }

        if (outline is null)
        {
            outline = PackageOutline.Of(Bytes.Span);
            root = PackageOutline.RootOf(outline);
        }

        int count = Math.Min(WireLimits.OutlineBlocks, blocks - (int)query.First);
        MessagePackWriter writer = port.Begin();
        new PackageOutlineMessage
        {
            Hash = query.Hash,
            Root = root,
            First = query.First,
            Digests = outline.AsSpan((int)query.First * WireLimits.BlockDigestBytes, count * WireLimits.BlockDigestBytes),
        }.Write(ref writer, port.Header(MessageKind.PackageOutline));
        port.Send(writer, to, effects);
    }
}
