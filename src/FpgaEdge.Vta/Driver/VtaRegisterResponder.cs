namespace FpgaEdge.Vta;

/// <summary>
/// The accelerator's side of the HLS register protocol, for register blocks in plain memory: does what the hardware
/// does when it sees the start bits. Pure: someone calls <see cref="TryServe"/> now and then.
/// </summary>
/// <param name="registers">The blocks the driver writes.</param>
/// <param name="accelerator">The device.</param>
public sealed class VtaRegisterResponder(IRegisterWindow registers, IVtaAccelerator accelerator)
{
    /// <summary>The error of the last program, which the hardware would only show as silence; null if it finished.
    /// </summary>
    public VtaException? LastError { get; private set; }

    /// <summary>Whether a program has been started and not served yet.</summary>
    public bool StartRequested =>
        IsStarted(VtaRegisters.FetchControl) && IsStarted(VtaRegisters.LoadControl) &&
        IsStarted(VtaRegisters.ComputeControl) && IsStarted(VtaRegisters.StoreControl);

    /// <summary>Runs the program if one was started: executes it on the DRAM window, then sets done and idle. After a
    /// program that cannot finish the done flag stays 0, as in hardware.</summary>
    /// <param name="dram">Bytes of the DRAM window.</param>
    /// <param name="dramBase">Physical address of its first byte.</param>
    /// <returns>The run's result; null when nothing was started or the program failed.</returns>
    public VtaRunResult? TryServe(Span<byte> dram, uint dramBase)
    {
        if (!StartRequested)
        {
            return null;
        }
        uint count = registers.Read(VtaRegisters.FetchInstructionCount);
        uint address = registers.Read(VtaRegisters.FetchInstructionAddress);
        LastError = null;
        VtaRunResult? result = null;
        try
        {
            result = accelerator.Run(dram, dramBase, address, (int)Math.Min(count, int.MaxValue));
        }
        catch (VtaException e)
        {
            LastError = e;
        }
        // Fetch always completes in hardware; the other modules restart themselves and stay ready.
        registers.Write(VtaRegisters.FetchControl, VtaRegisters.Done | VtaRegisters.Idle | VtaRegisters.Ready);
        if (result is not null)
        {
            registers.Write(VtaRegisters.ComputeDone, 1);
        }
        return result;
    }

    private bool IsStarted(uint control) =>
        (registers.Read(control) & VtaRegisters.Start) != 0;
}
