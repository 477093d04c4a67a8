using FpgaEdge.Vta.Simulation;

namespace FpgaEdge.Vta;

/// <summary>
/// Functional simulator: what the accelerator does to DRAM. Scratchpads and left-over tokens persist from run to run,
/// as in the hardware. Every program ends in a result or a <see cref="VtaException"/>; none hangs, and none touches
/// memory outside the window. Not safe for concurrent use.
/// </summary>
public sealed class VtaSimulator : IVtaAccelerator
{
    private readonly VtaInstructionCodec codec;
    private readonly Executor executor;
    private readonly VtaSimulatorOptions options;
    private VtaTokens tokens;

    /// <summary>A device with zeroed scratchpads and no tokens.</summary>
    /// <exception cref="VtaException">The configuration is impossible.</exception>
    public VtaSimulator(VtaConfiguration configuration, VtaSimulatorOptions? options = null)
    {
        Configuration = configuration.EnsureFeasible();
        this.options = options ?? VtaSimulatorOptions.Default;
        codec = new VtaInstructionCodec(configuration);
        executor = this.options.Semantics == VtaSemantics.Hardware
            ? new HardwareExecutor(configuration)
            : new ReferenceExecutor(configuration, codec, this.options.Kernel);
    }

    /// <summary>What is simulated.</summary>
    public VtaConfiguration Configuration { get; }

    /// <summary>Back to zeroed scratchpads and no tokens.</summary>
    public void Reset()
    {
        executor.Reset();
        tokens = default;
    }

    /// <summary>Runs the stream of <paramref name="instructionCount"/> instructions that lies in DRAM.</summary>
    /// <param name="dram">Bytes of the window; the only memory that is read or written.</param>
    /// <param name="dramBase">Physical address of the first byte.</param>
    /// <param name="instructionAddress">Physical address of the first instruction.</param>
    /// <param name="instructionCount">Instructions, FINISH included.</param>
    /// <exception cref="VtaException">The program is illegal, cannot finish, or leaves a memory; the message names the
    /// instruction. What executed before stays executed, and the tokens are as after <see cref="Reset"/>.</exception>
    public VtaRunResult Run(Span<byte> dram, uint dramBase, uint instructionAddress, int instructionCount)
    {
        if (instructionCount < 0)
        {
            throw new VtaException($"expected at least one instruction, found {instructionCount}");
        }
        return Run(dram, dramBase, ReadProgram(dram, dramBase, instructionAddress, (uint)instructionCount));
    }

    /// <summary>Reads and decodes a stream as the fetch module does.</summary>
    /// <exception cref="VtaException">Any of its bytes is outside the window.</exception>
    public VtaInstruction[] ReadProgram(
        ReadOnlySpan<byte> dram, uint dramBase, uint instructionAddress, uint instructionCount)
    {
        ulong offset = (ulong)instructionAddress - dramBase;
        ulong bytes = (ulong)instructionCount * VtaInstructionCodec.InstructionBytes;
        if (instructionAddress < dramBase || offset + bytes > (ulong)dram.Length)
        {
            throw new VtaException(0, $"{instructionCount} instructions at 0x{instructionAddress:X8} are outside the " +
                $"window 0x{dramBase:X8} + {dram.Length} bytes");
        }
        return codec.DecodeAll(dram.Slice((int)offset, (int)bytes));
    }

    /// <summary>Runs a decoded stream on the window.</summary>
    /// <inheritdoc cref="Run(Span{byte}, uint, uint, int)"/>
    public VtaRunResult Run(Span<byte> dram, uint dramBase, IReadOnlyList<VtaInstruction> instructions)
    {
        var window = new DramWindow(dram, dramBase);
        VtaTokens before = tokens;
        tokens = default;
        RefuseInvalid(instructions);
        TokenSchedule schedule = TokenSchedule.Create(instructions, before);
        executor.BeginRun();
        foreach (int index in schedule.Order)
        {
            executor.Execute(instructions[index], index, window);
        }
        tokens = schedule.Left;
        return new VtaRunResult(
            Counting.Count(Configuration, instructions),
            Notes(schedule, instructions),
            schedule.Peak,
            schedule.Left);
    }

    private void RefuseInvalid(IReadOnlyList<VtaInstruction> instructions)
    {
        long steps = 0;
        for (int i = 0; i < instructions.Count; i++)
        {
            switch (instructions[i])
            {
                case VtaInvalid invalid:
                    throw new VtaException(i, $"operation code {invalid.OpcodeBits}: expected 0..4");
                case VtaLoop loop:
                    steps += loop.StepCount;
                    if (steps > options.MaxSteps)
                    {
                        throw new VtaException(i, $"needs {steps} GEMM and ALU steps; the limit is {options.MaxSteps}");
                    }
                    break;
            }
        }
    }

    private VtaPortabilityNote[] Notes(TokenSchedule schedule, IReadOnlyList<VtaInstruction> instructions) =>
        options.Semantics == VtaSemantics.Hardware
            ? [.. executor.Portability, .. TokenPortability.Notes(schedule, instructions, Configuration)]
            : [];
}
