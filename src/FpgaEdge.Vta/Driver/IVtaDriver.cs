namespace FpgaEdge.Vta;

/// <summary>Runs programs on an accelerator through its registers.</summary>
public interface IVtaDriver
{
    /// <summary>Starts a program and waits until it is done.</summary>
    /// <param name="instructionAddress">Physical address of the first instruction; a multiple of 16.</param>
    /// <param name="instructionCount">Instructions, FINISH included.</param>
    /// <param name="limit">Longest wait. Derive it from the cycle model: see <see cref="VtaWaitLimit"/>.</param>
    /// <exception cref="VtaException">The address is not aligned or there is nothing to run.</exception>
    /// <exception cref="VtaTimeoutException">The done flag did not come in time.</exception>
    void Run(uint instructionAddress, int instructionCount, TimeSpan limit);

    /// <summary>Every register as name=value, for reports.</summary>
    string DumpRegisters();
}

/// <summary>How long to wait for a program whose duration is predicted.</summary>
public static class VtaWaitLimit
{
    private static readonly TimeSpan Shortest = TimeSpan.FromMilliseconds(50);

    /// <summary>Four times the prediction, and never less than 50 ms: the host may be preempted while it
    /// polls.</summary>
    public static TimeSpan For(TimeSpan predicted) => predicted * 4 > Shortest ? predicted * 4 : Shortest;
}

/// <summary>An accelerator did not finish within its limit.</summary>
public sealed class VtaTimeoutException : VtaException
{
    /// <summary>An expired wait with the state of the registers and what it suggests.</summary>
    public VtaTimeoutException(TimeSpan limit, string likelyCause, string registers)
        : base($"accelerator not done after {limit.TotalMilliseconds:0.###} ms: {likelyCause} [{registers}]")
    {
        Limit = limit;
        LikelyCause = likelyCause;
        Registers = registers;
    }

    /// <summary>The wait that expired.</summary>
    public TimeSpan Limit { get; }

    /// <summary>What the registers suggest.</summary>
    public string LikelyCause { get; }

    /// <summary>All registers as name=value.</summary>
    public string Registers { get; }
}
