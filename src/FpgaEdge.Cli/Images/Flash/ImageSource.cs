using System.Text;
using FpgaEdge.Hardware;

namespace FpgaEdge.Cli.Images.Flash;

/// <summary>
/// An image that is to be written: a file, compressed or not, with the block map that lies beside it. It is read from
/// front to back, as often as needed.
/// </summary>
internal sealed class ImageSource
{

    private ImageSource(string file, BlockMap map, byte[] head, long? identityOffset)
    {
        File = file;
        Map = map;
        Head = head;
        IdentityOffset = identityOffset;
        Table = CardTable.Read(head);
    }

    /// <summary>The image's file.</summary>
    public string File { get; }

    /// <summary>What of it is to be written.</summary>
    public BlockMap Map { get; }

    /// <summary>Its first 4096 bytes.</summary>
    public byte[] Head { get; }

    /// <summary>Where the identity is that each card has of its own; null for an image of another kind.</summary>
    public long? IdentityOffset { get; }

    /// <summary>Its partitions; null for an image of another kind.</summary>
    public CardTable? Table { get; }

    /// <summary>Opens an image.</summary>
    /// <param name="file">The image.</param>
    /// <param name="everyBlock">Whether to write blocks too that nothing uses.</param>
    /// <exception cref="CliException">It cannot be read, or its map is of another image.</exception>
    public static ImageSource Open(string file, bool everyBlock = false)
    {
        (Stream stream, bool plain) = Compressed.Open(file);
        using (stream)
        {
            string[] names = [file + ".bmap", Path.ChangeExtension(file, ".bmap")];
            string? mapFile = names.FirstOrDefault(System.IO.File.Exists);
            BlockMap? map = mapFile is null ? null : BlockMap.Read(mapFile);
            byte[] head = new byte[DirectFile.Alignment];
            int read = stream.ReadAtLeast(head, head.Length, throwOnEndOfStream: false);
            if (read < head.Length)
            {
                throw new CliException(ExitCode.BadInputFile,
                    $"{file}: expected a card image, found {read} bytes; make one with 'fpgaedge image build'");
            }
            CardTable? table = CardTable.Read(head);
            long? identity = table is null ? null : FindIdentity(stream, table.Boot);
            long length = plain ? stream.Length : map?.ImageBytes ?? Measure(file);
            if (map is not null && map.ImageBytes != length)
            {
                throw new CliException(ExitCode.BadInputFile,
                    $"{mapFile}: expected the map of an image of {length} bytes, found one of {map.ImageBytes}; delete it to write every block");
            }
            return new ImageSource(file, map is null || everyBlock ? BlockMap.Everything(length) : map, head, identity);
        }
    }

    /// <summary>Gives all mapped bytes in order, in pieces that are multiples of 4096 bytes.</summary>
    /// <param name="pieceBytes">Largest piece.</param>
    /// <param name="buffer">Gives the memory for the next piece.</param>
    /// <param name="take">Takes a piece: its offset in the image, and its bytes; a cut last block is padded with zeros.</param>
    public void Read(int pieceBytes, Func<CardBuffer> buffer, Action<long, CardBuffer, int> take)
    {
        try
        {
            ReadAll(pieceBytes, buffer, take);
        }
        catch (InvalidDataException e)
        {
            throw new CliException(ExitCode.BadInputFile, $"{File}: expected a whole compressed image, found damage ({e.Message}); copy it again");
        }
    }

    private void ReadAll(int pieceBytes, Func<CardBuffer> buffer, Action<long, CardBuffer, int> take)
    {
        (Stream stream, bool plain) = Compressed.Open(File);
        using (stream)
        {
            long position = 0;
            foreach (MappedRun run in Map.Runs)
            {
                long offset = run.First * BlockMap.BlockBytes;
                Skip(stream, plain, position, offset);
                for (long left = Map.BytesOf(run); left > 0;)
                {
                    int count = (int)Math.Min(left, pieceBytes);
                    int padded = (count + BlockMap.BlockBytes - 1) / BlockMap.BlockBytes * BlockMap.BlockBytes;
                    CardBuffer piece = buffer();
                    if (stream.ReadAtLeast(piece.Span[..count], count, throwOnEndOfStream: false) < count)
                    {
                        throw new CliException(ExitCode.BadInputFile, $"{File}: expected {Map.ImageBytes} bytes, found fewer; copy the image again");
                    }
                    piece.Span[count..padded].Clear();
                    take(offset, piece, padded);
                    offset += count;
                    left -= count;
                }
                position = offset;
            }
        }
    }

    private static void Skip(Stream stream, bool plain, long from, long to)
    {
        if (plain)
        {
            stream.Position = to;
            return;
        }
        byte[] scrap = new byte[1 << 20];
        for (long left = to - from; left > 0;)
        {
            int read = stream.Read(scrap, 0, (int)Math.Min(left, scrap.Length));
            if (read == 0)
            {
                return;
            }
            left -= read;
        }
    }

    private static long? FindIdentity(Stream stream, SectorRun boot)
    {
        // The stream stands behind the head; the boot partition starts later.
        Skip(stream, plain: false, DirectFile.Alignment, boot.Offset);
        return CardText.Find(stream, boot.Offset, boot.Bytes, CardIdentity.StartsAt);
    }

    private static long Measure(string file)
    {
        (Stream stream, _) = Compressed.Open(file);
        using (stream)
        {
            byte[] scrap = new byte[1 << 20];
            long length = 0;
            for (int read; (read = stream.Read(scrap)) > 0;)
            {
                length += read;
            }
            return length;
        }
    }
}
