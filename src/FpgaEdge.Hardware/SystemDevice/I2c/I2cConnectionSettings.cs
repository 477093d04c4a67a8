namespace System.Device.I2c;

/// <summary>Which device on which bus. Two are equal when both numbers are.</summary>
/// <param name="busId">N of /dev/i2c-N.</param>
/// <param name="deviceAddress">7-bit address, 0x08 to 0x77.</param>
public sealed class I2cConnectionSettings(int busId, int deviceAddress) : IEquatable<I2cConnectionSettings>
{
    /// <summary>N of /dev/i2c-N.</summary>
    public int BusId { get; } = busId;

    /// <summary>7-bit address.</summary>
    public int DeviceAddress { get; } = deviceAddress;

    /// <inheritdoc />
    public bool Equals(I2cConnectionSettings? other) =>
        other is not null && BusId == other.BusId && DeviceAddress == other.DeviceAddress;

    /// <inheritdoc />
    public override bool Equals(object? obj) => Equals(obj as I2cConnectionSettings);

    /// <inheritdoc />
    public override int GetHashCode() => HashCode.Combine(BusId, DeviceAddress);
}
