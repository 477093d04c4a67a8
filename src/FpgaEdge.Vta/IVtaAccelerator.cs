namespace FpgaEdge.Vta;

/// <summary>Something that executes programs on a window of DRAM as the accelerator does: the functional simulator, or
/// the gateware in a simulation of its own. Not safe for concurrent use.</summary>
public interface IVtaAccelerator
{
    /// <summary>What it is built for.</summary>
    VtaConfiguration Configuration { get; }

    /// <summary>Back to the state after loading a bitstream: no tokens; scratchpads hold nothing to rely on.</summary>
    void Reset();

    /// <summary>Runs the stream of <paramref name="instructionCount"/> instructions that lies in DRAM.</summary>
    /// <param name="dram">Bytes of the window; the only memory that is read or written.</param>
    /// <param name="dramBase">Physical address of the first byte.</param>
    /// <param name="instructionAddress">Physical address of the first instruction.</param>
    /// <param name="instructionCount">Instructions, FINISH included.</param>
    /// <exception cref="VtaException">The program is illegal, cannot finish, or leaves a memory.</exception>
    VtaRunResult Run(Span<byte> dram, uint dramBase, uint instructionAddress, int instructionCount);
}

/// <summary>Counters of the gateware for one run, in cycles of its clock (register block from 0x128).</summary>
/// <param name="TotalCycles">From the start bit to the done flag.</param>
/// <param name="GemmSteps">GEMM steps that were not resets.</param>
/// <param name="AluSteps">ALU steps.</param>
/// <param name="StallCycles">Cycles the first step waited for a line, for its second operand or for a multiplication.
/// </param>
/// <param name="LoadBusyCycles">Cycles the load module had an instruction that was not waiting for a token.</param>
/// <param name="ComputeBusyCycles">The same for the compute module.</param>
/// <param name="StoreBusyCycles">The same for the store module.</param>
/// <param name="LoadWaitCycles">Cycles the load module waited for a token.</param>
/// <param name="ComputeWaitCycles">The same for the compute module.</param>
/// <param name="StoreWaitCycles">The same for the store module.</param>
/// <param name="ReadBeats">Beats of 8 bytes read by all ports.</param>
/// <param name="WriteBeats">Beats of 8 bytes written.</param>
public sealed record VtaMeasuredCycles(
    long TotalCycles,
    long GemmSteps,
    long AluSteps,
    long StallCycles,
    long LoadBusyCycles,
    long ComputeBusyCycles,
    long StoreBusyCycles,
    long LoadWaitCycles,
    long ComputeWaitCycles,
    long StoreWaitCycles,
    long ReadBeats,
    long WriteBeats);

/// <summary>A check on a channel or token queue of the gateware failed: a fault of the gateware, not of the program.
/// </summary>
public sealed class VtaProtocolException(string message) : VtaException(message);
