using System.Diagnostics;
using System.Text.Json;
using FpgaEdge.Cli.Hosting;
using FpgaEdge.Model.Integer;

namespace FpgaEdge.Board.Tests;

/// <summary>Questions to running boards, over the network, as users type them.</summary>
[TestClass]
public sealed class BoardCommandTests
{
    // Goal: a board that runs tells how it is, shows its log, tests itself and its power, and is told apart from others by its name.
    // Method: two boards with a key; every question, as JSON.
    [TestMethod]
    public async Task ARunningBoardAnswers()
    {
        using var shelf = new Shelf(hasKey: true);
        using BoardProcess a = shelf.Start("a");
        using BoardProcess b = shelf.Start("b");
        await Task.WhenAll(a.ListeningAsync(), b.ListeningAsync());

        HostProcess status = await shelf.AskAsync("board", "status", "b", "--json");
        Assert.AreEqual(0, status.Code, status.Complaint);
        Assert.AreEqual("b", status.Json.GetProperty("name").GetString());
        JsonElement live = status.Json.GetProperty("live");
        Assert.AreEqual("idle", live.GetProperty("accelerator").GetString());
        Assert.AreEqual(JsonValueKind.Null, live.GetProperty("temperatureMillicelsius").ValueKind, "a virtual board has no chip");
        Assert.IsGreaterThan(0, live.GetProperty("residentBytes").GetInt64());

        HostProcess power = await shelf.AskAsync("board", "power", "a", "--json");
        Assert.AreEqual(0, power.Code, power.Complaint);
        JsonElement rail = power.Json.GetProperty("rails").EnumerateArray().Single();
        Assert.AreEqual("validated", rail.GetProperty("state").GetString());
        Assert.IsGreaterThan(100_000, rail.GetProperty("powerMicrowatts").GetInt64());

        HostProcess test = await shelf.AskAsync("board", "selftest", "a", "--json");
        Assert.AreEqual(0, test.Code, test.Complaint + test.Output);
        Assert.Contains("self-test passed: registers, DMA window of 64 MiB, golden inference; sensors 1 of 1",
            test.Json.GetProperty("verdict").GetString()!);

        HostProcess logs = await shelf.AskAsync("board", "logs", "a", "--lines", "500");
        Assert.AreEqual(0, logs.Code, logs.Complaint);
        Assert.Contains("listening", logs.Output);
        Assert.Contains("self-test passed", logs.Output);
        Assert.DoesNotContain("self-test passed", (await shelf.AskAsync("board", "logs", "b")).Output);
    }

    // Goal: top shows every board with its stage and its frames, and a board that went is not shown. Method: a stream through two
    // boards, one page as JSON; one board ends, another page.
    [TestMethod]
    public async Task TopShowsWhoComputesWhat()
    {
        using var shelf = new Shelf(hasKey: true);
        using BoardProcess a = shelf.Start("a");
        using BoardProcess b = shelf.Start("b");
        await Task.WhenAll(a.ListeningAsync(), b.ListeningAsync());
        IntegerGraph graph = SampleNetwork.Create(51);
        byte[] input = SampleNetwork.Inputs(graph, 1, seed: 52)[0];
        await using (ClusterSession session = await ClusterSession.JoinAsync(
            shelf.Address, SampleNetwork.Package(graph), _ => { }, CancellationToken.None))
        {
            using var stop = new CancellationTokenSource();
            Task streaming = Task.Run(async () =>
            {
                await foreach (FrameOutcome outcome in session.StreamAsync(
                    Enumerable.Repeat<ReadOnlyMemory<byte>>(input, int.MaxValue), TimeSpan.FromMinutes(1), stop.Token))
                {
                    Assert.IsNotNull(outcome.Output, outcome.ErrorText);
                }
            });
            HostProcess top = await shelf.AskAsync("top", "--once", "--json");
            HostProcess refused = await shelf.AskAsync("board", "selftest", session.Plan.Stages[0].Boards[0].ToString());
            await stop.CancelAsync();
            await Assert.ThrowsAsync<OperationCanceledException>(() => streaming);

            Assert.AreEqual(0, top.Code, top.Complaint);
            JsonElement[] boards = [.. top.Json.GetProperty("boards").EnumerateArray()];
            CollectionAssert.AreEquivalent(new[] { "a", "b" }, boards.Select(board => board.GetProperty("name").GetString()).ToArray());
            foreach (JsonElement board in boards)
            {
                Assert.AreEqual(graph.Name, board.GetProperty("stages")[0].GetProperty("network").GetString());
                Assert.IsGreaterThan(0.0, board.GetProperty("framesPerSecond").GetDouble());
            }
            Assert.AreEqual(5, refused.Code, refused.Output);
            Assert.Contains("expected no frames under way", refused.Complaint);
        }
        Assert.AreEqual(0, await b.TerminateAsync());
        HostProcess alone = await shelf.AskAsync("top", "--once", "--json");
        Assert.AreEqual("a", alone.Json.GetProperty("boards").EnumerateArray().Single().GetProperty("name").GetString());
    }

