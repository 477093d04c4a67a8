using FpgaEdge.Model.Onnx;
using FpgaEdge.Model.Tflite;

namespace FpgaEdge.Model;

/// <summary>Reads a network file of any supported format, recognised by its content.</summary>
public static class ModelReader
{
    /// <summary>Largest file that is read: 1 GiB.</summary>
    public const long MaxFileBytes = 1L << 30;

    /// <summary>Reads a file and checks that every operator is supported.</summary>
    /// <exception cref="ModelFormatException">The file cannot be read or is not a well-formed model.</exception>
    /// <exception cref="UnsupportedModelException">Operators that are not supported; all of them are
    /// listed.</exception>
    public static Graph Read(string path) => Read(ReadFile(path), Path.GetFileName(path));

    /// <summary>The same from memory; <paramref name="name"/> stands for the file in error messages.</summary>
    public static Graph Read(ReadOnlySpan<byte> bytes, string name)
    {
        Graph graph = ReadUnchecked(bytes, name);
        OperatorSupport.Require(graph, name);
        return graph;
    }

    /// <summary>Reads a model without asking whether its operators are supported, to inspect it.</summary>
    public static Graph ReadUnchecked(ReadOnlySpan<byte> bytes, string name)
    {
        if (TfliteReader.Recognises(bytes))
        {
            return TfliteReader.Read(bytes, name);
        }
        if (bytes.Length == 0)
        {
            throw ModelFormatException.At(
                name, "offset 0", "an ONNX or TFLite model", "an empty file", "fetch it again");
        }
        return OnnxReader.Read(bytes, name);
    }

    /// <summary>The bytes of a model or data file, with the operating system's errors turned into one line.</summary>
    public static byte[] ReadFile(string path)
    {
        try
        {
            FileInfo info = new(path);
            if (info.Exists && info.Length > MaxFileBytes)
            {
                throw ModelFormatException.At(
                    path, "size", $"at most {MaxFileBytes} bytes", $"{info.Length}", "use a smaller file");
            }
            return File.ReadAllBytes(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentException
            or NotSupportedException)
        {
            bool missing = error is FileNotFoundException or DirectoryNotFoundException;
            throw ModelFormatException.At(
                path, "open", "a readable file", missing ? "no such file" : error.GetType().Name,
                "check the path and its permissions");
        }
    }

    /// <summary>One ONNX TensorProto, as in the <c>.pb</c> files of ONNX test data.</summary>
    public static Tensor ReadTensorProto(ReadOnlySpan<byte> bytes, string name) =>
        OnnxTensorReader.Read(new ProtobufReader(bytes, name, "TensorProto", 0)).Tensor;
}
