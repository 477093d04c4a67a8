using FpgaEdge.Cli.Images.Flash;
using FpgaEdge.Hardware;

namespace FpgaEdge.Board.Tests;

/// <summary>A card in a file that loses its power at a write: of that one some sectors arrive, of later ones nothing.</summary>
internal sealed class CutCard(string path, int cutAt = int.MaxValue, int tornSectors = 0) : ICardDevice
{
    private readonly CardDevice card = new(path);

    public string Name => path;

    public long Bytes => card.Bytes;

    /// <summary>Writes so far.</summary>
    public int Writes { get; private set; }

    public void Write(long offset, ReadOnlySpan<byte> bytes)
    {
        Writes++;
        if (Writes < cutAt)
        {
            card.Write(offset, bytes);
            return;
        }
        if (Writes == cutAt && tornSectors > 0)
        {
            using var torn = new CardBuffer(bytes.Length);
            card.Read(offset, torn.Span);
            bytes[..Math.Min(bytes.Length, tornSectors * CardTable.SectorBytes)].CopyTo(torn.Span);
            card.Write(offset, torn.Span);
        }
        throw new HardwareException("card: No such device");
    }

    public void Read(long offset, Span<byte> bytes) => card.Read(offset, bytes);

    public void Flush() => card.Flush();

    public void Dispose() => card.Dispose();
}
