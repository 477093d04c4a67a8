using System.Collections.Immutable;
using System.Net;
using FpgaEdge.Cli.Hosting;
using FpgaEdge.Cli.Reports;
using FpgaEdge.Cluster;
using FpgaEdge.Planning;

namespace FpgaEdge.Board.Tests;

[TestClass]
public sealed class MissingBoardsTests
{
    private static readonly IPEndPoint Known = IPEndPoint.Parse("10.0.0.8:4001");

    // Goal: each thing that can be heard of a missing board is told apart and says what to check. Method: one named peer,
    // heard in each way.
    [TestMethod]
    [DataRow(0, "silent since 2.5 s ago, after 7 datagrams; check its power")]
    [DataRow(1, "heard 7 datagrams of another cluster name; check that it was started with --cluster shelf")]
    [DataRow(2, "sealed with another key; check that its --key-file")]
    [DataRow(3, "heard 7 datagrams sealed with a key; check that this command is given")]
    [DataRow(4, "another protocol version")]
    [DataRow(5, "damaged or not of FpgaEdge")]
    [DataRow(-1, "nothing heard; check that it has power")]
    public void WhatWasHeardIsToldApart(int kind, string words)
    {
        PeerAddress peer = PeerAddress.FromEndPoint(Known);
        HeardFrom[] heard = kind < 0 ? [] : [new HeardFrom(peer, (HeardKind)kind, 7, 2_500_000_000)];
        MissingBoards missing = MissingBoards.Find(Shelf(Known), 0, [], heard);
        Assert.AreEqual(1, missing.Boards);
        Assert.Contains("missing: 1", Printed(missing));
        string line = Printed(missing).TrimEnd().Split('\n').Last();
        Assert.StartsWith($"  {Known}: ", line);
        Assert.Contains(words, line);
    }

    // Goal: boards that are there are not missing, those of which nothing is known are counted, and a suspect is missing.
    // Method: two boards in the view, one of them silent; three and then one expected.
    [TestMethod]
    public void OnlyAbsentBoardsAreMissing()
    {
        BoardStatus present = Status(1, "10.0.0.8:4001", isSuspect: false);
        BoardStatus suspect = Status(2, "10.0.0.9:4001", isSuspect: true);
        HeardFrom[] heard =
        [
            new(present.Address, HeardKind.Accepted, 9, 1_000_000), new(suspect.Address, HeardKind.Accepted, 5, 700_000_000),
        ];
        MissingBoards two = MissingBoards.Find(Shelf(Known), 3, [present, suspect], heard);
        Assert.AreEqual(2, two.Boards);
        Assert.Contains("10.0.0.9:4001: silent since 0.7 s ago", Printed(two));
        Assert.Contains("one board: nothing heard", Printed(two));
        MissingBoards none = MissingBoards.Find(Shelf(Known), 1, [present], heard[..1]);
        Assert.AreEqual(0, none.Boards);
        Assert.AreEqual("no expected board is missing", Printed(none).Trim());
    }

    private static ClusterAddress Shelf(params ImmutableArray<IPEndPoint> peers) => new("shelf", peers, null);

    private static BoardStatus Status(ulong id, string address, bool isSuspect) => new(
        new Member(new BoardId(id), 1, "pynq-z1", "1x16", 100_000_000, 1_000_000_000, 1 << 26),
        PeerAddress.FromEndPoint(IPEndPoint.Parse(address)), 0, 0, isSuspect, 0, 0);

    private static string Printed(MissingBoards missing)
    {
        using var text = new StringWriter();
        missing.Print(text);
        return text.ToString();
    }
}
