using System.Text.Json;
using System.Text.RegularExpressions;

namespace FpgaEdge.Hardware.Tests;

/// <summary>As much of JSON Schema (draft 2020-12) as bsp/board.schema.json uses; a keyword that it does not know is a
/// fault of the schema.</summary>
internal sealed class SchemaValidator(JsonElement root)
{
    private static readonly string[] Ignored = ["$schema", "$defs", "title", "description"];

    public IEnumerable<string> Faults(JsonElement value, JsonElement schema, string path)
    {
        foreach (JsonProperty keyword in schema.EnumerateObject().Where(keyword => !Ignored.Contains(keyword.Name)))
        {
            IEnumerable<string> faults = keyword.Name switch
            {
                "$ref" => Faults(value, Definition(keyword.Value.GetString()!), path),
                "type" => Check(IsOfType(value, keyword.Value.GetString()!), path, $"expected {keyword.Value}"),
                "const" => Check(keyword.Value.GetRawText() == value.GetRawText(), path, $"expected {keyword.Value}"),
                "enum" => Check(keyword.Value.EnumerateArray().Any(word => word.GetRawText() == value.GetRawText()), path, "no such word"),
                "pattern" => Check(Matches(value, keyword.Value.GetString()!), path, $"expected {keyword.Value}"),
                "minLength" => Check(
                    value.ValueKind != JsonValueKind.String || value.GetString()!.Length >= keyword.Value.GetInt32(), path, "too short"),
                "minimum" => Check(Number(value) is not double number || number >= keyword.Value.GetDouble(), path, "too small"),
                "maximum" => Check(Number(value) is not double number || number <= keyword.Value.GetDouble(), path, "too large"),
                "multipleOf" => Check(Number(value) is not double number || number % keyword.Value.GetDouble() == 0, path, "no multiple"),
                "required" => Missing(value, keyword.Value, path),
                "properties" => Members(value, keyword.Value, path),
                "additionalProperties" => Unknown(value, schema.GetProperty("properties"), path),
                "items" => Items(value, keyword.Value, path),
                "minItems" => Check(value.ValueKind != JsonValueKind.Array || value.GetArrayLength() >= keyword.Value.GetInt32(), path, "too few"),
                _ => throw new InvalidOperationException($"the schema uses {keyword.Name}, which is not known here"),
            };
            foreach (string fault in faults)
            {
                yield return fault;
            }
        }
    }

    private static string[] Check(bool condition, string path, string fault) => condition ? [] : [$"{path}: {fault}"];

    private static double? Number(JsonElement value) => value.ValueKind == JsonValueKind.Number ? value.GetDouble() : null;

    private static bool Matches(JsonElement value, string pattern) =>
        value.ValueKind != JsonValueKind.String || Regex.IsMatch(value.GetString()!, pattern);

    private static bool IsOfType(JsonElement value, string type) => type switch
    {
        "object" => value.ValueKind == JsonValueKind.Object,
        "array" => value.ValueKind == JsonValueKind.Array,
        "string" => value.ValueKind == JsonValueKind.String,
        "boolean" => value.ValueKind is JsonValueKind.True or JsonValueKind.False,
        "integer" => Number(value) is double number && number == Math.Floor(number),
        "number" => value.ValueKind == JsonValueKind.Number,
        _ => throw new InvalidOperationException($"the schema uses type {type}, which is not known here"),
    };

    private static IEnumerable<string> Missing(JsonElement value, JsonElement names, string path) =>
        value.ValueKind != JsonValueKind.Object
            ? []
            : names.EnumerateArray().Where(name => !value.TryGetProperty(name.GetString()!, out _)).Select(name => $"{path}: no {name}");

    private static IEnumerable<string> Unknown(JsonElement value, JsonElement properties, string path) =>
        value.ValueKind != JsonValueKind.Object
            ? []
            : value.EnumerateObject().Where(member => !properties.TryGetProperty(member.Name, out _))
                .Select(member => $"{path}: unknown {member.Name}");

    private JsonElement Definition(string reference) =>
        root.GetProperty("$defs").GetProperty(reference.Split('/')[^1]);

    private IEnumerable<string> Members(JsonElement value, JsonElement properties, string path) =>
        value.ValueKind != JsonValueKind.Object
            ? []
            : value.EnumerateObject().Where(member => properties.TryGetProperty(member.Name, out _))
                .SelectMany(member => Faults(member.Value, properties.GetProperty(member.Name), $"{path}.{member.Name}"));

    private IEnumerable<string> Items(JsonElement value, JsonElement schema, string path) =>
        value.ValueKind != JsonValueKind.Array
            ? []
            : value.EnumerateArray().SelectMany((item, i) => Faults(item, schema, $"{path}[{i}]"));
}
