using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using FpgaEdge.Board;
using FpgaEdge.Cli.Virtual;

namespace FpgaEdge.Cli.Tests.Virtual;

/// <summary>The Ethernet segment of virtual boards: addresses, losses, delays, cuts, and this process as a machine on
/// it.</summary>
[TestClass]
public sealed class SegmentTests
{
    private readonly Dictionary<SegmentPort, Queue<string>> arrived = [];
    private static readonly IPEndPoint Group = new(IPAddress.Parse("239.255.70.69"), 47869);

    // Goal: two machines on the segment find each other by ARP and exchange datagrams both ways. Method: two ports of our
    // own; what is sent before the address is known is lost, as the protocol above expects.
    [TestMethod]
    public void DatagramsArriveWithTheirSender()
    {
        using var segment = new EthernetSwitch(1);
        using SegmentPort a = PortOf(segment, 1), b = PortOf(segment, 2), c = PortOf(segment, 3);
        a.Send([9], Address(b));
        a.Send([1, 2, 3], Address(b));
        Assert.AreEqual("1 2 3 from 10.77.0.1:5001", Receive(b));
        Assert.IsNull(Receive(b));
        Assert.IsNull(Receive(c));
        b.Send([4], Address(a));
        Assert.AreEqual("4 from 10.77.0.2:5002", Receive(a));
        a.Announce([7, 7]);
        Assert.AreEqual("7 7 from 10.77.0.1:5001", Receive(b));
        Assert.AreEqual("7 7 from 10.77.0.1:5001", Receive(c));
        Assert.IsNull(Receive(a));
    }

    // Goal: a rule holds for its pair of ports only, and can be taken back. Method: cut one of three links.
    [TestMethod]
    public void ACutLinkPassesNothing()
    {
        using var segment = new EthernetSwitch(1);
        using SegmentPort a = PortOf(segment, 1), b = PortOf(segment, 2), c = PortOf(segment, 3);
        segment.SetLink(a.Number, b.Number, new LinkRule(0, TimeSpan.Zero, IsCut: true));
        a.Announce([1]);
        Assert.IsNull(Receive(b));
        Assert.IsNotNull(Receive(c));
        segment.SetLink(a.Number, b.Number, default);
        a.Announce([2]);
        Assert.AreEqual("2 from 10.77.0.1:5001", Receive(b));
    }

    // Goal: losses have the asked share, delays the asked length. Method: 2,000 frames at 30 %; one frame at 60 ms.
    [TestMethod]
    public void LossAndDelayAreAsAskedFor()
    {
        using var segment = new EthernetSwitch(7);
        using SegmentPort a = PortOf(segment, 1), b = PortOf(segment, 2);
        segment.SetLink(a.Number, b.Number, new LinkRule(0.3, TimeSpan.Zero, false));
        for (int i = 0; i < 2000; i++)
        {
            a.Announce([1]);
        }
        int arrived = 0;
        while (Receive(b) is not null)
        {
            arrived++;
        }
        Assert.AreEqual(1400.0, arrived, 90);
        Assert.AreEqual(2000, arrived + segment.Dropped);
        segment.SetLink(a.Number, b.Number, new LinkRule(0, TimeSpan.FromMilliseconds(60), false));
        long sent = Stopwatch.GetTimestamp();
        a.Announce([1]);
        Assert.IsNull(Receive(b));
        Assert.IsTrue(b.Wait(TimeSpan.FromSeconds(10)));
        Assert.IsGreaterThanOrEqualTo(45, Stopwatch.GetElapsedTime(sent).TotalMilliseconds);
        Assert.IsNotNull(Receive(b));
    }

    // Goal: frames from a hostile guest end nowhere. Method: every truncation and many mutations of a good frame.
    [TestMethod]
    public void BrokenFramesAreIgnored()
    {
        using var segment = new EthernetSwitch(1);
        var tap = new Recorder();
        int port = segment.Connect(tap);
        using SegmentPort a = PortOf(segment, 1), b = PortOf(segment, 2);
        a.Announce([1, 2, 3, 4]);
        byte[] good = tap.Frames.Single();
        var random = new Random(5);
        for (int i = 0; i < 5000; i++)
        {
            byte[] bad = [.. good[..random.Next(good.Length + 1)]];
            for (int changes = random.Next(4); changes > 0 && bad.Length > 0; changes--)
            {
                bad[random.Next(bad.Length)] = (byte)random.Next(256);
            }
            segment.Forward(port, bad);
        }
        while (Receive(b) is not null)
        {
        }
        a.Announce([5]);
        Assert.AreEqual("5 from 10.77.0.1:5001", Receive(b));
    }

