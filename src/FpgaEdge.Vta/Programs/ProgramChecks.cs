using FpgaEdge.Vta.Simulation;

namespace FpgaEdge.Vta;

/// <summary>What a program must satisfy before it may leave the builder.</summary>
internal static class ProgramChecks
{
    public static void Transfer(VtaTransfer transfer, VtaConfiguration configuration, int index)
    {
        if (transfer.XSize == 0)
        {
            return;
        }
        long elements = transfer is VtaLoad
            ? (long)transfer.PaddedXSize * transfer.PaddedYSize
            : (long)transfer.XSize * transfer.YSize;
        int depth = configuration.Depth(transfer.Memory);
        if (transfer.SramBase + elements > depth)
        {
            throw new VtaException(index, $"{transfer.Memory} elements {transfer.SramBase}.." +
                $"{transfer.SramBase + elements - 1}: the scratchpad has {depth}");
        }
    }

    public static void Loop(
        VtaLoop loop, ReadOnlySpan<VtaMicroOp> sequence, VtaConfiguration configuration, int index)
    {
        if (loop.IterOut <= 0 || loop.IterIn <= 0)
        {
            throw new VtaException(index, $"expected at least one iteration, found {loop.IterOut} x {loop.IterIn}");
        }
        if (loop is VtaGemm gemm)
        {
            LoopBounds.CheckGemm(gemm, sequence, configuration, index);
        }
        else
        {
            LoopBounds.CheckAlu((VtaAlu)loop, sequence, configuration, index);
        }
    }

    /// <summary>Hardware fetches in order into command queues of bounded depth, which can block what would give the
    /// token that a queue waits for.</summary>
    public static void CommandQueues(IReadOnlyList<VtaInstruction> stream, VtaConfiguration configuration)
    {
        if (stream.Count > VtaTiming.Zynq7020.CommandQueueDepth)
        {
            VtaCycleModel.Estimate(configuration, VtaTiming.Zynq7020, stream);
        }
    }

    public static void Tokens(IReadOnlyList<VtaInstruction> stream)
    {
        VtaTokens left = TokenSchedule.Create(stream).Left;
        if (left.Total != 0)
        {
            throw new VtaException($"program leaves tokens behind: {left.LoadToCompute} load to compute, " +
                $"{left.ComputeToLoad} compute to load, {left.ComputeToStore} compute to store, " +
                $"{left.StoreToCompute} store to compute");
        }
    }

    public static void Offset(string what, long offset, int unit)
    {
        if (offset < 0 || offset % unit != 0)
        {
            throw new VtaException($"{what} offset {offset}: expected a multiple of {unit} bytes");
        }
    }
}
