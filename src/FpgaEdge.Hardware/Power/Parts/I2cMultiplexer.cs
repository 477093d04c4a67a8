using System.Device.I2c;

namespace FpgaEdge.Hardware;

/// <summary>How a multiplexer is told its channel.</summary>
public enum MultiplexerKind
{
    /// <summary>PCA9546, PCA9548 and TCA9548A: one bit per channel (NXP data sheet PCA9548A, section 6.2).</summary>
    BitPerChannel = 0,

    /// <summary>PCA9544: enable bit 2 and the channel's number (NXP data sheet PCA9544A, section 6.2).</summary>
    ChannelNumber = 1,
}

/// <summary>
/// An I2C multiplexer that the kernel does not drive. Each channel is a bus; a device on it selects the channel before it
/// transfers, unless it is selected. After any failure the channel counts as unknown, because a reset of the multiplexer
/// may be why. Used by one thread.
/// </summary>
public sealed class I2cMultiplexer : IDisposable
{
    private readonly I2cBus parent;
    private readonly I2cDevice control;
    private readonly MultiplexerKind kind;
    private readonly Dictionary<int, (I2cDevice Device, int Users)> devices = [];
    private int? selected;

    /// <summary>A multiplexer on a bus.</summary>
    public I2cMultiplexer(I2cBus parent, int address, MultiplexerKind kind)
    {
        this.parent = parent;
        this.kind = kind;
        control = parent.CreateDevice(address);
    }

    /// <summary>The bus behind a channel.</summary>
    public I2cBus Channel(int number)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(number);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(number, kind == MultiplexerKind.BitPerChannel ? 7 : 3);
        return new ChannelBus(this, number);
    }

    /// <inheritdoc />
    public void Dispose() => control.Dispose();

    private void Select(int channel)
    {
        if (selected == channel)
        {
            return;
        }
        selected = null;
        byte code = (byte)(kind == MultiplexerKind.BitPerChannel ? 1 << channel : 4 | channel);
        control.WriteByte(code);
        byte kept = control.ReadByte();
        byte mask = (byte)(kind == MultiplexerKind.BitPerChannel ? 0xFF : 0x07);
        if ((kept & mask) != code)
        {
            throw new IOException($"multiplexer 0x{control.ConnectionSettings.DeviceAddress:X2}: " +
                $"expected channel code 0x{code:X2} after writing it, found 0x{kept:X2}");
        }
        selected = channel;
    }

    /// <summary>The same address behind two channels is one device of the parent bus.</summary>
    private I2cDevice Take(int address)
    {
        (I2cDevice Device, int Users) entry = devices.GetValueOrDefault(address);
        entry = (entry.Device ?? parent.CreateDevice(address), entry.Users + 1);
        devices[address] = entry;
        return entry.Device;
    }

    private void Return(int address)
    {
        (I2cDevice device, int users) = devices[address];
        if (users > 1)
        {
            devices[address] = (device, users - 1);
            return;
        }
        devices.Remove(address);
        device.Dispose();
    }

    private sealed class ChannelBus(I2cMultiplexer multiplexer, int number) : I2cBus
    {
        private readonly HashSet<int> open = [];

        public override I2cDevice CreateDevice(int deviceAddress) => open.Add(deviceAddress)
            ? new ChannelDevice(multiplexer, number, deviceAddress, open)
            : throw new ArgumentException($"Device with address 0x{deviceAddress:X2} is already open.", nameof(deviceAddress));

        public override void RemoveDevice(int deviceAddress) => open.Remove(deviceAddress);
    }

    private sealed class ChannelDevice(I2cMultiplexer multiplexer, int number, int address, HashSet<int> open) : I2cDevice
    {
        private readonly I2cDevice device = multiplexer.Take(address);
        private bool disposed;

        public override I2cConnectionSettings ConnectionSettings => device.ConnectionSettings;

        public override void Read(Span<byte> buffer)
        {
            multiplexer.Select(number);
            using var guard = new FailureGuard(multiplexer);
            device.Read(buffer);
            guard.Succeeded();
        }

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            multiplexer.Select(number);
            using var guard = new FailureGuard(multiplexer);
            device.Write(buffer);
            guard.Succeeded();
        }

        public override void WriteRead(ReadOnlySpan<byte> writeBuffer, Span<byte> readBuffer)
        {
            multiplexer.Select(number);
            using var guard = new FailureGuard(multiplexer);
            device.WriteRead(writeBuffer, readBuffer);
            guard.Succeeded();
        }

        protected override void Dispose(bool disposing)
        {
            if (!disposed)
            {
                disposed = true;
                open.Remove(address);
                multiplexer.Return(address);
            }
        }
    }

    /// <summary>Forgets the channel unless the transfer succeeded.</summary>
    private ref struct FailureGuard(I2cMultiplexer multiplexer)
    {
        private bool succeeded;

        public void Succeeded() => succeeded = true;

        public readonly void Dispose()
        {
            if (!succeeded)
            {
                multiplexer.selected = null;
            }
        }
    }
}
