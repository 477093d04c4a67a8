using System.Text;
using FpgaEdge.Cli.Serial;
using FpgaEdge.Tests;

namespace FpgaEdge.Cli.Tests.Serial;

[TestClass]
public sealed class BootChainTests
{
    public static IEnumerable<object[]> Logs() =>
        Directory.EnumerateFiles(Path.Combine(SharedData.RepositoryRoot, "tests/FpgaEdge.Cli.Tests/Serial/Logs"), "*.log")
            .Order(StringComparer.Ordinal).Select(file => new object[] { Path.GetFileName(file) });

    // Goal: each recorded failure is explained as what it is, whole and a few bytes at a time. Method: logs named after the finding
    // that is right for them.
    [TestMethod]
    [DynamicData(nameof(Logs))]
    public void RecordedLogIsExplained(string name)
    {
        byte[] log = File.ReadAllBytes(Path.Combine(SharedData.RepositoryRoot, "tests/FpgaEdge.Cli.Tests/Serial/Logs", name));
        string expected = name.Split('.')[0];
        foreach (int piece in new[] { log.Length, 7 })
        {
            var chain = new BootChain();
            foreach (byte[] bytes in log.Chunk(piece))
            {
                chain.Take(bytes);
            }
            Assert.AreEqual(expected == "healthy" ? null : expected, chain.Explain()?.Id);
        }
    }

    // Goal: every rule has a log that shows it. Method: the names of the logs against the rules.
    [TestMethod]
    public void EveryRuleHasALog()
    {
        string[] logs = [.. Logs().Select(log => ((string)log[0]).Split('.')[0])];
        Assert.IsGreaterThanOrEqualTo(30, logs.Length);
        // Said in passing by others' logs: these are always followed by what their cause is.
        string[] never = ["spl-nothing", "loader-slot"];
        CollectionAssert.AreEquivalent(Array.Empty<string>(),
            BootRules.All.Select(rule => rule.Id).Except(logs).Except(never).ToArray());
    }

    // Goal: nothing, rubbish, and another speed's rubbish are called by their names. Method: no bytes; random bytes.
    [TestMethod]
    public void SilenceAndRubbishAreNamed()
    {
        Assert.AreEqual("silent", new BootChain().Explain()!.Id);
        byte[] rubbish = new byte[100_000];
        new Random(1).NextBytes(rubbish);
        var chain = new BootChain();
        chain.Take(rubbish);
        Assert.AreEqual("speed", chain.Explain()!.Id);
        chain = new BootChain();
        chain.Take(Encoding.ASCII.GetBytes(new string('x', 1_000_000)));
        Assert.AreEqual("unknown", chain.Explain()!.Id);
    }

    // Goal: a failure that the board recovered from by starting again is not reported. Method: a failed start before a good one.
    [TestMethod]
    public void FailureBeforeAGoodStartIsHistory()
    {
        string Log(string name) => File.ReadAllText(
            Path.Combine(SharedData.RepositoryRoot, "tests/FpgaEdge.Cli.Tests/Serial/Logs", name + ".log"));
        var chain = new BootChain();
        chain.Take(Encoding.ASCII.GetBytes(Log("card-errors") + Log("healthy")));
        Assert.IsNull(chain.Explain());
        chain.Take(Encoding.ASCII.GetBytes(Log("no-init")));
        Assert.AreEqual("no-init", chain.Explain()!.Id);
    }
}
