namespace FpgaEdge.Vta;

/// <summary>Driver of the Chisel design (SPEC section 5.2). Its wide fetch does not split bursts at page boundaries, so
/// programs must start on one.</summary>
/// <param name="registers">The register block.</param>
/// <param name="time">Clock the limit is measured with.</param>
/// <param name="wait">Called between polls: spin, yield or sleep. Virtual time advances here.</param>
public sealed class VtaChiselDriver(IRegisterWindow registers, TimeProvider time, Action wait) : IVtaDriver
{
    /// <summary>Bytes a burst of the fetch module spans.</summary>
    private const uint BurstBytes = 2048;

    private readonly BoundedWait waiting = new(time, wait);

    /// <summary>Cycles the last program took by the hardware's own counter.</summary>
    public uint LastCycles => registers.Read(VtaChiselRegisters.CycleCounter);

    /// <inheritdoc/>
    public void Run(uint instructionAddress, int instructionCount, TimeSpan limit)
    {
        DriverChecks.Program(instructionAddress, instructionCount);
        if (instructionAddress % BurstBytes != 0)
        {
            throw new VtaException(
                $"instruction address 0x{instructionAddress:X8}: expected a multiple of {BurstBytes} for this design");
        }
        // Launch is an edge, and the done bit of the last program may still be up.
        registers.Write(VtaChiselRegisters.Control, 0);
        registers.Write(VtaChiselRegisters.CycleCounter, 0);
        registers.Write(VtaChiselRegisters.InstructionCount, (uint)instructionCount);
        registers.Write(VtaChiselRegisters.InstructionAddress, instructionAddress);
        for (uint register = VtaChiselRegisters.UopBase; register <= VtaChiselRegisters.OutBase; register += 4)
        {
            registers.Write(register, 0);
        }
        registers.Write(VtaChiselRegisters.Control, VtaChiselRegisters.Launch);
        if (!waiting.Until(IsDone, limit))
        {
            throw new VtaTimeoutException(limit, LikelyCause(), DumpRegisters());
        }
    }

    /// <inheritdoc/>
    public string DumpRegisters() => DriverChecks.Dump(registers, VtaChiselRegisters.Dump);

    private bool IsDone()
    {
        uint control = registers.Read(VtaChiselRegisters.Control);
        return control != uint.MaxValue && (control & VtaChiselRegisters.Done) != 0;
    }

    private string LikelyCause() => registers.Read(VtaChiselRegisters.Control) switch
    {
        uint.MaxValue => "registers read as ones, so nothing answers at this address; is the bitstream loaded?",
        VtaChiselRegisters.Launch => "launched but not finished, so a queue waits for a token or for DMA; was the " +
            "program made for this bitstream's configuration and instruction set?",
        _ => "the launch bit did not stay, so this is not the register map of this bitstream",
    };
}
