using FpgaEdge.Planning;
using FpgaEdge.Wire;

namespace FpgaEdge.Cluster;

/// <summary>
/// Fetches a package from everybody who has it, several blocks at a time. First come the digests that one source claims;
/// only sources with the same claim are used with them. A block that differs from its source's claim is fetched again
/// from another source, and that source is used no more. When every block fits the claim and the whole does not, the
/// claim was a lie: its sources are used no more, and only blocks that differ under the next claim are fetched again.
/// Memory is the package, its digests, and a fixed number of requests.
/// </summary>
internal sealed class PackageFetch
{
    private const int Requests = 8;
    private const long TimeoutNs = 150_000_000;
    private const long HopelessNs = 30_000_000_000;
    private const long ForgiveNs = 1_000_000_000;
    private readonly PackageEntry entry;
    private readonly PackageSources sources = new();
    private readonly Request[] requests = new Request[Requests];
    private readonly ChunkSet verified = new();
    private byte[]? bytes;
    private byte[] outline = [];
    private int outlineBlocks;
    private PackageSource? outlineSource;
    private Hash256 root;
    private int nextBlock;
    private bool hasLeftover;
    private long checkNs;
    private long sourceNs = -1;
    private ulong liar;

    public PackageFetch(PackageEntry entry, byte[]? partial)
    {
        this.entry = entry;
        bytes = partial;
        hasLeftover = partial is not null;
        verified.Reset(PackageOutline.BlocksOf(entry.Size));
    }

    /// <summary>Blocks that need not be fetched any more.</summary>
    public int Verified => verified.Present;

    /// <summary>Who turned out to lie, since the last call; 0 for nobody.</summary>
    public ulong TakeLiar()
    {
        ulong found = liar;
        liar = 0;
        return found;
    }

    private bool HasOutline => outlineBlocks == verified.Count;

    /// <summary>A client has it and will send it.</summary>
    public void AddOffer(ulong client)
    {
        if (sources.AddOffer(client))
        {
            checkNs = 0;
        }
    }

    /// <summary>Looks for sources again at once.</summary>
    public void Hurry() => checkNs = 0;

    /// <summary>Nobody has had it for a long time: it makes room when there is need.</summary>
    public bool IsHopeless(long nowNs) => sourceNs >= 0 && nowNs - sourceNs >= HopelessNs;

    public long NextTimerNs()
    {
        long next = checkNs;
        foreach (ref readonly Request request in requests.AsSpan())
        {
            next = request.Missing != 0 ? Math.Min(next, request.SentNs + TimeoutNs) : next;
        }

        return next;
    }

    /// <summary>A page of somebody's digests.</summary>
    public void OnOutline(ulong sender, in PackageOutlineMessage page)
    {
        if (sources.Find(sender) is not { IsLiar: false } source)
        {
            return;
        }

        source.Root = page.Root;
        checkNs = 0;
        if (source != outlineSource || HasOutline || (int)page.First != outlineBlocks)
        {
            return;
        }

        if (outlineBlocks == 0)
        {
            root = page.Root;
            outline = new byte[verified.Count * WireLimits.BlockDigestBytes];
        }

        int count = page.Digests.Length / WireLimits.BlockDigestBytes;
        if (page.Root != root || outlineBlocks + count > verified.Count)
        {
            Expose(source);
            return;
        }

        page.Digests.CopyTo(outline.AsSpan(outlineBlocks * WireLimits.BlockDigestBytes));
        outlineBlocks += count;
        source.AskedNs = long.MinValue / 2;
        if (HasOutline)
        {
            OnWholeOutline(source);
        }
    }

