using FpgaEdge.Hardware;

namespace FpgaEdge.Cli.Images.Flash;

/// <summary>Where on one card an image goes, and what of it differs on this card.</summary>
/// <param name="Device">The card.</param>
/// <param name="BaseBytes">Where the image's first byte goes.</param>
/// <param name="OldSurvives">Whether the system that is on the card boots until the new one is whole.</param>
/// <param name="HadSystem">Whether there is a system of ours on the card.</param>
/// <param name="Identity">The card's own identity; null keeps the image's.</param>
internal sealed record CardPlan(ICardDevice Device, long BaseBytes, bool OldSurvives, bool HadSystem, byte[]? Identity)
{
    // New systems start at multiples of 4 MiB, the erase block of common cards.
    private const long BaseUnitSectors = (4 << 20) / CardTable.SectorBytes;

    /// <summary>Chooses the place: beside the old system if there is one and room for both.</summary>
    /// <exception cref="CliException">The card is too small.</exception>
    public static CardPlan Make(ICardDevice device, ImageSource image, CardIdentity? identity)
    {
        if (device.Bytes < image.Map.ImageBytes)
        {
            throw new CliException(ExitCode.Usage,
                $"{device.Name}: expected a card of at least {image.Map.ImageBytes} bytes, found {device.Bytes}; use a larger card");
        }
        if (identity is not null && image.IdentityOffset is null)
        {
            throw new CliException(ExitCode.Usage, $"{image.File}: expected an image with an identity that can be changed, found none; " +
                "leave --name, --cluster and --address away, or build the image with 'fpgaedge image build'");
        }
        using var head = new CardBuffer(DirectFile.Alignment);
        device.Read(0, head.Span);
        CardTable? old = CardTable.Read(head.Span);
        long place = 0;
        bool survives = false;
        if (old is not null && image.Table is not null)
        {
            long sectors = image.Map.ImageBytes / CardTable.SectorBytes;
            long behind = (old.End + BaseUnitSectors - 1) / BaseUnitSectors * BaseUnitSectors;
            survives = old.Base >= sectors || (behind + sectors) * CardTable.SectorBytes <= device.Bytes;
            place = !survives || old.Base >= sectors ? 0 : behind * CardTable.SectorBytes;
        }
        return new CardPlan(device, place, survives, old is not null, identity?.Encode());
    }

    /// <summary>Changes a piece of the image into what this card gets.</summary>
    public void Adapt(ImageSource image, long offset, Span<byte> piece)
    {
        if (Identity is not null && image.IdentityOffset is long at)
        {
            Overlay(Identity, at, offset, piece);
        }
        const int sector = CardTable.SectorBytes;
        if (image.Table is CardTable table && CardTable.HasLoader(image.Head) && offset == 0)
        {
            table.Moved(BaseBytes / sector).WriteLoader(piece[sector..]);
        }
    }

    /// <summary>Sector 0 of this card: what makes it start the image.</summary>
    public byte[] BootSector(ImageSource image)
    {
        byte[] boot = image.Head[..CardTable.SectorBytes];
        image.Table?.Moved(BaseBytes / CardTable.SectorBytes).Write(boot);
        return boot;
    }

    private static void Overlay(byte[] bytes, long at, long offset, Span<byte> piece)
    {
        long from = Math.Max(at, offset);
        long to = Math.Min(at + bytes.Length, offset + piece.Length);
        if (from < to)
        {
            bytes.AsSpan((int)(from - at), (int)(to - from)).CopyTo(piece[(int)(from - offset)..]);
        }
    }
}
