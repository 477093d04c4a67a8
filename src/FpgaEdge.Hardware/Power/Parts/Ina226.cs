using System.Device.I2c;

namespace FpgaEdge.Hardware;

/// <summary>
/// Texas Instruments INA226: shunt and bus voltage in 16 bits each (data sheet SBOS547B). Current and power are
/// computed from both here, not in the part: after a brown-out the part's own current register reads zero until its
/// calibration is written again, and a silent zero is the one thing a monitor must not say.
/// </summary>
/// <remarks>Table 4 of the data sheet gives the registers, section 7.6.1 the configuration.</remarks>
public sealed class Ina226(I2cDevice device, double shuntOhms, double maximumAmperes, TimeSpan period) : IPowerMonitor
{
    /// <summary>Manufacturer: "TI".</summary>
    public const ushort ManufacturerTi = 0x5449;

    /// <summary>Die 226, revision 0; the four low bits are the revision.</summary>
    public const ushort Die = 0x2260;

    /// <summary>Volts per step of the shunt register.</summary>
    public const double ShuntVoltsPerBit = 2.5e-6;

    /// <summary>Volts per step of the bus register.</summary>
    public const double BusVoltsPerBit = 1.25e-3;

    /// <summary>Times of one conversion, by their code.</summary>
    public static readonly TimeSpan[] ConversionTimes =
    [
        .. new[] { 140, 204, 332, 588, 1100, 2116, 4156, 8244 }.Select(us => TimeSpan.FromMicroseconds(us)),
    ];

    /// <summary>Conversions that are averaged, by their code.</summary>
    public static readonly int[] Averages = [1, 4, 16, 64, 128, 256, 512, 1024];

    private const ushort ContinuousShuntAndBus = 0x7;

    private readonly RegisterPart part = new(device);

    /// <summary>The part's registers.</summary>
    public enum Register : byte
    {
        /// <summary>Averages, conversion times, mode; 0x4127 after power-up.</summary>
        Configuration = 0x00,

        /// <summary>Shunt voltage, two's complement.</summary>
        ShuntVoltage = 0x01,

        /// <summary>Bus voltage.</summary>
        BusVoltage = 0x02,

        /// <summary>Power, always positive; zero without calibration.</summary>
        Power = 0x03,

        /// <summary>Current, two's complement; zero without calibration.</summary>
        Current = 0x04,

        /// <summary>Scale of current and power; zero after power-up.</summary>
        Calibration = 0x05,

        /// <summary>Which condition raises the alert pin.</summary>
        MaskEnable = 0x06,

        /// <summary>Limit of the alert.</summary>
        AlertLimit = 0x07,

        /// <summary>0x5449.</summary>
        Manufacturer = 0xFE,

        /// <summary>0x2260.</summary>
        DieId = 0xFF,
    }

    /// <summary>Amperes per step of the current register: the largest current in 15 bits (equation 2).</summary>
    public double CurrentAmperesPerBit { get; } = maximumAmperes / 32768;

    /// <summary>The calibration register's value for a scale (equation 1).</summary>
    /// <exception cref="ArgumentOutOfRangeException">It has more than 15 bits.</exception>
    public static ushort CalibrationOf(double amperesPerBit, double shuntOhms)
    {
        double value = Math.Truncate(0.00512 / (amperesPerBit * shuntOhms));
        return value is >= 1 and <= 0x7FFF
            ? (ushort)value
            : throw new ArgumentOutOfRangeException(
                nameof(amperesPerBit), $"{amperesPerBit} A per step over {shuntOhms} ohms needs a calibration of {value}");
    }

    /// <summary>The configuration whose measurement takes as much of a period as possible without exceeding it: the
    /// less is left out, the less of the waveform is missed.</summary>
    public static ushort ConfigurationFor(TimeSpan period)
    {
        (TimeSpan best, ushort configuration) = (TimeSpan.Zero, Encode(0, 0, 0));
        for (int average = 0; average < Averages.Length; average++)
        {
            for (int bus = 0; bus < ConversionTimes.Length; bus++)
            {
                for (int shunt = 0; shunt < ConversionTimes.Length; shunt++)
                {
                    TimeSpan window = (ConversionTimes[bus] + ConversionTimes[shunt]) * Averages[average];
                    if (window > best && window <= period)
                    {
                        (best, configuration) = (window, Encode(average, bus, shunt));
                    }
                }
            }
        }
        return configuration;
    }

    /// <summary>How long the part averages with a configuration.</summary>
    public static TimeSpan WindowOf(ushort configuration) =>
        (ConversionTimes[(configuration >> 6) & 7] + ConversionTimes[(configuration >> 3) & 7])
        * Averages[(configuration >> 9) & 7];

    /// <inheritdoc />
    public string Validate()
    {
        ushort manufacturer = part.Read((byte)Register.Manufacturer);
        ushort die = part.Read((byte)Register.DieId);
        if (manufacturer != ManufacturerTi || (die & 0xFFF0) != Die)
        {
            throw new WrongPartException(
                $"an INA226 (manufacturer 0x{ManufacturerTi:X4}, die 0x{Die:X4})", $"manufacturer 0x{manufacturer:X4}, die 0x{die:X4}");
        }
        part.WriteChecked((byte)Register.Configuration, ConfigurationFor(period));
        part.WriteChecked((byte)Register.Calibration, CalibrationOf(CurrentAmperesPerBit, shuntOhms));
        return $"INA226, die 0x{die:X4}";
    }

    /// <inheritdoc />
    public PowerReading Read()
    {
        double shunt = part.ReadSigned((byte)Register.ShuntVoltage) * ShuntVoltsPerBit;
        double bus = part.Read((byte)Register.BusVoltage) * BusVoltsPerBit;
        return PowerReading.Of(bus, shunt / shuntOhms);
    }

    /// <summary>Current as the part itself computes it from its calibration.</summary>
    /// <exception cref="IOException">The part does not answer.</exception>
    public double ReadCurrentRegister() => part.ReadSigned((byte)Register.Current) * CurrentAmperesPerBit;

    /// <summary>Power as the part itself computes it, in watts: 25 times the current's step per bit, without
    /// sign.</summary>
    /// <exception cref="IOException">The part does not answer.</exception>
    public double ReadPowerRegister() => part.Read((byte)Register.Power) * 25 * CurrentAmperesPerBit;

    /// <inheritdoc />
    public void Dispose() => part.Dispose();

    private static ushort Encode(int average, int bus, int shunt) =>
        (ushort)(0x4000 | (average << 9) | (bus << 6) | (shunt << 3) | ContinuousShuntAndBus);
}
