using FpgaEdge.Compiler.Lowering;
using FpgaEdge.Kernels;
using FpgaEdge.Model.Integer;
using FpgaEdge.Vta;

namespace FpgaEdge.Compiler.Stages;

/// <summary>
/// Runs the frames of one compiled stage on one machine. After the first frame, which packs the kernels' weights, no
/// call allocates. Not safe for concurrent use. After <see cref="Load"/>, the
/// window belongs to this stage.
/// </summary>
public sealed class StageExecutor
{
    private readonly CompiledStage stage;
    private readonly IStageMachine machine;
    private readonly TimeProvider? time;
    private readonly byte[]?[] tensors;
    private readonly KernelExecutor kernels;
    private readonly Dictionary<int, BlockedKernel> blockedKernels;
    private readonly long[] stepNs;
    private readonly int inputBytes;
    private readonly int outputBytes;
    private bool loaded;

    /// <summary>Allocates everything frames need.</summary>
    /// <param name="stage">The stage.</param>
    /// <param name="machine">Where it runs.</param>
    /// <param name="time">Measures steps; null when nobody asks.</param>
    /// <exception cref="CompilerException">The machine's window is too small, too high or badly aligned.</exception>
    public StageExecutor(CompiledStage stage, IStageMachine machine, TimeProvider? time = null)
    {
        this.stage = stage;
        this.machine = machine;
        this.time = time;
        stepNs = new long[stage.Steps.Length];
        inputBytes = stage.InputBytes;
        outputBytes = stage.OutputBytes;
        tensors = new byte[]?[stage.Graph.Tensors.Count];
        kernels = new KernelExecutor(stage.Graph);
        blockedKernels = stage.Steps.OfType<BlockedKernelStep>().ToDictionary(step => step.Node, step =>
            new BlockedKernel(stage.Graph, stage.Graph.Nodes[step.Node], stage.Target.Configuration));
        foreach (int tensor in DenseTensors(stage))
        {
            tensors[tensor] ??= new byte[stage.Graph.Tensors[tensor].ByteCount];
        }
        Check();
    }

    /// <summary>Measured time of each step of the last frame, in nanoseconds; zeros without a time
    /// provider.</summary>
    public ReadOnlySpan<long> StepNs => stepNs;

    /// <summary>Writes constants and programs into the window, once before the first frame.</summary>
    public void Load()
    {
        Span<byte> window = machine.Window;
        stage.Image.Span.CopyTo(window);
        var relocation = new ProgramRelocation(stage.Target.Configuration, machine.WindowAddress);
        foreach (ProgramPlace program in stage.Programs)
        {
            relocation.Apply(window.Slice(program.Offset, program.Count * VtaInstructionCodec.InstructionBytes));
        }
        loaded = true;
    }

    /// <summary>Computes one frame.</summary>
    /// <param name="inputs">The stage's input tensors, dense height × width × channel bytes, ascending and without
    /// gaps.</param>
    /// <param name="outputs">Receives the stage's output tensors in the same form.</param>
    /// <exception cref="ArgumentException">A length is not the stage's.</exception>
    /// <exception cref="InvalidOperationException"><see cref="Load"/> was not called.</exception>
    public void Execute(ReadOnlySpan<byte> inputs, Span<byte> outputs)
    {
        if (!loaded)
        {
            throw new InvalidOperationException("Load comes before the first frame");
        }
        TakeInputs(inputs);
        for (int i = 0; i < stage.Steps.Length; i++)
        {
            long start = time?.GetTimestamp() ?? 0;
            Run(stage.Steps[i]);
            stepNs[i] = time is null ? 0 : (long)time.GetElapsedTime(start).TotalNanoseconds;
        }
        GiveOutputs(outputs);
    }

