namespace FpgaEdge.Vta;

/// <summary>
/// Driver of the HLS design (SPEC section 5.1). Instructions hold physical addresses, so all base registers are zero.
/// Coherence is the caller's business: instructions, micro-ops and inputs must be visible to the device before the
/// call.
/// </summary>
/// <param name="registers">The four register blocks.</param>
/// <param name="time">Clock the limit is measured with.</param>
/// <param name="wait">Called between polls: spin, yield or sleep. Virtual time advances here.</param>
public sealed class VtaHlsDriver(IRegisterWindow registers, TimeProvider time, Action wait) : IVtaDriver
{
    private static readonly uint[] BaseRegisters =
    [
        VtaRegisters.LoadInpBase,
        VtaRegisters.LoadWgtBase,
        VtaRegisters.ComputeUopBase,
        VtaRegisters.ComputeAccBase,
        VtaRegisters.StoreOutBase,
    ];

    private readonly BoundedWait waiting = new(time, wait);

    /// <inheritdoc/>
    public void Run(uint instructionAddress, int instructionCount, TimeSpan limit)
    {
        DriverChecks.Program(instructionAddress, instructionCount);
        // Hardware ignores writes to the done flag; register blocks in plain memory need it cleared.
        registers.Write(VtaRegisters.ComputeDone, 0);
        registers.Write(VtaRegisters.FetchInstructionCount, (uint)instructionCount);
        registers.Write(VtaRegisters.FetchInstructionAddress, instructionAddress);
        foreach (uint register in BaseRegisters)
        {
            registers.Write(register, 0);
        }
        registers.Write(VtaRegisters.FetchControl, VtaRegisters.Start);
        registers.Write(VtaRegisters.LoadControl, VtaRegisters.Start | VtaRegisters.AutoRestart);
        registers.Write(VtaRegisters.ComputeControl, VtaRegisters.Start | VtaRegisters.AutoRestart);
        registers.Write(VtaRegisters.StoreControl, VtaRegisters.Start | VtaRegisters.AutoRestart);
        if (!waiting.Until(() => registers.Read(VtaRegisters.ComputeDone) == 1, limit))
        {
            throw new VtaTimeoutException(limit, LikelyCause(), DumpRegisters());
        }
    }

    /// <inheritdoc/>
    public string DumpRegisters() => DriverChecks.Dump(registers, VtaRegisters.Dump);

    private string LikelyCause()
    {
        uint fetch = registers.Read(VtaRegisters.FetchControl);
        if (fetch == 0xFFFF_FFFF)
        {
            return "registers read as ones, so nothing answers at this address; is the bitstream loaded?";
        }
        bool fetched = (fetch & (VtaRegisters.Done | VtaRegisters.Idle)) != 0;
        return fetched
            ? "all instructions were fetched, so a queue waits for a token or for DMA; was the program made for this " +
                "bitstream's configuration and instruction set?"
            : "instructions are still being fetched, so a full queue or the DMA port blocks; is the instruction " +
                "address in memory the port can reach?";
    }
}
