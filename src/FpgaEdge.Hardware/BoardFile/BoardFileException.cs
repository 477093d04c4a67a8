namespace FpgaEdge.Hardware;

/// <summary>A board file that cannot be used: names the file, the line, the place inside the document and the
/// reason.</summary>
public sealed class BoardFileException : Exception
{
    /// <summary>An error at one place of the document.</summary>
    /// <param name="file">The file as the user named it.</param>
    /// <param name="line">Line of the value at fault, from 1.</param>
    /// <param name="path">Where in the document, for example <c>$.dma.base</c>.</param>
    /// <param name="reason">What was expected and what was found.</param>
    public BoardFileException(string file, int line, string path, string reason)
        : base($"{file}({line}): {path}: {reason}")
    {
        File = file;
        Line = line;
        Path = path;
    }

    /// <summary>An error of the whole file.</summary>
    public BoardFileException(string file, string reason)
        : base($"{file}: {reason}")
    {
        File = file;
        Path = "$";
    }

    /// <summary>The file as the user named it.</summary>
    public string File { get; }

    /// <summary>Line of the value at fault, from 1; 0 when the whole file is at fault.</summary>
    public int Line { get; }

    /// <summary>Where in the document the value is, for example <c>$.dma.base</c>.</summary>
    public string Path { get; }
}
