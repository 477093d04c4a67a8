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

    /// <summary>Compares one frame.</summary>
    /// <param name="name">The case's name, for the report.</param>
    /// <param name="input">The network's input.</param>
    /// <param name="output">What the boards answered: the output tensors in ascending order, one after the other.</param>
    public void Compare(string name, byte[] input, ReadOnlySpan<byte> output)
    {
        byte[] expected = Golden(input);
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
    private byte[] Golden(byte[] input)
    {
        IReadOnlyList<byte[]> outputs = GoldenInterpreter.Run(graph, [input]);
        return [.. graph.Outputs.Zip(outputs).OrderBy(pair => pair.First).SelectMany(pair => pair.Second)];
    }
}
