namespace FpgaEdge.Vta.Simulation;

/// <summary>Executes single instructions on scratchpads of its own. The order is the caller's.</summary>
internal abstract class Executor
{
    /// <summary>Reliances on behaviour that bitstreams do not share, found since the last <see
    /// cref="BeginRun"/>.</summary>
    public virtual IReadOnlyList<VtaPortabilityNote> Portability => [];

    /// <summary>To be called before the instructions of a run.</summary>
    public virtual void BeginRun()
    {
    }

    /// <summary>Zeroes the scratchpads.</summary>
    public abstract void Reset();

    /// <summary>Executes one instruction.</summary>
    /// <exception cref="VtaException">It is illegal or leaves a memory.</exception>
    public abstract void Execute(VtaInstruction instruction, int index, DramWindow dram);
}
