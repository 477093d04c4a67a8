namespace FpgaEdge.Model;

/// <summary>Makes text from files fit to print: names in a damaged or hostile file may hold anything.</summary>
public static class SingleLine
{
    private const int MaxLength = 2000;

    /// <summary>
    /// The text with control characters and line separators replaced by a dot, cut where it is very long.
    /// </summary>
    public static string Of(string text)
    {
        bool clean = text.Length <= MaxLength && !text.Any(IsUnprintable);
        return clean ? text : string.Concat(text.Take(MaxLength).Select(c => IsUnprintable(c) ? '·' : c));
    }

    private static bool IsUnprintable(char c) => char.IsControl(c) || c is '\u2028' or '\u2029';
}
