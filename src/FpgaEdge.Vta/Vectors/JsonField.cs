using System.Text.Json;

namespace FpgaEdge.Vta.Vectors;

/// <summary>A JSON value that knows its path, so that every complaint says where.</summary>
internal readonly record struct JsonField(JsonElement Element, string Path)
{
    /// <summary>A member that must be there.</summary>
    public JsonField this[string key] =>
        Optional(key) ?? throw new VtaException($"{Path}: {key} is missing");

    /// <summary>A member that may be missing or null.</summary>
    public JsonField? Optional(string key)
    {
        if (Element.ValueKind != JsonValueKind.Object)
        {
            throw Expected("an object");
        }
        return TryGet(key, out JsonElement value) && value.ValueKind != JsonValueKind.Null
            ? new JsonField(value, $"{Path}.{key}")
            : null;
    }

    private bool TryGet(string key, out JsonElement value)
    {
        try
        {
            return Element.TryGetProperty(key, out value);
        }
        catch (InvalidOperationException)
        {
            throw new VtaException($"{Path}: expected member names, found escapes that are no characters");
        }
    }

    public IEnumerable<JsonField> Items()
    {
        if (Element.ValueKind != JsonValueKind.Array)
        {
            throw Expected("an array");
        }
        string path = Path;
        return Element.EnumerateArray().Select((value, index) => new JsonField(value, $"{path}[{index}]"));
    }

    public string Text()
    {
        if (Element.ValueKind != JsonValueKind.String)
        {
            throw Expected("a string");
        }
        try
        {
            return Element.GetString()!;
        }
        catch (InvalidOperationException)
        {
            // Escapes that are no characters pass the JSON parser.
            throw new VtaException($"{Path}: expected text, found escapes that are no characters");
        }
    }

    public bool Boolean() => Element.ValueKind switch
    {
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        _ => throw Expected("true or false"),
    };

    public int Int32(int minimum, int maximum) =>
        Element.ValueKind == JsonValueKind.Number && Element.TryGetInt32(out int value) &&
        value >= minimum && value <= maximum
            ? value
            : throw Expected($"an integer {minimum}..{maximum}");

    public long Int64() => Element.ValueKind == JsonValueKind.Number && Element.TryGetInt64(out long value)
        ? value
        : throw Expected("a 64-bit integer");

    public uint UInt32() => Element.ValueKind == JsonValueKind.Number && Element.TryGetUInt32(out uint value)
        ? value
        : throw Expected("an unsigned 32-bit integer");

    public ulong UInt64() => Element.ValueKind == JsonValueKind.Number && Element.TryGetUInt64(out ulong value)
        ? value
        : throw Expected("an unsigned 64-bit integer");

    private VtaException Expected(string what)
    {
        string found = Element.GetRawText();
        return new VtaException($"{Path}: expected {what}, found {(found.Length > 40 ? found[..40] + "…" : found)}");
    }
}
