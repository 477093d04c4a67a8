using System.Device.I2c;

namespace FpgaEdge.Hardware.Tests;

/// <summary>A bus in this process with models on it and a clock that tests turn. What is not there, or hangs, fails with
/// the messages of the real thing.</summary>
internal sealed class ModelledBus : I2cBus
{
    private readonly HashSet<int> open = [];

    public Dictionary<int, IModelledPart> Parts { get; } = [];

    public long NowNs { get; set; }

    /// <summary>The data line is held low: every transfer ends by its limit.</summary>
    public bool Stuck { get; set; }

    public long Transfers { get; private set; }

    public override I2cDevice CreateDevice(int deviceAddress) => open.Add(deviceAddress)
        ? new Device(this, deviceAddress)
        : throw new ArgumentException($"0x{deviceAddress:X2} is open already");

    public override void RemoveDevice(int deviceAddress) => open.Remove(deviceAddress);

    private void Transfer(int address, ReadOnlySpan<byte> write, Span<byte> read)
    {
        Transfers++;
        if (Stuck)
        {
            throw new IOException($"Error 110. /dev/i2c-0, address 0x{address:X2}: Connection timed out");
        }
        bool answered = Parts.TryGetValue(address, out IModelledPart? part)
            && part.Write(write, NowNs)
            && (read.Length == 0 || part.Read(read, NowNs));
        if (!answered)
        {
            throw new IOException($"Error 6. /dev/i2c-0, address 0x{address:X2}: No such device or address");
        }
    }

    private sealed class Device(ModelledBus bus, int address) : I2cDevice
    {
        public override I2cConnectionSettings ConnectionSettings { get; } = new(0, address);

        public override void Read(Span<byte> buffer) => bus.Transfer(address, [], buffer);

        public override void Write(ReadOnlySpan<byte> buffer) => bus.Transfer(address, buffer, []);

        public override void WriteRead(ReadOnlySpan<byte> writeBuffer, Span<byte> readBuffer) =>
            bus.Transfer(address, writeBuffer, readBuffer);

        protected override void Dispose(bool disposing) => bus.open.Remove(address);
    }
}
