using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;
using FpgaEdge.Cli.Hosting;
using FpgaEdge.Model.Integer;
using FpgaEdge.Planning;

namespace FpgaEdge.Board.Tests;

/// <summary>Real board processes, real datagrams, real mapped files; results against the golden interpreter.</summary>
[TestClass]
public sealed class PipelineTests
{
    private static readonly TimeSpan FrameLimit = TimeSpan.FromSeconds(60);

    // Goal: four processes form a pipeline by themselves and every frame is byte-identical to the golden interpreter,
    // and to what one board gives; left to themselves, boards that are alike each run the whole network. Method: a hand-made
    // network, 60 random frames, four boards and then one.
    [TestMethod]
    [DataRow("pipeline", Strategy.Pipeline)]
    [DataRow("auto", Strategy.ScatterGather)]
    public async Task FourBoardsAnswerWithGoldenBytes(string asked, Strategy expected)
    {
        IntegerGraph graph = SampleNetwork.Create(1);
        byte[][] inputs = SampleNetwork.Inputs(graph, 60, seed: 2);
        foreach (int boards in new[] { 4, 1 })
        {
            await using ClusterSession session = await ClusterSession.StartLocalAsync(
                boards, null, SampleNetwork.Package(graph), _ => { }, CancellationToken.None, "--strategy", asked);
            Assert.HasCount(boards, session.Client.View.Members);
            if (boards > 1)
            {
                Assert.AreEqual(expected, session.Plan.Strategy);
            }
            await AssertGolden(session, graph, inputs);
        }
    }

    // Goal: boards may be started in any order, before or after the client, and boards of another cluster are not seen.
    // Method: one board, then the client offers the network and streams, then two more boards join, one of them
    // elsewhere; stream again.
    [TestMethod]
    public async Task BoardsMayComeLateAndForeignOnesAreIgnored()
    {
        IntegerGraph graph = SampleNetwork.Create(3);
        byte[][] inputs = SampleNetwork.Inputs(graph, 20, seed: 4);
        string cluster = $"test-{Guid.NewGuid():N}";
        using var first = new BoardProcess("--cluster", cluster, "--name", "first");
        await first.ListeningAsync();
        var address = new ClusterAddress(cluster, [], DaemonOptions.DefaultMulticast);
        await using ClusterSession session = await ClusterSession.JoinAsync(
            address, SampleNetwork.Package(graph), _ => { }, CancellationToken.None);
        await AssertGolden(session, graph, inputs);

        using var foreign = new BoardProcess("--cluster", cluster + "-other", "--name", "foreign");
        using var second = new BoardProcess("--cluster", cluster, "--name", "second");
        await foreign.ListeningAsync();
        bool joined = await session.Client.WaitAsync(
            node => node.BoardsHolding(session.Package) == 2, BoardProcess.Patience, CancellationToken.None);
        Assert.IsTrue(joined, "the second board did not fetch the package");
        await AssertGolden(session, graph, inputs);
        ImmutableArray<BoardId> seen = [.. session.Client.View.Members.Select(member => member.Id)];
        CollectionAssert.AreEquivalent(
            new[] { BoardIdentity.FromName("first"), BoardIdentity.FromName("second") }, seen.ToArray());
        Assert.AreEqual("second", session.Client.Names.Of(BoardIdentity.FromName("second")));
        Assert.AreEqual(0, await foreign.TerminateAsync());
        Assert.AreEqual(0, foreign.Logged("stopped", "frames"));
    }

    // Goal: where multicast does not work, naming one board is enough. Method: no multicast anywhere; the second and
    // third board and the client know only the first.
    [TestMethod]
    public async Task OnePeerReplacesMulticast()
    {
        IntegerGraph graph = SampleNetwork.Create(5);
        string cluster = $"test-{Guid.NewGuid():N}";
        using var first = new BoardProcess("--cluster", cluster, "--name", "first", "--no-multicast");
        IPEndPoint known = await first.ListeningAsync();
        using var second = new BoardProcess("--cluster", cluster, "--name", "second", "--no-multicast", "--peer", $"{known}");
        using var third = new BoardProcess("--cluster", cluster, "--name", "third", "--no-multicast", "--peer", $"{known}");
        using ClusterClient client = ClusterClient.Open(new ClusterAddress(cluster, [known], null));
        Assert.IsTrue(await client.WaitAsync(
            node => node.View.Members.Length == 3, BoardProcess.Patience, CancellationToken.None));
        byte[][] inputs = SampleNetwork.Inputs(graph, 8, seed: 6);
        PackageHash package = client.Offer(SampleNetwork.Package(graph));
        int frames = 0;
        await foreach (FrameOutcome outcome in client.StreamAsync(
            package, inputs.Select(input => (ReadOnlyMemory<byte>)input), FrameLimit, CancellationToken.None))
        {
            CollectionAssert.AreEqual(Golden(graph, inputs[outcome.Frame]), outcome.Output, outcome.ErrorText);
            frames++;
        }
        Assert.AreEqual(inputs.Length, frames);
    }

