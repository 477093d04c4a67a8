using System.Collections.Immutable;
using FpgaEdge.Cluster.Simulation;
using FpgaEdge.Planning;
using FpgaEdge.Wire;

namespace FpgaEdge.Cluster.Tests;

/// <summary>Packages from several boards: some of them lie, lose, or go in the middle.</summary>
[TestClass]
public sealed class PackageTests
{
    private const long SecondNs = 1_000_000_000;
    private const int Blocks = 30;
    private const int Size = ((Blocks - 1) * PackageOutline.BlockBytes) + 4321;

    [TestMethod]
    [DataRow(0)]
    [DataRow(50)]
    public void SeveralSourcesShareTheWork(int loss)
    {
        // Goal: a board that joins three holders gets the package's bytes unchanged, from all of them. Method: three holders,
        // one that has nothing; the bytes that it reports, and the chunks that each holder sent.
        var shelf = new Shelf(loss, holders: 3, boards: 4);
        shelf.Run(5 * SecondNs);
        shelf.AssertWhole(3);
        int[] sent = [.. shelf.ChunksFrom.Take(3)];
        Assert.IsTrue(sent.All(chunks => chunks > 3 * PackageOutline.BlockChunks), string.Join(", ", sent));
        Assert.IsLessThan(DataMessage.ChunksOf(Size) * 5 / 4, sent.Sum(), "chunks were sent more often than lost ones explain");
        Assert.IsEmpty(shelf.Boards[3].Liars);
    }

    [TestMethod]
    public void ABlockThatDiffersFromItsSourcesClaimIsFetchedElsewhere()
    {
        // Goal: a board whose copy was damaged after it said what its blocks are is found at the first wrong block, is asked
        // for no more, and costs little more than that block. Method: the claim is heard, then a byte of every block is
        // flipped in that board's memory.
        var shelf = new Shelf(0, holders: 3, boards: 5);
        shelf.Boards[4].IsCut = true;
        shelf.Run(3 * SecondNs);
        shelf.Rot(1);
        Array.Clear(shelf.ChunksFrom);
        shelf.Boards[4].IsCut = false;
        shelf.Run(5 * SecondNs);
        shelf.AssertWhole(4);
        CollectionAssert.AreEqual(new[] { shelf.Boards[1].Id }, shelf.Boards[4].Liars);
        Assert.IsLessThan(6 * PackageOutline.BlockChunks, shelf.ChunksFrom[1], "the liar was asked on");
    }

    [TestMethod]
    public void AConsistentLieIsFoundByTheWholeHash()
    {
        // Goal: a source whose blocks fit its own claim, both wrong, does not keep the package from arriving; blocks that were
        // right are not fetched again. Method: one byte of one holder's copy is flipped before anybody asks; the first claim
        // asked for is, over the seeds, sometimes the liar's.
        int exposed = 0;
        for (int liar = 0; liar < 3; liar++)
        {
            var shelf = new Shelf(0, holders: 3, boards: 4);
            shelf.Rot(liar, PackageOutline.BlockBytes * 7);
            shelf.Run(6 * SecondNs);
            shelf.AssertWhole(3);
            exposed += shelf.Boards[3].Liars.Contains(shelf.Boards[liar].Id) ? 1 : 0;
            Assert.IsTrue(shelf.Boards[3].Liars.All(id => id == shelf.Boards[liar].Id), "an honest board was blamed");
            Assert.IsLessThan(DataMessage.ChunksOf(Size) + (3 * PackageOutline.BlockChunks), shelf.ChunksFrom.Sum(),
                "right blocks were fetched again");
        }

        Assert.IsGreaterThan(0, exposed, "no liar was ever asked first, so nothing was tried");
    }

    [TestMethod]
    public void ASourceMayGoInTheMiddle()
    {
        // Goal: a source that is killed in mid-transfer costs nothing but time. Method: the first of two holders is cut off
        // when a third of the blocks are there.
        var shelf = new Shelf(0, holders: 2, boards: 3);
        shelf.RunUntil(() => shelf.Boards[2].BlocksKept >= Blocks / 3);
        Assert.IsLessThan(Blocks, shelf.Boards[2].BlocksKept);
        shelf.Boards[0].IsCut = true;
        shelf.Run(5 * SecondNs);
        shelf.AssertWhole(2);
        Assert.IsEmpty(shelf.Boards[2].Liars);
    }

