namespace FpgaEdge.Board;

/// <summary>A command line that cannot be used as given; the message is one line for the user.</summary>
public sealed class OptionException(string message) : Exception(message);
