using System.Buffers.Binary;

namespace FpgaEdge.Vta;

/// <summary>
/// Emits a program instruction by instruction. Loop order, tiling and the placement of data in the scratchpads are the
/// caller's; the builder encodes, keeps equal micro-op sequences once, loads them when they are needed, and refuses a
/// program that would deadlock, overrun a scratchpad or leave tokens behind. DRAM addresses are byte offsets from the
/// base of the window the program will run in.
/// </summary>
public sealed class VtaProgramBuilder
{
    private readonly VtaConfiguration configuration;
    private readonly VtaInstructionCodec codec;
    private readonly List<VtaInstruction> instructions = [];
    private readonly MicroOpAllocator microOps;
    private readonly ScratchpadAllocator scratchpads;

    /// <summary>Position of the latest instruction of each queue, or -1.</summary>
    private readonly int[] latest = [-1, -1, -1];

    /// <summary>Tokens the next instruction of each queue will wait for.</summary>
    private readonly VtaDependencies[] pending = new VtaDependencies[3];

    /// <summary>An empty program.</summary>
    /// <exception cref="VtaException">The configuration is impossible.</exception>
    public VtaProgramBuilder(VtaConfiguration configuration)
    {
        this.configuration = configuration.EnsureFeasible();
        codec = new VtaInstructionCodec(configuration);
        microOps = new MicroOpAllocator(configuration.UopDepth);
        scratchpads = new ScratchpadAllocator(configuration);
    }

    /// <summary>Instructions emitted so far.</summary>
    public int Count => instructions.Count;

    /// <summary>Loads a two-dimensional region. Goes to the load queue for activations and weights, else to compute.
    /// </summary>
    /// <param name="memory">Inp, Wgt, Acc or Acc8; micro-ops are loaded by the builder.</param>
    /// <param name="sramBase">First scratchpad element.</param>
    /// <param name="dramOffset">Bytes from the window's base; a multiple of the element's bytes.</param>
    /// <param name="ySize">Rows.</param>
    /// <param name="xSize">Elements per row.</param>
    /// <param name="xStride">Elements between row starts.</param>
    /// <param name="padding">Zeros around the region.</param>
    /// <param name="dependencies">Tokens.</param>
    /// <exception cref="VtaException">A value does not fit or the region leaves the scratchpad.</exception>
    public void Load2D(
        VtaMemoryId memory,
        int sramBase,
        long dramOffset,
        int ySize,
        int xSize,
        int xStride,
        VtaPadding padding = default,
        VtaDependencies dependencies = VtaDependencies.None)
    {
        if (memory is VtaMemoryId.Uop or VtaMemoryId.Out)
        {
            throw new VtaException(Count, $"LOAD of {memory}: expected Inp, Wgt, Acc or Acc8");
        }
        Add(new VtaLoad
        {
            Memory = memory,
            SramBase = sramBase,
            DramBase = ToElements(dramOffset, memory),
            YSize = ySize,
            XSize = xSize,
            XStride = xStride,
            YPadBefore = padding.Top,
            YPadAfter = padding.Bottom,
            XPadBefore = padding.Left,
            XPadAfter = padding.Right,
            Dependencies = dependencies,
        });
    }

    /// <summary>Stores consecutive output elements to a two-dimensional region.</summary>
    /// <param name="sramBase">First output element.</param>
    /// <param name="dramOffset">Bytes from the window's base; a multiple of the output element's bytes.</param>
    /// <param name="ySize">Rows.</param>
    /// <param name="xSize">Elements per row.</param>
    /// <param name="xStride">Elements between row starts.</param>
    /// <param name="dependencies">Tokens.</param>
    /// <exception cref="VtaException">A value does not fit or the region leaves the output buffer.</exception>
    public void Store2D(
        int sramBase,
        long dramOffset,
        int ySize,
        int xSize,
        int xStride,
        VtaDependencies dependencies = VtaDependencies.None) => Add(new VtaStore
        {
            Memory = VtaMemoryId.Out,
            SramBase = sramBase,
            DramBase = ToElements(dramOffset, VtaMemoryId.Out),
            YSize = ySize,
            XSize = xSize,
            XStride = xStride,
            Dependencies = dependencies,
        });