    /// <summary>A chunk arrived.</summary>
    /// <returns>The block that is complete and right with it, or −1.</returns>
    public int OnChunk(long nowNs, ulong sender, in PackageChunkMessage chunk)
    {
        int index = (int)chunk.Index;
        int block = index / PackageOutline.BlockChunks;
        ulong bit = 1UL << (index % PackageOutline.BlockChunks);
        int slot = Array.FindIndex(requests, request => request.Missing != 0 && request.Block == block);
        if (slot < 0 || requests[slot].Source.Id != sender || (requests[slot].Missing & bit) == 0
            || index >= DataMessage.ChunksOf(entry.Size) || chunk.Payload.Length != DataMessage.ChunkLength(entry.Size, index))
        {
            return -1;
        }

        ref Request active = ref requests[slot];
        chunk.Payload.CopyTo(bytes.AsSpan(index * WireLimits.ChunkBytes));
        active.Missing &= ~bit;
        active.WasHeard = true;
        if (active.Missing != 0)
        {
            // Behind the last chunk asked for, nothing is under way: what is missing then was lost.
            active.SentNs = bit > active.Missing ? nowNs - TimeoutNs : nowNs;
            checkNs = Math.Min(checkNs, active.SentNs + TimeoutNs);
            return -1;
        }

        checkNs = 0;
        if (!PackageOutline.Fits(outline, block, BlockOf(block)))
        {
            Expose(active.Source);
            nextBlock = Math.Min(nextBlock, block);
            return -1;
        }

        verified.Add(block);
        return block;
    }

    /// <summary>The bytes of a block.</summary>
    public ReadOnlySpan<byte> BlockOf(int block) =>
        bytes.AsSpan(block * PackageOutline.BlockBytes, PackageOutline.Length(entry.Size, block));

    /// <summary>
    /// When every block is there: the package, if it has the right hash. Otherwise the claim is dropped, with all who
    /// made it.
    /// </summary>
    public bool TryFinish(out byte[] package)
    {
        package = [];
        if (!HasOutline || !verified.IsComplete)
        {
            return false;
        }

        if (Convert.HashOf(bytes) == entry.Hash)
        {
            package = bytes!;
            return true;
        }

        foreach (PackageSource source in sources.All)
        {
            if (source.Root == root)
            {
                Expose(source);
            }
        }

        DropOutline();
        return false;
    }

    /// <summary>Asks for what is missing.</summary>
    public void Pump(long nowNs, NodePort port, PeerTable peers, ClientTable clients, IClusterEffects effects)
    {
        if (nowNs < NextTimerNs())
        {
            return;
        }

        sources.LookAgain(entry.Hash, peers, clients);
        int usable = sources.Count(source => source.IsUsable);
        checkNs = nowNs + TimeoutNs;
        sourceNs = usable > 0 || sourceNs < 0 ? nowNs : sourceNs;
        if (usable == 0)
        {
            Forgive(nowNs);
            return;
        }

        if (!HasOutline)
        {
            AskForOutline(nowNs, port, effects);
            return;
        }

        foreach (PackageSource source in sources.All)
        {
            if (source.IsUsable && source.Root == default && nowNs - source.AskedNs >= TimeoutNs)
            {
                Ask(nowNs, source, 0, port, effects);
            }
        }

        AskForBlocks(nowNs, port, effects);
    }

    /// <summary>The first source, or the next one when it is silent, gone or a liar, says what its blocks are.</summary>
    private void AskForOutline(long nowNs, NodePort port, IClusterEffects effects)
    {
        if (outlineSource is { IsUsable: true } && nowNs - outlineSource.AskedNs < TimeoutNs)
        {
            return;
        }

        bool isNew = outlineSource is not { IsUsable: true } || outlineSource.AskedNs > long.MinValue / 2;
        if (isNew)
        {
            outlineBlocks = 0;
            outlineSource = sources.Next(source => source.IsUsable);
        }

        Ask(nowNs, outlineSource!, outlineBlocks, port, effects);
    }

