using System.Globalization;
using System.Text.Json;

namespace FpgaEdge.Cli.Inputs;

/// <summary>
/// Which classes are right for which case, to count accuracy. Three forms of file: lines with the accepted
/// classes of one case each ("7", "281 282"; an empty line says nothing about its case); CSV with a header that has a
/// column <c>label</c>, and <c>index</c> (case number) or <c>file</c>, <c>name</c> or <c>input</c> (case name), or
/// neither for the order of the rows; a JSON object from case name to a class, a list of classes, or an object with
/// such a list as <c>accepted</c>.
/// </summary>
public sealed class ExpectedClasses
{
    private readonly Dictionary<int, int[]> byIndex = [];
    private readonly Dictionary<string, int[]> byName = new(StringComparer.Ordinal);
    private readonly string name;

    private ExpectedClasses(string name) => this.name = name;

    /// <summary>Number of cases that the file speaks of.</summary>
    public int Count => byIndex.Count + byName.Count;

    /// <summary>Reads a file.</summary>
    /// <exception cref="InputException">Missing, too large, or of none of the three forms.</exception>
    public static ExpectedClasses Read(string path) => Parse(InputFile.ReadAll(path, InputLimits.MaxTextBytes), path);

    /// <summary>Reads the content of such a file.</summary>
    /// <exception cref="InputException">Of none of the three forms.</exception>
    public static ExpectedClasses Parse(ReadOnlyMemory<byte> text, string name)
    {
        var result = new ExpectedClasses(name);
        string[] lines = ClassNames.TextLines(text, name);
        if (lines.Any(line => line.Length > 0) && lines.First(line => line.Length > 0)[0] == '{')
        {
            result.FromJson(PreprocessingFile.WithoutByteOrderMark(text));
            return result;
        }
        string[] header = lines.Length == 0 ? [] : lines[0].Split(',');
        if (Array.IndexOf(header, "label") >= 0)
        {
            result.FromTable(lines, header);
            return result;
        }
        for (int i = 0; i < lines.Length; i++)
        {
            result.AddIndexed(i, result.Classes(lines[i], i), i);
        }
        return result;
    }

    /// <summary>The accepted classes of a case; empty where the file says nothing about it.</summary>
    /// <param name="index">Position in the input set.</param>
    /// <param name="caseName">Name in the input set; its last path component counts, with or without the
    /// extension.</param>
    public IReadOnlyList<int> For(int index, string caseName)
    {
        if (byIndex.TryGetValue(index, out int[]? classes))
        {
            return classes;
        }
        string file = Path.GetFileName(caseName);
        return byName.TryGetValue(caseName, out classes) || byName.TryGetValue(file, out classes)
            || byName.TryGetValue(Path.GetFileNameWithoutExtension(file), out classes) ? classes : [];
    }

    private void FromTable(string[] lines, string[] header)
    {
        int label = Array.IndexOf(header, "label");
        int index = Array.IndexOf(header, "index");
        int key = Array.FindIndex(header, column => column is "file" or "name" or "input");
        for (int line = 1; line < lines.Length; line++)
        {
            string[] cells = lines[line].Split(',');
            if (cells.Length != header.Length)
            {
                throw Bad(line, $"{header.Length} columns", $"{cells.Length}");
            }
            int[] classes = Classes(cells[label], line);
            if (index >= 0 || key < 0)
            {
                AddIndexed(index < 0 ? line - 1 : Number(cells[index], line), classes, line);
            }
            else if (!byName.TryAdd(cells[key].Trim(), classes))
            {
                throw Bad(line, "every case once", $"'{cells[key]}' again");
            }
        }
    }

    private void AddIndexed(int index, int[] classes, int line)
    {
        if (!byIndex.TryAdd(index, classes))
        {
            throw Bad(line, "every case once", $"case {index} again");
        }
    }

    private void FromJson(ReadOnlyMemory<byte> text)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(text);
            foreach (JsonProperty item in document.RootElement.EnumerateObject())
            {
                JsonElement value = item.Value;
                if (value.ValueKind == JsonValueKind.Object && !value.TryGetProperty("accepted", out value))
                {
                    throw new InputException(name, "'accepted' in every object", $"none for '{item.Name}'", "add it");
                }
                byName[item.Name] = value.ValueKind == JsonValueKind.Array
                    ? [.. value.EnumerateArray().Select(element => element.GetInt32())]
                    : [value.GetInt32()];
            }
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or FormatException)
        {
            throw new InputException(
                name, "a JSON object from case names to class numbers", "something else",
                "example: {\"cat.ppm\":281,\"dog.ppm\":[207,208]}", null, error);
        }
    }

    private int[] Classes(string text, int line) =>
        [.. text.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(word => Number(word, line))];

    private int Number(string text, int line) =>
        int.TryParse(text.Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out int number)
            ? number
            : throw Bad(line, "class and case numbers", $"'{text}'");

    private InputException Bad(int line, string expected, string found) =>
        new(name, $"{expected} in line {line + 1}", found,
            "give lines of class numbers, or a CSV with a column 'label'");
}
