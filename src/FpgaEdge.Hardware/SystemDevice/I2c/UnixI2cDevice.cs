namespace System.Device.I2c;

/// <summary>An address on a <see cref="UnixI2cBus"/>.</summary>
internal sealed class UnixI2cDevice(UnixI2cBus bus, int address, bool ownsBus) : I2cDevice
{
    private bool disposed;

    /// <inheritdoc />
    public override I2cConnectionSettings ConnectionSettings { get; } = new(bus.BusId, address);

    /// <inheritdoc />
    public override void Read(Span<byte> buffer)
    {
        ArgumentOutOfRangeException.ThrowIfZero(buffer.Length);
        Transfer([], buffer, writes: false);
    }

    /// <inheritdoc />
    public override void Write(ReadOnlySpan<byte> buffer) => Transfer(buffer, [], writes: true);

    /// <inheritdoc />
    public override void WriteRead(ReadOnlySpan<byte> writeBuffer, Span<byte> readBuffer)
    {
        ArgumentOutOfRangeException.ThrowIfZero(readBuffer.Length);
        Transfer(writeBuffer, readBuffer, writes: true);
    }

    /// <inheritdoc />
    protected override void Dispose(bool disposing)
    {
        if (disposing && !disposed)
        {
            disposed = true;
            if (ownsBus)
            {
                bus.Dispose();
            }
            else
            {
                bus.Forget(address);
            }
        }
    }

    private void Transfer(ReadOnlySpan<byte> write, Span<byte> read, bool writes)
    {
        ObjectDisposedException.ThrowIf(disposed, this);
        bus.Transfer(address, write, read, writes);
    }
}
