using FpgaEdge.Model.Integer;

namespace FpgaEdge.Cli.Hosting;

/// <summary>Compares results with the golden interpreter, byte for byte.</summary>
internal sealed class Verification(IntegerGraph graph)
{
    /// <summary>What results are compared with, in words.</summary>
    public const string Reference = "golden interpreter";

    /// <summary>Frames that were compared.</summary>
    public int Compared { get; private set; }

    /// <summary>Frames whose bytes were the same.</summary>
    public int Identical { get; private set; }

    /// <summary>The first difference in words; null while there is none.</summary>
    public string? FirstDifference { get; private set; }

    /// <summary>Whether every frame was compared and was the same.</summary>
    public bool IsBitExact(int frames) => Compared == frames && Identical == frames;

    /// <summary>Compares many frames; the interpreter, which is slow on purpose, runs on all processors.</summary>
    /// <param name="name">A frame's name, for the report.</param>
    /// <param name="inputs">The network's inputs.</param>
    /// <param name="outputs">What the boards answered, in the same order.</param>
    /// <param name="progress">Told how many frames are done; from any thread.</param>
    /// <param name="cancellation">Ends the comparison.</param>
    public void CompareAll(
        Func<int, string> name, byte[][] inputs, byte[][] outputs, Action<int> progress, CancellationToken cancellation)
    {
        var expected = new byte[inputs.Length][];
        int done = 0;
        Parallel.For(0, inputs.Length, new ParallelOptions { CancellationToken = cancellation }, frame =>
        {
            expected[frame] = Golden(graph, inputs[frame]);
            progress(Interlocked.Increment(ref done));
        });
        for (int frame = 0; frame < inputs.Length; frame++)
        {
            CompareWith(name(frame), expected[frame], outputs[frame]);
        }
    }

    private void CompareWith(string name, byte[] expected, ReadOnlySpan<byte> output)
    {
        Compared++;
        int at = output.CommonPrefixLength(expected);
        if (at == expected.Length && at == output.Length)
        {
            Identical++;
            return;
        }
        FirstDifference ??= output.Length != expected.Length
            ? $"{name}: expected {expected.Length} bytes of output, found {output.Length}"
            : $"{name}: byte {at} of the output: expected {expected[at]}, found {output[at]}";
    }

    /// <summary>The output tensors in ascending order, one after the other, as the cluster gives them.</summary>
    private static byte[] Golden(IntegerGraph graph, byte[] input)
    {
        IReadOnlyList<byte[]> outputs = GoldenInterpreter.Run(graph, [input]);
        return [.. graph.Outputs.Zip(outputs).OrderBy(pair => pair.First).SelectMany(pair => pair.Second)];
    }
}
