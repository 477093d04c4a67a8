namespace FpgaEdge.Hardware;

/// <summary>Something of the board cannot be used: a device file, a mapping, a region. The message is one line for the
/// user.</summary>
public sealed class HardwareException(string message) : Exception(message);
