using System.Text.Json;

namespace FpgaEdge.Cli.Reports;

/// <summary>A board's answer to a command, as people read it; the same for every command and every way it came.</summary>
internal static class AnswerText
{
    /// <summary>Prints an answer as it came, or one name and value per line.</summary>
    public static void Print(string answer, bool json)
    {
        if (json)
        {
            Console.Out.WriteLine(answer);
            return;
        }
        using JsonDocument document = JsonDocument.Parse(answer);
        foreach (JsonProperty property in document.RootElement.EnumerateObject().Where(property => property.Name != "schema"))
        {
            Print(property.Name, property.Value, "");
        }
    }

    private static void Print(string name, JsonElement value, string indent)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Object:
                Console.Out.WriteLine($"{indent}{name}:");
                foreach (JsonProperty property in value.EnumerateObject())
                {
                    Print(property.Name, property.Value, indent + "  ");
                }
                break;
            case JsonValueKind.Array:
                Console.Out.WriteLine($"{indent}{name}:{(value.GetArrayLength() == 0 ? " none" : "")}");
                foreach (JsonElement item in value.EnumerateArray())
                {
                    Print("-", item, indent + "  ");
                }
                break;
            default:
                string text = value.ValueKind == JsonValueKind.Null ? "n/a" : value.ToString();
                Console.Out.WriteLine(text.Contains('\n')
                    ? $"{indent}{name}:\n{indent}  {text.Replace("\n", $"\n{indent}  ")}"
                    : $"{indent}{name}: {text}");
                break;
        }
    }
}
