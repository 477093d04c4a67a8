namespace System.Device.I2c;

/// <summary>
/// One device on an I2C bus. Types of this namespace have the names, members and behaviour of the System.Device.Gpio
/// package, which takes their place with <c>-p:OfficialPackages=true</c>.
/// </summary>
/// <remarks>QueryComponentInformation is left out: the package reserves it for its own debugging.</remarks>
public abstract class I2cDevice : IDisposable
{
    /// <summary>Bus and address.</summary>
    public abstract I2cConnectionSettings ConnectionSettings { get; }

    /// <summary>Opens a device on a bus of its own.</summary>
    /// <exception cref="PlatformNotSupportedException">Not Linux.</exception>
    /// <exception cref="IOException">The bus cannot be opened.</exception>
    public static I2cDevice Create(I2cConnectionSettings settings)
    {
        ArgumentNullException.ThrowIfNull(settings);
        var bus = UnixI2cBus.Open(settings.BusId);
        return new UnixI2cDevice(bus, settings.DeviceAddress, ownsBus: true);
    }

    /// <summary>Reads one byte.</summary>
    /// <exception cref="IOException">The device did not answer.</exception>
    public virtual byte ReadByte()
    {
        Span<byte> buffer = stackalloc byte[1];
        Read(buffer);
        return buffer[0];
    }

    /// <summary>Reads as many bytes as the buffer holds, at least one.</summary>
    /// <exception cref="IOException">The device did not answer.</exception>
    public abstract void Read(Span<byte> buffer);

    /// <summary>Writes one byte.</summary>
    /// <exception cref="IOException">The device did not answer.</exception>
    public virtual void WriteByte(byte value) => Write([value]);

    /// <summary>Writes bytes; none at all is a legal question whether the device is there.</summary>
    /// <exception cref="IOException">The device did not answer.</exception>
    public abstract void Write(ReadOnlySpan<byte> buffer);

    /// <summary>Writes, then reads after a repeated start: nobody else gets the bus in between.</summary>
    /// <exception cref="IOException">The device did not answer.</exception>
    public abstract void WriteRead(ReadOnlySpan<byte> writeBuffer, Span<byte> readBuffer);

    /// <inheritdoc />
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Frees what the device holds.</summary>
    /// <param name="disposing">false when called by a finalizer.</param>
    protected virtual void Dispose(bool disposing)
    {
    }
}
