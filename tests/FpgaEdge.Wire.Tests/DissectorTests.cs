using System.Buffers.Binary;
using System.ComponentModel;
using System.Diagnostics;
using FpgaEdge.Tests;

namespace FpgaEdge.Wire.Tests;

/// <summary>The Wireshark dissector, docs/fpgaedge.lua, in tshark.</summary>
[TestClass]
public sealed class DissectorTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    [TestMethod]
    public async Task TsharkShowsEveryFieldAsItIs()
    {
        // Goal: a capture shows what was sent. Method: each kind with small and with the largest values, plain and sealed, in a
        // capture file; kind, every value, and a name for each, against our own reader.
        var aead = new AeadSeal([new byte[AeadSeal.KeyBytes]], "shelf", 0xb1, new byte[AeadSeal.SaltBytes]);
        byte[][] messages =
        [
            .. ProtocolExamples.All().Select(example => example.Datagram[..^ChecksumSeal.TrailerBytes]), .. SampleMessages.All(),
        ];
        byte[][] plain = [.. messages.Select(message => IndependentDecoderTests.Sealed(new ChecksumSeal(), message))];
        byte[][] secret = [.. messages.Select(message => IndependentDecoderTests.Sealed(aead, message))];
        string[] rows = await RunAsync([.. plain, .. secret]);
        Assert.HasCount(2 * messages.Length, rows);
        for (int i = 0; i < messages.Length; i++)
        {
            string[] columns = rows[i].Split('\t');
            string values = IndependentDecoderTests.Decode(messages[i]);
            int kind = messages[i][messages[i][0] == 0xdc ? 4 : 2];
            Assert.AreEqual($"{(MessageKind)kind}", columns[0]);
            Assert.AreEqual(values, columns[1]);
            string[] fields = columns[2].Split('|');
            Assert.AreEqual(values, $"[{string.Join(", ", fields.Select(field => field[(field.IndexOf(": ") + 2)..]))}]");
            Assert.IsFalse(fields.Any(field => field.StartsWith('?')), columns[2]);
            Assert.Contains("sender: ", rows[messages.Length + i]);
            Assert.DoesNotContain("incarnation", rows[messages.Length + i]);
        }
    }

    [TestMethod]
    public async Task WhatIsNoDatagramOfOursIsLeftAlone()
    {
        // Goal: other protocols' datagrams are not taken for ours. Method: noise, a cut datagram, one with another version.
        byte[] real = ProtocolExamples.All().First().Datagram;
        byte[] version = [.. real];
        version[1] = 2;
        byte[] noise = new byte[200];
        new Random(3).NextBytes(noise);
        foreach (string row in await RunAsync([noise, real[..^1], version]))
        {
            Assert.AreEqual("", row.Trim());
        }
    }

    /// <summary>One line per datagram: kind, values, fields separated by bars.</summary>
    private static async Task<string[]> RunAsync(byte[][] datagrams)
    {
        string file = Path.GetTempFileName();
        try
        {
            await File.WriteAllBytesAsync(file, Capture(datagrams));
            string script = Path.Combine(SharedData.RepositoryRoot, "docs", "fpgaedge.lua");
            using Process tshark = Start(new ProcessStartInfo("tshark",
            [
                "-X", $"lua_script:{script}", "-r", file, "-T", "fields", "-E", "aggregator=|", "-e", "fpgaedge.kind",
                "-e", "fpgaedge.values", "-e", "fpgaedge.field",
            ]) { RedirectStandardOutput = true, RedirectStandardError = true });
            Task<string> complaints = tshark.StandardError.ReadToEndAsync();
            string output = await tshark.StandardOutput.ReadToEndAsync().WaitAsync(Patience);
            await tshark.WaitForExitAsync().WaitAsync(Patience);
            Assert.AreEqual(0, tshark.ExitCode, await complaints);
            return output.TrimEnd('\n').Split('\n');
        }
        finally
        {
            File.Delete(file);
        }
    }

    private static Process Start(ProcessStartInfo start)
    {
        try
        {
            return Process.Start(start)!;
        }
        catch (Win32Exception e)
        {
            Assert.Inconclusive($"needs tshark: {e.Message}");
            throw;
        }
    }

    /// <summary>A capture file of IPv4 packets (pcap-savefile(5), link type 228).</summary>
    private static byte[] Capture(byte[][] datagrams)
    {
        using var file = new MemoryStream();
        Span<byte> head = stackalloc byte[24];
        head.Clear();
        BinaryPrimitives.WriteUInt32LittleEndian(head, 0xa1b2c3d4);
        head[4] = 2;
        head[6] = 4;
        BinaryPrimitives.WriteInt32LittleEndian(head[16..], 65535);
        BinaryPrimitives.WriteInt32LittleEndian(head[20..], 228);
        file.Write(head);
        Span<byte> packet = stackalloc byte[16 + 28];
        foreach (byte[] datagram in datagrams)
        {
            packet.Clear();
            BinaryPrimitives.WriteInt32LittleEndian(packet[8..], datagram.Length + 28);
            BinaryPrimitives.WriteInt32LittleEndian(packet[12..], datagram.Length + 28);
            Span<byte> ip = packet[16..];
            ip[0] = 0x45;
            BinaryPrimitives.WriteUInt16BigEndian(ip[2..], (ushort)(datagram.Length + 28));
            ip[8] = 64;
            ip[9] = 17;
            BinaryPrimitives.WriteUInt32BigEndian(ip[12..], 0x0a000001);
            BinaryPrimitives.WriteUInt32BigEndian(ip[16..], 0x0a000002);
            BinaryPrimitives.WriteUInt16BigEndian(ip[20..], 50111);
            BinaryPrimitives.WriteUInt16BigEndian(ip[22..], 50112);
            BinaryPrimitives.WriteUInt16BigEndian(ip[24..], (ushort)(datagram.Length + 8));
            file.Write(packet);
            file.Write(datagram);
        }
        return file.ToArray();
    }
}
