using FpgaEdge.Compiler;
using FpgaEdge.Compiler.Stages;

namespace FpgaEdge.Board;

/// <summary>A stage of a plan in its part of the DMA window, ready for frames.</summary>
internal sealed class LoadedStage : IStageMachine
{
    private readonly BoardAccelerator accelerator;
    private readonly int length;
    private readonly StageExecutor executor;

    /// <summary>Writes the stage's programs and constants into its part of the window.</summary>
    /// <param name="stage">The compiled stage.</param>
    /// <param name="accelerator">Where it runs.</param>
    /// <param name="offset">First byte of its part.</param>
    /// <exception cref="CompilerException">The part does not suit the stage.</exception>
    public LoadedStage(CompiledStage stage, BoardAccelerator accelerator, long offset)
    {
        this.accelerator = accelerator;
        Offset = offset;
        length = (int)stage.WindowBytes;
        Stage = stage;
        executor = new StageExecutor(stage, this);
        executor.Load();
    }

    /// <summary>What is loaded.</summary>
    public CompiledStage Stage { get; }

    /// <summary>Where in the DMA window.</summary>
    public long Offset { get; }

    /// <inheritdoc />
    public Span<byte> Window => accelerator.Dma.Span.Slice((int)Offset, length);

    /// <inheritdoc />
    public ulong WindowAddress => accelerator.Dma.PhysicalBase + (ulong)Offset;

    /// <summary>Computes one frame; see <see cref="StageExecutor.Execute"/>.</summary>
    public void Execute(ReadOnlySpan<byte> input, Span<byte> output) => executor.Execute(input, output);

    /// <inheritdoc />
    public void RunProgram(uint instructionAddress, uint instructionCount, long modelledCycles) =>
        accelerator.Run(instructionAddress, (int)instructionCount, modelledCycles);
}
