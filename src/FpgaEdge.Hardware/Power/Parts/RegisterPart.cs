using System.Buffers.Binary;
using System.Device.I2c;

namespace FpgaEdge.Hardware;

/// <summary>A part of registers of 16 bits, high byte first, that are addressed by a pointer byte: the INA family.</summary>
public sealed class RegisterPart(I2cDevice device) : IDisposable
{
    /// <summary>Reads a register in one transaction: pointer, repeated start, two bytes.</summary>
    /// <exception cref="IOException">The part does not answer.</exception>
    public ushort Read(byte register)
    {
        Span<byte> value = stackalloc byte[2];
        device.WriteRead([register], value);
        return BinaryPrimitives.ReadUInt16BigEndian(value);
    }

    /// <summary>Reads a register of two's complement.</summary>
    /// <exception cref="IOException">The part does not answer.</exception>
    public short ReadSigned(byte register) => (short)Read(register);

    /// <summary>Writes a register.</summary>
    /// <exception cref="IOException">The part does not answer.</exception>
    public void Write(byte register, ushort value)
    {
        Span<byte> bytes = [register, 0, 0];
        BinaryPrimitives.WriteUInt16BigEndian(bytes[1..], value);
        device.Write(bytes);
    }

    /// <summary>Writes a register and reads it back: a bus that swallows writes is found here, not by wrong
    /// figures.</summary>
    /// <exception cref="IOException">The part does not answer, or keeps another value.</exception>
    public void WriteChecked(byte register, ushort value)
    {
        Write(register, value);
        ushort kept = Read(register);
        if (kept != value)
        {
            throw new IOException($"register 0x{register:X2}: expected 0x{value:X4} after writing it, found 0x{kept:X4}");
        }
    }

    /// <inheritdoc />
    public void Dispose() => device.Dispose();
}