    private void AskForBlocks(long nowNs, NodePort port, IClusterEffects effects)
    {
        int agreeing = sources.Count(source => source.IsUsable && source.Root == root);
        if (agreeing == 0)
        {
            // Whoever made the claim has gone; what was verified under it is checked again under the next one.
            DropOutline();
            checkNs = nowNs;
            return;
        }

        int active = Math.Min(Requests, 2 + (2 * agreeing));
        for (int i = 0; i < active; i++)
        {
            ref Request request = ref requests[i];
            if ((request.Missing == 0 && !TryAssign(ref request)) || nowNs - request.SentNs < TimeoutNs)
            {
                continue;
            }

            PackageSource source = request.WasHeard && request.Source is { IsUsable: true } same ? same
                : sources.Next(candidate => candidate.IsUsable && candidate.Root == root)!;
            if (request.Source != source)
            {
                // A block comes from one source, so that it is known who sent a wrong one.
                request.Source = source;
                request.Missing = AllOf(request.Block);
            }

            request.SentNs = nowNs;
            request.WasHeard = false;
            MessagePackWriter writer = port.Begin();
            new PackageRequestMessage(entry.Hash.ToWire(), (uint)(request.Block * PackageOutline.BlockChunks), request.Missing)
                .Write(ref writer, port.Header(MessageKind.PackageRequest));
            port.Send(writer, source.Address, effects);
        }
    }

    private void Ask(long nowNs, PackageSource source, int first, NodePort port, IClusterEffects effects)
    {
        source.AskedNs = nowNs;
        MessagePackWriter writer = port.Begin();
        new PackageOutlineQueryMessage(entry.Hash.ToWire(), (uint)first)
            .Write(ref writer, port.Header(MessageKind.PackageOutlineQuery));
        port.Send(writer, source.Address, effects);
    }

    private void OnWholeOutline(PackageSource source)
    {
        if (PackageOutline.RootOf(outline) != root)
        {
            Expose(source);
            return;
        }

        if (bytes is null || !hasLeftover)
        {
            bytes ??= new byte[entry.Size];
            return;
        }

        // Left by an earlier fetch, or under another claim: what fits stays.
        for (int block = 0; block < verified.Count; block++)
        {
            if (PackageOutline.Fits(outline, block, BlockOf(block)))
            {
                verified.Add(block);
            }
        }
    }

    private void Expose(PackageSource source)
    {
        source.IsLiar = true;
        liar = source.Id;
        if (source == outlineSource && !HasOutline)
        {
            outlineBlocks = 0;
        }

        foreach (ref Request request in requests.AsSpan())
        {
            if (request.Missing != 0 && request.Source == source)
            {
                request.SentNs = long.MinValue / 2;
            }
        }
    }

    private void DropOutline()
    {
        outlineBlocks = 0;
        outlineSource = null;
        hasLeftover = bytes is not null;
        verified.Reset(verified.Count);
        Array.Clear(requests);
        nextBlock = 0;
        checkNs = 0;
    }

    /// <summary>Everybody there lied once: perhaps it was only bad memory. After a while all may try again.</summary>
    private void Forgive(long nowNs)
    {
        if (sources.Count(source => source.IsThere) == 0)
        {
            return;
        }

        checkNs = nowNs + ForgiveNs;
        foreach (PackageSource source in sources.All)
        {
            source.IsLiar = false;
            source.Root = default;
        }

        DropOutline();
        checkNs = nowNs + ForgiveNs;
    }

    private bool TryAssign(ref Request request)
    {
        int block = nextBlock;
        while (block < verified.Count && (verified.Contains(block) || IsAsked(block)))
        {
            block++;
        }

        nextBlock = block;
        if (block >= verified.Count)
        {
            return false;
        }

        nextBlock++;
        request = new Request { Block = block, Missing = AllOf(block), SentNs = long.MinValue / 2 };
        return true;
    }

    private bool IsAsked(int block)
    {
        foreach (ref readonly Request request in requests.AsSpan())
        {
            if (request.Missing != 0 && request.Block == block)
            {
                return true;
            }
        }

        return false;
    }

    private ulong AllOf(int block) =>
        (1UL << DataMessage.ChunksOf(PackageOutline.Length(entry.Size, block))) - 1;

    private struct Request
    {
        public int Block;
        public ulong Missing;
        public PackageSource Source;
        public long SentNs;

        /// <summary>Something came since it was last asked for.</summary>
        public bool WasHeard;
    }
}
