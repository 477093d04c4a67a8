using System.Text;

namespace FpgaEdge.Cli.Inputs;

/// <summary>
/// Names of a network's classes: a text file with one name per line, in the order of the network's output.
/// </summary>
public sealed class ClassNames
{
    private readonly string[] names;

    private ClassNames(string[] names) => this.names = names;

    /// <summary>Number of names.</summary>
    public int Count => names.Length;

    /// <summary>The name of a class, or null where the file has no line for it.</summary>
    public string? this[int classIndex] => classIndex >= 0 && classIndex < names.Length ? names[classIndex] : null;

    /// <summary>Reads a file; a WordNet number in front of a name ("n01440764 tench") is left out.</summary>
    /// <exception cref="InputException">Missing, too large, or no text.</exception>
    public static ClassNames Read(string path) => Parse(InputFile.ReadAll(path, InputLimits.MaxTextBytes), path);

    /// <summary>Reads the content of such a file.</summary>
    /// <exception cref="InputException">No text.</exception>
    public static ClassNames Parse(ReadOnlyMemory<byte> text, string name) =>
        new([.. TextLines(text, name).Select(WithoutWordNetNumber)]);

    internal static string[] TextLines(ReadOnlyMemory<byte> text, string name)
    {
        ReadOnlyMemory<byte> plain = PreprocessingFile.WithoutByteOrderMark(text);
        if (plain.Span.Contains((byte)0))
        {
            throw new InputException(name, "text", "binary data", "give a text file", plain.Span.IndexOf((byte)0));
        }
        string[] lines = Encoding.UTF8.GetString(plain.Span).Split('\n');
        int count = lines.Length;
        while (count > 0 && string.IsNullOrWhiteSpace(lines[count - 1]))
        {
            count--;
        }
        return [.. lines.Take(count).Select(line => line.Trim())];
    }

    private static string WithoutWordNetNumber(string line)
    {
        bool numbered = line.Length > 10 && line[0] == 'n' && line[9] == ' '
            && line.AsSpan(1, 8).IndexOfAnyExceptInRange('0', '9') < 0;
        return numbered ? line[10..] : line;
    }
}
