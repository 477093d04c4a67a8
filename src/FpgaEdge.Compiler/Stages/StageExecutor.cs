using FpgaEdge.Compiler.Lowering;
using FpgaEdge.Kernels;
using FpgaEdge.Model.Integer;
using FpgaEdge.Vta;

namespace FpgaEdge.Compiler.Stages;

/// <summary>
/// Runs the frames of one compiled stage on one machine, one at a time or a batch together. After the first
/// frame, which packs the kernels' weights, no call allocates. Not safe for concurrent use. After <see
/// cref="Load"/>, the window belongs to this stage.
/// </summary>
public sealed class StageExecutor
{
    private readonly CompiledStage stage;
    private readonly IStageMachine machine;
    private readonly TimeProvider? time;
    private readonly int frames;

    /// <summary>Dense tensors by frame and number.</summary>
    private readonly byte[]?[][] tensors;
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
    /// <param name="frames">Frames computed together, each in a row of the accelerator's batch.</param>
    /// <exception cref="CompilerException">The machine's window is too small, too high or badly aligned.</exception>
    public StageExecutor(CompiledStage stage, IStageMachine machine, TimeProvider? time = null, int frames = 1)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(frames, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(frames, stage.Target.Configuration.Batch);
        this.stage = stage;
        this.machine = machine;
        this.time = time;
        this.frames = frames;
        stepNs = new long[stage.Steps.Length];
        inputBytes = frames * stage.InputBytes;
        outputBytes = frames * stage.OutputBytes;
        tensors = new byte[]?[frames][];
        kernels = new KernelExecutor(stage.Graph);
        blockedKernels = stage.Steps.OfType<BlockedKernelStep>().ToDictionary(step => step.Node, step =>
            new BlockedKernel(stage.Graph, stage.Graph.Nodes[step.Node], stage.Target.Configuration));
        int[] dense = [.. DenseTensors(stage)];
        for (int frame = 0; frame < frames; frame++)
        {
            tensors[frame] = new byte[]?[stage.Graph.Tensors.Count];
            foreach (int tensor in dense)
            {
                tensors[frame][tensor] ??= new byte[stage.Graph.Tensors[tensor].ByteCount];
            }
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

    /// <summary>Computes one frame, or as many as were asked for, together.</summary>
    /// <param name="inputs">Frame after frame, the stage's input tensors, dense height × width × channel bytes,
    /// ascending and without gaps.</param>
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
            case BlockedKernelStep kernel:
                blockedKernels[kernel.Node].Execute(machine.Window, kernel.First, kernel.Second, kernel.Output);
                break;
            default:
                for (int frame = 0; frame < frames; frame++)
                {
                    Run(step, tensors[frame], frame * stage.Target.Configuration.BlockIn);
                }
                break;
        }
    }

    /// <summary>A step of one frame.</summary>
    /// <param name="step">The step.</param>
    /// <param name="dense">The frame's dense tensors.</param>
    /// <param name="row">Bytes from the start of a blocked element to the frame's row.</param>
    private void Run(StageStep step, byte[]?[] dense, int row)
    {
        switch (step)
        {
            case KernelStep kernel:
                kernels.Execute(kernel.Node, dense);
                break;
            case PackStep pack:
                var convolution = (ConvolutionNode)stage.Graph.Nodes[pack.Node];
                new InputPacking(stage.Graph, convolution, stage.Target.Configuration).Pack(
                    dense[convolution.Inputs[0]], machine.Window[(pack.Offset + row)..]);
                break;
            case RequantizeStep requantize:
                IntegerNode node = stage.Graph.Nodes[requantize.Node];
                new AccumulatorPlanes(stage.Graph.Tensors[node.Output], stage.Target.Configuration).Requantize(
                    (ConvolutionNode)node, machine.Window[(requantize.Offset + row)..], dense[node.Output]);
                break;
            case ToBlockedStep conversion:
                Layout(conversion.Tensor).FromDense(
                    dense[conversion.Tensor], machine.Window[(conversion.Offset + row)..]);
                break;
            case ToDenseStep conversion:
                Layout(conversion.Tensor).ToDense(
                    machine.Window[(conversion.Offset + row)..], dense[conversion.Tensor]);
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
        foreach (byte[]?[] dense in tensors)
        {
            foreach (int tensor in stage.InputTensors)
            {
                int bytes = stage.Graph.Tensors[tensor].ByteCount;
                inputs[..bytes].CopyTo(dense[tensor]);
                inputs = inputs[bytes..];
            }
        }
    }

    private void GiveOutputs(Span<byte> outputs)
    {
        if (outputs.Length != outputBytes)
        {
            throw new ArgumentException($"expected {outputBytes} bytes of outputs, found {outputs.Length}",
                nameof(outputs));
        }
        foreach (byte[]?[] dense in tensors)
        {
            foreach (int tensor in stage.OutputTensors)
            {
                byte[] source = dense[tensor]!;
                source.CopyTo(outputs);
                outputs = outputs[source.Length..];
            }
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