    [TestMethod]
    [DataRow(false)]
    [DataRow(true)]
    public void ARestartGoesOnWhereItWas(bool isCardDamaged)
    {
        // Goal: what an earlier life fetched is not fetched again, and what the card damaged meanwhile is. Method: the
        // fetching board is started again with the blocks it kept, one of them changed; the chunks that are sent then.
        var shelf = new Shelf(0, holders: 2, boards: 3);
        shelf.RunUntil(() => shelf.Boards[2].BlocksKept >= Blocks / 2);
        int kept = shelf.Boards[2].BlocksKept;
        shelf.Restart(2, isCardDamaged);
        Array.Clear(shelf.ChunksFrom);
        shelf.Run(5 * SecondNs);
        shelf.AssertWhole(2);
        int refetched = (Blocks - kept + (isCardDamaged ? 1 : 0)) * PackageOutline.BlockChunks;
        Assert.IsLessThanOrEqualTo(refetched, shelf.ChunksFrom.Sum());
        Assert.IsGreaterThan(refetched - (2 * PackageOutline.BlockChunks), shelf.ChunksFrom.Sum());
    }

    [TestMethod]
    public void ALoneDamagedSourceIsNeverBelieved()
    {
        // Goal: without any honest source the package never becomes whole, and trying stays rare. Method: one holder with a
        // flipped byte, 20 seconds.
        var shelf = new Shelf(0, holders: 1, boards: 2);
        shelf.Rot(0, 5);
        shelf.Run(20 * SecondNs);
        Assert.IsNull(shelf.Boards[1].Whole);
        Assert.IsLessThan(30 * DataMessage.ChunksOf(Size), shelf.ChunksFrom.Sum());
    }

    /// <summary>Boards on a network that takes a tenth of a millisecond and loses some datagrams.</summary>
    private sealed class Shelf
    {
        private readonly PriorityQueue<(int From, int To, byte[] Bytes), (long AtNs, long Order)> wire = new();
        private readonly SimulationRandom random = new(7);
        private readonly byte[] package = new byte[Size];
        private readonly int loss;
        private long order;
        private long nowNs = 1;

        public Shelf(int loss, int holders, int boards)
        {
            this.loss = loss;
            random.Fill(package);
            Boards = [.. Enumerable.Range(0, boards).Select(index => new Board(this, index))];
            ChunksFrom = new int[boards];
            foreach (Board board in Boards)
            {
                board.Start(nowNs, board.Index < holders ? (byte[])package.Clone() : null);
            }
        }

        public Board[] Boards { get; }

        /// <summary>Chunks that each board sent.</summary>
        public int[] ChunksFrom { get; }

        public void Run(long forNs)
        {
            long until = nowNs + forNs;
            RunUntil(() => nowNs >= until);
        }

        public void RunUntil(Func<bool> isOver)
        {
            for (int steps = 0; !isOver(); steps++)
            {
                Assert.IsLessThan(10_000_000, steps, "nothing happens any more");
                long timerNs = Boards.Min(board => board.Node.NextTimerNs);
                if (wire.TryPeek(out (int From, int To, byte[] Bytes) item, out (long AtNs, long Order) when) && when.AtNs <= timerNs)
                {
                    wire.Dequeue();
                    nowNs = Math.Max(nowNs, when.AtNs);
                    Boards[item.To].Node.OnDatagram(nowNs, SimulatedNetwork.AddressOf(item.From), item.Bytes, Boards[item.To]);
                    continue;
                }

                nowNs = Math.Max(nowNs + 1000, timerNs);
                foreach (Board board in Boards)
                {
                    board.Node.OnTimer(nowNs, board);
                }
            }
        }