    /// <summary>Emits a GEMM over <paramref name="sequence"/>; the micro-op range of <paramref name="loop"/> is filled
    /// in.
    /// </summary>
    /// <exception cref="VtaException">A value does not fit or a step leaves a scratchpad.</exception>
    public void Gemm(VtaGemm loop, ReadOnlySpan<VtaMicroOp> sequence)
    {
        (int begin, int end) = Resident(sequence);
        VtaGemm gemm = loop with { UopBegin = begin, UopEnd = end };
        ProgramChecks.Loop(gemm, sequence, configuration, Count);
        Add(gemm);
    }

    /// <summary>Emits an ALU loop over <paramref name="sequence"/>; the micro-op range of <paramref name="loop"/> is
    /// filled in.</summary>
    /// <exception cref="VtaException">A value does not fit or a step leaves the accumulators.</exception>
    public void Alu(VtaAlu loop, ReadOnlySpan<VtaMicroOp> sequence)
    {
        (int begin, int end) = Resident(sequence);
        VtaAlu alu = loop with { UopBegin = begin, UopEnd = end };
        ProgramChecks.Loop(alu, sequence, configuration, Count);
        Add(alu);
    }

    /// <summary>Emits an instruction that only passes tokens in one queue.</summary>
    public void Synchronize(VtaQueue queue, VtaDependencies dependencies) => Add(queue switch
    {
        VtaQueue.Load => new VtaLoad { Memory = VtaMemoryId.Inp, Dependencies = dependencies },
        VtaQueue.Compute => new VtaLoad { Memory = VtaMemoryId.Uop, Dependencies = dependencies },
        _ => new VtaStore { Memory = VtaMemoryId.Out, Dependencies = dependencies },
    });

    /// <summary>Takes free elements of a scratchpad; micro-ops are placed by the builder itself.</summary>
    /// <param name="memory">Inp, Wgt or Acc.</param>
    /// <param name="elements">How many, side by side.</param>
    /// <returns>The first element.</returns>
    /// <exception cref="VtaException">There is no such gap; the message says how much is free.</exception>
    public int Allocate(VtaMemoryId memory, int elements) => scratchpads.Allocate(memory, elements, Count);

    /// <summary>Gives elements back, under the address that <see cref="Allocate"/> returned. Tokens must see to it that
    /// nothing still uses them when they are written next.</summary>
    /// <exception cref="VtaException">Nothing was allocated there.</exception>
    public void Free(VtaMemoryId memory, int sramBase) => scratchpads.Free(memory, sramBase, Count);

    /// <summary>Lets the latest instruction of one queue give a token to a neighbour when it is done.</summary>
    /// <exception cref="VtaException">The queues are not neighbours.</exception>
    public void Signal(VtaQueue from, VtaQueue to)
    {
        VtaDependencies flag = Direction(from, to, VtaDependencies.PushNext, VtaDependencies.PushPrevious);
        int index = latest[(int)from];
        if (index < 0 || instructions[index].Dependencies.HasFlag(flag))
        {
            Synchronize(from, flag);
        }
        else
        {
            AddDependencies(index, flag);
        }
    }

    /// <summary>Lets the next instruction of one queue wait for a token from a neighbour.</summary>
    /// <exception cref="VtaException">The queues are not neighbours.</exception>
    public void Await(VtaQueue from, VtaQueue to)
    {
        VtaDependencies flag = Direction(from, to, VtaDependencies.PopPrevious, VtaDependencies.PopNext);
        if (pending[(int)to].HasFlag(flag))
        {
            Synchronize(to, VtaDependencies.None);
        }
        pending[(int)to] |= flag;
    }

    /// <summary>Adds token flags to an instruction that was emitted before.</summary>
    /// <param name="index">Position: a value of <see cref="Count"/> before its emission, unless a micro-op load came
    /// first; use <see cref="LastIndex"/> after it.</param>
    /// <param name="dependencies">Flags to add.</param>
    public void AddDependencies(int index, VtaDependencies dependencies)
    {
        VtaInstruction before = instructions[index];
        instructions[index] = before with { Dependencies = before.Dependencies | dependencies };
    }

    /// <summary>Position of the latest instruction.</summary>
    public int LastIndex => instructions.Count - 1;

