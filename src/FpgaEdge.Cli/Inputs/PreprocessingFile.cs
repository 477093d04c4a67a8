using System.Text.Json;

namespace FpgaEdge.Cli.Inputs;

/// <summary>
/// The small file beside a model: <c>net.onnx</c> has <c>net.preprocess.json</c>, an object with any of
/// <c>"channels":"rgb|bgr|gray|auto"</c>, <c>"subtract":</c> number or numbers, <c>"divide":</c> number or numbers,
/// <c>"resize":"none|stretch|crop"</c> or the shorter side in pixels.
/// </summary>
public static class PreprocessingFile
{
    private const string Fields = "channels, subtract, divide, resize";

    /// <summary>Where the file of a model lies.</summary>
    public static string PathFor(string modelPath) => Path.ChangeExtension(modelPath, ".preprocess.json");

    /// <summary>The file beside a model, or the default where there is none.</summary>
    /// <exception cref="InputException">The file is there and not good.</exception>
    public static Preprocessing LoadFor(string modelPath)
    {
        string path = PathFor(modelPath);
        return File.Exists(path)
            ? Parse(InputFile.ReadAll(path, InputLimits.MaxTextBytes), path)
            : Preprocessing.Default;
    }

    /// <summary>Reads the content of such a file.</summary>
    /// <exception cref="InputException">Not JSON, an unknown field or a bad value.</exception>
    public static Preprocessing Parse(ReadOnlyMemory<byte> json, string name)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(WithoutByteOrderMark(json));
            return FromObject(document.RootElement, name);
        }
        catch (JsonException error)
        {
            throw new InputException(
                name, "a JSON object", $"no valid JSON in line {error.LineNumber + 1}",
                "example: {\"channels\":\"bgr\",\"subtract\":[104,117,123]}", null, error);
        }
        catch (InvalidOperationException error)
        {
            // Text that is valid JSON but not valid Unicode surfaces only when it is read.
            throw new InputException(
                name, "valid text", "a string that is not Unicode", "write it again as UTF-8", null, error);
        }
    }

    internal static ReadOnlyMemory<byte> WithoutByteOrderMark(ReadOnlyMemory<byte> text) =>
        text.Span.StartsWith((ReadOnlySpan<byte>)[0xEF, 0xBB, 0xBF]) ? text[3..] : text;

    private static Preprocessing FromObject(JsonElement root, string name)
    {
        if (root.ValueKind != JsonValueKind.Object)
        {
            throw Bad(name, "one object", root.ValueKind.ToString());
        }
        Preprocessing result = Preprocessing.Default;
        var seen = new HashSet<string>();
        foreach (JsonProperty field in root.EnumerateObject())
        {
            if (!seen.Add(field.Name))
            {
                throw Bad(name, "every field once", $"{field.Name} again");
            }
            result = field.Name switch
            {
                "channels" => result with { Channels = Channels(field.Value, name) },
                "subtract" => result with { Subtract = Numbers(field, name) },
                "divide" => result with { Divide = Numbers(field, name) },
                "resize" => result with { Resize = Resize(field.Value, name) },
                _ => throw Bad(name, $"the fields {Fields}", $"'{field.Name}'"),
            };
        }
        return result;
    }

    private static ChannelOrder Channels(JsonElement value, string name) =>
        value.ValueKind == JsonValueKind.String
            && Preprocessing.TryParseChannels(value.GetString()!, out ChannelOrder order)
            ? order
            : throw Bad(name, "channels rgb, bgr, gray or auto", Shown(value));

    private static ResizePolicy Resize(JsonElement value, string name)
    {
        string text = value.ValueKind == JsonValueKind.String ? value.GetString()! : value.GetRawText();
        return ResizePolicy.TryParse(text, out ResizePolicy policy)
            ? policy
            : throw Bad(name, "resize none, stretch, crop or the shorter side in pixels", Shown(value));
    }

    private static float[] Numbers(JsonProperty field, string name)
    {
        JsonElement value = field.Value;
        JsonElement[] elements = value.ValueKind == JsonValueKind.Array ? [.. value.EnumerateArray()] : [value];
        var numbers = new float[elements.Length];
        for (int i = 0; i < elements.Length; i++)
        {
            bool good = elements[i].ValueKind == JsonValueKind.Number && elements[i].TryGetSingle(out numbers[i])
                && float.IsFinite(numbers[i]) && !(field.Name == "divide" && numbers[i] == 0f);
            if (!good)
            {
                string kind = field.Name == "divide" ? "number or numbers other than 0" : "number or numbers";
                throw Bad(name, $"{field.Name} as a {kind}", Shown(value));
            }
        }
        return numbers;
    }

    private static string Shown(JsonElement value)
    {
        string text = value.GetRawText();
        return text.Length <= 40 ? text : text[..40] + "...";
    }

    private static InputException Bad(string name, string expected, string found) =>
        new(name, expected, found, $"correct the file (fields: {Fields})");
}
