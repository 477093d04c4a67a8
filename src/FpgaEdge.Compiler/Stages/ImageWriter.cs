using System.Buffers.Binary;
using System.Collections.Immutable;
using FpgaEdge.Compiler.Lowering;
using FpgaEdge.Vta;

namespace FpgaEdge.Compiler.Stages;

/// <summary>Lays out and fills the constant part of a window: weights, constants, micro-ops and instruction
/// streams.</summary>
internal sealed class ImageWriter(VtaConfiguration configuration)
{
    /// <summary>Some gateware fetches instructions in bursts of this many bytes that must not cross a boundary (SPEC
    /// section 5.3).
    /// </summary>
    private const int StreamAlignment = 2048;

    private readonly VtaInstructionCodec codec = new(configuration);
    private readonly List<(long Offset, byte[] Bytes)> parts = [];
    private readonly List<ProgramPlace> programs = [];

    /// <summary>Bytes so far.</summary>
    public long Length { get; private set; }

    /// <summary>Instruction streams so far.</summary>
    public ImmutableArray<ProgramPlace> Programs => [.. programs];

    /// <summary>Adds bytes at an aligned place and returns it.</summary>
    public long Add(byte[] bytes) => Add(bytes, configuration.DramAlignment);

    /// <summary>Room for micro-ops, filled later by <see cref="Fill"/>.</summary>
    public long ReserveMicroOps(int count) => Add(new byte[count * VtaInstructionCodec.MicroOpBytes]);

    /// <summary>Writes micro-ops to the place reserved for them.</summary>
    public void Fill(long offset, IReadOnlyList<VtaMicroOp> microOps)
    {
        byte[] bytes = parts.Find(part => part.Offset == offset).Bytes;
        for (int i = 0; i < microOps.Count; i++)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(i * 4), codec.EncodeMicroOp(microOps[i]));
        }
    }

    /// <summary>Room for an instruction stream, filled later by
    /// <see cref="Fill(ProgramPlace, IReadOnlyList{VtaInstruction})"/>.
    /// </summary>
    public ProgramPlace ReserveProgram(int count)
    {
        long offset = Add(new byte[count * VtaInstructionCodec.InstructionBytes],
            Math.Max(StreamAlignment, configuration.DramAlignment));
        var place = new ProgramPlace(checked((int)offset), count);
        programs.Add(place);
        return place;
    }

    /// <summary>Writes an instruction stream to the place reserved for it.</summary>
    public void Fill(ProgramPlace place, IReadOnlyList<VtaInstruction> instructions) =>
        codec.EncodeAll(instructions).CopyTo(parts.Find(part => part.Offset == place.Offset).Bytes, 0);

    /// <summary>The image.</summary>
    public byte[] ToArray()
    {
        byte[] image = new byte[Length];
        foreach ((long offset, byte[] bytes) in parts)
        {
            bytes.CopyTo(image, offset);
        }
        return image;
    }

    private long Add(byte[] bytes, int alignment)
    {
        long offset = (Length + alignment - 1) / alignment * alignment;
        if (bytes.Length > 0)
        {
            parts.Add((offset, bytes));
            Length = offset + bytes.Length;
        }
        return offset;
    }
}
