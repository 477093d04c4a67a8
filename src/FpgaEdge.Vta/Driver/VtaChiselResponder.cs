namespace FpgaEdge.Vta;

/// <summary>The accelerator's side of the Chisel register protocol, for a register block in plain memory. Pure: someone
/// calls <see cref="TryServe"/> now and then.</summary>
/// <param name="registers">The block the driver writes.</param>
/// <param name="simulator">The device.</param>
/// <param name="timing">What the cycle counter is computed with.</param>
public sealed class VtaChiselResponder(IRegisterWindow registers, VtaSimulator simulator, VtaTiming timing)
{
    /// <summary>The error of the last program, which the hardware would only show as silence; null if it finished.
    /// </summary>
    public VtaException? LastError { get; private set; }

    /// <summary>Runs the program if one was launched; sets done and the cycle counter when it finishes.</summary>
    /// <param name="dram">Bytes of the DRAM window.</param>
    /// <param name="dramBase">Physical address of its first byte.</param>
    /// <returns>The run's result; null when nothing was launched or the program failed.</returns>
    public VtaRunResult? TryServe(Span<byte> dram, uint dramBase)
    {
        if ((registers.Read(VtaChiselRegisters.Control) & VtaChiselRegisters.Launch) == 0)
        {
            return null;
        }
        LastError = null;
        try
        {
            uint count = registers.Read(VtaChiselRegisters.InstructionCount);
            uint address = registers.Read(VtaChiselRegisters.InstructionAddress);
            VtaInstruction[] program = simulator.ReadProgram(dram, dramBase, address, count);
            VtaRunResult result = simulator.Run(dram, dramBase, program);
            long cycles = VtaCycleModel.Estimate(simulator.Configuration, timing, program).TotalCycles;
            registers.Write(VtaChiselRegisters.CycleCounter, (uint)Math.Min(cycles, uint.MaxValue));
            registers.Write(VtaChiselRegisters.Control, VtaChiselRegisters.Done);
            return result;
        }
        catch (VtaException e)
        {
            LastError = e;
            // The hardware would stay in this state for ever; a second look must not run the program again.
            registers.Write(VtaChiselRegisters.Control, 0);
            return null;
        }
    }
}
