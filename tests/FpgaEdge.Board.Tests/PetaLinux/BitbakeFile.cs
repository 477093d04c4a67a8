using System.Text.RegularExpressions;

namespace FpgaEdge.Board.Tests;

/// <summary>
/// A file of a Yocto layer, read as far as bitbake's grammar goes without bitbake: assignments, inherit and require, functions
/// in shell. Anything else is a fault.
/// </summary>
/// <remarks>BitBake User Manual, chapter 3, "Syntax and Operators".</remarks>
internal sealed partial class BitbakeFile
{
    private BitbakeFile(string path) => Path = path;

    /// <summary>Where it is.</summary>
    public string Path { get; }

    /// <summary>What is assigned, in order: variable without its overrides, operator, value.</summary>
    public List<(string Name, string Operator, string Value)> Assignments { get; } = [];

    /// <summary>What it inherits.</summary>
    public List<string> Classes { get; } = [];

    /// <summary>What it requires.</summary>
    public List<string> Required { get; } = [];

    /// <summary>Its functions' bodies, by name.</summary>
    public Dictionary<string, string> Functions { get; } = [];

    /// <summary>What cannot be read: line and reason.</summary>
    public List<string> Faults { get; } = [];

    /// <summary>All values and function bodies, where variables are used.</summary>
    public string Used => string.Join('\n', Assignments.Select(entry => entry.Value).Concat(Functions.Values));

    /// <summary>The words that are assigned to a variable, in whatever way.</summary>
    public string[] Words(string name) =>
        [.. Assignments.Where(entry => entry.Name == name).SelectMany(entry => entry.Value.Split(' ', '\t', '\n'))
            .Where(word => word.Length > 0)];

    /// <summary>Reads a file.</summary>
    public static BitbakeFile Read(string path) => Parse(path, File.ReadAllText(path));

    /// <summary>Reads a text.</summary>
    public static BitbakeFile Parse(string path, string text)
    {
        var file = new BitbakeFile(path);
        string[] lines = text.ReplaceLineEndings("\n").Split('\n');
        for (int i = 0; i < lines.Length; i++)
        {
            int start = i;
            string line = lines[i];
            while (line.EndsWith('\\') && i + 1 < lines.Length)
            {
                line = $"{line[..^1]}\n{lines[++i]}";
            }
            if (FunctionStart().Match(line) is { Success: true } function)
            {
                i = file.TakeFunction(lines, i, function.Groups["name"].Value);
            }
            else if (line.Trim().Length > 0 && line[0] != '#' && !file.TakeStatement(line))
            {
                file.Faults.Add($"{path}({start + 1}): neither an assignment nor anything else that bitbake reads: {line}");
            }
        }
        return file;
    }

    private int TakeFunction(string[] lines, int start, string name)
    {
        int end = Array.FindIndex(lines, start + 1, line => line == "}");
        if (end < 0)
        {
            Faults.Add($"{Path}({start + 1}): {name} has no end, a line of only '}}'");
            return lines.Length;
        }
        Functions[name] = string.Join('\n', lines[(start + 1)..end]);
        return end;
    }

    private bool TakeStatement(string line)
    {
        if (Directive().Match(line) is { Success: true } directive)
        {
            (directive.Groups["verb"].Value == "inherit" ? Classes : Required).AddRange(directive.Groups["words"].Value.Split(' '));
            return true;
        }
        Match assignment = Assignment().Match(line);
        if (assignment.Success)
        {
            Assignments.Add((assignment.Groups["name"].Value, assignment.Groups["operator"].Value, assignment.Groups["value"].Value));
        }
        return assignment.Success;
    }

    [GeneratedRegex(@"^(?<name>[a-z_]+(:(append|prepend))?)\s*\(\)\s*\{$")]
    private static partial Regex FunctionStart();

    [GeneratedRegex(@"^(?<verb>inherit|require|include) (?<words>\S.*)$")]
    private static partial Regex Directive();

    [GeneratedRegex(
        @"^(?<name>[A-Za-z0-9_-]+)(:[a-z$\{\}A-Z0-9_-]+)*(\[[a-z]+\])?" +
        """\s*(?<operator>\?\?=|\?=|:=|\+=|=\+|\.=|=\.|=)\s*"(?<value>[^"]*)"\s*$""")]
    private static partial Regex Assignment();
}
