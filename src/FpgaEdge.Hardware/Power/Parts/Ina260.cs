using System.Device.I2c;

namespace FpgaEdge.Hardware;

/// <summary>Texas Instruments INA260: an INA226 with its own shunt of 2 milliohms, so that the current register needs no
/// calibration (data sheet SBOS656C, section 8.6).</summary>
public sealed class Ina260(I2cDevice device, TimeSpan period) : IPowerMonitor
{
    /// <summary>Die 227, revision 0; the four low bits are the revision.</summary>
    public const ushort Die = 0x2270;

    private const byte Configuration = 0x00;
    private const byte Current = 0x01;
    private const byte BusVoltage = 0x02;
    private const byte Manufacturer = 0xFE;
    private const byte DieId = 0xFF;
    private const double AmperesPerBit = 1.25e-3;
    private const double VoltsPerBit = 1.25e-3;

    // Bits 14 to 12 are 110 here and 100 in the INA226; times and averages have the same codes.
    private const ushort FixedBits = 0x6000;

    private readonly RegisterPart part = new(device);

    /// <inheritdoc />
    public string Validate()
    {
        ushort manufacturer = part.Read(Manufacturer);
        ushort die = part.Read(DieId);
        if (manufacturer != Ina226.ManufacturerTi || (die & 0xFFF0) != Die)
        {
            throw new WrongPartException(
                $"an INA260 (manufacturer 0x{Ina226.ManufacturerTi:X4}, die 0x{Die:X4})",
                $"manufacturer 0x{manufacturer:X4}, die 0x{die:X4}");
        }
        part.WriteChecked(Configuration, (ushort)((Ina226.ConfigurationFor(period) & 0x0FFF) | FixedBits));
        return $"INA260, die 0x{die:X4}";
    }

    /// <inheritdoc />
    public PowerReading Read() =>
        PowerReading.Of(part.Read(BusVoltage) * VoltsPerBit, part.ReadSigned(Current) * AmperesPerBit);

    /// <inheritdoc />
    public void Dispose() => part.Dispose();
}
