using System.CommandLine;
using FpgaEdge.Cli.Commands.Plans;
using FpgaEdge.Planning;

namespace FpgaEdge.Cli.Tests;

/// <summary>What is typed after <c>fpgaedge plan</c>.</summary>
[TestClass]
public sealed class PlanCommandTests
{
    // Goal: a list of boards becomes the view of such a cluster. Method: two kinds; names, order and figures.
    [TestMethod]
    public void ABoardListBecomesAView()
    {
        BoardList boards = BoardList.Parse("zynq7020:3, ultra96:2", 1_000_000_000, 64 << 20);
        Assert.AreEqual(5, boards.View.Members.Length);
        Assert.AreEqual(100_000_000, boards.View.Members[2].ClockHertz);
        Assert.AreEqual(333_000_000, boards.View.Members[3].ClockHertz);
        Assert.AreEqual(boards.View.Members[4].Id, boards.Find("--pin", "ultra96-2"));
        Assert.AreEqual(boards.View.Members[1].Id, boards.Find("--pin", "board2"));
        Assert.AreEqual(
            "zynq7020-1 … zynq7020-3 ultra96-2",
            boards.NamesOf([new BoardId(1), new BoardId(2), new BoardId(3), new BoardId(5)]));
    }

    // Goal: lists that cannot be used are usage errors of one line. Method: each kind of mistake.
    [TestMethod]
    [DataRow("zynq7020:0")]
    [DataRow("zynq7020:65")]
    [DataRow("toaster:2")]
    [DataRow("zynq7020:2:3")]
    [DataRow("")]
    public void BadBoardListsAreUsageErrors(string list)
    {
        var error = Assert.ThrowsExactly<CliException>(() => BoardList.Parse(list, 1_000_000_000, 64 << 20));
        Assert.AreEqual(ExitCode.Usage, error.ExitCode);
        Assert.IsFalse(error.Message.Contains('\n'));
    }

    // Goal: speeds are decimal and sizes binary; nonsense is a usage error. Method: known values.
    [TestMethod]
    public void QuantitiesHaveUnits()
    {
        Assert.AreEqual(1_000_000_000, PlanArguments.Quantity("--link", "1g", 1000));
        Assert.AreEqual(100_000_000, PlanArguments.Quantity("--link", "100m", 1000));
        Assert.AreEqual(64 << 20, PlanArguments.Quantity("--memory", "64m", 1024));
        foreach (string text in (string[])["", "g", "-1g", "1gg", "0", "fast"])
        {
            var error = Assert.ThrowsExactly<CliException>(() => PlanArguments.Quantity("--link", text, 1000));
            Assert.AreEqual(ExitCode.Usage, error.ExitCode);
        }
    }

    // Goal: words for strategies and objectives are those of the literature, others are refused before any work.
    // Method: the parser's errors.
    [TestMethod]
    [DataRow("--strategy scatter-gather --objective energy", 0)]
    [DataRow("--strategy fastest", 1)]
    [DataRow("--objective speed", 1)]
    [DataRow("--min-fps 0", 1)]
    public void WordsAreChecked(string options, int errors)
    {
        ParseResult parsed = Program.CreateRoot().Parse($"plan model.onnx {options}");
        Assert.AreEqual(errors, parsed.Errors.Count);
    }
}
