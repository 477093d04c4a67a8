using FpgaEdge.Wire;

namespace FpgaEdge.Cluster.Tests;

[TestClass]
public sealed class NodeFuzzTests
{
    [TestMethod]
    public void SealedNonsenseNeitherCrashesNorGrowsANode()
    {
        // Goal (B1): even who can seal datagrams cannot crash a node or make it grow. Method: real datagrams of a
        // running cluster, mutated inside and sealed correctly again, 400,000 of them, reach a board and the client of
        // that cluster from random addresses while its clock goes on.
        var lab = new Lab { Recorded = [] };
        lab.Run(40);
        byte[][] recorded = [.. lab.Recorded.Distinct().Where((_, i) => i % 3 == 0)];
        lab.Recorded = null;
        var random = new Random(1);
        var seal = new ChecksumSeal();
        byte[] message = new byte[WireLimits.DatagramBytes];
        byte[] datagram = new byte[WireLimits.DatagramBytes + WireLimits.SealBytes];
        long nowNs = 1_000_000_000;
        for (int i = 0; i < 400_000; i++)
        {
            byte[] source = recorded[random.Next(recorded.Length)];
            int length = Mutate(random, source.AsSpan(0, source.Length - ChecksumSeal.TrailerBytes), message);
            int sealedBytes = seal.Seal(message.AsSpan(0, length), datagram);
            PeerAddress from = PeerAddress.FromIPv4((uint)random.Next(16), (ushort)random.Next(8));
            nowNs += random.Next(200_000);
            lab.Boards[i & 1].Node.OnDatagram(nowNs, from, datagram.AsSpan(0, sealedBytes), lab.Boards[i & 1]);
            lab.Client.Node.OnDatagram(nowNs, from, datagram.AsSpan(0, sealedBytes), lab.Client);
            lab.Drain(nowNs, i % 100 == 0);
        }

        foreach (LabBoard board in lab.Boards)
        {
            Assert.IsLessThanOrEqualTo(WireLimits.Boards, board.Node.View.Members.Length);
            Assert.IsLessThanOrEqualTo(WireLimits.Packages, board.Node.View.Packages.Length);
            Assert.IsGreaterThan(10_000, board.Node.Counters.IgnoredMalformed);
        }
    }

    private static int Mutate(Random random, ReadOnlySpan<byte> source, Span<byte> message)
    {
        source.CopyTo(message);
        int length = source.Length;
        for (int flips = random.Next(4); flips > 0; flips--)
        {
            message[random.Next(Math.Min(length, 140))] = (byte)random.Next(256);
        }

        return random.Next(20) == 0 ? random.Next(1, length + 1) : length;
    }
}
