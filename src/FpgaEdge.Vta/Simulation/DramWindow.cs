namespace FpgaEdge.Vta.Simulation;

/// <summary>The part of the 32-bit physical address space that is memory; everything else is unmapped.</summary>
internal readonly ref struct DramWindow
{
    private readonly Span<byte> bytes;
    private readonly uint baseAddress;

    public DramWindow(Span<byte> bytes, uint baseAddress)
    {
        if (baseAddress + (ulong)bytes.Length > 1UL << 32)
        {
            throw new VtaException($"DRAM window 0x{baseAddress:X8} + {bytes.Length} bytes exceeds 32 address bits");
        }
        this.bytes = bytes;
        this.baseAddress = baseAddress;
    }

    /// <summary>The bytes at a physical address.</summary>
    /// <exception cref="VtaException">Any of them is unmapped.</exception>
    public Span<byte> At(uint address, int length, int instructionIndex)
    {
        ulong offset = (ulong)address - baseAddress;
        if (address < baseAddress || offset + (ulong)length > (ulong)bytes.Length)
        {
            throw new VtaException(instructionIndex, $"DRAM 0x{address:X8} + {length} bytes is outside the window " +
                $"0x{baseAddress:X8} + {bytes.Length} bytes");
        }
        return bytes.Slice((int)offset, length);
    }

    /// <summary>One row of a transfer. Addresses wrap at 32 bits, as in the hardware.</summary>
    /// <exception cref="VtaException">Any of its bytes is unmapped.</exception>
    public Span<byte> Row(VtaTransfer transfer, int y, int elementBytes, int instructionIndex)
    {
        uint element = unchecked(transfer.DramBase + (uint)(y * transfer.XStride));
        return At(unchecked(element * (uint)elementBytes), transfer.XSize * elementBytes, instructionIndex);
    }
}
