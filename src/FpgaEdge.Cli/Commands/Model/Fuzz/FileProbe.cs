using FpgaEdge.Board;
using FpgaEdge.Compiler;
using FpgaEdge.Compiler.Packages;
using FpgaEdge.Compiler.Stages;
using FpgaEdge.Hardware;
using FpgaEdge.Kernels;
using FpgaEdge.Model;
using FpgaEdge.Model.Integer;
using FpgaEdge.Model.Quantization;

namespace FpgaEdge.Cli.Commands.Model.Fuzz;

/// <summary>How one file ended.</summary>
/// <param name="ExitCode">What the program would end with.</param>
/// <param name="Problem">What was wrong with that; null when nothing was.</param>
/// <param name="Seconds">Processor time.</param>
/// <param name="AllocatedBytes">Everything allocated on the way.</param>
internal sealed record ProbeResult(int ExitCode, string? Problem, double Seconds, long AllocatedBytes);

/// <summary>
/// Does with a file what the verbs do: reads it, infers shapes, imports or quantises, writes a package, compiles and
/// runs, and compares kernels with the golden interpreter. What takes time in proportion to the network (calibration,
/// execution) is left out where the file describes a large network.
/// </summary>
internal static class FileProbe
{
    /// <summary>Most processor time for one file.</summary>
    public const double MaximumSeconds = 1;

    /// <summary>Most bytes allocated for one file, whether they live at the same time or not.</summary>
    public const long MaximumAllocatedBytes = 2L << 30;

    /// <summary>The limit that the garbage collector is given for all that lives.</summary>
    public const long HeapLimitBytes = 2L << 30;

    private const double SmallNetworkOperations = 2e7;
    private const int SmallNetworkNodes = 200;

    private static readonly StageTarget Target = Board();

    /// <summary>Processes one file.</summary>
    public static ProbeResult Run(byte[] file)
    {
        TimeSpan before = Environment.CpuUsage.TotalTime;
        long allocated = GC.GetAllocatedBytesForCurrentThread();
        Exception? failure = null;
        try
        {
            Process(file);
        }
        catch (Exception error)
        {
            failure = error;
        }
        double seconds = (Environment.CpuUsage.TotalTime - before).TotalSeconds;
        long bytes = GC.GetAllocatedBytesForCurrentThread() - allocated;
        return Judge(failure, seconds, bytes);
    }

    /// <summary>What an end is worth.</summary>
    internal static ProbeResult Judge(Exception? failure, double seconds, long bytes)
    {
        int code = failure is null ? ExitCode.Ok : Failures.CodeOf(failure);
        string? problem = code is not (ExitCode.Ok or ExitCode.BadInputFile) ? $"ended with {failure}"
            : failure is not null && failure.Message.AsSpan().ContainsAny('\n', '\r') ? $"more than one line: {failure.Message}"
            : seconds > MaximumSeconds ? $"took {seconds:0.00} s"
            : bytes > MaximumAllocatedBytes ? $"allocated {bytes >> 20} MiB"
            : null;
        return new ProbeResult(code, problem, seconds, bytes);
    }

    private static void Process(byte[] file)
    {
        if (file.AsSpan().StartsWith("FEPK"u8))
        {
            Execute(Package.Read(file).Graph);
            return;
        }
        Graph network = ModelReader.Read(file, "damaged");
        double operations = ShapeInference.Operations(network);
        IntegerGraph graph;
        if (IntegerImporter.IsQuantized(network))
        {
            graph = IntegerImporter.Import(network);
        }
        else if (operations <= SmallNetworkOperations && network.Nodes.Count <= SmallNetworkNodes)
        {
            graph = Quantizer.Quantize(network, [Frame(network)]);
        }
        else
        {
            GraphSimplifier.Simplify(network);
            return;
        }
        byte[] package = new Package(graph, InputPreprocessing.None, [], Provenance.Unknown).Write();
        Execute(Package.Read(package).Graph);
    }

    private static Dictionary<string, Tensor> Frame(Graph network)
    {
        var frame = new Dictionary<string, Tensor>();
        foreach (TensorInfo input in network.Inputs)
        {
            int[] dims = Array.ConvertAll(input.Dims.ToArray(), size => Math.Max(size, 1));
            Tensor tensor = Tensor.Create(input.Type, dims);
            if (input.Type == ElementType.Float32)
            {
                Span<float> values = tensor.Data<float>();
                for (int i = 0; i < values.Length; i++)
                {
                    values[i] = (i % 17 / 8f) - 1;
                }
            }
            frame[input.Name] = tensor;
        }
        return frame;
    }

    private static void Execute(IntegerGraph graph)
    {
        if (IntegerGraphValidator.Operations(graph) > SmallNetworkOperations || graph.Nodes.Count > SmallNetworkNodes
            || graph.Tensors.Sum(tensor => (long)tensor.ByteCount) > SmallNetworkOperations)
        {
            return;
        }
        StageCompiler.Compile(graph, 0, graph.Nodes.Count, Target);
        byte[][] inputs = [.. graph.Inputs.Select(index => new byte[graph.Tensors[index].ByteCount])];
        for (int i = 0; i < inputs.Length; i++)
        {
            new Random(i).NextBytes(inputs[i]);
        }
        IReadOnlyList<byte[]> golden = GoldenInterpreter.Run(graph, inputs);
        IReadOnlyList<byte[]> kernels = KernelExecutor.Run(graph, inputs);
        for (int i = 0; i < golden.Count; i++)
        {
            if (!golden[i].AsSpan().SequenceEqual(kernels[i]))
            {
                throw new InvalidOperationException($"output {i} of the kernels differs from the golden interpreter's");
            }
        }
    }

    private static StageTarget Board()
    {
        AcceleratorDescription accelerator = BuiltInBoard.Description.Accelerator;
        return StageTarget.For(BuiltInBoard.Description.Name, accelerator.Configuration.BitstreamName,
            accelerator.ClockHertz, BuiltInBoard.Description.Dma.ByteCount, accelerator.Configuration.Isa);
    }
}
