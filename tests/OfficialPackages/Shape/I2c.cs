namespace System.Device
{
    /// <summary>Reserved by the package for its own debugging.</summary>
    public record ComponentInformation(object Instance, string Name);
}

namespace System.Device.I2c
{
    /// <summary>As in the package.</summary>
    public sealed class I2cConnectionSettings(int busId, int deviceAddress) : IEquatable<I2cConnectionSettings>
    {
        public int BusId { get; } = busId;

        public int DeviceAddress { get; } = deviceAddress;

        public bool Equals(I2cConnectionSettings? other) =>
            other is not null && BusId == other.BusId && DeviceAddress == other.DeviceAddress;

        public override bool Equals(object? obj) => Equals(obj as I2cConnectionSettings);

        public override int GetHashCode() => HashCode.Combine(BusId, DeviceAddress);
    }

    /// <summary>As in the package; single bytes go through Read and Write there as well.</summary>
    public abstract class I2cDevice : IDisposable
    {
        public abstract I2cConnectionSettings ConnectionSettings { get; }

        public static I2cDevice Create(I2cConnectionSettings settings) => throw new PlatformNotSupportedException();

        public virtual byte ReadByte()
        {
            Span<byte> buffer = stackalloc byte[1];
            Read(buffer);
            return buffer[0];
        }

        public abstract void Read(Span<byte> buffer);

        public virtual void WriteByte(byte value) => Write([value]);

        public abstract void Write(ReadOnlySpan<byte> buffer);

        public abstract void WriteRead(ReadOnlySpan<byte> writeBuffer, Span<byte> readBuffer);

        public virtual ComponentInformation QueryComponentInformation() => new(this, "I2C device");

        public void Dispose()
        {
            Dispose(true);
            GC.SuppressFinalize(this);
        }

        protected virtual void Dispose(bool disposing)
        {
        }
    }

    /// <summary>As in the package.</summary>
    public abstract class I2cBus : IDisposable
    {
        public static I2cBus Create(int busId) => throw new PlatformNotSupportedException();

        public abstract I2cDevice CreateDevice(int deviceAddress);

        public abstract void RemoveDevice(int deviceAddress);

        public virtual ComponentInformation QueryComponentInformation() => new(this, "I2C Bus device");

        public void Dispose()
        {
            Dispose(true);
            GC.SuppressFinalize(this);
        }

        protected virtual void Dispose(bool disposing)
        {
        }
    }
}
