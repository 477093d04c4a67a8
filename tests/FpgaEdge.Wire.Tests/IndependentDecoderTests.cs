using System.ComponentModel;
using System.Diagnostics;
using System.Text;
using FpgaEdge.Tests;

namespace FpgaEdge.Wire.Tests;

/// <summary>What is sent, read by somebody else's MessagePack: <c>@msgpack/msgpack</c>, run by node.</summary>
[TestClass]
public sealed class IndependentDecoderTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    [TestMethod]
    public async Task AnotherImplementationReadsTheSameValues()
    {
        // Goal: any MessagePack library reads our datagrams as we do. Method: each kind with small values, each with the
        // largest values in every field, and both sealed with a key; the values that our reader finds against those that
        // the other implementation finds.
        byte[][] datagrams = [.. Datagrams()];
        string[] theirs = await DecodeAsync(datagrams);
        Assert.HasCount(datagrams.Length, theirs);
        for (int i = 0; i < datagrams.Length; i++)
        {
            Assert.AreEqual(Decode(datagrams[i]), theirs[i], System.Convert.ToHexStringLower(datagrams[i]));
        }
    }

    [TestMethod]
    public async Task TheComparisonCanFail()
    {
        // Goal: the other implementation really decodes what it is given. Method: one bit of a checksum differs.
        (_, byte[] datagram) = ProtocolExamples.All().First();
        string before = Decode(datagram);
        datagram[^1] ^= 1;
        Assert.AreNotEqual(before, (await DecodeAsync([datagram])).Single());
    }

    private static IEnumerable<byte[]> Datagrams()
    {
        var aead = new AeadSeal([new byte[AeadSeal.KeyBytes]], "shelf", 0xb1, new byte[AeadSeal.SaltBytes]);
        foreach ((_, byte[] datagram) in ProtocolExamples.All())
        {
            yield return datagram;
            yield return Sealed(aead, datagram.AsSpan(0, datagram.Length - ChecksumSeal.TrailerBytes));
        }
        foreach (byte[] message in SampleMessages.All())
        {
            yield return Sealed(new ChecksumSeal(), message);
            yield return Sealed(aead, message);
        }
    }

    internal static byte[] Sealed(IDatagramSeal seal, ReadOnlySpan<byte> message)
    {
        byte[] datagram = new byte[WireLimits.DatagramBytes];
        return datagram[..seal.Seal(message, datagram)];
    }

    internal static string Decode(byte[] datagram)
    {
        var reader = new MessagePackReader(datagram);
        var text = new StringBuilder();
        while (!reader.End)
        {
            text.Append(text.Length > 0 ? " " : "");
            Append(ref reader, text);
        }
        return text.ToString();
    }

    private static void Append(ref MessagePackReader reader, StringBuilder text)
    {
        if (reader.TryReadUInt64(out ulong number))
        {
            text.Append(number);
        }
        else if (reader.TryReadBoolean(out bool truth))
        {
            text.Append(truth ? "true" : "false");
        }
        else if (reader.TryReadBytes(out ReadOnlySpan<byte> bytes))
        {
            text.Append($"<{System.Convert.ToHexStringLower(bytes)}>");
        }
        else if (reader.TryReadStringSpan(out ReadOnlySpan<byte> characters))
        {
            text.Append($"\"{Encoding.UTF8.GetString(characters)}\"");
        }
        else
        {
            int count = reader.ReadArrayHeader();
            text.Append('[');
            for (int i = 0; i < count; i++)
            {
                text.Append(i > 0 ? ", " : "");
                Append(ref reader, text);
            }
            text.Append(']');
        }
    }

    /// <summary>One line per datagram; skips the test when node or the package is not there.</summary>
    private static async Task<string[]> DecodeAsync(IEnumerable<byte[]> datagrams)
    {
        string packages = Path.Combine(SharedData.RepositoryRoot, "out", "node");
        if (!Directory.Exists(Path.Combine(packages, "node_modules", "@msgpack", "msgpack")))
        {
            Assert.Inconclusive("needs @msgpack/msgpack: npm install --prefix out/node --no-save @msgpack/msgpack");
        }
        string script = Path.Combine(SharedData.RepositoryRoot, "tests", "FpgaEdge.Wire.Tests", "decode.cjs");
        var start = new ProcessStartInfo("node", [script, packages])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        using Process node = Start(start);
        Task<string> output = node.StandardOutput.ReadToEndAsync();
        foreach (byte[] datagram in datagrams)
        {
            await node.StandardInput.WriteAsync(System.Convert.ToHexStringLower(datagram) + "\n");
        }
        node.StandardInput.Close();
        await node.WaitForExitAsync().WaitAsync(Patience);
        Assert.AreEqual(0, node.ExitCode);
        return (await output).Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    private static Process Start(ProcessStartInfo start)
    {
        try
        {
            return Process.Start(start)!;
        }
        catch (Win32Exception e)
        {
            Assert.Inconclusive($"needs node: {e.Message}");
            throw;
        }
    }
}