    private void Run(StageStep step)
    {
        switch (step)
        {
            case ProgramStep program:
                machine.RunProgram(
                    checked((uint)(machine.WindowAddress + (ulong)program.InstructionOffset)),
                    (uint)program.InstructionCount, program.Cycles);
                break;
            case KernelStep kernel:
                kernels.Execute(kernel.Node, tensors);
                break;
            case BlockedKernelStep kernel:
                blockedKernels[kernel.Node].Execute(machine.Window, kernel.First, kernel.Second, kernel.Output);
                break;
            case PackStep pack:
                var convolution = (ConvolutionNode)stage.Graph.Nodes[pack.Node];
                new InputPacking(stage.Graph, convolution, stage.Target.Configuration).Pack(
                    tensors[convolution.Inputs[0]], machine.Window[pack.Offset..]);
                break;
            case RequantizeStep requantize:
                IntegerNode node = stage.Graph.Nodes[requantize.Node];
                new AccumulatorPlanes(stage.Graph.Tensors[node.Output], stage.Target.Configuration).Requantize(
                    (ConvolutionNode)node, machine.Window[requantize.Offset..], tensors[node.Output]);
                break;
            case ToBlockedStep conversion:
                Layout(conversion.Tensor).FromDense(
                    tensors[conversion.Tensor], machine.Window[conversion.Offset..]);
                break;
            case ToDenseStep conversion:
                Layout(conversion.Tensor).ToDense(
                    machine.Window[conversion.Offset..], tensors[conversion.Tensor]);
                break;
        }
    }

    private BlockedLayout Layout(int tensor) => new(stage.Graph.Tensors[tensor], stage.Target.Configuration);

    private void TakeInputs(ReadOnlySpan<byte> inputs)
    {
        if (inputs.Length != inputBytes)
        {
            throw new ArgumentException($"expected {inputBytes} bytes of inputs, found {inputs.Length}",
                nameof(inputs));
        }
        foreach (int tensor in stage.InputTensors)
        {
            int bytes = stage.Graph.Tensors[tensor].ByteCount;
            inputs[..bytes].CopyTo(tensors[tensor]);
            inputs = inputs[bytes..];
        }
    }

    private void GiveOutputs(Span<byte> outputs)
    {
        if (outputs.Length != outputBytes)
        {
            throw new ArgumentException($"expected {outputBytes} bytes of outputs, found {outputs.Length}",
                nameof(outputs));
        }
        foreach (int tensor in stage.OutputTensors)
        {
            byte[] source = tensors[tensor]!;
            source.CopyTo(outputs);
            outputs = outputs[source.Length..];
        }
    }

    private static IEnumerable<int> DenseTensors(CompiledStage stage)
    {
        IEnumerable<int> converted = stage.Steps.SelectMany(step => step switch
        {
            ToBlockedStep conversion => [conversion.Tensor],
            ToDenseStep conversion => [conversion.Tensor],
            RequantizeStep requantize => [stage.Graph.Nodes[requantize.Node].Output],
            PackStep pack => stage.Graph.Nodes[pack.Node].Inputs,
            KernelStep kernel => stage.Graph.Nodes[kernel.Node].Inputs.Append(stage.Graph.Nodes[kernel.Node].Output),
            _ => Enumerable.Empty<int>(),
        });
        return converted.Concat(stage.InputTensors).Concat(stage.OutputTensors);
    }

    private void Check()
    {
        if (machine.Window.Length < stage.WindowBytes)
        {
            throw new CompilerException(
                $"expected a DMA window of at least {stage.WindowBytes} bytes, found {machine.Window.Length}");
        }
        int alignment = stage.Target.Configuration.DramAlignment;
        ulong end = machine.WindowAddress + (ulong)stage.WindowBytes;
        if (machine.WindowAddress % (ulong)alignment != 0 || end > 1UL << 32)
        {
            throw new CompilerException($"DMA window at 0x{machine.WindowAddress:x}: expected an address that is a " +
                $"multiple of {alignment} with {stage.WindowBytes} bytes below 4 GiB");
        }
    }
}
