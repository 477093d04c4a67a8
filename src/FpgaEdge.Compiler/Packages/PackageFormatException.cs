namespace FpgaEdge.Compiler.Packages;

/// <summary>A package file that is truncated, altered or not a package. The message is one line for the
/// user.</summary>
public sealed class PackageFormatException : Exception
{
    /// <summary>States what was expected and found at a byte of the file.</summary>
    public PackageFormatException(long offset, string message)
        : base($"package: byte {offset}: {message}")
    {
        Offset = offset;
    }

    /// <summary>Where in the file, from its first byte.</summary>
    public long Offset { get; }
}
