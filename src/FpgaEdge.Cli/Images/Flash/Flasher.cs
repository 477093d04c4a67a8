using System.Collections.Concurrent;
using FpgaEdge.Hardware;

namespace FpgaEdge.Cli.Images.Flash;

/// <summary>How far the work is.</summary>
/// <param name="Phase">What is being done.</param>
/// <param name="Done">Bytes done.</param>
/// <param name="Total">Bytes in all.</param>
internal readonly record struct FlashProgress(string Phase, long Done, long Total);

/// <summary>How one card ended.</summary>
/// <param name="Plan">The card.</param>
/// <param name="Failure">Why it is not usable; null when every byte was read back and is right.</param>
/// <param name="Mismatch">Whether the failure is a byte that came back different.</param>
internal sealed record CardOutcome(CardPlan Plan, Exception? Failure, bool Mismatch);

/// <summary>A byte that came back different from what was written.</summary>
internal sealed class CardMismatchException(string message) : Exception(message);

/// <summary>
/// Writes an image to cards and reads every byte back. Order of writes, per card: everything but sector 0; flush; read back
/// and compare; sector 0, which makes the card start the new system; flush; read that back. So until the last write the
/// card starts what it started before, if that could be left in place, and otherwise nothing.
/// </summary>
internal sealed class Flasher(ImageSource image, Action<FlashProgress> progress, int pieceBytes = Flasher.DefaultPieceBytes)
{
    /// <summary>Bytes per write.</summary>
    public const int DefaultPieceBytes = 4 << 20;

    // Pieces in flight: one is read while the other is written.
    private const int Buffers = 2;
    private const int HeadBytes = DirectFile.Alignment;

    /// <summary>Writes, verifies and activates; a card that fails does not stop the others.</summary>
    public IReadOnlyList<CardOutcome> Run(IReadOnlyList<CardPlan> cards, CancellationToken cancellation)
    {
        Card[] all = [.. cards.Select(plan => new Card(plan))];
        Each(all, card => Prepare(card.Plan));
        Pass(all, "writing", WritePiece, cancellation);
        Each(all, card => card.Plan.Device.Flush());
        Pass(all, "verifying", VerifyPiece, cancellation);
        Each(all, card => Activate(card.Plan));
        return [.. all.Select(card => new CardOutcome(card.Plan, card.Failure, card.Failure is CardMismatchException))];
    }

    /// <summary>Only writes, as for a benchmark.</summary>
    public void Write(CardPlan plan, CancellationToken cancellation)
    {
        var card = new Card(plan);
        Pass([card], "writing", WritePiece, cancellation);
        plan.Device.Flush();
        Rethrow(card);
    }

    /// <summary>Only compares, sector 0 included.</summary>
    public void Verify(CardPlan plan, CancellationToken cancellation)
    {
        var card = new Card(plan);
        Pass([card], "verifying", VerifyPiece, cancellation);
        Rethrow(card);
        VerifyHead(plan);
    }

    private static void Rethrow(Card card)
    {
        if (card.Failure is Exception failure)
        {
            throw failure;
        }
    }

    /// <summary>A card on which the old system cannot survive is made one that does not start at all.</summary>
    private void Prepare(CardPlan plan)
    {
        if (!plan.OldSurvives)
        {
            WriteHead(plan, new byte[CardTable.SectorBytes]);
            plan.Device.Flush();
        }
    }

    private void Activate(CardPlan plan)
    {
        WriteHead(plan, plan.BootSector(image));
        plan.Device.Flush();
        VerifyHead(plan);
    }

    /// <summary>Changes sector 0 and leaves the rest of the card's first block as it is.</summary>
    private static void WriteHead(CardPlan plan, ReadOnlySpan<byte> sector)
    {
        using var head = new CardBuffer(HeadBytes);
        plan.Device.Read(0, head.Span);
        sector.CopyTo(head.Span);
        plan.Device.Write(0, head.Span);
    }

    private void VerifyHead(CardPlan plan)
    {
        using var head = new CardBuffer(HeadBytes);
        plan.Device.Read(0, head.Span);
        Compare(plan, 0, plan.BootSector(image), head.Span[..CardTable.SectorBytes]);
    }

    private void WritePiece(CardPlan plan, long offset, Span<byte> piece)
    {
        plan.Adapt(image, offset, piece);
        KeepSectorZero(plan, offset, piece);
        plan.Device.Write(plan.BaseBytes + offset, piece);
    }

    private void VerifyPiece(CardPlan plan, long offset, Span<byte> piece)
    {
        using var found = new CardBuffer(piece.Length);
        plan.Device.Read(plan.BaseBytes + offset, found.Span);
        plan.Adapt(image, offset, piece);
        // Sector 0 is not written yet, or has been compared by itself.
        int skip = plan.BaseBytes + offset == 0 ? CardTable.SectorBytes : 0;
        Compare(plan, offset + skip, piece[skip..], found.Span[skip..]);
    }

