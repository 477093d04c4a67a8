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
