using System.Text.Json;

namespace FpgaEdge.Cli.Terminal;

/// <summary>What <c>--json</c> prints: one object on stdout whose first member is the schema's number.</summary>
internal static class JsonLine
{
    /// <summary>Prints an object.</summary>
    /// <param name="members">Writes its members.</param>
    public static void Print(Action<Utf8JsonWriter> members)
    {
        using (var writer = new Utf8JsonWriter(Console.OpenStandardOutput()))
        {
            writer.WriteStartObject();
            writer.WriteNumber("schema", 1);
            members(writer);
            writer.WriteEndObject();
        }
        Console.Out.WriteLine();
    }

    /// <summary>The option.</summary>
    public static System.CommandLine.Option<bool> Option() => new("--json") { Description = "One JSON object on stdout" };
}
