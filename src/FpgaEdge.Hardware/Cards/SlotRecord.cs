using System.Text;

namespace FpgaEdge.Hardware;

/// <summary>A slot record that says something impossible.</summary>
public sealed class SlotRecordException(string message) : Exception(message);

/// <summary>
/// Which root slot boots. The record is a text of 1024 bytes in the file <c>boot/slot.env</c> of the boot partition,
/// in the format of GRUB's environment block, which U-Boot's <c>env import -t</c> reads as well. Everything that ever
/// changes is in its first sector, and each field is one character: a torn write is a mixture of old and new fields, and
/// every such mixture of the steps below boots a slot that is whole.
/// <code>
///            active trial tries
/// running A    A     -     0
/// try B once   A     B     1     written by the update, after B was written and verified
/// B is tried   A     B     0     written by the boot loader, before it starts B
/// B is proven  B     -     0     written by the board, once it has joined and computed; until then any reset gives A
/// </code>
/// </summary>
/// <param name="Active">The proven slot, 'A' or 'B'.</param>
/// <param name="Trial">The slot that is to prove itself, or '-'.</param>
/// <param name="Tries">1 until the boot loader has started the trial.</param>
public readonly record struct SlotRecord(char Active, char Trial, int Tries)
{
    /// <summary>Bytes of the record.</summary>
    public const int ByteCount = 1024;

    private const string Magic = "# GRUB Environment Block";
    private const string Fixed = "# which root slot boots: active, and once (tries=1) trial\n";

    /// <summary>Whether a record begins with these bytes, also one that U-Boot wrote, without its first line.</summary>
    public static bool StartsAt(ReadOnlySpan<byte> bytes) => bytes.StartsWith("# GRUB Environment Block\n"u8)
        || (bytes.StartsWith("active="u8) && bytes[..64].IndexOf("tries="u8) > 0);

    /// <summary>The record of a new card.</summary>
    public static SlotRecord New => new('A', '-', 0);

    /// <summary>The slot that is not active.</summary>
    public char Other => Active == 'A' ? 'B' : 'A';

    /// <summary>What the boot loader starts, by the rule above.</summary>
    public char Boots => Trial != '-' && Tries == 1 ? Trial : Active;

    /// <summary>The record that starts the inactive slot once.</summary>
    public SlotRecord TryOther() => new(Active, Other, 1);

    /// <summary>The record after the boot loader has started a trial.</summary>
    public SlotRecord Started() => this with { Tries = 0 };

    /// <summary>The record after the trial has proven itself.</summary>
    public SlotRecord Proven() => Trial == '-' ? this : new(Trial, '-', 0);

    /// <summary>The record without its trial.</summary>
    public SlotRecord Rejected() => new(Active, '-', 0);

    /// <summary>The 1024 bytes.</summary>
    public byte[] Encode()
    {
        byte[] block = new byte[ByteCount];
        block.AsSpan().Fill((byte)'#');
        Encoding.ASCII.GetBytes($"{Magic}\n{Fixed}active={Active}\ntrial={Trial}\ntries={Tries}\n", block);
        return block;
    }

    /// <summary>Reads a record, also one that U-Boot wrote (no first line, a zero behind the text).</summary>
    /// <exception cref="SlotRecordException">A field is missing or has an impossible value.</exception>
    public static SlotRecord Decode(ReadOnlySpan<byte> block)
    {
        int end = block.IndexOf((byte)0);
        char active = '?', trial = '?';
        int tries = -1;
        foreach (string line in Encoding.ASCII.GetString(end < 0 ? block : block[..end]).Split('\n'))
        {
            switch (line)
            {
                case ['a', 'c', 't', 'i', 'v', 'e', '=', 'A' or 'B']: active = line[^1]; break;
                case ['t', 'r', 'i', 'a', 'l', '=', 'A' or 'B' or '-']: trial = line[^1]; break;
                case ['t', 'r', 'i', 'e', 's', '=', '0' or '1']: tries = line[^1] - '0'; break;
                default: break;
            }
        }
        return active != '?' && trial != '?' && tries >= 0
            ? new SlotRecord(active, trial, tries)
            : throw new SlotRecordException("expected active=, trial= and tries= in boot/slot.env, found something else");
    }
}
