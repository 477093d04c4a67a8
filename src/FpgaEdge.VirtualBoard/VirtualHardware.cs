using FpgaEdge.Hardware;
using FpgaEdge.Vta;

namespace FpgaEdge.VirtualBoard;

/// <summary>
/// The accelerator and the sensors of a board whose processor system is a QEMU guest. Their registers and the DMA window are
/// the guest's own memory, at the physical addresses of the board file; what registers do besides remembering is done
/// here, between two instructions of the guest.
/// </summary>
internal sealed unsafe class VirtualHardware
{
    private readonly uint registerBase;
    private readonly uint dmaBase;
    private readonly byte* dma;
    private readonly int dmaBytes;
    private readonly RamRegisters registers;
    private readonly VtaRegisterResponder responder;
    private readonly VirtualI2cController i2c;
    private readonly InjectedFault fault;

    /// <summary>Puts the hardware of a board behind memory.</summary>
    /// <exception cref="HardwareException">The board's addresses are outside the memory.</exception>
    public VirtualHardware(BoardDescription board, byte* ram, ulong ramBytes, InjectedFault fault)
    {
        ulong registersEnd = board.Registers.Base + (ulong)board.Registers.ByteCount;
        ulong dmaEnd = board.Dma.FixedBase + (ulong)board.Dma.ByteCount;
        if (registersEnd > VirtualI2cController.Address || Math.Max(VirtualI2cController.Address + 4096UL, dmaEnd) > ramBytes)
        {
            throw new HardwareException(
                $"{board.Name}: expected registers below 0x{VirtualI2cController.Address:X} and everything in 0x{ramBytes:X} bytes of " +
                $"memory, found ends at 0x{registersEnd:X} and 0x{dmaEnd:X}");
        }
        registerBase = board.Registers.Base;
        dmaBase = board.Dma.FixedBase;
        dma = ram + dmaBase;
        dmaBytes = board.Dma.ByteCount;
        this.fault = fault;
        registers = new RamRegisters((uint*)(ram + registerBase));
        responder = new VtaRegisterResponder(registers, new VtaSimulator(board.Accelerator.Configuration));
        VtaConfiguration loaded = board.Accelerator.Configuration;
        VtaFingerprint.Write(registers, fault.Strikes(FaultKind.AcceleratorOther)
            ? loaded with { LogBlock = loaded.LogBlock + 1, LogWgtBufferSize = loaded.LogWgtBufferSize + 1 }
            : loaded);
        i2c = new VirtualI2cController(board, ram + VirtualI2cController.Address, fault);
    }

    /// <summary>Physical address of the first register.</summary>
    public ulong FirstRegister => registerBase;

    /// <summary>Physical address of the last register that does something.</summary>
    public ulong LastRegister => VirtualI2cController.Address;

    /// <summary>A register was written: what was started runs to its end before the guest goes on.</summary>
    public void OnStore(ulong address)
    {
        if (address == VirtualI2cController.Address)
        {
            i2c.OnGo();
        }
        else if (responder.StartRequested)
        {
            OnStart();
        }
    }

    /// <summary>A register was read: the done bit of a control register goes with the reading, as in hardware.</summary>
    public void OnLoad(ulong address)
    {
        if (address == registerBase + VtaRegisters.FetchControl)
        {
            uint control = registers.Read(VtaRegisters.FetchControl);
            if (control != uint.MaxValue && (control & VtaRegisters.Done) != 0)
            {
                registers.Write(VtaRegisters.FetchControl, control & ~VtaRegisters.Done);
            }
        }
    }

    private void OnStart()
    {
        if (fault.Strikes(FaultKind.AcceleratorSilent))
        {
            // Fetched, and then nothing: a queue waits for a token that never comes.
            registers.Write(VtaRegisters.FetchControl, VtaRegisters.Done | VtaRegisters.Idle | VtaRegisters.Ready);
        }
        else if (fault.Strikes(FaultKind.AcceleratorGone))
        {
            for (uint offset = 0; offset < VtaRegisters.WindowBytes; offset += sizeof(uint))
            {
                registers.Write(offset, uint.MaxValue);
            }
        }
        else if (fault.Strikes(FaultKind.AcceleratorRubbish))
        {
            registers.Write(VtaRegisters.FetchControl, VtaRegisters.Done | VtaRegisters.Idle | VtaRegisters.Ready);
            registers.Write(VtaRegisters.ComputeDone, 1);
        }
        else if (responder.TryServe(new Span<byte>(dma, dmaBytes), dmaBase) is null)
        {
            // Hardware would only be silent; whoever reads QEMU's messages learns why.
            Console.Error.WriteLine($"virtual board: program refused: {responder.LastError?.Message}");
        }
    }

    private sealed class RamRegisters(uint* start) : IRegisterWindow
    {
        public uint Read(uint offset) => Volatile.Read(ref start[offset / sizeof(uint)]);

        public void Write(uint offset, uint value) => Volatile.Write(ref start[offset / sizeof(uint)], value);
    }
}
