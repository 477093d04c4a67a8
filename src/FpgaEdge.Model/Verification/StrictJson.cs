using System.Text.Json;

namespace FpgaEdge.Model.Verification;

/// <summary>
/// A JSON object whose fields are taken one by one; <see cref="Finish"/> refuses what nobody asked for. Errors name the
/// file and the path of the field.
/// </summary>
internal sealed class StrictJson
{
    private readonly string file;
    private readonly string path;
    private readonly JsonElement element;
    private readonly HashSet<string> taken = [];

    public StrictJson(string file, string path, JsonElement element)
    {
        this.file = file;
        this.path = path;
        this.element = element;
        if (element.ValueKind != JsonValueKind.Object)
        {
            throw Error("", "an object", $"{element.ValueKind}");
        }
    }

    /// <summary>Refuses fields that were not taken.</summary>
    public void Finish()
    {
        foreach (JsonProperty property in element.EnumerateObject())
        {
            if (!taken.Contains(property.Name))
            {
                throw Error(property.Name, "a known field", $"'{property.Name}'");
            }
        }
    }

    public bool Has(string field) => element.TryGetProperty(field, out _);

    public StrictJson Object(string field) => new(file, $"{path}.{field}", Take(field, JsonValueKind.Object));

    public StrictJson? OptionalObject(string field) => Has(field) ? Object(field) : null;

    public string Text(string field) => Take(field, JsonValueKind.String).GetString()!;

    public string? OptionalText(string field) => Has(field) ? Text(field) : null;

    public double Number(string field)
    {
        JsonElement value = Take(field, JsonValueKind.Number);
        return value.TryGetDouble(out double number) && double.IsFinite(number)
            ? number : throw Error(field, "a finite number", value.GetRawText());
    }

    public int Integer(string field) => ToInt(Take(field, JsonValueKind.Number), field);

    public int? OptionalInteger(string field) => Has(field) ? Integer(field) : null;

    public int[] Integers(string field)
    {
        JsonElement list = Take(field, JsonValueKind.Array);
        return [.. list.EnumerateArray().Select(item => ToInt(item, field))];
    }

    public float[] OptionalFloats(string field)
    {
        if (!Has(field))
        {
            return [];
        }
        JsonElement list = Take(field, JsonValueKind.Array);
        return [.. list.EnumerateArray().Select(item => item.ValueKind == JsonValueKind.Number
            && item.TryGetSingle(out float value) && float.IsFinite(value)
            ? value : throw Error(field, "finite numbers", item.GetRawText()))];
    }

    public string[] Texts(string field)
    {
        JsonElement list = Take(field, JsonValueKind.Array);
        return [.. list.EnumerateArray().Select(item => item.ValueKind == JsonValueKind.String
            ? item.GetString()! : throw Error(field, "texts", item.GetRawText()))];
    }

    public string[] OptionalTexts(string field) => Has(field) ? Texts(field) : [];

    public int[][]? OptionalIntegerLists(string field)
    {
        if (!Has(field))
        {
            return null;
        }
        JsonElement list = Take(field, JsonValueKind.Array);
        return [.. list.EnumerateArray().Select(inner => inner.ValueKind == JsonValueKind.Array
            ? inner.EnumerateArray().Select(item => ToInt(item, field)).ToArray()
            : throw Error(field, "lists of integers", inner.GetRawText()))];
    }

    public StrictJson[] Objects(string field)
    {
        JsonElement list = Take(field, JsonValueKind.Array);
        return [.. list.EnumerateArray().Select((item, i) => new StrictJson(file, $"{path}.{field}[{i}]", item))];
    }

    /// <summary>A relative path that stays inside the folder.</summary>
    public string RelativePath(string value, string field) =>
        value.Length == 0 || Path.IsPathRooted(value) || value.Split('/', '\\').Contains("..")
            ? throw Error(field, "a path inside the folder", $"'{value}'")
            : value;

    public ModelFormatException Error(string field, string expected, string found) => ModelFormatException.At(
        file, field.Length == 0 ? path : $"{path}.{field}", expected, found.Length > 80 ? found[..80] + "…" : found,
        "correct the file; CASES.md beside it says what the fields mean");

    private int ToInt(JsonElement item, string field) =>
        item.ValueKind == JsonValueKind.Number && item.TryGetInt32(out int value)
            ? value : throw Error(field, "an integer", item.GetRawText());

    private JsonElement Take(string field, JsonValueKind kind)
    {
        taken.Add(field);
        if (!element.TryGetProperty(field, out JsonElement value))
        {
            throw Error(field, $"a field of kind {kind}", "none");
        }
        return value.ValueKind == kind ? value : throw Error(field, $"{kind}", value.GetRawText());
    }
}
