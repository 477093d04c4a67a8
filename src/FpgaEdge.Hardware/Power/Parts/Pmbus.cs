using System.Buffers.Binary;
using System.Device.I2c;
using System.Text;

namespace FpgaEdge.Hardware;

/// <summary>
/// A part that speaks PMBus (specification 1.2, part II): commands of one byte, words with the low byte first, blocks
/// with their length first, outputs selected by a page. The outputs of a part share this object; it is used by one
/// thread.
/// </summary>
public sealed class PmbusChip(I2cDevice device) : IDisposable
{
    private int page = -1;

    /// <summary>Commands that are used here.</summary>
    public enum Command : byte
    {
        /// <summary>Which output the others are about.</summary>
        Page = 0x00,

        /// <summary>Which phase of an output; 0xFF is all of them.</summary>
        Phase = 0x04,

        /// <summary>Format and exponent of output voltages.</summary>
        VoutMode = 0x20,

        /// <summary>Output voltage, LINEAR16.</summary>
        ReadVout = 0x8B,

        /// <summary>Output current, LINEAR11.</summary>
        ReadIout = 0x8C,

        /// <summary>Manufacturer, a block.</summary>
        ManufacturerId = 0x99,

        /// <summary>Kind of part, a block.</summary>
        DeviceId = 0xAD,

        /// <summary>Kind of part of the UCD9xxx, a block.</summary>
        UcdDeviceId = 0xFD,
    }

    /// <summary>Selects an output, unless it is selected.</summary>
    /// <exception cref="IOException">The part does not answer.</exception>
    public void Select(int output)
    {
        if (page != output)
        {
            // Unknown until the write is known to have arrived.
            page = -1;
            device.Write([(byte)Command.Page, (byte)output]);
            page = output;
        }
    }

    /// <summary>Writes a command's byte.</summary>
    /// <exception cref="IOException">The part does not answer.</exception>
    public void WriteByte(Command command, byte value) => device.Write([(byte)command, value]);

    /// <summary>Reads a byte.</summary>
    /// <exception cref="IOException">The part does not answer.</exception>
    public byte ReadByte(Command command)
    {
        Span<byte> value = stackalloc byte[1];
        device.WriteRead([(byte)command], value);
        return value[0];
    }

    /// <summary>Reads a word.</summary>
    /// <exception cref="IOException">The part does not answer.</exception>
    public ushort ReadWord(Command command)
    {
        Span<byte> value = stackalloc byte[2];
        device.WriteRead([(byte)command], value);
        return BinaryPrimitives.ReadUInt16LittleEndian(value);
    }

    /// <summary>Reads a block of up to 32 bytes. What a part does not send reads as ones.</summary>
    /// <exception cref="IOException">The part does not answer, or its length is impossible.</exception>
    public byte[] ReadBlock(Command command)
    {
        Span<byte> value = stackalloc byte[33];
        device.WriteRead([(byte)command], value);
        return value[0] <= 32
            ? value.Slice(1, value[0]).ToArray()
            : throw new IOException($"PMBus command 0x{(byte)command:X2}: expected a block of at most 32 bytes, found {value[0]}");
    }

    /// <summary>A block as text: printable characters only.</summary>
    /// <exception cref="IOException">The part does not answer.</exception>
    public string ReadText(Command command) =>
        string.Concat(Encoding.ASCII.GetString(ReadBlock(command)).Where(c => c is >= ' ' and <= '~')).Trim();

    /// <inheritdoc />
    public void Dispose() => device.Dispose();
}

/// <summary>The two number formats of PMBus.</summary>
public static class PmbusFormat
{
    /// <summary>LINEAR11: 5 bits of exponent and 11 of mantissa, both two's complement (part II, section 7.1).</summary>
    public static double Linear11(ushort word)
    {
        int exponent = (short)word >> 11;
        int mantissa = (short)(word << 5) >> 5;
        return Math.ScaleB(mantissa, exponent);
    }

    /// <summary>LINEAR16: 16 bits of mantissa without sign, the exponent from VOUT_MODE (section 8.3.1).</summary>
    /// <exception cref="IOException">VOUT_MODE names another format: VID codes or coefficients.</exception>
    public static double Linear16(ushort word, byte voutMode)
    {
        int mode = voutMode >> 5;
        if (mode != 0)
        {
            throw new IOException($"VOUT_MODE 0x{voutMode:X2}: expected the linear format (0), found format {mode}");
        }
        int exponent = (sbyte)(voutMode << 3) >> 3;
        return Math.ScaleB(word, exponent);
    }
}
