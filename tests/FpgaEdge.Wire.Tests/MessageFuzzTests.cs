namespace FpgaEdge.Wire.Tests;

[TestClass]
public sealed class MessageFuzzTests
{
    [TestMethod]
    public void MutatedMessagesNeverThrowAndAreConsistentWhenAccepted()
    {
        // Goal: whatever passes the seal is still parsed with bounds checked. Method: a million mutations (flips, cuts,
        // splices) of one valid message of every kind go through every parser; accepted data must fit its own sizes.
        byte[][] seeds = [.. SampleMessages.All()];
        var random = new Random(3);
        byte[] buffer = new byte[WireLimits.MessageBytes];
        int accepted = 0;
        for (int i = 0; i < 1_000_000; i++)
        {
            byte[] seed = seeds[i % seeds.Length];
            seed.CopyTo(buffer, 0);
            int length = seed.Length;
            for (int flips = random.Next(4); flips >= 0; flips--)
            {
                buffer[random.Next(Math.Min(length, 120))] = (byte)random.Next(256);
            }

            length = random.Next(8) == 0 ? random.Next(length + 1) : length;
            accepted += SampleMessages.TryParse(buffer.AsSpan(0, length)) ? 1 : 0;
        }

        Assert.IsGreaterThan(1000, accepted, "the mutations should leave some messages valid, or nothing was tested");
    }

    [TestMethod]
    public void DataReadInOneGoIsWhatValueByValueGives()
    {
        // Goal: the short way through a data message accepts and refuses exactly what the format says, with the same
        // values. Method: 300,000 mutations of data messages with numbers of every length; each is also read, and once
        // written, value by value here.
        var random = new Random(5);
        byte[] buffer = new byte[WireLimits.MessageBytes];
        int accepted = 0;
        for (int i = 0; i < 300_000; i++)
        {
            int length = WriteDrawn(random, buffer);
            for (int flips = random.Next(3); flips > 0; flips--)
            {
                buffer[random.Next(90)] = (byte)random.Next(256);
            }

            length -= random.Next(10) == 0 ? random.Next(length) : 0;
            ReadOnlySpan<byte> message = buffer.AsSpan(0, length);
            var reader = new MessagePackReader(message);
            bool ok = MessageHeader.TryRead(ref reader, out MessageHeader header, out int elements) == HeaderVerdict.Ok
                & DataMessage.TryRead(ref reader, elements, out DataMessage data);
            ok &= header.Kind == MessageKind.Data;
            string expected = ValueByValue(message);
            string found = ok ? $"{header.Cluster} {header.Sender} {header.Incarnation} {data.Address} {data.Plan} "
                + $"{(int)data.Flags} {data.TotalBytes} {data.Index} {data.BudgetUs} {data.SentUs} {data.Payload.Length}" : "";
            Assert.AreEqual(expected, found, System.Convert.ToHexStringLower(message[..Math.Min(length, 110)]));
            accepted += ok ? 1 : 0;
        }

        Assert.IsGreaterThan(30_000, accepted);
    }

    private static int WriteDrawn(Random random, byte[] buffer)
    {
        ulong Number(int bits) => (ulong)random.NextInt64() >> 1 >> (63 - random.Next(1, Math.Min(bits, 62)));
        int total = random.Next(1, 40_000);
        int index = random.Next(DataMessage.ChunksOf(total));
        var writer = new MessagePackWriter(buffer);
        var header = new MessageHeader(MessageKind.Data, Number(64), Number(64), (uint)Number(32));
        var address = new FrameAddress(Number(64), (uint)Number(32), (uint)Number(32), (uint)Number(32), (uint)random.Next(65));
        byte[] payload = new byte[DataMessage.ChunkLength(total, index)];
        new DataMessage
        {
            Address = address,
            Plan = new Hash128(Number(64), Number(64)),
            Flags = (DataFlags)random.Next(4),
            TotalBytes = total,
            Index = index,
            BudgetUs = Number(64),
            SentUs = (uint)Number(32),
            Payload = payload,
        }.Write(ref writer, header);
        return writer.BytesWritten;
    }

    private static string ValueByValue(ReadOnlySpan<byte> message)
    {
        var r = new MessagePackReader(message);
        try
        {
            int count = r.ReadArrayHeader();
            bool ok = count == 17 & r.ReadUInt32() == 1 & r.ReadByte() == (byte)MessageKind.Data;
            string head = $"{r.ReadUInt64()} {r.ReadUInt64()} {r.ReadUInt32()} ";
            var address = new FrameAddress(r.ReadUInt64(), r.ReadUInt32(), r.ReadUInt32(), r.ReadUInt32(), r.ReadUInt32());
            ReadOnlySpan<byte> plan = r.ReadBytes();
            ok &= address.Stage <= WireLimits.Stages & plan.Length == 16;
            byte flags = r.ReadByte();
            int total = r.ReadInt32();
            int index = r.ReadInt32();
            ok &= flags <= 3 & total is > 0 and <= WireLimits.FrameBytes & index >= 0 && index < DataMessage.ChunksOf(total);
            string tail = $"{flags} {total} {index} {r.ReadUInt64()} {r.ReadUInt32()} ";
            int length = r.ReadBytes().Length;
            return ok && length == DataMessage.ChunkLength(total, index)
                ? $"{head}{address} {new Hash128(ReadBig(plan), ReadBig(plan[8..]))} {tail}{length}" : "";
        }
        catch (MessagePackSerializationException)
        {
            return "";
        }
    }

    private static ulong ReadBig(ReadOnlySpan<byte> bytes) => System.Buffers.Binary.BinaryPrimitives.ReadUInt64BigEndian(bytes);

    [TestMethod]
    public void EveryKindFitsADatagramAtItsLargest()
    {
        // Goal: no message ever exceeds 1,400 bytes. Method: write each kind with the largest values of all fields.
        foreach (byte[] message in SampleMessages.All())
        {
            Assert.IsLessThanOrEqualTo(WireLimits.MessageBytes, message.Length);
            Assert.IsTrue(SampleMessages.TryParse(message), System.Convert.ToHexStringLower(message.AsSpan(0, 12)));
            byte[] datagram = new byte[WireLimits.DatagramBytes];
            Assert.IsLessThanOrEqualTo(WireLimits.DatagramBytes, new ChecksumSeal().Seal(message, datagram));
        }
    }

    [TestMethod]
    public void HeaderWriteAndReadAllocateNothing()
    {
        // Goal: zero garbage per datagram. Method: the thread's allocation counter over 10,000 data messages.
        byte[] payload = new byte[WireLimits.ChunkBytes];
        byte[] buffer = new byte[WireLimits.MessageBytes];
        Roundtrip(payload, buffer);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 10_000; i++)
        {
            Roundtrip(payload, buffer);
        }

        Assert.AreEqual(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    private static void Roundtrip(byte[] payload, byte[] buffer)
    {
        var writer = new MessagePackWriter(buffer);
        new DataMessage
        {
            Address = new FrameAddress(1, 2, 3, 4, 5),
            TotalBytes = payload.Length,
            BudgetUs = 1_000_000,
            SentUs = 77,
            Payload = payload,
        }.Write(ref writer, new MessageHeader(MessageKind.Data, 1, 2, 3));
        var reader = new MessagePackReader(writer.WrittenSpan);
        if (MessageHeader.TryRead(ref reader, out _, out int elements) != HeaderVerdict.Ok
            || !DataMessage.TryRead(ref reader, elements, out DataMessage data)
            || data.Payload.Length != payload.Length)
        {
            throw new InvalidOperationException("the message did not come back");
        }
    }
}
