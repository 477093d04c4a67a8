using FpgaEdge.Hardware;
using FpgaEdge.Vta;

namespace FpgaEdge.VirtualBoard;

/// <summary>
/// The accelerator of a board whose processor system is a QEMU guest. Its registers and its DMA window are the guest's
/// own memory, at the physical addresses of the board file; what registers do besides remembering is done here, between
/// two instructions of the guest.
/// </summary>
internal sealed unsafe class VirtualHardware
{
    private readonly uint registerBase;
    private readonly uint dmaBase;
    private readonly byte* dma;
    private readonly int dmaBytes;
    private readonly RamRegisters registers;
    private readonly VtaRegisterResponder responder;

    /// <summary>Puts the hardware of a board behind memory.</summary>
    /// <exception cref="HardwareException">The board's addresses are outside the memory.</exception>
    public VirtualHardware(BoardDescription board, byte* ram, ulong ramBytes)
    {
        ulong registersEnd = board.Registers.Base + (ulong)board.Registers.ByteCount;
        ulong dmaEnd = board.Dma.Base + (ulong)board.Dma.ByteCount;
        if (Math.Max(registersEnd, dmaEnd) > ramBytes)
        {
            throw new HardwareException(
                $"{board.Name}: registers and DMA window end at 0x{Math.Max(registersEnd, dmaEnd):X}, the guest's memory at 0x{ramBytes:X}");
        }
        registerBase = board.Registers.Base;
        FirstRegister = registerBase;
        LastRegister = registersEnd - 4;
        dmaBase = board.Dma.Base;
        dma = ram + dmaBase;
        dmaBytes = board.Dma.ByteCount;
        registers = new RamRegisters((uint*)(ram + registerBase));
        responder = new VtaRegisterResponder(registers, new VtaSimulator(board.Accelerator.Configuration));
    }

    /// <summary>Physical address of the first register.</summary>
    public ulong FirstRegister { get; }

    /// <summary>Physical address of the last register.</summary>
    public ulong LastRegister { get; }

    /// <summary>A register was written: what was started runs to its end before the guest goes on.</summary>
    public void OnStore()
    {
        if (responder.StartRequested && responder.TryServe(new Span<byte>(dma, dmaBytes), dmaBase) is null)
        {
            // Hardware would only be silent; whoever reads QEMU's messages learns why.
            Console.Error.WriteLine($"virtual board: program refused: {responder.LastError?.Message}");
        }
    }

    /// <summary>A register was read: the done bit of a control register goes with the reading, as in hardware.</summary>
    public void OnLoad(ulong address)
    {
        if (address - registerBase == VtaRegisters.FetchControl)
        {
            uint control = registers.Read(VtaRegisters.FetchControl);
            if ((control & VtaRegisters.Done) != 0)
            {
                registers.Write(VtaRegisters.FetchControl, control & ~VtaRegisters.Done);
            }
        }
    }

    private sealed class RamRegisters(uint* start) : IRegisterWindow
    {
        public uint Read(uint offset) => Volatile.Read(ref start[offset / sizeof(uint)]);

        public void Write(uint offset, uint value) => Volatile.Write(ref start[offset / sizeof(uint)], value);
    }
}
