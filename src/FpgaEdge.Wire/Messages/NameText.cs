namespace FpgaEdge.Wire;

/// <summary>
/// Names on the wire: at most <see cref="WireLimits.NameBytes"/> of printable ASCII, because tools show them on terminals
/// whoever sent them.
/// </summary>
public static class NameText
{
    private const byte FirstPrintable = (byte)' ';
    private const byte LastPrintable = (byte)'~';

    /// <summary>True when the text is short enough and printable.</summary>
    public static bool IsValid(ReadOnlySpan<byte> text) => text.Length <= WireLimits.NameBytes
        && !text.ContainsAnyExceptInRange(FirstPrintable, LastPrintable);

    internal static void Write(ref MessagePackWriter writer, ReadOnlySpan<byte> text)
    {
        writer.WriteStringHeader(text.Length);
        writer.WriteRaw(text);
    }

    internal static bool TryRead(ref MessagePackReader reader, out ReadOnlySpan<byte> text) =>
        reader.TryReadStringSpan(out text) && IsValid(text);
}
