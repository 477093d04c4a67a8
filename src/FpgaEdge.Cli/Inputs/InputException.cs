using System.Text;

namespace FpgaEdge.Cli.Inputs;

/// <summary>
/// An input (image, tensor, labels, preprocessing) that cannot be used. The message is one line: where, what was
/// expected, what was found, what to do next.
/// </summary>
public sealed class InputException : Exception
{
    /// <summary>The documented exit code of a bad input file.</summary>
    public const int BadFile = 3;

    /// <summary>The documented exit code of a bad option value.</summary>
    public const int BadUsage = 2;

    /// <summary>A bad file.</summary>
    /// <param name="file">Path or name, as the user knows it.</param>
    /// <param name="expected">What should have been there.</param>
    /// <param name="found">What is there.</param>
    /// <param name="next">What to do about it.</param>
    /// <param name="offset">Byte offset in the file, where one is known.</param>
    /// <param name="cause">The exception underneath, for debugging.</param>
    public InputException(
        string file, string expected, string found, string next, long? offset = null, Exception? cause = null)
        : this(BadFile, $"{file}: expected {expected}, found {found}{At(offset)}; {next}", cause)
    {
    }

    private InputException(int exitCode, string message, Exception? cause)
        : base(OneLine(message), cause) => ExitCode = exitCode;

    /// <summary>What the process should return: <see cref="BadFile"/> or <see cref="BadUsage"/>.</summary>
    public int ExitCode { get; }

    /// <summary>A bad value of an option.</summary>
    public static InputException Usage(string option, string expected, string found) =>
        new(BadUsage, $"{option}: expected {expected}, found '{found}'", null);

    private static string At(long? offset) => offset is null ? "" : $" at byte {offset}";

    // Parts of a message may come from a hostile file name or file: no control character reaches the terminal.
    private static string OneLine(string message)
    {
        var line = new StringBuilder(message.Length);
        foreach (char c in message)
        {
            line.Append(char.IsControl(c) ? '?' : c);
        }
        return line.ToString();
    }
}
