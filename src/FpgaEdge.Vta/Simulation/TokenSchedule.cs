namespace FpgaEdge.Vta.Simulation;

/// <summary>
/// Runs the three queues symbolically (SPEC section 4): instructions wait for tokens, give tokens, and nothing else
/// happens. The result is one legal order of execution; a program without one is refused here, before it can hang
/// anything. Tokens carry what their giver knows to be complete, so that a FINISH which could overtake another queue is
/// found in whatever order the queues happen to run.
/// </summary>
internal sealed class TokenSchedule
{
    private const VtaDependencies Pops = VtaDependencies.PopPrevious | VtaDependencies.PopNext;

    private readonly IReadOnlyList<VtaInstruction> instructions;
    private readonly int[][] queues;
    private readonly int[] heads = new int[3];

    /// <summary>Tokens by giver and receiver: load to compute, compute to load, compute to store, store to compute.
    /// </summary>
    private readonly Queue<Knowledge>[] tokens = [new(), new(), new(), new()];
    private readonly int[] peaks = new int[4];
    private readonly Knowledge[] known = new Knowledge[3];

    private TokenSchedule(IReadOnlyList<VtaInstruction> instructions, VtaTokens initial)
    {
        this.instructions = instructions;
        queues = SplitByQueue(instructions);
        AddInitial(0, initial.LoadToCompute);
        AddInitial(1, initial.ComputeToLoad);
        AddInitial(2, initial.ComputeToStore);
        AddInitial(3, initial.StoreToCompute);
        Order = Run();
    }

    /// <summary>Instruction indices in one legal order of execution.</summary>
    public int[] Order { get; }

    /// <summary>Tokens left when everything has executed.</summary>
    public VtaTokens Left => new(tokens[0].Count, tokens[1].Count, tokens[2].Count, tokens[3].Count);

    /// <summary>Most tokens each dependency queue held in this order.</summary>
    public VtaTokens Peak => new(peaks[0], peaks[1], peaks[2], peaks[3]);

    /// <summary>Finds an order.</summary>
    /// <param name="instructions">The program.</param>
    /// <param name="initial">Tokens an earlier program left behind.</param>
    /// <exception cref="VtaException">Illegal token flags, no or misplaced FINISH, or a deadlock.</exception>
    public static TokenSchedule Create(IReadOnlyList<VtaInstruction> instructions, VtaTokens initial = default)
    {
        CheckFlags(instructions);
        return new TokenSchedule(instructions, initial);
    }

    private static void CheckFlags(IReadOnlyList<VtaInstruction> instructions)
    {
        for (int i = 0; i < instructions.Count; i++)
        {
            VtaInstruction instruction = instructions[i];
            VtaDependencies absent = instruction.Queue switch
            {
                VtaQueue.Load => VtaDependencies.PopPrevious | VtaDependencies.PushPrevious,
                VtaQueue.Store => VtaDependencies.PopNext | VtaDependencies.PushNext,
                _ => VtaDependencies.None,
            };
            if ((instruction.Dependencies & absent) != 0)
            {
                throw new VtaException(i, $"token flags {instruction.Dependencies & absent} name a queue that the " +
                    $"{instruction.Queue.ToString().ToLowerInvariant()} queue does not have");
            }
            if (instruction is VtaFinish && (instruction.Dependencies & Pops) != 0)
            {
                throw new VtaException(i, "FINISH must not wait for tokens; let the instruction before it wait");
            }
            if (instruction is VtaFinish && i != instructions.Count - 1)
            {
                throw new VtaException(i, $"FINISH must be last, but {instructions.Count - 1 - i} instructions follow");
            }
        }
        if (instructions.Count == 0 || instructions[^1] is not VtaFinish)
        {
            throw new VtaException(
                Math.Max(0, instructions.Count - 1), "program has no FINISH as its last instruction");
        }
    }

    private static int[][] SplitByQueue(IReadOnlyList<VtaInstruction> instructions)
    {
        var split = new List<int>[] { [], [], [] };
        for (int i = 0; i < instructions.Count; i++)
        {
            split[(int)instructions[i].Queue].Add(i);
        }
        return [.. split.Select(queue => queue.ToArray())];
    }

    private void AddInitial(int queue, int count)
    {
        for (int i = 0; i < count; i++)
        {
            tokens[queue].Enqueue(default);
        }
        peaks[queue] = count;
    }

    private int[] Run()
    {
        var order = new int[instructions.Count];
        int executed = 0;
        bool progress = true;
        while (progress)
        {
            progress = false;
            for (int queue = 0; queue < 3; queue++)
            {
                while (TryStep((VtaQueue)queue, out int index))
                {
                    order[executed++] = index;
                    progress = true;
                }
            }
        }
        return executed == order.Length ? order : throw Deadlock();
    }

