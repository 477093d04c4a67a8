using System.Device.I2c;

namespace FpgaEdge.Hardware.Tests;

/// <summary>Parts behind multiplexers.</summary>
[TestClass]
public sealed class MultiplexerTests
{
    // Goal: two parts with the same address behind two channels are told apart, for both kinds of multiplexer. Method:
    // read them in turn; count how often the channel is switched.
    [TestMethod]
    [DataRow(MultiplexerKind.BitPerChannel, 7, 0x80, 3, 0x08)]
    [DataRow(MultiplexerKind.ChannelNumber, 1, 0x05, 3, 0x07)]
    public void SameAddressBehindTwoChannels(MultiplexerKind kind, int first, int firstCode, int second, int secondCode)
    {
        var model = new MultiplexedBus(0x74);
        model.Behind[(byte)firstCode] = new FixedRegisters { Words = { [1] = 0x1111 } };
        model.Behind[(byte)secondCode] = new FixedRegisters { Words = { [1] = 0x2222 } };
        using var multiplexer = new I2cMultiplexer(model.Bus, 0x74, kind);
        using var one = new RegisterPart(multiplexer.Channel(first).CreateDevice(0x40));
        using var two = new RegisterPart(multiplexer.Channel(second).CreateDevice(0x40));
        Assert.AreEqual(0x1111, one.Read(1));
        Assert.AreEqual(0x1111, one.Read(1));
        Assert.AreEqual(1, model.Switches);
        Assert.AreEqual(0x2222, two.Read(1));
        Assert.AreEqual(0x1111, one.Read(1));
        Assert.AreEqual(3, model.Switches);
    }

    // Goal: after a failure the channel is selected again, because a reset of the multiplexer may have been the reason.
    // Method: reset it behind the driver's back, fail one transfer.
    [TestMethod]
    public void ChannelIsSelectedAgainAfterAFailure()
    {
        var model = new MultiplexedBus(0x74);
        model.Behind[0x01] = new FixedRegisters { Words = { [1] = 0x1111 } };
        using var multiplexer = new I2cMultiplexer(model.Bus, 0x74, MultiplexerKind.BitPerChannel);
        using var part = new RegisterPart(multiplexer.Channel(0).CreateDevice(0x40));
        Assert.AreEqual(0x1111, part.Read(1));
        model.Reset();
        Assert.ThrowsExactly<IOException>(() => part.Read(1));
        Assert.AreEqual(0x1111, part.Read(1));
    }

    // Goal: something else at the multiplexer's address, which does not keep the code, is found. Method: registers that
    // read as zero.
    [TestMethod]
    public void WrongMultiplexerIsFound()
    {
        var bus = new ModelledBus { Parts = { [0x74] = new Deaf(), [0x40] = new FixedRegisters() } };
        using var multiplexer = new I2cMultiplexer(bus, 0x74, MultiplexerKind.BitPerChannel);
        using var part = new RegisterPart(multiplexer.Channel(2).CreateDevice(0x40));
        Assert.Contains("expected channel code 0x04", Assert.ThrowsExactly<IOException>(() => part.Read(1)).Message);
    }

    // Goal: a multiplexer behind a multiplexer. Method: the inner one answers only while the outer one is switched to it.
    [TestMethod]
    public void MultiplexersNest()
    {
        var model = new MultiplexedBus(0x70);
        var inner = new ChannelRegister();
        model.Behind[0x02] = inner;
        using var outer = new I2cMultiplexer(model.Bus, 0x70, MultiplexerKind.BitPerChannel);
        using var second = new I2cMultiplexer(outer.Channel(1), 0x40, MultiplexerKind.BitPerChannel);
        using I2cDevice device = second.Channel(5).CreateDevice(0x40 + 1);
        Assert.ThrowsExactly<IOException>(() => device.ReadByte());
        Assert.AreEqual(0x20, inner.Code);
    }

    private sealed class Deaf : IModelledPart
    {
        public bool Write(ReadOnlySpan<byte> bytes, long nowNs) => true;

        public bool Read(Span<byte> bytes, long nowNs)
        {
            bytes.Clear();
            return true;
        }
    }

    private sealed class ChannelRegister : IModelledPart
    {
        public byte Code { get; set; }

        public bool Write(ReadOnlySpan<byte> bytes, long nowNs)
        {
            Code = bytes.Length > 0 ? bytes[0] : Code;
            return true;
        }

        public bool Read(Span<byte> bytes, long nowNs)
        {
            bytes.Fill(Code);
            return true;
        }
    }

    /// <summary>Address 0x40 is what the multiplexer is switched to.</summary>
    private sealed class MultiplexedBus : IModelledPart
    {
        private readonly ChannelRegister register = new();

        public MultiplexedBus(int address)
        {
            Bus = new ModelledBus { Parts = { [address] = new Counting(this), [0x40] = this } };
        }

        public ModelledBus Bus { get; }

        public Dictionary<byte, IModelledPart> Behind { get; } = [];

        public int Switches { get; private set; }

        public void Reset() => register.Code = 0;

        public bool Write(ReadOnlySpan<byte> bytes, long nowNs) =>
            Behind.TryGetValue(register.Code, out IModelledPart? part) && part.Write(bytes, nowNs);

        public bool Read(Span<byte> bytes, long nowNs) =>
            Behind.TryGetValue(register.Code, out IModelledPart? part) && part.Read(bytes, nowNs);

        private sealed class Counting(MultiplexedBus owner) : IModelledPart
        {
            public bool Write(ReadOnlySpan<byte> bytes, long nowNs)
            {
                owner.Switches += bytes.Length > 0 ? 1 : 0;
                return owner.register.Write(bytes, nowNs);
            }

            public bool Read(Span<byte> bytes, long nowNs) => owner.register.Read(bytes, nowNs);
        }
    }
}
