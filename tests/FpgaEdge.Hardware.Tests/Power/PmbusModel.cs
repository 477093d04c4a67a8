using System.Buffers.Binary;

namespace FpgaEdge.Hardware.Tests;

/// <summary>A PMBus part: a command byte, then words with the low byte first or blocks with their length first.</summary>
internal sealed class PmbusModel : IModelledPart
{
    private byte command;
    private byte page;

    public Dictionary<byte, byte[]> Blocks { get; } = [];

    /// <summary>VOUT_MODE, READ_VOUT and READ_IOUT of each output.</summary>
    public Dictionary<byte, (byte Mode, ushort Vout, ushort Iout)> Outputs { get; } = [];

    public List<byte> Phases { get; } = [];

    public bool Write(ReadOnlySpan<byte> bytes, long nowNs)
    {
        command = bytes[0];
        if (bytes.Length == 2 && command == 0x00)
        {
            page = bytes[1];
        }
        else if (bytes.Length == 2 && command == 0x04)
        {
            Phases.Add(bytes[1]);
        }
        return true;
    }

    public bool Read(Span<byte> bytes, long nowNs)
    {
        bytes.Fill(0xFF);
        if (Blocks.TryGetValue(command, out byte[]? block))
        {
            bytes[0] = (byte)block.Length;
            block.AsSpan(0, Math.Min(block.Length, bytes.Length - 1)).CopyTo(bytes[1..]);
            return true;
        }
        if (!Outputs.TryGetValue(page, out (byte Mode, ushort Vout, ushort Iout) output))
        {
            return false;
        }
        switch (command)
        {
            case 0x20:
                bytes[0] = output.Mode;
                return true;
            case 0x8B:
                BinaryPrimitives.WriteUInt16LittleEndian(bytes, output.Vout);
                return true;
            case 0x8C:
                BinaryPrimitives.WriteUInt16LittleEndian(bytes, output.Iout);
                return true;
            default:
                return false;
        }
    }
}
