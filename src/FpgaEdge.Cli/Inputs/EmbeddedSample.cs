namespace FpgaEdge.Cli.Inputs;

/// <summary>
/// The sample network that lies in this program: handwritten-looking digits, 28 × 28 grey, ten classes. Made and
/// trained by
/// <c>samples/Train</c>.
/// </summary>
public static class EmbeddedSample
{
    /// <summary>The network's file name.</summary>
    public const string ModelName = "digits.onnx";

    /// <summary>Height × width × channels of the network's input.</summary>
    public static InputShape InputShape { get; } = new(28, 28, 1);

    /// <summary>The network as an ONNX file.</summary>
    public static byte[] Model() => Resource(ModelName);

    /// <summary>How the network wants its pictures.</summary>
    public static Preprocessing Preprocessing() =>
        PreprocessingFile.Parse(Resource("digits.preprocess.json"), "digits.preprocess.json");

    /// <summary>200 pictures that took no part in training.</summary>
    public static InputSet HeldOut() => Pictures("digits_u8.bin");

    /// <summary>The right class of each held-out picture.</summary>
    public static ExpectedClasses HeldOutClasses() =>
        ExpectedClasses.Parse(Resource("digits_labels.txt"), "digits_labels.txt");

    /// <summary>Pictures to choose quantisation ranges with; none of them is held out.</summary>
    public static InputSet Calibration() => Pictures("digits_calibration_u8.bin");

    private static InputSet Pictures(string name)
    {
        int[] shape = [InputShape.Height, InputShape.Width, InputShape.Channels];
        return InputSet.FromMemory(name, Resource(name), new RawFormat(shape, RawType.UInt8));
    }

    private static byte[] Resource(string name)
    {
        using Stream stream = typeof(EmbeddedSample).Assembly.GetManifestResourceStream(name)
            ?? throw new InvalidOperationException($"resource {name} is missing from this build");
        var content = new byte[stream.Length];
        stream.ReadExactly(content);
        return content;
    }
}
