using System.Globalization;
using System.Text;

namespace FpgaEdge.Hardware;

/// <summary>
/// One line of the diagnostic protocol on a serial console, which the kernel and everybody else write to as well:
/// <code>RS "FE" kind id(4 hex) index(3 hex) count(3 hex) base64 "*" crc32(8 hex) LF</code>
/// A request ('R') carries a command; its reply comes as <c>count</c> lines ('A') of at most <see cref="PieceBytes"/>
/// bytes each; 'M' asks again for the pieces whose numbers it carries, so that a line which something else wrote into
/// costs only itself. Everything that is not such a line is the console's ordinary text.
/// </summary>
/// <param name="Kind">'R', 'A' or 'M'.</param>
/// <param name="Id">Number of the request.</param>
/// <param name="Index">Number of the piece, from 0.</param>
/// <param name="Count">Pieces of the reply.</param>
/// <param name="Payload">Its bytes.</param>
public sealed record DiagFrame(char Kind, int Id, int Index, int Count, byte[] Payload)
{
    /// <summary>The byte that starts a line of the protocol: the record separator, which no text holds.</summary>
    public const byte Start = 0x1E;

    /// <summary>Most payload of a line: short lines are seldom written into.</summary>
    public const int PieceBytes = 120;

    /// <summary>Most pieces of a reply: 480 KB.</summary>
    public const int MaximumPieces = 0xFFF;

    private const int HeadLength = 2 + 1 + 4 + 3 + 3;
    private const int CheckLength = 1 + 8;

    /// <summary>Cuts a text into the lines of a reply.</summary>
    public static IReadOnlyList<DiagFrame> Reply(int id, byte[] text)
    {
        byte[][] pieces = text.Length == 0 ? [[]] : [.. text.Chunk(PieceBytes).Take(MaximumPieces)];
        return [.. pieces.Select((piece, i) => new DiagFrame('A', id, i, pieces.Length, piece))];
    }

    /// <summary>The line, with a line end before it so that it starts at the beginning of one.</summary>
    public byte[] Encode()
    {
        string head = $"FE{Kind}{Id:X4}{Index:X3}{Count:X3}{Convert.ToBase64String(Payload)}";
        return [Start, .. Encoding.ASCII.GetBytes($"{head}*{Crc32.Compute(Encoding.ASCII.GetBytes(head)):X8}\r\n")];
    }

    /// <summary>Reads what stands between the start byte and the line end; null when it is damaged.</summary>
    public static DiagFrame? Decode(ReadOnlySpan<byte> line)
    {
        line = line.TrimEnd((byte)'\r');
        if (line.Length < HeadLength + CheckLength || !line.StartsWith("FE"u8) || line[^CheckLength] != '*')
        {
            return null;
        }
        ReadOnlySpan<byte> head = line[..^CheckLength];
        if (!TryHex(line[^8..], out int check) || (uint)check != Crc32.Compute(head)
            || !TryHex(head.Slice(3, 4), out int id) || !TryHex(head.Slice(7, 3), out int index) || !TryHex(head.Slice(10, 3), out int count))
        {
            return null;
        }
        try
        {
            return new DiagFrame((char)head[2], id, index, count, Convert.FromBase64String(Encoding.ASCII.GetString(head[HeadLength..])));
        }
        catch (FormatException)
        {
            return null;
        }
    }

    private static bool TryHex(ReadOnlySpan<byte> digits, out int value) =>
        int.TryParse(Encoding.ASCII.GetString(digits), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out value);
}

/// <summary>Separates a console's bytes into lines of the protocol and everything else. Holds at most one line.</summary>
public sealed class DiagFrameReader
{
    private const int LongestLine = 256;
    private readonly List<byte> line = [];
    private bool inside;

    /// <summary>Lines that started as ours and were damaged.</summary>
    public int Damaged { get; private set; }

    /// <summary>Takes bytes.</summary>
    /// <param name="bytes">What came.</param>
    /// <param name="frame">Called for each line of the protocol.</param>
    /// <param name="other">Called for each byte of anything else.</param>
    public void Take(ReadOnlySpan<byte> bytes, Action<DiagFrame> frame, Action<byte> other)
    {
        foreach (byte value in bytes)
        {
            if (value == DiagFrame.Start)
            {
                Damaged += inside ? 1 : 0;
                line.Clear();
                inside = true;
            }
            else if (!inside)
            {
                other(value);
            }
            else if (value == '\n')
            {
                Finish(frame, other);
            }
            else if (line.Count < LongestLine)
            {
                line.Add(value);
            }
            else
            {
                GiveUp(other);
            }
        }
    }

    private void Finish(Action<DiagFrame> frame, Action<byte> other)
    {
        if (DiagFrame.Decode(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(line)) is DiagFrame whole)
        {
            inside = false;
            line.Clear();
            frame(whole);
        }
        else
        {
            GiveUp(other);
            other((byte)'\n');
        }
    }

    /// <summary>What looked like ours may hold somebody's message: it is shown.</summary>
    private void GiveUp(Action<byte> other)
    {
        Damaged++;
        inside = false;
        line.ForEach(other);
        line.Clear();
    }
}
