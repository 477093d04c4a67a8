namespace FpgaEdge.Model;

/// <summary>
/// A file is not a well-formed model (or test data) file. The message is one line: file, place, what was expected,
/// what was found and what to do next.
/// </summary>
public sealed class ModelFormatException : Exception
{
    /// <summary>An error with a complete one-line message.</summary>
    public ModelFormatException(string message)
        : base(SingleLine.Of(message))
    {
    }

    /// <summary>An error with a complete one-line message and its cause.</summary>
    public ModelFormatException(string message, Exception innerException)
        : base(SingleLine.Of(message), innerException)
    {
    }

    /// <summary>Composes the one line from its parts.</summary>
    /// <param name="file">Name of the file.</param>
    /// <param name="place">Offset and field.</param>
    /// <param name="expected">What should have been there.</param>
    /// <param name="found">What was there.</param>
    /// <param name="next">What the user can do.</param>
    public static ModelFormatException At(string file, string place, string expected, string found, string next) =>
        new($"{file}: {place}: expected {expected}, found {found}; {next}");
}
