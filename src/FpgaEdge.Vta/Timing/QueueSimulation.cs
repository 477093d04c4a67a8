namespace FpgaEdge.Vta.Timing;

/// <summary>One run of the cycle model. Always advances the queue whose head can start first, so that requests reach
/// the memory port in the order of time.</summary>
internal sealed class QueueSimulation
{
    private readonly IReadOnlyList<VtaInstruction> instructions;
    private readonly VtaTiming timing;
    private readonly InstructionCost cost;

    /// <summary>This project's gateware, whose reads and writes overlap; null for the published designs.</summary>
    private readonly GatewareCost? gateware;
    private readonly QueueState[] queues = [new(), new(), new()];

    /// <summary>Times at which tokens become available, by giver and receiver: load to compute, compute to load,
    /// compute to store, store to compute.</summary>
    private readonly Queue<long>[] tokens = [new(), new(), new(), new()];
    private readonly List<VtaTimelineEntry> timeline;
    private int fetched;
    private long fetchTime;
    private long portFree;
    private long dmaBusy;
    private long gemmCycles;
    private long aluCycles;

    public QueueSimulation(
        VtaConfiguration configuration, VtaTiming timing, IReadOnlyList<VtaInstruction> instructions)
    {
        this.instructions = instructions;
        this.timing = timing;
        cost = new InstructionCost(configuration, timing);
        timeline = new List<VtaTimelineEntry>(instructions.Count);
        gateware = timing.GatewarePorts > 0 ? new GatewareCost(configuration, timing) : null;
        fetchTime = gateware?.FirstFetchCycles ?? timing.DmaReadLatencyCycles;
    }

    public VtaCycleEstimate Run()
    {
        while (timeline.Count < instructions.Count)
        {
            Fetch();
            if (!TryPickNext(out VtaQueue queue, out long start, out VtaStall stall))
            {
                throw Deadlock();
            }
            Execute(queue, start, stall);
        }
        long total = queues.Max(queue => Math.Max(queue.Free, queue.Complete));
        return new VtaCycleEstimate(
            total, queues[0].Busy, queues[1].Busy, queues[2].Busy, dmaBusy, gemmCycles, aluCycles, timeline);
    }

    private VtaException Deadlock()
    {
        int first = fetched;
        foreach (QueueState queue in queues)
        {
            first = queue.Pending.TryPeek(out (int Index, long FetchTime) head) ? Math.Min(first, head.Index) : first;
        }
        string cause = fetched < instructions.Count
            ? $"and a queue of {timing.CommandQueueDepth} commands is full, so that instruction " +
                $"{fetched} is never fetched"
            : "and no token will come";
        return new VtaException(first, $"deadlock: waits for a token, {cause}");
    }

    /// <summary>Dispatches as far as the command queues allow with what is known.</summary>
    private void Fetch()
    {
        while (fetched < instructions.Count)
        {
            QueueState queue = queues[(int)instructions[fetched].Queue];
            int freed = queue.Dispatched - timing.CommandQueueDepth;
            if (freed >= queue.Starts.Count)
            {
                return;
            }
            long space = freed >= 0 ? queue.Starts[freed] : 0;
            fetchTime = Math.Max(fetchTime + timing.FetchCyclesPerInstruction, space);
            queue.Pending.Enqueue((fetched, fetchTime));
            queue.Dispatched++;
            fetched++;
        }
    }

    private bool TryPickNext(out VtaQueue queue, out long start, out VtaStall stall)
    {
        queue = default;
        start = long.MaxValue;
        stall = VtaStall.None;
        for (int candidate = 0; candidate < 3; candidate++)
        {
            if (TryStart((VtaQueue)candidate, out long time, out VtaStall reason) && time < start)
            {
                queue = (VtaQueue)candidate;
                start = time;
                stall = reason;
            }
        }
        return start != long.MaxValue;
    }

    private bool TryStart(VtaQueue queue, out long start, out VtaStall stall)
    {
        QueueState state = queues[(int)queue];
        start = state.Free;
        stall = VtaStall.None;
        if (!state.Pending.TryPeek(out (int Index, long FetchTime) head))
        {
            return false;
        }
        VtaInstruction instruction = instructions[head.Index];
        if (instruction is VtaFinish && timeline.Count != instructions.Count - 1)
        {
            return false;
        }
        Delay(head.FetchTime, VtaStall.Fetch, ref start, ref stall);
        if (gateware is not null && queue == VtaQueue.Compute && GatewareCost.NeedsQuiet(instruction))
        {
            start = Math.Max(start, state.Complete);
        }
        return WaitForToken(instruction, VtaDependencies.PopPrevious, VtaStall.PreviousToken, ref start, ref stall) &&
            WaitForToken(instruction, VtaDependencies.PopNext, VtaStall.NextToken, ref start, ref stall);
    }

