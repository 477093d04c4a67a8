using System.Device.I2c;

namespace FpgaEdge.Hardware;

/// <summary>
/// Texas Instruments INA219: 12 bits each for shunt and bus (data sheet SBOS448G, section 8.6). Shunt and bus voltage
/// are read and multiplied here, as for the INA226.
/// </summary>
/// <remarks>The binding of this part in Iot.Device.Bindings reads the shunt register without its sign, so that a current
/// of −10 mA reads as 65 A over 10 milliohms; this driver is therefore used with the official packages as well.</remarks>
public sealed class Ina219(I2cDevice device, double shuntOhms, TimeSpan period) : IPowerMonitor
{
    private const byte Configuration = 0x00;
    private const byte ShuntVoltage = 0x01;
    private const byte BusVoltage = 0x02;
    private const byte Calibration = 0x05;
    private const double ShuntVoltsPerBit = 10e-6;
    private const double BusVoltsPerBit = 4e-3;

    // 32 V bus range, ±320 mV shunt range, both continuously.
    private const ushort RangesAndMode = 0x3807;

    /// <summary>Times of one conversion with 2^n samples, n = 0 to 7, in microseconds (table 5 of the data
    /// sheet).</summary>
    private static readonly int[] SampleMicroseconds = [532, 1060, 2130, 4260, 8510, 17020, 34050, 68100];

    private readonly RegisterPart part = new(device);

    /// <summary>The configuration whose two conversions take as much of a period as possible.</summary>
    public static ushort ConfigurationFor(TimeSpan period)
    {
        int code = 0;
        while (code < 7 && TimeSpan.FromMicroseconds(2 * SampleMicroseconds[code + 1]) <= period)
        {
            code++;
        }
        int samples = 0x8 | code;
        return (ushort)(RangesAndMode | (samples << 7) | (samples << 3));
    }

    /// <inheritdoc />
    /// <remarks>The part has no identity register. It is known by two bits that cannot be set: bit 14 of the
    /// configuration and bit 0 of the calibration.</remarks>
    public string Validate()
    {
        ushort configuration = part.Read(Configuration);
        if ((configuration & 0xC000) != 0)
        {
            throw new WrongPartException("an INA219 (bits 15 and 14 of the configuration 0)", $"0x{configuration:X4}");
        }
        part.WriteChecked(Configuration, ConfigurationFor(period));
        part.Write(Calibration, 0x1001);
        ushort calibration = part.Read(Calibration);
        return calibration == 0x1000
            ? "INA219"
            : throw new WrongPartException("an INA219 (bit 0 of the calibration 0)", $"0x{calibration:X4} after writing 0x1001");
    }

    /// <inheritdoc />
    /// <remarks>The low three bits of the bus register are flags.</remarks>
    public PowerReading Read()
    {
        double shunt = part.ReadSigned(ShuntVoltage) * ShuntVoltsPerBit;
        return PowerReading.Of((part.Read(BusVoltage) >> 3) * BusVoltsPerBit, shunt / shuntOhms);
    }

    /// <inheritdoc />
    public void Dispose() => part.Dispose();
}
