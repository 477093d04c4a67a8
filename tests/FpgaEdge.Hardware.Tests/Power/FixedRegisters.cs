using System.Buffers.Binary;

namespace FpgaEdge.Hardware.Tests;

/// <summary>A part whose registers hold what a data sheet's example says: a pointer byte, then words, high byte
/// first.</summary>
internal sealed class FixedRegisters : IModelledPart
{
    private byte pointer;

    public Dictionary<byte, ushort> Words { get; } = [];

    public List<string> Written { get; } = [];

    public bool Write(ReadOnlySpan<byte> bytes, long nowNs)
    {
        if (bytes.Length > 0)
        {
            pointer = bytes[0];
        }
        if (bytes.Length == 3)
        {
            Words[pointer] = BinaryPrimitives.ReadUInt16BigEndian(bytes[1..]);
            Written.Add(Convert.ToHexString(bytes));
        }
        return bytes.Length is 0 or 1 or 3;
    }

    public bool Read(Span<byte> bytes, long nowNs)
    {
        if (bytes.Length != 2)
        {
            return false;
        }
        BinaryPrimitives.WriteUInt16BigEndian(bytes, Words.GetValueOrDefault(pointer));
        return true;
    }
}
