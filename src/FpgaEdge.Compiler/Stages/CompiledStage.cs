using System.Collections.Immutable;
using FpgaEdge.Model.Integer;

namespace FpgaEdge.Compiler.Stages;

/// <summary>Nodes [FirstNode, LastNode) of a network, ready to run on one kind of board.</summary>
public sealed class CompiledStage
{
    /// <summary>The network.</summary>
    public required IntegerGraph Graph { get; init; }

    /// <summary>Index of the first node.</summary>
    public required int FirstNode { get; init; }

    /// <summary>One past the last node.</summary>
    public required int LastNode { get; init; }

    /// <summary>What it was compiled for.</summary>
    public required StageTarget Target { get; init; }

    /// <summary>Tensors that arrive, ascending.</summary>
    public required ImmutableArray<int> InputTensors { get; init; }

    /// <summary>Tensors that leave, ascending.</summary>
    public required ImmutableArray<int> OutputTensors { get; init; }

    /// <summary>In order of execution.</summary>
    public required ImmutableArray<StageStep> Steps { get; init; }

    /// <summary>
    /// Constants and programs as they lie at the start of a DMA window at physical address 0: weights, biases,
    /// micro-ops, instruction streams.
    /// </summary>
    public required ReadOnlyMemory<byte> Image { get; init; }

    /// <summary>Instruction streams in <see cref="Image"/>, whose addresses <see cref="StageExecutor.Load"/> moves to
    /// the window.
    /// </summary>
    public required ImmutableArray<ProgramPlace> Programs { get; init; }

    /// <summary>Bytes of the DMA window in use, image and activations.</summary>
    public required long WindowBytes { get; init; }

    /// <summary>One entry per node, in order.</summary>
    public required ImmutableArray<NodeReport> Nodes { get; init; }

    /// <summary>Bytes of a frame's inputs.</summary>
    public int InputBytes => StageCut.ByteCount(Graph, InputTensors);

    /// <summary>Bytes of a frame's outputs.</summary>
    public int OutputBytes => StageCut.ByteCount(Graph, OutputTensors);

    /// <summary>Modelled time of a frame.</summary>
    public long ModelledNs => Steps.Sum(step => step.ModelledNs);

    /// <summary>Modelled cycles of the accelerator for a frame.</summary>
    public long ModelledCycles => Steps.OfType<ProgramStep>().Sum(step => step.Cycles);
}

/// <summary>Where an instruction stream lies in the window.</summary>
/// <param name="Offset">Bytes from the start of the window.</param>
/// <param name="Count">Instructions.</param>
public readonly record struct ProgramPlace(int Offset, int Count);

/// <summary>How one node runs.</summary>
/// <param name="Node">Its index.</param>
/// <param name="OnVta">Whether the accelerator runs it.</param>
/// <param name="Schedule">The schedule chosen, or why the cores run it; for people.</param>
/// <param name="Cycles">Modelled cycles of the accelerator; 0 on the cores.</param>
/// <param name="MultiplierCycles">Least cycles the multiplier array needs; without padding where the schedule skips
/// it.</param>
/// <param name="AluCycles">Cycles of the ALU.</param>
/// <param name="DmaCycles">Cycles of the memory port.</param>
/// <param name="ModelledNs">Modelled time, changes of layout included.</param>
/// <param name="WeightBytes">Bytes of constants and programs in the DMA window.</param>
public sealed record NodeReport(
    int Node, bool OnVta, string Schedule, long Cycles, long MultiplierCycles, long AluCycles, long DmaCycles,
    long ModelledNs, long WeightBytes);
