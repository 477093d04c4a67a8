namespace FpgaEdge.Board;

/// <summary>A key file that cannot be used; the message is one line for the user and never holds any of the
/// key.</summary>
public sealed class KeyFileException(string message, Exception? cause = null) : Exception(message, cause);
