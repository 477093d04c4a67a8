namespace System.Device.I2c;

/// <summary>An I2C bus, shared by the devices on it.</summary>
public abstract class I2cBus : IDisposable
{
    /// <summary>Opens /dev/i2c-N.</summary>
    /// <param name="busId">N.</param>
    /// <exception cref="PlatformNotSupportedException">Not Linux.</exception>
    /// <exception cref="IOException">The bus cannot be opened, or its adapter cannot transfer plain I2C
    /// messages.</exception>
    public static I2cBus Create(int busId) => UnixI2cBus.Open(busId);

    /// <summary>A device on this bus.</summary>
    /// <param name="deviceAddress">7-bit address.</param>
    /// <exception cref="ArgumentException">The address is open already.</exception>
    public abstract I2cDevice CreateDevice(int deviceAddress);

    /// <summary>Makes an address free again.</summary>
    /// <param name="deviceAddress">7-bit address.</param>
    /// <exception cref="ArgumentException">The address is not open.</exception>
    public abstract void RemoveDevice(int deviceAddress);

    /// <inheritdoc />
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Frees what the bus holds.</summary>
    /// <param name="disposing">false when called by a finalizer.</param>
    protected virtual void Dispose(bool disposing)
    {
    }
}
