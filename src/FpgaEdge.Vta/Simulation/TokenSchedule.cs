namespace FpgaEdge.Vta.Simulation;

/// <summary>
/// Runs the three queues symbolically (SPEC section 4): instructions wait for tokens, give tokens, and nothing else
/// happens. The result is one legal order of execution; a program without one is refused here, before it can hang
/// anything. Without initial tokens every legal order has the same outcome for a program that is free of races.
/// </summary>
internal sealed class TokenSchedule
{
    private const VtaDependencies Pops = VtaDependencies.PopPrevious | VtaDependencies.PopNext;

    private readonly IReadOnlyList<VtaInstruction> instructions;
    private readonly int[][] queues;
    private readonly int[] heads = new int[3];

    /// <summary>Tokens by giver and receiver: load to compute, compute to load, compute to store, store to compute.
    /// </summary>
    private readonly int[] tokens = new int[4];
    private readonly int[] peaks = new int[4];

    private TokenSchedule(IReadOnlyList<VtaInstruction> instructions, VtaTokens initial)
    {
        this.instructions = instructions;
        queues = SplitByQueue(instructions);
        tokens[0] = peaks[0] = initial.LoadToCompute;
        tokens[1] = peaks[1] = initial.ComputeToLoad;
        tokens[2] = peaks[2] = initial.ComputeToStore;
        tokens[3] = peaks[3] = initial.StoreToCompute;
        Order = Run();
    }

    /// <summary>Instruction indices in one legal order of execution.</summary>
    public int[] Order { get; }

    /// <summary>Tokens left when everything has executed.</summary>
    public VtaTokens Left => new(tokens[0], tokens[1], tokens[2], tokens[3]);

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
            throw new VtaException(Math.Max(0, instructions.Count - 1), "program has no FINISH as its last instruction");
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
        if (early || (popPrevious && tokens[previous] == 0) || (popNext && tokens[next] == 0))
        {
            return false;
        }
        Take(popPrevious, previous);
        Take(popNext, next);
        Give(dependencies.HasFlag(VtaDependencies.PushPrevious), OutgoingToPrevious(queue));
        Give(dependencies.HasFlag(VtaDependencies.PushNext), OutgoingToNext(queue));
        heads[(int)queue]++;
        return true;
    }

    private static int IncomingFromPrevious(VtaQueue queue) => queue == VtaQueue.Compute ? 0 : 2;

    private static int IncomingFromNext(VtaQueue queue) => queue == VtaQueue.Compute ? 3 : 1;

    private static int OutgoingToPrevious(VtaQueue queue) => queue == VtaQueue.Compute ? 1 : 3;

    private static int OutgoingToNext(VtaQueue queue) => queue == VtaQueue.Compute ? 2 : 0;

    private void Take(bool flag, int queue)
    {
        if (flag)
        {
            tokens[queue]--;
        }
    }

    private void Give(bool flag, int queue)
    {
        if (flag)
        {
            peaks[queue] = Math.Max(peaks[queue], ++tokens[queue]);
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
                    waiting.Add($"{((VtaQueue)queue).ToString().ToLowerInvariant()} queue waits at instruction {index} " +
                        $"({instructions[index].Dependencies & Pops})");
                }
            }
        }
        return new VtaException(first, $"deadlock: {string.Join(", ", waiting)}; no token will come");
    }
}
