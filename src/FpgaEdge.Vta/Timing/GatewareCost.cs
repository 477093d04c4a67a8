namespace FpgaEdge.Vta.Timing;

/// <summary>
/// Cycles of one instruction in this project's gateware, counted in its RTL from the cycle in which a module takes the
/// instruction. Constants are lengths of state machines and pipelines; latencies are the memory's.
/// </summary>
internal sealed class GatewareCost(VtaConfiguration configuration, VtaTiming timing)
{
    /// <summary>From taking a LOAD to its first request on the port.</summary>
    private const int RequestCycles = 5;

    /// <summary>From the last beat of a LOAD to taking the next instruction; tokens are visible then.</summary>
    private const int LoadEndCycles = 2;

    /// <summary>From the last accumulator beat to its write.</summary>
    private const int AccumulatorWriteCycles = 2;

    /// <summary>From taking a STORE to its first beat.</summary>
    private const int StoreBeginCycles = 7;

    /// <summary>From the acknowledgement of a STORE to taking the next instruction.</summary>
    private const int StoreEndCycles = 2;

    /// <summary>From the last step of a loop to its write and tokens.</summary>
    private const int PipelineCycles = 9;

    /// <summary>A multiplication, which has the pipeline to itself.</summary>
    private const int MultiplyCycles = 39;

    /// <summary>Bursts of one reader that may be under way.</summary>
    private const int OutstandingBursts = 9;

    /// <summary>Longest burst in bytes; ports take turns at this grain.</summary>
    private const int BurstBytes = 128;

    private const int BeatBytes = 8;

    /// <summary>One instruction's cycles.</summary>
    /// <param name="Occupied">Until the module can take its next instruction.</param>
    /// <param name="Complete">Until results and tokens can be seen.</param>
    /// <param name="Dma">Of these, cycles of data on the port.</param>
    /// <param name="FirstData">Until the first data is on the port.</param>
    public readonly record struct Cycles(long Occupied, long Complete, long Dma, long FirstData = 0);

    /// <summary>Cycles from the start bit to the first instruction in a queue.</summary>
    public int FirstFetchCycles => timing.DmaReadLatencyCycles + 7;

    /// <summary>Whether the compute module takes an instruction only when its pipeline is empty.</summary>
    public static bool NeedsQuiet(VtaInstruction instruction) => instruction is not VtaLoop;

    /// <summary>The cycles of an instruction that has everything it waits for.</summary>
    public Cycles Of(VtaInstruction instruction) => instruction switch
    {
        VtaFinish => new Cycles(3, 3, 0),
        VtaTransfer { XSize: 0 } none => none.Queue == VtaQueue.Compute ? new Cycles(4, 4, 0) : new Cycles(3, 3, 0),
        VtaLoad load => Load(load),
        VtaStore store => Store(store),
        VtaLoop loop => Loop(loop),
        _ => new Cycles(1, 1, 0),
    };

    private static Cycles Loop(VtaLoop loop)
    {
        long steps = Math.Max(1, loop.StepCount);
        if (loop is VtaAlu { Operation: VtaAluOpcode.Mul })
        {
            steps += loop.StepCount * MultiplyCycles;
        }
        if (loop is VtaAlu { UseImmediate: false } alu)
        {
            steps += SourceReads(alu);
        }
        return new Cycles(steps, steps + PipelineCycles, 0);
    }

    /// <summary>How often the source line changes; each time costs a cycle. With more than one micro-op they are taken
    /// to differ.</summary>
    private static long SourceReads(VtaAlu alu)
    {
        if (alu.UopEnd - alu.UopBegin > 1 || alu.SrcFactorIn != 0)
        {
            return alu.StepCount;
        }
        return alu.SrcFactorOut != 0 ? alu.IterOut : Math.Min(1, alu.StepCount);
    }

    private Cycles Store(VtaStore store)
    {
        (long beats, _) = Beats(store, VtaMemoryId.Out, 1);
        long end = StoreBeginCycles + beats + timing.DmaWriteLatencyCycles + StoreEndCycles;
        return new Cycles(end, end, beats);
    }

    private Cycles Load(VtaLoad load)
    {
        bool compute = load.Queue == VtaQueue.Compute;
        int ports = compute ? 1 : timing.GatewarePorts;
        (long beats, long bursts) = Beats(load, load.Memory, ports);
        long data = beats + (Math.Max(0, bursts - 1) * timing.DmaBurstGapCycles);
        if (configuration.ElementBytes(load.Memory) < BeatBytes)
        {
            data = (long)load.XSize * load.YSize;
        }
        // Short bursts: so many requests per latency, and one request every other cycle.
        data = Math.Max(data, bursts * (timing.DmaReadLatencyCycles + 4) / OutstandingBursts);
        data = Math.Max(data, 2 * bursts * ports) + (ports > 1 && bursts > 1 ? 2 : 0);
        long first = RequestCycles + timing.DmaReadLatencyCycles;
        long end = first + data + LoadEndCycles;
        if (load.HasPadding)
        {
            end = WithPadding(load, first, data) + LoadEndCycles;
        }
        if (load.Memory is VtaMemoryId.Acc or VtaMemoryId.Acc8)
        {
            end += AccumulatorWriteCycles;
        }
        return new Cycles(end, end, data, first);
    }

    /// <summary>Zeros are written while the first data is on its way; what is left then takes turns with it.</summary>
    private static long WithPadding(VtaLoad load, long first, long data)
    {
        long full = (long)(load.YPadBefore + load.YPadAfter) * (load.PaddedXSize + 1);
        long sides = load.YSize * (load.XPadBefore + load.XPadAfter + 2L);
        long zeros = ((long)load.PaddedXSize * load.PaddedYSize) - ((long)load.XSize * load.YSize);
        long padding = 2 + full + sides;
        long late = padding <= first ? 0 : zeros * (padding - first) / padding;
        return Math.Max(first + data + late, padding);
    }

    /// <summary>Beats and bursts of the port that has more of them.</summary>
    private (long Beats, long Bursts) Beats(VtaTransfer transfer, VtaMemoryId memory, int ports)
    {
        long element = configuration.ElementBytes(memory);
        long rowBytes = transfer.XSize * element;
        Span<long> beats = stackalloc long[2];
        Span<long> bursts = stackalloc long[2];
        for (int y = 0; y < transfer.YSize; y++)
        {
            long begin = (transfer.DramBase + ((long)y * transfer.XStride)) * element;
            long end = begin + rowBytes;
            long firstPiece = begin / BurstBytes;
            long lastPiece = (end - 1) / BurstBytes;
            if (ports == 1)
            {
                beats[0] += (((end + BeatBytes - 1) / BeatBytes) - (begin / BeatBytes));
                bursts[0] += lastPiece - firstPiece + 1;
                continue;
            }
            for (int port = 0; port < 2; port++)
            {
                long pieces = ((lastPiece + 2 - port) / 2) - ((firstPiece + 1 - port) / 2);
                bursts[port] += pieces;
                beats[port] += pieces * (BurstBytes / BeatBytes);
            }
            // The first and the last piece are not whole.
            beats[(int)(firstPiece & 1)] -= begin % BurstBytes / BeatBytes;
            beats[(int)(lastPiece & 1)] -= (((lastPiece + 1) * BurstBytes) - end) / BeatBytes;
        }
        return beats[0] >= beats[1] ? (beats[0], bursts[0]) : (beats[1], bursts[1]);
    }
}
