namespace FpgaEdge.Compiler;

/// <summary>
/// A network, or a part of one, that cannot be compiled for a target: a DMA window that is too small, an unknown
/// board. The message is one line for the user.
/// </summary>
public sealed class CompilerException(string message) : Exception(message);