    private bool TryStep(VtaQueue queue, out int index)
    {
        int head = heads[(int)queue];
        index = head < queues[(int)queue].Length ? queues[(int)queue][head] : -1;
        if (index < 0)
        {
            return false;
        }
        VtaInstruction instruction = instructions[index];
        // FINISH raises the done flag, so it may only execute when nothing else is left to do.
        bool early = instruction is VtaFinish &&
            (heads[(int)VtaQueue.Load] < queues[(int)VtaQueue.Load].Length ||
             heads[(int)VtaQueue.Store] < queues[(int)VtaQueue.Store].Length);
        VtaDependencies dependencies = instruction.Dependencies;
        int previous = IncomingFromPrevious(queue);
        int next = IncomingFromNext(queue);
        bool popPrevious = dependencies.HasFlag(VtaDependencies.PopPrevious);
        bool popNext = dependencies.HasFlag(VtaDependencies.PopNext);
        if (early || (popPrevious && tokens[previous].Count == 0) || (popNext && tokens[next].Count == 0))
        {
            return false;
        }
        Take(popPrevious, previous, queue);
        Take(popNext, next, queue);
        RefuseOvertaking(instruction, index);
        known[(int)queue] = known[(int)queue].AfterOneMore(queue);
        Give(dependencies.HasFlag(VtaDependencies.PushPrevious), OutgoingToPrevious(queue), queue);
        Give(dependencies.HasFlag(VtaDependencies.PushNext), OutgoingToNext(queue), queue);
        heads[(int)queue]++;
        return true;
    }

    private static int IncomingFromPrevious(VtaQueue queue) => queue == VtaQueue.Compute ? 0 : 2;

    private static int IncomingFromNext(VtaQueue queue) => queue == VtaQueue.Compute ? 3 : 1;

    private static int OutgoingToPrevious(VtaQueue queue) => queue == VtaQueue.Compute ? 1 : 3;

    private static int OutgoingToNext(VtaQueue queue) => queue == VtaQueue.Compute ? 2 : 0;

    private void Take(bool flag, int tokenQueue, VtaQueue taker)
    {
        if (flag)
        {
            known[(int)taker] = known[(int)taker].With(tokens[tokenQueue].Dequeue());
        }
    }

    private void Give(bool flag, int tokenQueue, VtaQueue giver)
    {
        if (flag)
        {
            tokens[tokenQueue].Enqueue(known[(int)giver]);
            peaks[tokenQueue] = Math.Max(peaks[tokenQueue], tokens[tokenQueue].Count);
        }
    }

    /// <summary>FINISH must know, through tokens, that everything before it is complete.</summary>
    private void RefuseOvertaking(VtaInstruction instruction, int index)
    {
        if (instruction is not VtaFinish)
        {
            return;
        }
        Knowledge complete = known[(int)VtaQueue.Compute];
        RefuseOvertaking(VtaQueue.Load, complete.Load, index);
        RefuseOvertaking(VtaQueue.Store, complete.Store, index);
    }

    private void RefuseOvertaking(VtaQueue queue, int complete, int index)
    {
        if (complete < queues[(int)queue].Length)
        {
            throw new VtaException(index, $"FINISH can overtake instruction {queues[(int)queue][complete]} of the " +
                $"{queue.ToString().ToLowerInvariant()} queue: no token says that it is complete");
        }
    }

    private VtaException Deadlock()
    {
        int first = int.MaxValue;
        var waiting = new List<string>();
        for (int queue = 0; queue < 3; queue++)
        {
            if (heads[queue] < queues[queue].Length)
            {
                int index = queues[queue][heads[queue]];
                if (instructions[index] is not VtaFinish)
                {
                    first = Math.Min(first, index);
                    string name = ((VtaQueue)queue).ToString().ToLowerInvariant();
                    waiting.Add($"{name} queue waits at instruction {index} " +
                        $"({instructions[index].Dependencies & Pops})");
                }
            }
        }
        return new VtaException(first, $"deadlock: {string.Join(", ", waiting)}; no token will come");
    }

    /// <summary>How many instructions of each queue are known to be complete.</summary>
    private readonly record struct Knowledge(int Load, int Compute, int Store)
    {
        public Knowledge With(Knowledge other) => new(
            Math.Max(Load, other.Load), Math.Max(Compute, other.Compute), Math.Max(Store, other.Store));

        public Knowledge AfterOneMore(VtaQueue queue) => queue switch
        {
            VtaQueue.Load => this with { Load = Load + 1 },
            VtaQueue.Compute => this with { Compute = Compute + 1 },
            _ => this with { Store = Store + 1 },
        };
    }
}