    // Goal: other programs are machines on the segment, each with an address of its own, until they leave; where there is no segment, one
    // line says so. Method: two ports over loopback and one on the switch; a third that gets the address of one that left; nobody.
    [TestMethod]
    public void OtherProgramsPlugIn()
    {
        using var segment = new EthernetSwitch(1);
        IPEndPoint place;
        using (var socket = new SegmentSocket(segment))
        {
            place = socket.EndPoint;
            using SegmentPort a = PortOf(segment, 1), b = SegmentPort.PlugIn(place);
            IPEndPoint left;
            using (SegmentPort c = SegmentPort.PlugIn(place))
            {
                left = c.LocalEndPoint;
                Assert.AreNotEqual(b.LocalEndPoint, left);
                Assert.AreEqual($"1 2 from {b.LocalEndPoint}", Exchange(b, c, [1, 2]));
            }
            Assert.AreEqual($"3 from {b.LocalEndPoint}", Exchange(b, a, [3]));
            Assert.AreEqual("4 5 from 10.77.0.1:5001", Exchange(a, b, [4, 5]));
            using SegmentPort d = SegmentPort.PlugIn(place);
            Assert.AreEqual(left, d.LocalEndPoint);
        }
        CliException nobody = Assert.ThrowsExactly<CliException>(() => SegmentPort.PlugIn(place));
        Assert.AreEqual(ExitCode.NoBoard, nobody.ExitCode);
        StringAssert.Contains(nobody.Message, $"--segment {place}: expected the segment of virtual boards");
    }

    // Goal: what the user types about links is understood or refused in one line. Method: examples of both.
    [TestMethod]
    public void LinksAreReadOrRefused()
    {
        Assert.AreEqual(
            new LinkSetting(1, 3, new LinkRule(0.05, TimeSpan.FromMilliseconds(20), false)), LinkSetting.Parse("1-3:loss=5,delay=20", 3));
        Assert.AreEqual(new LinkSetting(0, null, new LinkRule(0, TimeSpan.Zero, true)), LinkSetting.Parse("client-all:cut", 3));
        foreach (string text in new[] { "", "1-2", "1-4:cut", "0-1:cut", "1-2:loss", "1-2:loss=101", "1-2:loss=-1", "1:cut", "a-b:cut" })
        {
            CliException refused = Assert.ThrowsExactly<CliException>(() => LinkSetting.Parse(text, 3));
            Assert.AreEqual(ExitCode.Usage, refused.ExitCode);
        }
    }

    private static SegmentPort PortOf(EthernetSwitch segment, byte number) =>
        new(segment, new IPEndPoint(new IPAddress([10, 77, 0, number]), 5000 + number), Group);

    private static SocketAddress Address(SegmentPort port) => port.LocalEndPoint.Serialize();

    /// <summary>Sends until it arrives: what is sent before the address is known is lost.</summary>
    private string? Exchange(SegmentPort from, SegmentPort to, byte[] datagram)
    {
        for (int attempt = 0; attempt < 100; attempt++)
        {
            from.Send(datagram, Address(to));
            if (to.Wait(TimeSpan.FromMilliseconds(100)) && Receive(to) is string received)
            {
                return received;
            }
        }
        return null;
    }

    private string? Receive(SegmentPort port)
    {
        var inbox = new DatagramInbox();
        port.Receive(inbox);
        Queue<string> waiting = arrived.TryGetValue(port, out Queue<string>? known) ? known : arrived[port] = new();
        for (int i = 0; i < inbox.Count; i++)
        {
            waiting.Enqueue($"{string.Join(' ', inbox[i].ToArray())} from {inbox.SenderOf(i)}");
        }
        return waiting.TryDequeue(out string? first) ? first : null;
    }

    private sealed class Recorder : ISegmentMember
    {
        public List<byte[]> Frames { get; } = [];

        public void Deliver(ReadOnlySpan<byte> frame) => Frames.Add(frame.ToArray());
    }
}
