using System.Text;

namespace FpgaEdge.Hardware;

/// <summary>
/// Who the card's board is: a text of 4096 bytes in the file <c>boot/identity.txt</c> of the boot partition, lines
/// <c>name=value</c> behind a first line by which it is found. It is written over in place, per card, while an image is
/// flashed, and no update touches it.
/// </summary>
/// <param name="Name">The board's name, from which its identity follows; empty: the board uses its MAC address.</param>
/// <param name="Cluster">The cluster it belongs to.</param>
/// <param name="Address">Its network address with prefix length, or "dhcp".</param>
/// <param name="Keys">The cluster's keys in hexadecimal, the sealing one first; empty for none.</param>
public sealed record CardIdentity(string Name, string Cluster, string Address, IReadOnlyList<string> Keys)
{
    /// <summary>Bytes of the text.</summary>
    public const int ByteCount = 4096;

    private const string Magic = "# FpgaEdge card identity, 4096 bytes";

    /// <summary>Whether an identity begins with these bytes.</summary>
    public static bool StartsAt(ReadOnlySpan<byte> bytes) => bytes.StartsWith("# FpgaEdge card identity, 4096 bytes\n"u8);

    /// <summary>The text, padded with line ends.</summary>
    /// <exception cref="ArgumentException">A field holds what cannot be on a line, or all are too long.</exception>
    public byte[] Encode()
    {
        foreach (string field in (string[])[Name, Cluster, Address])
        {
            if (!field.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.' or '/' or ':'))
            {
                throw new ArgumentException($"expected letters, digits, '-', '_' and '.', found '{field}'");
            }
        }
        var text = new StringBuilder($"{Magic}\nname={Name}\ncluster={Cluster}\naddress={Address}\n");
        foreach (string key in Keys)
        {
            text.Append("key=").Append(key).Append('\n');
        }
        return text.Length <= ByteCount
            ? Encoding.ASCII.GetBytes(text.ToString().PadRight(ByteCount, '\n'))
            : throw new ArgumentException($"expected at most {ByteCount} bytes of identity, found {text.Length}");
    }

    /// <summary>Reads the text; null when it does not start as one.</summary>
    public static CardIdentity? Decode(ReadOnlySpan<byte> block)
    {
        if (!StartsAt(block))
        {
            return null;
        }
        string name = "", cluster = "default", address = "dhcp";
        var keys = new List<string>();
        foreach (string line in Encoding.ASCII.GetString(block).Split('\n'))
        {
            int equals = line.IndexOf('=');
            string value = equals < 0 ? "" : line[(equals + 1)..];
            switch (equals < 0 ? "" : line[..equals])
            {
                case "name": name = value; break;
                case "cluster": cluster = value; break;
                case "address": address = value; break;
                case "key": keys.Add(value); break;
                default: break;
            }
        }
        return new CardIdentity(name, cluster, address, keys);
    }
}
