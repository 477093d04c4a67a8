using System.Text.Json;

namespace FpgaEdge.Board;

/// <summary>Figures that may be missing, in the reports of both programs: a number where there is one, otherwise null and never
/// a zero in its place.</summary>
internal static class OptionalNumber
{
    /// <summary>Writes a member that counts something.</summary>
    public static void WriteOptional(this Utf8JsonWriter json, string name, long? value)
    {
        if (value is long known)
        {
            json.WriteNumber(name, known);
        }
        else
        {
            json.WriteNull(name);
        }
    }

    /// <summary>Writes a member that was measured; what is not a number is missing.</summary>
    public static void WriteOptional(this Utf8JsonWriter json, string name, double? value)
    {
        if (value is double known && !double.IsNaN(known))
        {
            json.WriteNumber(name, known);
        }
        else
        {
            json.WriteNull(name);
        }
    }
}