        public void Send(int from, int to, ReadOnlySpan<byte> datagram)
        {
            if (to < 0 || to >= Boards.Length || from == to || Boards[from].IsCut || Boards[to].IsCut || random.Chance(loss))
            {
                return;
            }

            ChunksFrom[from] += IsChunk(datagram) ? 1 : 0;
            wire.Enqueue((from, to, datagram.ToArray()), (nowNs + 100_000, order++));
        }

        /// <summary>Flips a byte of a holder's copy, or one in every block.</summary>
        public void Rot(int board, int at = -1)
        {
            for (int i = Math.Max(at, 0); i < Size; i += PackageOutline.BlockBytes)
            {
                Boards[board].Copy![i] ^= 1;
                if (at >= 0)
                {
                    return;
                }
            }
        }

        public void Restart(int board, bool isCardDamaged)
        {
            byte[] card = (byte[])Boards[board].Card!.Clone();
            card[3] ^= isCardDamaged ? (byte)1 : (byte)0;

            // What the earlier life asked for is no longer under way.
            wire.Clear();
            Boards[board].Start(nowNs, null);
            Boards[board].Node.OnPartialPackage(nowNs, Convert.HashOf(package), card);
        }

        public void AssertWhole(int board)
        {
            Assert.IsNotNull(Boards[board].Whole, "the package never came");
            Assert.IsTrue(package.AsSpan().SequenceEqual(Boards[board].Whole), "other bytes came");
        }

        private static bool IsChunk(ReadOnlySpan<byte> datagram)
        {
            var reader = new MessagePackReader(datagram[..^ChecksumSeal.TrailerBytes]);
            return MessageHeader.TryRead(ref reader, out MessageHeader header, out _) == HeaderVerdict.Ok
                && header.Kind == MessageKind.PackageChunk;
        }
    }

    private sealed class Board(Shelf shelf, int index) : IBoardEffects
    {
        private uint life;

        public int Index { get; } = index;

        public BoardId Id => ClusterSimulation.Board(Index).Id;

        public BoardNode Node { get; private set; } = null!;

        public bool IsCut { get; set; }

        /// <summary>The copy that a holder serves.</summary>
        public byte[]? Copy { get; private set; }

        /// <summary>What a fetching board kept.</summary>
        public byte[]? Card { get; private set; }

        public int BlocksKept { get; private set; }

        public byte[]? Whole { get; private set; }

        public List<BoardId> Liars { get; } = [];

        public void Start(long nowNs, byte[]? package)
        {
            Node = new BoardNode(new BoardOptions
            {
                ClusterName = "shelf",
                Self = ClusterSimulation.Board(Index) with { Incarnation = ++life },
                Planner = (_, _) => null,
                Seed = (ulong)Index,
            });
            Copy = package;
            Node.Start(nowNs, this);
            if (package is not null)
            {
                Node.OnPackage(nowNs, package, this);
            }
        }

        public void Send(PeerAddress to, ReadOnlySpan<byte> datagram) =>
            shelf.Send(Index, SimulatedNetwork.NodeOf(to), datagram);

        public void Multicast(ReadOnlySpan<byte> datagram)
        {
            for (int to = 0; to < shelf.Boards.Length; to++)
            {
                shelf.Send(Index, to, datagram);
            }
        }

        public void Log(in ClusterEvent entry)
        {
            if (entry.Kind == ClusterEventKind.PackageDamaged)
            {
                Liars.Add(entry.Board);
            }
        }

        public void PackageComplete(PackageHash package, ReadOnlyMemory<byte> bytes) => Whole = bytes.ToArray();

        public void PackageBlock(PackageHash package, int packageBytes, int offset, ReadOnlySpan<byte> bytes)
        {
            Card ??= new byte[packageBytes];
            bytes.CopyTo(Card.AsSpan(offset));
            BlocksKept++;
        }

        public void CommandGiven(in CommandToken token, string command)
        {
        }

        public void CostsNeeded(PackageHash package, ReadOnlyMemory<byte> bytes, ImmutableArray<BoardKind> kinds)
        {
        }

        public void StageAssigned(Plan plan, int stage, ReadOnlyMemory<byte> packageBytes)
        {
        }

        public void StageReleased(PlanHash plan, int stage)
        {
        }

        public void FrameReady(in FrameWork work)
        {
        }
    }
}
