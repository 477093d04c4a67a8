using FpgaEdge.Tests;

namespace FpgaEdge.Wire.Tests;

[TestClass]
public sealed class ProtocolDocumentTests
{
    [TestMethod]
    public void TheDocumentShowsWhatIsSent()
    {
        // Goal: docs/PROTOCOL.md is the protocol. Method: for each kind, the document must hold the datagram that we
        // write for its example, and its decoding by a decoder that shares nothing with ours.
        string file = Path.Combine(SharedData.RepositoryRoot, "docs", "PROTOCOL.md");
        string document = File.ReadAllText(file).ReplaceLineEndings("\n");
        var missing = new List<string>();
        foreach ((MessageKind kind, byte[] datagram) in ProtocolExamples.All())
        {
            string block = Block(datagram);
            if (!document.Contains($"### {(int)kind} {kind}\n", StringComparison.Ordinal)
                || !document.Contains(block, StringComparison.Ordinal))
            {
                missing.Add($"### {(int)kind} {kind}\n{block}");
            }
        }

        Assert.IsEmpty(missing, "docs/PROTOCOL.md lacks:\n" + string.Join('\n', missing));
    }

    [TestMethod]
    public void EveryKindHasAnExampleThatParses()
    {
        // Goal: the examples are complete and valid. Method: every kind appears once, opens, and parses to its end.
        var seen = new HashSet<MessageKind>();
        foreach ((MessageKind kind, byte[] datagram) in ProtocolExamples.All())
        {
            Assert.IsTrue(seen.Add(kind));
            SealVerdict verdict = new ChecksumSeal().TryOpen(datagram, default, out ReadOnlySpan<byte> message);
            Assert.AreEqual(SealVerdict.Ok, verdict);
            Assert.IsTrue(SampleMessages.TryParse(message), kind.ToString());
            Assert.AreEqual((byte)kind, message[MessageOffset(message)]);
        }

        Assert.HasCount((int)MessageKind.Last, seen);
    }

    /// <summary>Where the kind stands: after the array's header and the version.</summary>
    private static int MessageOffset(ReadOnlySpan<byte> message) => message[0] == 0xdc ? 4 : 2;

    private static string Block(byte[] datagram)
    {
        int at = 0;
        string decoded = ProtocolExamples.Decode(datagram, ref at) + " " + ProtocolExamples.Decode(datagram, ref at);
        Assert.AreEqual(datagram.Length, at);
        IEnumerable<string> lines = datagram.Chunk(32).Select(System.Convert.ToHexStringLower);
        return $"```\n{string.Join('\n', lines)}\n{decoded}\n```";
    }
}
