using FpgaEdge.Hardware;

namespace FpgaEdge.Cli.Images.Flash;

/// <summary>What a card is written through. Offsets and lengths are multiples of 4096 bytes.</summary>
internal interface ICardDevice : IDisposable
{
    /// <summary>As the user names it.</summary>
    string Name { get; }

    /// <summary>Size.</summary>
    long Bytes { get; }

    /// <summary>Writes.</summary>
    void Write(long offset, ReadOnlySpan<byte> bytes);

    /// <summary>Reads what the device has, past every cache of this machine.</summary>
    void Read(long offset, Span<byte> bytes);

    /// <summary>Waits until the device has everything.</summary>
    void Flush();
}

/// <summary>A card in a reader, or a file that stands for one.</summary>
internal sealed class CardDevice(string path, bool readOnly = false) : ICardDevice
{
    private readonly DirectFile file = DirectFile.Open(path, readOnly);

    public string Name => path;

    public long Bytes => file.Bytes;

    public void Write(long offset, ReadOnlySpan<byte> bytes) => file.Write(offset, bytes);

    public void Read(long offset, Span<byte> bytes) => file.Read(offset, bytes);

    public void Flush() => file.Flush();

    public void Dispose() => file.Dispose();
}
