using System.Text;
using FpgaEdge.Hardware;

namespace FpgaEdge.Cli.Images;

/// <summary>
/// Finds the two texts that are changed in place on a card: their first lines stand at the start of a sector, once.
/// </summary>
internal static class CardContent
{
    private static readonly byte[] RecordMagic = Encoding.ASCII.GetBytes(SlotRecord.Magic + "\n");

    /// <summary>Byte offset of the slot record in a file that holds a boot partition.</summary>
    public static long FindRecord(string file)
    {
        using FileStream stream = File.OpenRead(file);
        return Find(stream, 0, stream.Length, RecordMagic) ?? throw new InvalidOperationException($"{file} holds no slot record");
    }

    /// <summary>Byte offset of a text, or null.</summary>
    /// <param name="stream">The card or an image of it.</param>
    /// <param name="start">Where to start, a multiple of the sector size.</param>
    /// <param name="length">How far to look.</param>
    /// <param name="magic">Its first bytes.</param>
    public static long? Find(Stream stream, long start, long length, ReadOnlySpan<byte> magic)
    {
        byte[] buffer = new byte[1 << 20];
        stream.Position = start;
        for (long done = 0; done < length;)
        {
            int read = stream.ReadAtLeast(buffer, (int)Math.Min(buffer.Length, length - done), throwOnEndOfStream: false);
            for (int at = 0; at + magic.Length <= read; at += CardTable.SectorBytes)
            {
                if (buffer.AsSpan(at).StartsWith(magic))
                {
                    return start + done + at;
                }
            }
            if (read < buffer.Length)
            {
                break;
            }
            done += read;
        }
        return null;
    }
}
