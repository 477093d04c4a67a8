namespace FpgaEdge.Wire.Tests;

[TestClass]
public sealed class MessagePackTests
{
    [TestMethod]
    public void ValuesHaveTheBytesOfThePublicSpecification()
    {
        // Goal: any MessagePack implementation reads what we write. Method: the encodings of the public specification,
        // by hand.
        Check("00", (ref MessagePackWriter w) => w.Write(0));
        Check("7f", (ref MessagePackWriter w) => w.Write(127));
        Check("cc80", (ref MessagePackWriter w) => w.Write(128));
        Check("ccff", (ref MessagePackWriter w) => w.Write(255));
        Check("cd0100", (ref MessagePackWriter w) => w.Write(256));
        Check("cdffff", (ref MessagePackWriter w) => w.Write(65535));
        Check("ce00010000", (ref MessagePackWriter w) => w.Write(65536));
        Check("ceffffffff", (ref MessagePackWriter w) => w.Write(uint.MaxValue));
        Check("cf0000000100000000", (ref MessagePackWriter w) => w.Write(1UL << 32));
        Check("cfffffffffffffffff", (ref MessagePackWriter w) => w.Write(ulong.MaxValue));
        Check("ff", (ref MessagePackWriter w) => w.Write(-1));
        Check("e0", (ref MessagePackWriter w) => w.Write(-32));
        Check("d0df", (ref MessagePackWriter w) => w.Write(-33));
        Check("d080", (ref MessagePackWriter w) => w.Write(-128));
        Check("d1ff7f", (ref MessagePackWriter w) => w.Write(-129));
        Check("d2ffff7fff", (ref MessagePackWriter w) => w.Write(-32769));
        Check("d3ffffffff7fffffff", (ref MessagePackWriter w) => w.Write(int.MinValue - 1L));
        Check("c0", (ref MessagePackWriter w) => w.WriteNil());
        Check("c2c3", (ref MessagePackWriter w) =>
        {
            w.Write(false);
            w.Write(true);
        });
        Check("ca3fc00000", (ref MessagePackWriter w) => w.Write(1.5f));
        Check("cbbff8000000000000", (ref MessagePackWriter w) => w.Write(-1.5));
        Check("a0", (ref MessagePackWriter w) => w.Write(""));
        Check("a3414243", (ref MessagePackWriter w) => w.Write("ABC"));
        Check("c403010203", (ref MessagePackWriter w) => w.Write([1, 2, 3]));
        Check("93", (ref MessagePackWriter w) => w.WriteArrayHeader(3));
        Check("dc0010", (ref MessagePackWriter w) => w.WriteArrayHeader(16));
        Check("dd00010000", (ref MessagePackWriter w) => w.WriteArrayHeader(65536));
        Check("8f", (ref MessagePackWriter w) => w.WriteMapHeader(15));
        Check("de0010", (ref MessagePackWriter w) => w.WriteMapHeader(16));
        Check("bf", (ref MessagePackWriter w) => w.WriteStringHeader(31));
        Check("d920", (ref MessagePackWriter w) => w.WriteStringHeader(32));
        Check("da0100", (ref MessagePackWriter w) => w.WriteStringHeader(256));
        Check("c50100", (ref MessagePackWriter w) => w.WriteBinHeader(256));
        Check("c600010000", (ref MessagePackWriter w) => w.WriteBinHeader(65536));
    }

    [TestMethod]
    public void IntegersComeBackAtEveryBoundary()
    {
        // Goal: every integer survives. Method: all values around every power of two, signed and unsigned.
        byte[] buffer = new byte[9];
        for (int bit = 0; bit < 64; bit++)
        {
            for (long off = -2; off <= 2; off++)
            {
                ulong value = (1UL << bit) + (ulong)off;
                var writer = new MessagePackWriter(buffer);
                writer.Write(value);
                var reader = new MessagePackReader(writer.WrittenSpan);
                Assert.AreEqual(value, reader.ReadUInt64());
                Assert.IsTrue(reader.End);

                writer = new MessagePackWriter(buffer);
                writer.Write((long)value);
                reader = new MessagePackReader(writer.WrittenSpan);
                Assert.AreEqual((long)value, reader.ReadInt64());
                Assert.IsTrue(reader.End);
            }
        }
    }

