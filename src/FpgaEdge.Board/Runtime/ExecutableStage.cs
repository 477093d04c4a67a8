using FpgaEdge.Cluster;
using FpgaEdge.Compiler;
using FpgaEdge.Compiler.Stages;
using FpgaEdge.Planning;
using FpgaEdge.Planning.Deadlines;

namespace FpgaEdge.Board;

/// <summary>A stage of a plan in its part of the DMA window, ready for frames.</summary>
internal sealed class ExecutableStage : LoadedStage, IStageMachine
{
    private readonly BoardAccelerator accelerator;
    private readonly int length;
    private readonly (int Offset, int ByteCount) activations;
    private readonly StageExecutor executor;
    private readonly CompiledStage software;
    private readonly FrameCost[] costs;
    private StageExecutor? softwareExecutor;

    /// <summary>Writes the stage's programs and constants into its part of the window.</summary>
    /// <param name="stage">The compiled stage.</param>
    /// <param name="software">The same nodes, all of them on the cores.</param>
    /// <param name="accelerator">Where it runs.</param>
    /// <param name="offset">First byte of its part.</param>
    /// <exception cref="CompilerException">The part does not suit the stage.</exception>
    public ExecutableStage(CompiledStage stage, CompiledStage software, BoardAccelerator accelerator, long offset)
    {
        this.accelerator = accelerator;
        Offset = offset;
        length = (int)stage.WindowBytes;
        this.software = software;
        costs = [CostOf(stage), CostOf(software)];
        executor = new StageExecutor(stage, this);
        executor.Load();
        // Constants and programs stay as they are now; what changes from frame to frame lies behind them.
        accelerator.Dma.GiveToAccelerator((int)Offset, length);
        activations = ((int)Offset + stage.Image.Length, length - stage.Image.Length);
    }

    /// <inheritdoc />
    public override long Offset { get; }

    /// <inheritdoc />
    public override ReadOnlySpan<FrameCost> Costs => costs;

    /// <inheritdoc />
    public Span<byte> Window => accelerator.Dma.Span.Slice((int)Offset, length);

    /// <inheritdoc />
    public ulong WindowAddress => accelerator.Dma.PhysicalBase + (ulong)Offset;

    /// <inheritdoc />
    public override void Execute(ComputeResourceKind resource, in FrameWork work)
    {
        if (resource == ComputeResourceKind.Accelerator)
        {
            executor.Execute(work.Input.Span, work.Output.Span);
            return;
        }
        if (softwareExecutor is null)
        {
            // Most stages never need it, and it holds a second copy of the activations.
            softwareExecutor = new StageExecutor(software, new NoAccelerator());
            softwareExecutor.Load();
        }
        softwareExecutor.Execute(work.Input.Span, work.Output.Span);
    }

    /// <inheritdoc />
    public void RunProgram(uint instructionAddress, uint instructionCount, long modelledCycles) =>
        accelerator.Run(instructionAddress, (int)instructionCount, modelledCycles, activations);

    /// <summary>Time and energy by the compiler's model: programs on the accelerator, everything else on a core.</summary>
    private static FrameCost CostOf(CompiledStage stage)
    {
        AssumptionSet assume = DeadlineAssumptions.Default;
        long programsNs = stage.Steps.OfType<ProgramStep>().Sum(step => step.ModelledNs);
        long energy = (programsNs * assume["VTA busy power"]) + ((stage.ModelledNs - programsNs) * assume["core busy power"]);
        return new FrameCost(stage.ModelledNs, energy, stage.WindowBytes);
    }

    /// <summary>For stages without a program.</summary>
    private sealed class NoAccelerator : IStageMachine
    {
        public Span<byte> Window => [];

        public ulong WindowAddress => 0;

        public void RunProgram(uint instructionAddress, uint instructionCount, long modelledCycles) =>
            throw new InvalidOperationException("a stage in software has no programs");
    }
}