    private static void KeepSectorZero(CardPlan plan, long offset, Span<byte> piece)
    {
        if (plan.BaseBytes + offset == 0)
        {
            using var head = new CardBuffer(HeadBytes);
            plan.Device.Read(0, head.Span);
            head.Span[..CardTable.SectorBytes].CopyTo(piece);
        }
    }

    private static void Compare(CardPlan plan, long offset, ReadOnlySpan<byte> expected, ReadOnlySpan<byte> found)
    {
        int equal = expected.CommonPrefixLength(found);
        if (equal < expected.Length)
        {
            throw new CardMismatchException($"{plan.Device.Name}: byte {plan.BaseBytes + offset + equal} was written as " +
                $"0x{expected[equal]:X2} and reads back as 0x{found[equal]:X2}; the card or the reader is bad, use another one");
        }
    }

    /// <summary>Reads the image once and hands every piece to every card; each card has its own thread and its own copy.</summary>
    private void Pass(Card[] cards, string phase, Action<CardPlan, long, Span<byte>> work, CancellationToken cancellation)
    {
        Card[] working = [.. cards.Where(card => card.Failure is null)];
        if (working.Length == 0)
        {
            return;
        }
        long total = image.Map.MappedBytes * working.Length;
        long done = 0;
        Queue[] queues = [.. working.Select(card => new Queue(card, pieceBytes))];
        Thread[] threads = [.. queues.Select(queue => new Thread(() => queue.Drain((plan, offset, piece) =>
        {
            work(plan, offset, piece);
            progress(new FlashProgress(phase, Interlocked.Add(ref done, piece.Length), total));
        })))];
        Array.ForEach(threads, thread => thread.Start());
        try
        {
            // One card needs no copies: the image is read straight into its buffers.
            using var shared = queues.Length == 1 ? null : new CardBuffer(pieceBytes);
            image.Read(pieceBytes, () => shared ?? queues[0].Free(), (offset, piece, count) =>
            {
                cancellation.ThrowIfCancellationRequested();
                foreach (Queue queue in queues)
                {
                    queue.Add(offset, shared is null ? piece : queue.CopyOf(piece, count), count);
                }
            });
        }
        finally
        {
            Array.ForEach(queues, queue => queue.Complete());
            Array.ForEach(threads, thread => thread.Join());
            Array.ForEach(queues, queue => queue.Dispose());
        }
    }

    private static void Each(Card[] cards, Action<Card> work)
    {
        foreach (Card card in cards.Where(card => card.Failure is null))
        {
            card.Try(() => work(card));
        }
    }

    /// <summary>A card and what became of it.</summary>
    private sealed class Card(CardPlan plan)
    {
        private volatile Exception? failure;

        public CardPlan Plan => plan;

        public Exception? Failure => failure;

        public void Try(Action work)
        {
            try
            {
                work();
            }
            catch (Exception e) when (e is HardwareException or CardMismatchException)
            {
                failure = e;
            }
        }
    }

    /// <summary>Pieces on their way to one card.</summary>
    private sealed class Queue : IDisposable
    {
        private readonly Card card;
        private readonly CardBuffer[] buffers;
        private readonly BlockingCollection<CardBuffer> free = [];
        private readonly BlockingCollection<(long Offset, CardBuffer Piece, int Count)> pieces = [];
        private Exception? defect;

        public Queue(Card card, int pieceBytes)
        {
            this.card = card;
            buffers = [.. Enumerable.Range(0, Buffers).Select(_ => new CardBuffer(pieceBytes))];
            Array.ForEach(buffers, buffer => free.Add(buffer));
        }

        public CardBuffer Free() => free.Take();

        public CardBuffer CopyOf(CardBuffer piece, int count)
        {
            CardBuffer copy = Free();
            piece.Span[..count].CopyTo(copy.Span);
            return copy;
        }

        public void Add(long offset, CardBuffer piece, int count) => pieces.Add((offset, piece, count));

        public void Complete() => pieces.CompleteAdding();

        /// <summary>Works until no more pieces come; after a failure they only pass through.</summary>
        public void Drain(Action<CardPlan, long, Span<byte>> work)
        {
            foreach ((long offset, CardBuffer piece, int count) in pieces.GetConsumingEnumerable())
            {
                if (card.Failure is null && defect is null)
                {
                    try
                    {
                        card.Try(() => work(card.Plan, offset, piece.Span[..count]));
                    }
                    catch (Exception e)
                    {
                        defect = e;
                    }
                }
                free.Add(piece);
            }
        }

        public void Dispose()
        {
            Array.ForEach(buffers, buffer => buffer.Dispose());
            free.Dispose();
            pieces.Dispose();
            if (defect is not null)
            {
                throw new InvalidOperationException(defect.Message, defect);
            }
        }
    }
}
