using System.Net;
using System.Net.Sockets;
using FpgaEdge.Cluster;

namespace FpgaEdge.Board.Tests;

[TestClass]
public sealed class ClusterSocketTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private static readonly IPEndPoint AnyPort = new(IPAddress.Loopback, 0);

    // Goal: several members on one machine hear one another in the group, see the sender's own address, and can answer
    // it. Method: three sockets on one group of their own; one announces, all hear, one answers.
    [TestMethod]
    public void MembersOnOneMachineShareTheGroup()
    {
        var group = new IPEndPoint(IPAddress.Parse("239.255.70.69"), FreePort());
        ClusterSocket[] sockets = [.. Enumerable.Range(0, 3).Select(_ => ClusterSocket.Open(AnyPort, group, IPAddress.Loopback))];
        try
        {
            sockets[0].Announce([1, 2, 3]);
            foreach (ClusterSocket socket in sockets)
            {
                (byte[] datagram, SocketAddress sender) = Receive(socket);
                CollectionAssert.AreEqual(new byte[] { 1, 2, 3 }, datagram);
                Assert.AreEqual(sockets[0].LocalEndPoint.Serialize(), sender);
            }
            sockets[2].Send([9], sockets[0].LocalEndPoint.Serialize());
            (byte[] answer, SocketAddress from) = Receive(sockets[0]);
            CollectionAssert.AreEqual(new byte[] { 9 }, answer);
            Assert.AreEqual(sockets[2].LocalEndPoint.Serialize(), from);
        }
        finally
        {
            Array.ForEach(sockets, socket => socket.Dispose());
        }
    }

    // Goal: a port in use is one line that names it. Method: open it twice.
    [TestMethod]
    public void APortInUseIsSaid()
    {
        using ClusterSocket first = ClusterSocket.Open(AnyPort, null, IPAddress.Loopback);
        var error = Assert.ThrowsExactly<PortException>(() => ClusterSocket.Open(first.LocalEndPoint, null, IPAddress.Loopback));
        Assert.Contains($"{first.LocalEndPoint}: the port is in use", error.Message);
    }

    // Goal: an address of another machine is one line. Method: one from the documentation range.
    [TestMethod]
    public void AnAddressOfAnotherMachineIsSaid()
    {
        var error = Assert.ThrowsExactly<PortException>(() =>
            ClusterSocket.Open(new IPEndPoint(IPAddress.Parse("192.0.2.1"), 0), null, IPAddress.Loopback));
        Assert.Contains("192.0.2.1:0: cannot listen there", error.Message);
    }

    // Goal: sending to nobody, or more than a datagram holds, is counted and never thrown. Method: both.
    [TestMethod]
    public void WhatCannotBeSentIsCounted()
    {
        using ClusterSocket socket = ClusterSocket.Open(AnyPort, null, IPAddress.Loopback);
        socket.Send(new byte[70_000], socket.LocalEndPoint.Serialize());
        Assert.AreEqual(1, socket.SendFailures);
        socket.Send([1], new IPEndPoint(IPAddress.Loopback, FreePort()).Serialize());
        socket.Announce([1]);
        Assert.IsFalse(socket.Wait(TimeSpan.FromMilliseconds(1)));
    }

    // Goal: what is sent together arrives as the datagrams it was, whether the kernel cuts bursts, takes many datagrams with
    // one call, or takes one at a time. Method: 200 datagrams of equal, shorter and longer lengths to two receivers in turn
    // and in bursts; each receiver gets its own, byte for byte, in order.
    [TestMethod]
    [DataRow(true, true)]
    [DataRow(false, true)]
    [DataRow(false, false)]
    public void BurstsArriveAsTheDatagramsTheyWere(bool segments, bool kernel)
    {
        using ClusterSocket first = ClusterSocket.Open(AnyPort, null, IPAddress.Loopback);
        using ClusterSocket second = ClusterSocket.Open(AnyPort, null, IPAddress.Loopback);
        ClusterSocket[] receivers = [first, second];
        using var sending = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        sending.Bind(AnyPort);
        var outbox = new DatagramOutbox(sending, kernel);
        outbox.Segments &= segments;
        var random = new Random(1);
        var sent = new List<byte[]>[] { [], [] };
        for (int i = 0; i < 200; i++)
        {
            int to = i % 40 < 30 ? 0 : i % 2;
            byte[] datagram = new byte[i % 7 == 6 ? random.Next(1, 1400) : 1325];
            random.NextBytes(datagram);
            sent[to].Add(datagram);
            outbox.Add(PeerAddress.FromEndPoint(receivers[to].LocalEndPoint), datagram);
        }
        outbox.Flush();
        Assert.AreEqual(0, outbox.Failures);
        if (segments && outbox.Segments)
        {
            Assert.IsLessThan(5, outbox.Calls);
        }
        for (int to = 0; to < 2; to++)
        {
            List<byte[]> received = ReceiveAll(receivers[to], sent[to].Count);
            for (int i = 0; i < received.Count; i++)
            {
                CollectionAssert.AreEqual(sent[to][i], received[i], $"datagram {i}");
            }
        }
    }

    private static List<byte[]> ReceiveAll(ClusterSocket socket, int count)
    {
        var inbox = new DatagramInbox();
        var all = new List<byte[]>();
        while (all.Count < count)
        {
            Assert.IsTrue(socket.Wait(Patience), $"{all.Count} of {count} arrived");
            socket.Receive(inbox);
            for (int i = 0; i < inbox.Count; i++)
            {
                all.Add(inbox[i].ToArray());
            }
        }
        return all;
    }

    private static (byte[] Datagram, SocketAddress Sender) Receive(ClusterSocket socket)
    {
        var inbox = new DatagramInbox();
        Assert.IsTrue(socket.Wait(Patience), "nothing arrived");
        socket.Receive(inbox);
        Assert.AreEqual(1, inbox.Count);
        return (inbox[0].ToArray(), inbox.SenderOf(0).ToEndPoint(AddressFamily.InterNetwork).Serialize());
    }

    private static int FreePort()
    {
        using var probe = new UdpClient(AnyPort);
        return ((IPEndPoint)probe.Client.LocalEndPoint!).Port;
    }
}
