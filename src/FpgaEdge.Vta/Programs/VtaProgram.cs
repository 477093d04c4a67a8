using System.Buffers.Binary;

namespace FpgaEdge.Vta;

/// <summary>
/// A validated instruction stream with its micro-ops. DRAM addresses are relative to a window, so the program can be
/// compiled before anyone knows where the window lies: <see cref="Relocate"/> makes them physical.
/// </summary>
public sealed class VtaProgram
{
    private readonly byte[] relative;

    internal VtaProgram(
        VtaConfiguration configuration,
        IReadOnlyList<VtaInstruction> instructions,
        byte[] microOps,
        long instructionOffset,
        long microOpOffset)
    {
        Configuration = configuration;
        Instructions = instructions;
        MicroOpBytes = microOps;
        InstructionOffset = instructionOffset;
        MicroOpOffset = microOpOffset;
        relative = new VtaInstructionCodec(configuration).EncodeAll(instructions);
    }

    /// <summary>Gateware the program is for; it does not run on any other.</summary>
    public VtaConfiguration Configuration { get; }

    /// <summary>Decoded stream with addresses relative to the window, FINISH last.</summary>
    public IReadOnlyList<VtaInstruction> Instructions { get; }

    /// <summary>Instructions in the stream.</summary>
    public int InstructionCount => Instructions.Count;

    /// <summary>Encoded stream with addresses relative to the window.</summary>
    public ReadOnlyMemory<byte> InstructionBytes => relative;

    /// <summary>Encoded micro-ops, to be placed at <see cref="MicroOpOffset"/>.</summary>
    public ReadOnlyMemory<byte> MicroOpBytes { get; }

    /// <summary>Where the stream goes, in bytes from the window's base; a multiple of 16.</summary>
    public long InstructionOffset { get; }

    /// <summary>Where the micro-ops go, in bytes from the window's base; a multiple of 4.</summary>
    public long MicroOpOffset { get; }

    /// <summary>The encoded stream for a window at a physical address.</summary>
    /// <param name="windowBase">Physical byte address; a multiple of <see
    /// cref="VtaConfiguration.DramAlignment"/>.</param>
    /// <exception cref="VtaException">The base is not aligned.</exception>
    public byte[] Relocate(uint windowBase)
    {
        if (windowBase % (uint)Configuration.DramAlignment != 0)
        {
            throw new VtaException($"window base 0x{windowBase:X8}: expected a multiple of " +
                $"{Configuration.DramAlignment} bytes, the largest element");
        }
        var codec = new VtaInstructionCodec(Configuration);
        byte[] bytes = relative.AsSpan().ToArray();
        for (int i = 0; i < Instructions.Count; i++)
        {
            if (Instructions[i] is VtaTransfer { XSize: not 0 } transfer)
            {
                uint offset = windowBase / (uint)Configuration.ElementBytes(transfer.Memory);
                VtaTransfer moved = transfer with { DramBase = transfer.DramBase + offset };
                codec.Encode(moved, bytes.AsSpan(i * VtaInstructionCodec.InstructionBytes));
            }
        }
        return bytes;
    }

    /// <summary>Writes the relocated stream and the micro-ops to their places in the window.</summary>
    /// <param name="window">The window's bytes.</param>
    /// <param name="windowBase">Physical address of its first byte.</param>
    /// <returns>Physical address of the first instruction.</returns>
    /// <exception cref="VtaException">The window is too short or its base not aligned.</exception>
    public uint Place(Span<byte> window, uint windowBase)
    {
        long end = Math.Max(InstructionOffset + relative.Length, MicroOpOffset + MicroOpBytes.Length);
        if (end > window.Length)
        {
            throw new VtaException($"program ends at byte {end} of the window, which has {window.Length}");
        }
        Relocate(windowBase).CopyTo(window[(int)InstructionOffset..]);
        MicroOpBytes.Span.CopyTo(window[(int)MicroOpOffset..]);
        return checked(windowBase + (uint)InstructionOffset);
    }

    /// <summary>The micro-ops as little-endian words.</summary>
    public uint[] MicroOpWords()
    {
        var words = new uint[MicroOpBytes.Length / VtaInstructionCodec.MicroOpBytes];
        for (int i = 0; i < words.Length; i++)
        {
            words[i] = BinaryPrimitives.ReadUInt32LittleEndian(MicroOpBytes.Span[(i * 4)..]);
        }
        return words;
    }
}