    // Goal: Ctrl-C of a run frees what it had on the boards, and another client's stream goes on, bit-exact. Method: two boards, a run
    // that would take minutes, interrupted while the boards hold its frames; a second client streams all the time.
    [TestMethod]
    public async Task AnInterruptedRunLeavesNoFramesBehind()
    {
        using var shelf = new Shelf(hasKey: true);
        using BoardProcess a = shelf.Start("a");
        using BoardProcess b = shelf.Start("b");
        await Task.WhenAll(a.ListeningAsync(), b.ListeningAsync());
        IntegerGraph graph = SampleNetwork.Create(53);
        byte[][] cases = SampleNetwork.Inputs(graph, 4, seed: 54);
        string package = shelf.Write("sample.package", SampleNetwork.Package(graph));
        string inputs = shelf.Write("cases.bin", [.. cases.SelectMany(bytes => bytes)]);
        await using (ClusterSession other = await ClusterSession.JoinAsync(
            shelf.Address, SampleNetwork.Package(graph), _ => { }, CancellationToken.None))
        {
            byte[] golden = GoldenInterpreter.Run(graph, [cases[0]])[0];
            using var stop = new CancellationTokenSource();
            int answered = 0;
            Task streaming = Task.Run(async () =>
            {
                await foreach (FrameOutcome outcome in other.StreamAsync(
                    Enumerable.Repeat<ReadOnlyMemory<byte>>(cases[0], int.MaxValue), TimeSpan.FromMinutes(1), stop.Token))
                {
                    CollectionAssert.AreEqual(golden, outcome.Output, outcome.ErrorText);
                    answered++;
                }
            });
            Task<HostProcess> run = shelf.RunInterruptedAsync(
                "run", package, "--input", inputs, "--input-shape", "12,12,3", "--input-type", "int8", "--duration", "300");
            Assert.AreEqual(130, (await run).Code, (await run).Complaint);
            int then = answered;
            SpinWait.SpinUntil(() => answered > then + 10, BoardProcess.Patience);
            Assert.IsGreaterThan(then + 10, answered, "the other stream stands still");
            await stop.CancelAsync();
            await Assert.ThrowsAsync<OperationCanceledException>(() => streaming);
        }
        foreach (string board in new[] { "a", "b" })
        {
            long held = 1;
            for (int tries = 0; held > 0 && tries < 20; tries++)
            {
                held = (await shelf.AskAsync("board", "status", board, "--json")).Json.GetProperty("live").GetProperty("framesHeld").GetInt64();
            }
            Assert.AreEqual(0L, held, board);
        }
    }

    // Goal: what cannot be answered is one line with a code. Method: a board that is not there, one that is stopped in the middle, a
    // cluster's key that is missing, and, without a key, the question that is not for everybody.
    [TestMethod]
    public async Task WhatCannotBeAnsweredIsOneLine()
    {
        using var shelf = new Shelf(hasKey: false);
        using BoardProcess a = shelf.Start("a");
        await a.ListeningAsync();
        await AssertRefused(shelf, 4, "expected a board of cluster", "board", "status", "c");
        await AssertRefused(shelf, 5, "a: self-test: expected a cluster key", "board", "selftest", "a");
        await AssertRefused(shelf, 2, "--lines: expected 1 to 500, found 501", "board", "logs", "a", "--lines", "501");
        await AssertRefused(shelf, 2, "--interval: expected", "top", "--interval", "0");
        HostProcess plain = await shelf.AskAsync("board", "status", "a");
        Assert.AreEqual(0, plain.Code, plain.Complaint);
        a.Freeze();
        await AssertRefused(shelf, 4, "", "board", "status", "a", "--timeout", "1");

        using var locked = new Shelf(hasKey: true);
        using BoardProcess sealing = locked.Start("s");
        await sealing.ListeningAsync();
        HostProcess keyless = await HostProcess.RunAsync("board", "status", "s", "--cluster", locked.Cluster);
        Assert.AreEqual(4, keyless.Code);
        Assert.Contains("sealed with a key came: give the cluster's --key-file", keyless.Complaint);
    }

    private static async Task AssertRefused(Shelf shelf, int code, string words, params string[] arguments)
    {
        HostProcess refused = await shelf.AskAsync(arguments);
        Assert.AreEqual(code, refused.Code, refused.Complaint);
        string last = refused.Complaint.TrimEnd().Split('\n')[^1];
        Assert.StartsWith("fpgaedge", last);
        Assert.Contains(words, last);
    }

    /// <summary>A cluster with a name of its own, and a key if wanted.</summary>
    private sealed class Shelf : IDisposable
    {
        private readonly string folder = Directory.CreateTempSubdirectory("fpgaedge-test-").FullName;
        private readonly string[] key = [];

        public Shelf(bool hasKey)
        {
            if (hasKey)
            {
                string file = Path.Combine(folder, "cluster.key");
                ClusterKeys.New().WriteNew(file);
                key = ["--key-file", file];
            }
            Address = new ClusterAddress(
                Cluster, [], DaemonOptions.DefaultMulticast, Keys: hasKey ? ClusterKeys.Read(key[1]) : null);
        }

        public string Cluster { get; } = $"test-{Guid.NewGuid():N}";

        public ClusterAddress Address { get; }

        public BoardProcess Start(string name) => new(["--cluster", Cluster, "--name", name, .. key]);

        public string Write(string name, byte[] bytes)
        {
            string path = Path.Combine(folder, name);
            File.WriteAllBytes(path, bytes);
            return path;
        }

        /// <summary>Ends it with Ctrl-C after some seconds.</summary>
        public Task<HostProcess> RunInterruptedAsync(params string[] arguments) =>
            HostProcess.RunAsync(async process =>
            {
                await Task.Delay(TimeSpan.FromSeconds(4));
                using Process interrupt = Process.Start("kill", ["-INT", $"{process.Id}"]);
            }, [.. arguments, "--cluster", Cluster, .. key]);

        public Task<HostProcess> AskAsync(params string[] arguments) =>
            HostProcess.RunAsync([.. arguments, "--cluster", Cluster, .. key]);

        public void Dispose() => Directory.Delete(folder, recursive: true);
    }
}
