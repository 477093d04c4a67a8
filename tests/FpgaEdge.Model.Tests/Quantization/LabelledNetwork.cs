using System.Text.Json;
using FpgaEdge.Model;

namespace FpgaEdge.Tests;

/// <summary>
/// One network of the shared data with its prepared inputs and accepted classes, as its case file describes them. Test
/// projects above the model link this file.
/// </summary>
internal sealed record LabelledNetwork(
    string Name, Graph Graph, IReadOnlyList<Tensor> Inputs, IReadOnlyList<int[]> Labels, JsonElement Case,
        string Folder)
{
    /// <summary>Loads a case; the test is skipped when the shared data is missing.</summary>
    public static LabelledNetwork Load(string name)
    {
        string path = SharedData.Require("data/cases.json");
        string folder = Path.GetDirectoryName(path)!;
        using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(path));
        JsonElement found = document.RootElement.GetProperty("cases").EnumerateArray()
            .First(entry => entry.GetProperty("name").GetString() == name).Clone();
        Graph graph = ModelReader.Read(Path.Combine(folder, found.GetProperty("model").GetString()!));
        JsonElement input = found.GetProperty("inputs")[0];
        List<float[]> sources = ReadSource(folder, input.GetProperty("source"), out int channels);
        JsonElement convert = input.GetProperty("convert");
        int[] shape = Ints(convert.GetProperty("shape"));
        Tensor[] inputs = [.. sources.Select(source => Prepare(source, convert, channels, shape))];
        int[][] labels = found.TryGetProperty("labels", out JsonElement lists)
            ? [.. lists.EnumerateArray().Select(Ints)] : [];
        return new LabelledNetwork(name, graph, inputs, labels, found, folder);
    }

    /// <summary>The stored outputs as bytes of one frame each.</summary>
    public IReadOnlyList<byte[]> Expected()
    {
        JsonElement expected = Case.GetProperty("expected");
        byte[] bytes = File.ReadAllBytes(Path.Combine(Folder, expected.GetProperty("file").GetString()!));
        int size = bytes.Length / Inputs.Count;
        return [.. Enumerable.Range(0, Inputs.Count).Select(i => bytes.AsSpan(i * size, size).ToArray())];
    }

    /// <summary>
    /// Cases whose best elements include an accepted class; of equal elements the lower index comes first.
    /// </summary>
    public int CountTop(IReadOnlyList<float[]> outputs, int best) =>
        Enumerable.Range(0, outputs.Count).Count(i => Labels[i].Any(label => Rank(outputs[i], label) < best));

    private static int Rank(float[] output, int label) =>
        output.Where((value, i) => value > output[label] || (value == output[label] && i < label)).Count();

    private static List<float[]> ReadSource(string folder, JsonElement source, out int channels)
    {
        if (source.GetProperty("kind").GetString() == "images")
        {
            List<(float[] Pixels, int Channels)> images =
                [.. source.GetProperty("files").EnumerateArray().Select(file => ReadImage(Path.Combine(folder,
                    file.GetString()!)))];
            channels = images[0].Channels;
            return [.. images.Select(image => image.Pixels)];
        }
        int[] shape = Ints(source.GetProperty("shape"));
        byte[] bytes = File.ReadAllBytes(Path.Combine(folder, source.GetProperty("file").GetString()!));
        int count = shape.Skip(1).Aggregate(1, (a, b) => a * b);
        channels = shape[^1];
        ElementType type = source.GetProperty("dtype").GetString() switch
        {
            "uint8" => ElementType.UInt8,
            "int8" => ElementType.Int8,
            _ => ElementType.Float32,
        };
        int size = count * type.SizeBytes();
        return [.. Enumerable.Range(0, shape[0]).Select(i =>
            Tensor.FromLittleEndian(type, [count], bytes.AsSpan(i * size, size)).ToFloats())];
    }

    private static (float[] Pixels, int Channels) ReadImage(string path)
    {
        byte[] bytes = File.ReadAllBytes(path);
        int channels = bytes[1] == (byte)'6' ? 3 : 1;
        int at = 2;
        int[] header = new int[3];
        for (int i = 0; i < 3; i++)
        {
            while (!char.IsAsciiDigit((char)bytes[at]))
            {
                at++;
            }
            for (; char.IsAsciiDigit((char)bytes[at]); at++)
            {
                header[i] = (header[i] * 10) + bytes[at] - '0';
            }
        }
        return (Array.ConvertAll(bytes[(at + 1)..], value => (float)value), channels);
    }

    private static Tensor Prepare(float[] source, JsonElement convert, int channels, int[] shape)
    {
        float[] values = [.. source];
        bool reverse = convert.TryGetProperty("channels", out JsonElement order) && order.GetString() == "bgr";
        float[] subtract = convert.TryGetProperty("subtract", out JsonElement s) ? Floats(s) : [0];
        float[] divide = convert.TryGetProperty("divide", out JsonElement d) ? Floats(d) : [1];
        for (int i = 0; i < values.Length; i++)
        {
            int c = i % channels;
            float value = reverse ? source[i - c + channels - 1 - c] : source[i];
            values[i] = (value - subtract[subtract.Length == 1 ? 0 : c]) / divide[divide.Length == 1 ? 0 : c];
        }
        if (convert.TryGetProperty("quantize", out JsonElement quantize))
        {
            float scale = quantize.GetProperty("scale").GetSingle();
            int zeroPoint = quantize.GetProperty("zero_point").GetInt32();
            int low = convert.GetProperty("dtype").GetString() == "int8" ? -128 : 0;
            values = Array.ConvertAll(values, v => Math.Clamp(MathF.Round(v / scale) + zeroPoint, low, low + 255));
        }
        if (convert.GetProperty("layout").GetString() == "NCHW")
        {
            int pixels = values.Length / channels;
            values = [.. Enumerable.Range(0, values.Length).Select(i => values[(i % pixels * channels)
                + (i / pixels)])];
        }
        return convert.GetProperty("dtype").GetString() switch
        {
            "int8" => Tensor.Of(Array.ConvertAll(values, v => (sbyte)v), shape),
            "uint8" => Tensor.Of(Array.ConvertAll(values, v => (byte)v), shape),
            _ => Tensor.Of(values, shape),
        };
    }

    private static int[] Ints(JsonElement list) => [.. list.EnumerateArray().Select(entry => entry.GetInt32())];

    private static float[] Floats(JsonElement list) => [.. list.EnumerateArray().Select(entry => entry.GetSingle())];
}
