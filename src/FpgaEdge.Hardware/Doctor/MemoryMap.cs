using System.Globalization;

namespace FpgaEdge.Hardware;

/// <summary>Who owns which physical addresses: /proc/iomem, whose lines are "first-last : owner", indented below the range
/// that they are part of.</summary>
public sealed class MemoryMap
{
    private readonly List<(ulong First, ulong Last, string Owner)> ranges = [];

    private MemoryMap()
    {
    }

    /// <summary>Whether the addresses are hidden: the kernel shows zeros to users other than root.</summary>
    public bool IsHidden => ranges.TrueForAll(range => range.Last == 0);

    /// <summary>Reads proc/iomem under a root folder; empty where there is none.</summary>
    public static MemoryMap ReadFrom(string root)
    {
        string file = Path.Combine(root, "proc", "iomem");
        return Parse(File.Exists(file) ? File.ReadAllText(file) : "");
    }

    /// <summary>Reads the text of /proc/iomem; lines that are not ranges are left out.</summary>
    public static MemoryMap Parse(string text)
    {
        var map = new MemoryMap();
        foreach (string line in text.Split('\n'))
        {
            string[] parts = line.Split(" : ", 2);
            string[] ends = parts[0].Trim().Split('-');
            if (parts.Length == 2 && ends.Length == 2 && TryHex(ends[0], out ulong first) && TryHex(ends[1], out ulong last))
            {
                map.ranges.Add((first, last, parts[1].Trim()));
            }
        }
        return map;
    }

    /// <summary>The first range of the kernel's own memory that touches addresses; null when none does.</summary>
    /// <param name="start">First address.</param>
    /// <param name="byteCount">Bytes.</param>
    public string? KernelMemoryAt(ulong start, long byteCount)
    {
        ulong end = start + (ulong)byteCount - 1;
        foreach ((ulong first, ulong last, string owner) in ranges)
        {
            if (owner == "System RAM" && first <= end && last >= start)
            {
                return $"0x{first:X}..0x{last:X}";
            }
        }
        return null;
    }

    private static bool TryHex(string text, out ulong value) =>
        ulong.TryParse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out value);
}
