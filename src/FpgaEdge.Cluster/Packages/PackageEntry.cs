using System.Numerics;
using FpgaEdge.Planning;
using FpgaEdge.Wire;

namespace FpgaEdge.Cluster;

/// <summary>A package that a node holds or is fetching, chunk by chunk, from everybody who has it.</summary>
internal sealed class PackageEntry
{
    private const int BlockChunks = 16;
    private const int Blocks = 8;
    private const long BlockTimeoutNs = 150_000_000;
    private const int Offers = 4;
    private const long HopelessNs = 30_000_000_000;
    private readonly ChunkSet received = new();
    private readonly Block[] blocks = new Block[Blocks];
    private readonly List<ulong> offers = new(Offers);
    private byte[] partial = [];
    private int nextChunk;
    private int rotor;
    private int damaged;
    private long checkNs;
    private long sourceNs = -1;

    public PackageEntry(PackageHash hash, int size)
    {
        Hash = hash;
        Size = size;
        received.Reset(DataMessage.ChunksOf(size));
    }

    public PackageEntry(PackageHash hash, ReadOnlyMemory<byte> bytes)
        : this(hash, bytes.Length)
    {
        Bytes = bytes;
        Whole = true;
    }

    public PackageHash Hash { get; }

    public int Size { get; }

    public bool Whole { get; private set; }

    /// <summary>The board said that it cannot use it; it is served all the same.</summary>
    public bool Refused { get; set; }

    public ReadOnlyMemory<byte> Bytes { get; private set; }

    /// <summary>A client has it and will send it.</summary>
    public void AddOffer(ulong client)
    {
        if (!offers.Contains(client) && offers.Count < Offers)
        {
            offers.Add(client);
            checkNs = 0;
        }
    }

    /// <summary>Looks for sources again at once.</summary>
    public void Hurry() => checkNs = 0;

    public long NextTimerNs()
    {
        if (Whole)
        {
            return long.MaxValue;
        }

        long next = checkNs;
        foreach (ref readonly Block block in blocks.AsSpan())
        {
            next = block.Missing != 0 ? Math.Min(next, block.SentNs + BlockTimeoutNs) : next;
        }

        return next;
    }

    /// <summary>Takes in a chunk. True when the package became whole, and its hash is right.</summary>
    public bool OnChunk(long nowNs, in PackageChunkMessage chunk, out bool wasDamaged)
    {
        wasDamaged = false;
        int index = (int)chunk.Index;
        if (Whole || index >= received.Count || chunk.Payload.Length != DataMessage.ChunkLength(Size, index))
        {
            return false;
        }

        if (partial.Length == 0)
        {
            partial = new byte[Size];
        }

        if (!received.Add(index))
        {
            return false;
        }

        chunk.Payload.CopyTo(partial.AsSpan(index * WireLimits.ChunkBytes));
        foreach (ref Block block in blocks.AsSpan())
        {
            int bit = index - block.First;
            if (block.Missing != 0 && bit is >= 0 and < BlockChunks)
            {
                block.Missing &= ~(1UL << bit);
                block.SentNs = nowNs;
                checkNs = block.Missing == 0 ? nowNs : checkNs;
            }
        }

        if (!received.IsComplete)
        {
            return false;
        }

        if (Convert.HashOf(partial) != Hash)
        {
            wasDamaged = true;
            damaged++;
            received.Reset(received.Count);
            Array.Clear(blocks);
            nextChunk = 0;
            rotor++;
            return false;
        }

        Whole = true;
        Bytes = partial;
        partial = [];
        return true;
    }

    /// <summary>
    /// Nobody has had it for a long time: what was fetched is given up, so that it blocks no other package.
    /// </summary>
    public bool IsHopeless(long nowNs) => !Whole && sourceNs >= 0 && nowNs - sourceNs >= HopelessNs;

    /// <summary>Asks for what is missing.</summary>
    public void Pump(long nowNs, NodePort port, PeerTable peers, ClientTable clients, IClusterEffects effects)
    {
        if (Whole || nowNs < NextTimerNs())
        {
            return;
        }

        Span<PeerAddress> sources = stackalloc PeerAddress[WireLimits.Boards + Offers];
        int count = FindSources(sources, peers, clients);
        checkNs = nowNs + BlockTimeoutNs;
        sourceNs = count > 0 || sourceNs < 0 ? nowNs : sourceNs;
        if (count == 0)
        {
            return;
        }

        // After damage nobody can say who sent the wrong chunk: fetch from one source at a time, each in turn.
        if (damaged > 0)
        {
            sources[0] = sources[rotor % count];
            count = 1;
        }

        int active = Math.Min(Blocks, 2 + (2 * count));
        for (int i = 0; i < active; i++)
        {
            ref Block block = ref blocks[i];
            if (block.Missing == 0 && !TryAssign(ref block))
            {
                continue;
            }

            if (nowNs - block.SentNs >= BlockTimeoutNs)
            {
                block.SentNs = nowNs;
                MessagePackWriter writer = port.Begin();
                new PackageRequestMessage(Hash.ToWire(), (uint)block.First, block.Missing)
                    .Write(ref writer, port.Header(MessageKind.PackageRequest));
                port.Send(writer, sources[(rotor++ & 0xffff) % count], effects);
            }
        }
    }

    /// <summary>Sends the chunks that a peer asked for.</summary>
    public void Serve(in PackageRequestMessage request, NodePort port, PeerAddress to, IClusterEffects effects)
    {
        if (!Whole)
        {
            return;
        }

        for (ulong mask = request.Mask; mask != 0; mask &= mask - 1)
        {
            int index = (int)request.First + BitOperations.TrailingZeroCount(mask);
            if (index >= received.Count)
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

    private int FindSources(Span<PeerAddress> sources, PeerTable peers, ClientTable clients)
    {
        int count = 0;
        for (int i = 0; i < peers.Count; i++)
        {
            if (peers[i].TryGetPackage(Hash, out PackageAnnouncement announced) && announced.Whole)
            {
                sources[count++] = peers[i].Address;
            }
        }

        foreach (ulong offer in offers)
        {
            if (clients.Find(offer) is { } client)
            {
                sources[count++] = client.Address;
            }
        }

        return count;
    }

    private bool TryAssign(ref Block block)
    {
        int first = received.NextMissing(nextChunk);
        if (first >= received.Count)
        {
            return false;
        }

        int chunks = Math.Min(BlockChunks, received.Count - first);
        block.First = first;
        block.SentNs = long.MinValue / 2;
        block.Missing = 0;
        for (int i = 0; i < chunks; i++)
        {
            block.Missing |= received.Contains(first + i) ? 0 : 1UL << i;
        }

        nextChunk = first + chunks;
        return true;
    }

    private struct Block
    {
        public int First;
        public ulong Missing;
        public long SentNs;
    }
}
