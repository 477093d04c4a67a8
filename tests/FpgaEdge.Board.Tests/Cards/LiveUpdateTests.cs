using FpgaEdge.Cli.Hosting;
using FpgaEdge.Cli.Virtual;
using FpgaEdge.Model.Integer;

namespace FpgaEdge.Board.Tests;

/// <summary><c>fpgaedge update push</c> to boards that boot from cards, in QEMU.</summary>
[TestClass]
[DoNotParallelize]
public sealed class LiveUpdateTests
{
    private static readonly TimeSpan FrameLimit = TimeSpan.FromMinutes(2);

    // Goal: two boards get a new system one after the other while frames go on: none is lost and each has the golden bytes, never more
    // than one board is away, and both run slot B, proven. Then a system whose program ends at once, and one that never joins, are left
    // by themselves for the old one, which still takes frames and the next update. Method: guests from cards; a stream that ends with
    // the updates; time limits of the bad systems shortened in their slots.
    [TestMethod]
    public async Task BoardsAreUpdatedWhileFramesGoOnAndBadSystemsAreLeft()
    {
        using CardFolder cards = await CardFolder.CreateAsync();
        await cards.BuildAsync("card.img");
        string[] flashed = await cards.FlashAsync("card.img", 2);
        await using GuestShelf shelf = cards.PowerOn(flashed);
        await shelf.WaitUntilListeningAsync(default);
        ClusterAddress address = cards.Address with { Segment = shelf.SegmentEndPoint };
        using var stream = new EndlessStream(address, flashed.Length);

        HostProcess good = await HostProcess.RunAsync(cards.Push(shelf, await cards.BundleAsync("card.img"), "10.77.0.1", "10.77.0.2"));
        Assert.AreEqual(0, good.Code, good.Complaint);
        CollectionAssert.AreEqual(new[] { "B", "B" },
            good.Json.GetProperty("boards").EnumerateArray().Select(board => board.GetProperty("slot").GetString()).ToArray());
        Assert.AreEqual(1, stream.MostAway);

        HostProcess mute = await HostProcess.RunAsync(
            cards.Push(shelf, await BadAsync(cards, "mute", "#!/bin/sh\nexit 1\n"), "10.77.0.1", "10.77.0.2"));
        Assert.AreEqual(5, mute.Code, mute.Complaint);
        StringAssert.Contains(mute.Complaint, "10.77.0.1:47871: expected slot A to prove itself, found the board back on its old slot");
        StringAssert.Contains(shelf.Guests[0].SerialText(), "init: slot A did not prove itself");
        Assert.IsFalse(shelf.Guests[1].SerialText().Contains("slot A, trial 1"));

        (int frames, int identical) = await stream.EndAsync();
        Assert.IsGreaterThan(100, frames);
        Assert.AreEqual(frames, identical);
    }

    /// <summary>An update with another program, which has eight seconds to prove itself.</summary>
    private static async Task<string> BadAsync(CardFolder cards, string name, string program)
    {
        string root = await cards.RootWithAsync("trial-seconds", "8\n");
        File.WriteAllText(cards.Path($"{name}-program"), program);
        await cards.BuildAsync($"{name}.img", cards.Path($"{name}-program"), root);
        return await cards.BundleAsync($"{name}.img");
    }

    /// <summary>Frames to a cluster, from its forming to the end of the test, and how many boards were away meanwhile.</summary>
    private sealed class EndlessStream : IDisposable
    {
        private readonly IntegerGraph graph = SampleNetwork.Create(5);
        private readonly CancellationTokenSource stop = new();
        private readonly Task<(int Frames, int Identical)> streaming;
        private volatile int mostAway;

        public EndlessStream(ClusterAddress address, int boards) => streaming = Task.Run(() => StreamAsync(address, boards));

        public int MostAway => mostAway;

        public async Task<(int Frames, int Identical)> EndAsync()
        {
            await stop.CancelAsync();
            return await streaming;
        }

        public void Dispose()
        {
            stop.Cancel();
            stop.Dispose();
        }

        private async Task<(int Frames, int Identical)> StreamAsync(ClusterAddress address, int boards)
        {
            byte[][] inputs = SampleNetwork.Inputs(graph, 8, 6);
            byte[][] golden = [.. inputs.Select(input => GoldenInterpreter.Run(graph, [input])[0])];
            await using ClusterSession session = await ClusterSession.JoinAsync(address, SampleNetwork.Package(graph), _ => { }, default);
            Assert.IsTrue(await session.Client.WaitAsync(node => node.View.Members.Length == boards, FrameLimit, default));
            int frames = 0;
            int identical = 0;
            await foreach (FrameOutcome outcome in session.StreamAsync(Inputs(inputs), FrameLimit, default))
            {
                frames++;
                identical += outcome.Output is byte[] output && output.AsSpan().SequenceEqual(golden[outcome.Frame % inputs.Length]) ? 1 : 0;
                mostAway = Math.Max(mostAway, boards - session.Client.View.Members.Length);
            }
            return (frames, identical);
        }

        /// <summary>About thirty frames a second, so that the boards have time for the rest.</summary>
        private IEnumerable<ReadOnlyMemory<byte>> Inputs(byte[][] inputs)
        {
            for (int i = 0; !stop.IsCancellationRequested; i++)
            {
                Thread.Sleep(30);
                yield return inputs[i % inputs.Length];
            }
        }
    }
}
