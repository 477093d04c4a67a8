using System.Collections.Immutable;
using FpgaEdge.Cluster.Simulation;
using FpgaEdge.Planning;

namespace FpgaEdge.Cluster.Tests;

[TestClass]
public sealed class ArrivalOrderTests
{
    [TestMethod]
    public void AnyOrderOfArrivalGivesTheSameViewAndPlan()
    {
        // Goal (P1): the same knowledge gives the same plan, in whatever order it came. Method: the greetings of seven
        // mixed boards reach an eighth in 5,000 random orders; its view and its plan never differ.
        var network = ModelledNetwork.RandomChain(9, 10, 4000, 3_000_000);
        var hellos = new List<byte[]>();
        for (int i = 1; i < 8; i++)
        {
            var capture = new CapturingEffects();
            NewBoard(i).Start(0, capture);
            hellos.AddRange(capture.Sent.Take(1));
        }

        ClusterView? expected = null;
        PlanHash? plan = null;
        var random = new SimulationRandom(1);
        for (int round = 0; round < 5000; round++)
        {
            for (int i = hellos.Count - 1; i > 0; i--)
            {
                int other = (int)random.Below(i + 1);
                (hellos[i], hellos[other]) = (hellos[other], hellos[i]);
            }

            var effects = new CapturingEffects();
            BoardNode node = NewBoard(0);
            node.Start(0, effects);
            node.OnPackage(0, network.Package, effects);
            for (int i = 0; i < hellos.Count; i++)
            {
                node.OnDatagram(1000 + i, PeerAddress.FromIPv4(0x0a000001, (ushort)(5000 + i)), hellos[i], effects);
            }

            node.OnCosts(2000, network.Costs(effects.Kinds), effects);
            Assert.HasCount(8, node.View.Members);
            expected ??= node.View;
            plan ??= node.PlanOf(network.Hash)?.Hash;
            Assert.AreSequenceEqual(expected.Members, node.View.Members);
            Assert.IsNotNull(plan);
            Assert.AreEqual(plan, node.PlanOf(network.Hash)?.Hash);
        }
    }

    private static BoardNode NewBoard(int number) => new(new BoardOptions
    {
        ClusterName = "orders",
        Self = ClusterSimulation.Board(number, number % 2 == 0 ? "virtual-zynq7020" : "virtual-ultra96",
            number % 2 == 0 ? 100_000_000 : 300_000_000) with { Incarnation = 3 },
        Planner = (view, costs) => Planner.Plan(view, costs, PlannerOptions.Pipelined),
        // Every arrival has its effect at once, so that the order can matter.
        Timing = new ClusterTiming { ViewChangeNs = 0 },
    });

    private sealed class CapturingEffects : IBoardEffects
    {
        public List<byte[]> Sent { get; } = [];

        public ImmutableArray<BoardKind> Kinds { get; private set; } = [];

        public void Send(PeerAddress to, ReadOnlySpan<byte> datagram)
        {
        }

        public void Multicast(ReadOnlySpan<byte> datagram) => Sent.Add(datagram.ToArray());

        public void Log(in ClusterEvent entry)
        {
        }

        public void PackageBlock(PackageHash package, int packageBytes, int offset, ReadOnlySpan<byte> bytes)
        {
        }

        public void PackageComplete(PackageHash package, ReadOnlyMemory<byte> bytes)
        {
        }

        public void CostsNeeded(PackageHash package, ReadOnlyMemory<byte> bytes, ImmutableArray<BoardKind> kinds) =>
            Kinds = kinds;

        public void StageAssigned(Plan plan, int stage, ReadOnlyMemory<byte> packageBytes)
        {
        }

        public void CommandGiven(in CommandToken token, string command)
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