    // Goal: datagrams of random bytes are ignored and counted, and disturb nothing. Method: 2,000 seeded ones to each
    // board's own port and to the group while frames stream.
    [TestMethod]
    public async Task RandomDatagramsAreIgnoredAndCounted()
    {
        const int Datagrams = 2000;
        IntegerGraph graph = SampleNetwork.Create(7);
        byte[][] inputs = SampleNetwork.Inputs(graph, 30, seed: 8);
        LocalBoards boards = await LocalBoards.StartAsync(2, null, CancellationToken.None, "--strategy", "pipeline");
        await using (boards)
        {
            using ClusterClient client = boards.OpenClient();
            PackageHash package = client.Offer(SampleNetwork.Package(graph));
            Task noise = Task.Run(() => SendNoise([.. boards.Addresses, DaemonOptions.DefaultMulticast], Datagrams));
            int frames = 0;
            await foreach (FrameOutcome outcome in client.StreamAsync(
                package, inputs.Select(input => (ReadOnlyMemory<byte>)input), FrameLimit, CancellationToken.None))
            {
                CollectionAssert.AreEqual(Golden(graph, inputs[outcome.Frame]), outcome.Output, outcome.ErrorText);
                frames++;
            }
            await noise;
            Assert.AreEqual(inputs.Length, frames);
            Assert.IsGreaterThan(0, client.Counters.IgnoredDamaged + client.Counters.IgnoredMalformed);
        }
        foreach (BoardJournal journal in boards.Journals)
        {
            long ignored = BoardProcess.Numbers(journal.Lines, "stopped", "ignoredDamaged").Single()
                + BoardProcess.Numbers(journal.Lines, "stopped", "ignoredMalformed").Single();
            Assert.IsGreaterThan(Datagrams / 2, ignored);
        }
    }

    // Goal: a board that loses its power takes no frame with it. Method: three boards, one is killed after the first
    // results; every frame still ends in golden bytes.
    [TestMethod]
    public async Task APulledPlugLosesNoFrame()
    {
        IntegerGraph graph = SampleNetwork.Create(9);
        byte[][] inputs = SampleNetwork.Inputs(graph, 200, seed: 10);
        LocalBoards boards = await LocalBoards.StartAsync(3, null, CancellationToken.None, "--strategy", "pipeline");
        await using (boards)
        {
            using ClusterClient client = boards.OpenClient();
            PackageHash package = client.Offer(SampleNetwork.Package(graph));
            Assert.IsTrue(await client.WaitAsync(
                node => node.BoardsHolding(package) == 3, BoardProcess.Patience, CancellationToken.None));
            int frames = 0;
            await foreach (FrameOutcome outcome in client.StreamAsync(
                package, inputs.Select(input => (ReadOnlyMemory<byte>)input), FrameLimit, CancellationToken.None))
            {
                CollectionAssert.AreEqual(Golden(graph, inputs[outcome.Frame]), outcome.Output, outcome.ErrorText);
                frames++;
                if (frames == 10)
                {
                    boards.Kill(1);
                }
            }
            Assert.AreEqual(inputs.Length, frames);
        }
    }

    private static async Task AssertGolden(ClusterSession session, IntegerGraph graph, byte[][] inputs)
    {
        int frames = 0;
        await foreach (FrameOutcome outcome in session.StreamAsync(
            inputs.Select(input => (ReadOnlyMemory<byte>)input), FrameLimit, CancellationToken.None))
        {
            Assert.AreEqual(frames, outcome.Frame);
            CollectionAssert.AreEqual(Golden(graph, inputs[outcome.Frame]), outcome.Output, outcome.ErrorText);
            frames++;
        }
        Assert.AreEqual(inputs.Length, frames);
    }

    private static byte[] Golden(IntegerGraph graph, byte[] input) => GoldenInterpreter.Run(graph, [input])[0];

    private static void SendNoise(IPEndPoint[] targets, int count)
    {
        var random = new Random(11);
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        socket.SetSocketOption(
            SocketOptionLevel.IP, SocketOptionName.MulticastInterface, IPAddress.Loopback.GetAddressBytes());
        for (int i = 0; i < count; i++)
        {
            byte[] datagram = new byte[random.Next(1, 1400)];
            random.NextBytes(datagram);
            foreach (IPEndPoint target in targets)
            {
                socket.SendTo(datagram, target);
            }
            if (i % 50 == 0)
            {
                Thread.Sleep(1);
            }
        }
    }
}