    [TestMethod]
    [DataRow("cc05", "an integer that fits a fixint")]
    [DataRow("cd0001", "an integer that fits one byte")]
    [DataRow("ce0000ffff", "an integer that fits two bytes")]
    [DataRow("cf00000000ffffffff", "an integer that fits four bytes")]
    [DataRow("d0ff", "a negative integer that fits a fixint")]
    [DataRow("d1ff80", "a negative integer that fits one byte")]
    [DataRow("cd01", "an integer that is cut off")]
    [DataRow("c1", "the code that is never used")]
    [DataRow("", "nothing")]
    public void OnlyTheShortestFormIsAnInteger(string hex, string what)
    {
        // Goal: a message has exactly one encoding. Method: longer forms are refused, and the position does not move.
        var reader = new MessagePackReader(System.Convert.FromHexString(hex));
        Assert.IsFalse(reader.TryReadInt64(out _), what);
        Assert.IsFalse(reader.TryReadUInt64(out _), what);
        Assert.AreEqual(0, reader.Consumed);
        Assert.ThrowsExactly<MessagePackSerializationException>(() => new MessagePackReader(
            System.Convert.FromHexString(hex)).ReadInt64());
    }

    [TestMethod]
    public void LengthsBeyondTheBufferAreRefused()
    {
        // Goal: no length from outside is believed. Method: headers that promise more than there is, of every kind.
        string[] cut = ["dc0010c0", "ddffffffff", "c4ff00", "c5ffff00", "c6ffffffff", "bf41", "d9ff41", "daffff",
            "dbffffffff", "91", "de001000"];
        foreach (string hex in cut)
        {
            var reader = new MessagePackReader(System.Convert.FromHexString(hex));
            Assert.IsFalse(reader.TryReadArrayHeader(out _), hex);
            Assert.IsFalse(reader.TryReadMapHeader(out _), hex);
            Assert.IsFalse(reader.TryReadBytes(out _), hex);
            Assert.IsFalse(reader.TryReadStringSpan(out _), hex);
            Assert.IsFalse(reader.TrySkip(), hex);
            Assert.AreEqual(0, reader.Consumed);
        }
    }

    [TestMethod]
    public void WriterNeverLeavesItsSpan()
    {
        // Goal: a full buffer is reported, not overrun. Method: write too much into every size; the guard bytes stay.
        for (int size = 0; size < 40; size++)
        {
            byte[] memory = new byte[size + 16];
            memory.AsSpan(size).Fill(0xEE);
            var writer = new MessagePackWriter(memory.AsSpan(0, size));
            for (int i = 0; i < 10; i++)
            {
                writer.Write(ulong.MaxValue);
                writer.Write("text");
                writer.Write(-70_000);
                writer.Write([1, 2, 3]);
            }

            Assert.IsTrue(writer.Overflowed);
            Assert.AreEqual(-1, memory.AsSpan(size).IndexOfAnyExcept((byte)0xEE));
        }
    }

    [TestMethod]
    public void SkipPassesEveryTypeAndStopsAtDepth()
    {
        // Goal: unknown values can be skipped with bounded work. Method: one of each type, then nesting beyond the
        // limit.
        string[] values = ["c0", "c3", "05", "e1", "cf8000000000000000", "ca00000000", "cb0000000000000000", "a161",
            "c40101", "d40100", "d80000000000000000000000000000000000", "c7020001ff", "93c0c0c0", "8101a161", "9191919101"];
        foreach (string hex in values)
        {
            byte[] bytes = System.Convert.FromHexString(hex);
            var reader = new MessagePackReader(bytes);
            Assert.IsTrue(reader.TrySkip(), hex);
            Assert.AreEqual(bytes.Length, reader.Consumed, hex);
        }

        byte[] deep = new byte[64];
        deep.AsSpan().Fill(0x91);
        deep[^1] = 1;
        Assert.IsFalse(new MessagePackReader(deep).TrySkip());
    }

    private delegate void Writing(ref MessagePackWriter writer);

    private static void Check(string expected, Writing write)
    {
        var writer = new MessagePackWriter(new byte[64]);
        write(ref writer);
        Assert.AreEqual(expected, System.Convert.ToHexStringLower(writer.WrittenSpan));
    }
}
