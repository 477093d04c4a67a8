using System.Net;

namespace FpgaEdge.Board.Tests;

[TestClass]
public sealed class DaemonOptionsTests
{
    // Goal: every option of the help text arrives where it belongs, in both spellings. Method: parse a full command
    // line.
    [TestMethod]
    public void AllOptionsArrive()
    {
        DaemonOptions options = DaemonOptions.Parse(
        [
            "--board", "b.json", "--cluster=shelf", "--name", "a.1", "--listen", "10.0.0.7:4000", "--peer", "10.0.0.8:4001",
            "--peer=10.0.0.9:4002", "--multicast", "239.1.2.3:5000", "--interface", "10.0.0.7", "--directory", "/var/x",
            "--exit-with-parent", "42", "--strategy", "fused", "--objective", "latency", "--key-file", "k.key",
            "--json",
        ]);
        Assert.AreEqual("b.json", options.BoardFile);
        Assert.AreEqual("shelf", options.Cluster);
        Assert.AreEqual("a.1", options.Name);
        Assert.AreEqual(IPEndPoint.Parse("10.0.0.7:4000"), options.Listen);
        CollectionAssert.AreEqual(
            new[] { IPEndPoint.Parse("10.0.0.8:4001"), IPEndPoint.Parse("10.0.0.9:4002") }, options.Peers.ToArray());
        Assert.AreEqual(IPEndPoint.Parse("239.1.2.3:5000"), options.Multicast);
        Assert.AreEqual(IPAddress.Parse("10.0.0.7"), options.Interface);
        Assert.AreEqual("/var/x", options.Directory);
        Assert.AreEqual(42, options.ExitWithParent);
        Assert.AreEqual(Planning.Strategy.Fused, options.Strategy);
        Assert.AreEqual(Planning.Objective.Latency, options.Objective);
        Assert.AreEqual(Planning.Strategy.Auto, DaemonOptions.Parse([]).Strategy);
        Assert.AreEqual(Planning.Strategy.AiCoreAssignment, DaemonOptions.Parse(["--strategy=ai-core-assignment"]).Strategy);
        Assert.AreEqual("k.key", options.KeyFile);
        Assert.IsTrue(options.Json);
        Assert.IsFalse(options.IsScratch);
        Assert.IsTrue(DaemonOptions.Parse(["--scratch", "/var/x"]).IsScratch);
        Assert.IsNull(DaemonOptions.Parse(["--no-multicast"]).Multicast);
        foreach (string word in DaemonOptions.Help.Split(' ', '\n', ',').Where(word => word.StartsWith("--")))
        {
            Assert.DoesNotContain("unknown", ErrorOf(word) ?? "", $"{word} is in the help text");
        }
    }

    // Goal: what cannot be used is refused with the option's name and the value found. Method: one wrong value per
    // option.
    [TestMethod]
    [DataRow("--frob", "unknown option '--frob'")]
    [DataRow("board", "unknown option 'board'")]
    [DataRow("--listen", "--listen needs a value")]
    [DataRow("--listen=", "--listen needs a value")]
    [DataRow("--listen=4000", "ADDRESS:PORT")]
    [DataRow("--listen=1:4000", "found '1:4000'")]
    [DataRow("--listen=127.0.0.1:65536", "found '127.0.0.1:65536'")]
    [DataRow("--listen=127.0.0.1:+1", "ADDRESS:PORT")]
    [DataRow("--listen=[::1]:4000", "ADDRESS:PORT")]
    [DataRow("--peer=127.0.0.1:0", "found '127.0.0.1:0'")]
    [DataRow("--multicast=10.0.0.1:5000", "multicast group")]
    [DataRow("--cluster=a b", "found 'a b'")]
    [DataRow("--cluster=a\n", "found 'a?'")]
    [DataRow("--interface=eth0", "IPv4 address")]
    [DataRow("--strategy=best", "scatter-gather")]
    [DataRow("--objective=fast", "throughput, latency, energy")]
    [DataRow("--exit-with-parent=-1", "process number")]
    [DataRow("--json=yes", "--json takes no value")]
    public void WrongOptionsAreRefused(string argument, string words)
    {
        string? message = ErrorOf(argument);
        Assert.IsNotNull(message);
        Assert.Contains(words, message);
        Assert.DoesNotContain('\n', message);
    }

    private static string? ErrorOf(string argument)
    {
        try
        {
            DaemonOptions.Parse([argument]);
            return null;
        }
        catch (OptionException e)
        {
            return e.Message;
        }
    }
}