    /// <summary>Appends FINISH, validates, and places the program in its window.</summary>
    /// <param name="instructionOffset">Bytes from the window's base; a multiple of 16.</param>
    /// <param name="microOpOffset">Bytes from the window's base; a multiple of 4.</param>
    /// <exception cref="VtaException">The program would deadlock, leave tokens, or finish too early; or an offset is
    /// not aligned.</exception>
    public VtaProgram Build(long instructionOffset, long microOpOffset)
    {
        ProgramChecks.Offset("instruction", instructionOffset, VtaInstructionCodec.InstructionBytes);
        ProgramChecks.Offset("micro-op", microOpOffset, VtaInstructionCodec.MicroOpBytes);
        foreach (VtaQueue queue in Enum.GetValues<VtaQueue>())
        {
            if (pending[(int)queue] != VtaDependencies.None)
            {
                Synchronize(queue, VtaDependencies.None);
            }
        }
        var stream = new List<VtaInstruction>(instructions);
        uint first = (uint)(microOpOffset / VtaInstructionCodec.MicroOpBytes);
        foreach ((int index, int poolIndex) in microOps.Loads)
        {
            stream[index] = (VtaLoad)stream[index] with { DramBase = first + (uint)poolIndex };
        }
        stream.Add(new VtaFinish());
        ProgramChecks.Tokens(stream);
        ProgramChecks.CommandQueues(stream, configuration);
        return new VtaProgram(configuration, stream, EncodeMicroOps(), instructionOffset, microOpOffset);
    }

    /// <summary>Bytes the micro-ops of the program so far need.</summary>
    public int MicroOpBytes => microOps.Pool.Count * VtaInstructionCodec.MicroOpBytes;

    private (int Begin, int End) Resident(ReadOnlySpan<VtaMicroOp> sequence)
    {
        MicroOpAllocator.Placement place = microOps.Place(sequence, Count);
        if (place.MustLoad)
        {
            Add(new VtaLoad
            {
                Memory = VtaMemoryId.Uop,
                SramBase = place.SramBase,
                YSize = 1,
                XSize = sequence.Length,
                XStride = sequence.Length,
            });
        }
        return (place.SramBase, place.SramBase + sequence.Length);
    }

    private VtaDependencies Direction(VtaQueue from, VtaQueue to, VtaDependencies down, VtaDependencies up) =>
        ((int)to - (int)from) switch
        {
            1 => down,
            -1 => up,
            _ => throw new VtaException(Count, $"the {from} and {to} queues exchange no tokens"),
        };

    private void Add(VtaInstruction instruction)
    {
        int queue = (int)instruction.Queue;
        instruction = instruction with { Dependencies = instruction.Dependencies | pending[queue] };
        try
        {
            // Encoding now reports a value that does not fit at the call that gave it.
            Span<byte> scratch = stackalloc byte[VtaInstructionCodec.InstructionBytes];
            codec.Encode(instruction, scratch);
        }
        catch (VtaException e) when (e.InstructionIndex is null)
        {
            throw new VtaException(Count, e.Message);
        }
        if (instruction is VtaTransfer transfer)
        {
            ProgramChecks.Transfer(transfer, configuration, Count);
        }
        pending[queue] = VtaDependencies.None;
        latest[queue] = Count;
        instructions.Add(instruction);
    }

    private uint ToElements(long dramOffset, VtaMemoryId memory)
    {
        int bytes = configuration.ElementBytes(memory);
        if (dramOffset < 0 || dramOffset % bytes != 0 || dramOffset / bytes > uint.MaxValue)
        {
            throw new VtaException(Count, $"DRAM offset {dramOffset}: expected a multiple of {bytes} bytes in 32 bits");
        }
        return (uint)(dramOffset / bytes);
    }

    private byte[] EncodeMicroOps()
    {
        byte[] bytes = new byte[MicroOpBytes];
        for (int i = 0; i < microOps.Pool.Count; i++)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(i * 4), codec.EncodeMicroOp(microOps.Pool[i]));
        }
        return bytes;
    }
}

/// <summary>Zeros around a loaded region, in rows and elements (0..15 each).</summary>
public readonly record struct VtaPadding(int Top, int Bottom, int Left, int Right);