    private bool WaitForToken(
        VtaInstruction instruction, VtaDependencies flag, VtaStall reason, ref long start, ref VtaStall stall)
    {
        if (!instruction.Dependencies.HasFlag(flag))
        {
            return true;
        }
        if (!Tokens(instruction.Queue, flag).TryPeek(out long available))
        {
            return false;
        }
        Delay(available, reason, ref start, ref stall);
        return true;
    }

    private static void Delay(long until, VtaStall reason, ref long start, ref VtaStall stall)
    {
        if (until > start)
        {
            start = until;
            stall = reason;
        }
    }

    private void Execute(VtaQueue queue, long start, VtaStall stall)
    {
        QueueState state = queues[(int)queue];
        int index = state.Pending.Dequeue().Index;
        VtaInstruction instruction = instructions[index];
        if (gateware is not null)
        {
            Execute(gateware, queue, index, start, stall);
            return;
        }
        InstructionCost.Cycles cycles = cost.Of(instruction);
        long dmaStart = start;
        long dmaEnd = start;
        if (cycles.Dma > 0)
        {
            dmaStart = Math.Max(start, portFree);
            dmaEnd = dmaStart + cycles.Dma;
            portFree = dmaEnd;
            dmaBusy += cycles.Dma;
        }
        long end = dmaEnd + cycles.Own;
        timeline.Add(new VtaTimelineEntry(index, queue, state.Free, start, end, dmaStart, dmaEnd, stall));
        state.Starts.Add(start);
        state.Busy += end - start;
        state.Free = end;
        gemmCycles += instruction is VtaGemm ? end - start : 0;
        aluCycles += instruction is VtaAlu ? end - start : 0;
        PassTokens(instruction, end);
    }

    private void Execute(GatewareCost gate, VtaQueue queue, int index, long start, VtaStall stall)
    {
        QueueState state = queues[(int)queue];
        VtaInstruction instruction = instructions[index];
        GatewareCost.Cycles cycles = gate.Of(instruction);
        if (instruction is VtaLoad { XSize: > 0 })
        {
            cycles = BehindComputeLoads(cycles, queue, start);
        }
        long end = start + cycles.Complete;
        timeline.Add(new VtaTimelineEntry(index, queue, state.Free, start, end, end - cycles.Dma, end, stall));
        state.Starts.Add(start);
        state.Busy += cycles.Occupied;
        state.Free = start + cycles.Occupied;
        state.Complete = Math.Max(state.Complete, end);
        dmaBusy += cycles.Dma;
        gemmCycles += instruction is VtaGemm ? cycles.Occupied : 0;
        aluCycles += instruction is VtaAlu ? cycles.Occupied : 0;
        PassTokens(instruction, end);
    }

    /// <summary>Loads of the compute module have priority on the first port: other loads wait for their data.</summary>
    private GatewareCost.Cycles BehindComputeLoads(GatewareCost.Cycles cycles, VtaQueue queue, long start)
    {
        long dataStart = start + cycles.FirstData;
        if (queue == VtaQueue.Compute)
        {
            portFree = dataStart + cycles.Dma;
            return cycles;
        }
        long wait = Math.Max(0, portFree - dataStart);
        return cycles with { Occupied = cycles.Occupied + wait, Complete = cycles.Complete + wait };
    }

    private void PassTokens(VtaInstruction instruction, long end)
    {
        foreach (VtaDependencies pop in (ReadOnlySpan<VtaDependencies>)
            [VtaDependencies.PopPrevious, VtaDependencies.PopNext])
        {
            if (instruction.Dependencies.HasFlag(pop))
            {
                Tokens(instruction.Queue, pop).Dequeue();
            }
        }
        foreach (VtaDependencies push in (ReadOnlySpan<VtaDependencies>)
            [VtaDependencies.PushPrevious, VtaDependencies.PushNext])
        {
            if (instruction.Dependencies.HasFlag(push))
            {
                Tokens(instruction.Queue, push).Enqueue(end);
            }
        }
    }

    private Queue<long> Tokens(VtaQueue queue, VtaDependencies flag) => (queue, flag) switch
    {
        (VtaQueue.Load, VtaDependencies.PushNext) or (VtaQueue.Compute, VtaDependencies.PopPrevious) => tokens[0],
        (VtaQueue.Compute, VtaDependencies.PushPrevious) or (VtaQueue.Load, VtaDependencies.PopNext) => tokens[1],
        (VtaQueue.Compute, VtaDependencies.PushNext) or (VtaQueue.Store, VtaDependencies.PopPrevious) => tokens[2],
        (VtaQueue.Store, VtaDependencies.PushPrevious) or (VtaQueue.Compute, VtaDependencies.PopNext) => tokens[3],
        _ => throw new VtaException($"the {queue} queue has no token queue for {flag}"),
    };

    private sealed class QueueState
    {
        public Queue<(int Index, long FetchTime)> Pending { get; } = new();

        public List<long> Starts { get; } = [];

        public int Dispatched { get; set; }

        public long Free { get; set; }

        /// <summary>When everything it has done can be seen; gateware only.</summary>
        public long Complete { get; set; }

        public long Busy { get; set; }
    }
}
