using System.Buffers.Binary;

namespace FpgaEdge.Hardware;

/// <summary>
/// An INA226 as its data sheet (SBOS547B) describes it: register pointer, reset values, quantisation, averaging over
/// the conversions that its configuration asks for, and the arithmetic of its calibration. Used by one thread.
/// </summary>
public sealed class Ina226Model(PowerWaveform load, double shuntOhms) : IModelledPart
{
    private const ushort ResetConfiguration = 0x4127;

    private byte pointer;
    private ushort configuration = ResetConfiguration;
    private ushort calibration;
    private ushort maskEnable;
    private ushort alertLimit;

    /// <summary>What register 0xFE says; another value makes it another manufacturer's part.</summary>
    public ushort Manufacturer { get; set; } = Ina226.ManufacturerTi;

    /// <summary>As a loss of power: everything that was written is gone.</summary>
    public void Reset()
    {
        (configuration, calibration, maskEnable, alertLimit, pointer) = (ResetConfiguration, 0, 0, 0, 0);
    }

    /// <inheritdoc />
    public bool Write(ReadOnlySpan<byte> bytes, long nowNs)
    {
        if (bytes.Length > 0)
        {
            pointer = bytes[0];
        }
        if (bytes.Length >= 3)
        {
            Store((Ina226.Register)pointer, BinaryPrimitives.ReadUInt16BigEndian(bytes[1..]));
        }
        return true;
    }

    /// <inheritdoc />
    public bool Read(Span<byte> bytes, long nowNs)
    {
        ushort value = Load((Ina226.Register)pointer, nowNs);
        for (int i = 0; i < bytes.Length; i++)
        {
            bytes[i] = (byte)(i % 2 == 0 ? value >> 8 : value);
        }
        return true;
    }

    private void Store(Ina226.Register register, ushort value)
    {
        switch (register)
        {
            case Ina226.Register.Configuration when (value & 0x8000) != 0:
                Reset();
                break;
            case Ina226.Register.Configuration:
                // Bits 14 to 12 read as 100.
                configuration = (ushort)((value & 0x0FFF) | 0x4000);
                break;
            case Ina226.Register.Calibration:
                calibration = (ushort)(value & 0x7FFF);
                break;
            case Ina226.Register.MaskEnable:
                maskEnable = value;
                break;
            case Ina226.Register.AlertLimit:
                alertLimit = value;
                break;
        }
    }

    private ushort Load(Ina226.Register register, long nowNs) => register switch
    {
        Ina226.Register.Configuration => configuration,
        Ina226.Register.ShuntVoltage => (ushort)Shunt(nowNs),
        Ina226.Register.BusVoltage => (ushort)Bus,
        Ina226.Register.Power => (ushort)(Math.Abs(Current(nowNs)) * Bus / 20000),
        Ina226.Register.Current => (ushort)(short)Current(nowNs),
        Ina226.Register.Calibration => calibration,
        Ina226.Register.MaskEnable => maskEnable,
        Ina226.Register.AlertLimit => alertLimit,
        Ina226.Register.Manufacturer => Manufacturer,
        Ina226.Register.DieId => Ina226.Die,
        _ => 0,
    };

    private short Shunt(long nowNs)
    {
        long window = (long)Ina226.WindowOf(configuration).TotalMicroseconds * 1000;
        double volts = load.MeanAmperes(nowNs - window, nowNs) * shuntOhms;
        return (short)Math.Clamp(Math.Round(volts / Ina226.ShuntVoltsPerBit), -32768, 32767);
    }

    private int Bus => (int)Math.Clamp(Math.Round(load.Volts / Ina226.BusVoltsPerBit), 0, 0x7FFF);

    private int Current(long nowNs) => Shunt(nowNs) * calibration / 2048;
}
