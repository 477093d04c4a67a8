namespace FpgaEdge.Cli.Images.Flash;

/// <summary>A block device of this machine, as far as it matters for choosing a card.</summary>
/// <param name="Name">Kernel name, for example "sdb".</param>
/// <param name="Path">Device file.</param>
/// <param name="Model">Vendor and model, or "".</param>
/// <param name="Bytes">Size.</param>
/// <param name="Mounts">Where it or a partition of it is mounted, or what else uses it.</param>
/// <param name="Refusals">Why it may not be written; empty for a card.</param>
internal sealed record BlockDevice(
    string Name, string Path, string Model, long Bytes, IReadOnlyList<string> Mounts, IReadOnlyList<string> Refusals);

/// <summary>The block devices of a machine, read from sysfs and the mount table; both can be those of a test.</summary>
/// <param name="root">Folder in which sys, proc and dev lie; "/" on a real machine.</param>
internal sealed class BlockDevices(string root = "/")
{
    /// <summary>Larger devices are taken for disks.</summary>
    public const long LargestCardBytes = 256L * 1000 * 1000 * 1000;

    private const int SectorBytes = 512;
    private static readonly string[] Virtual = ["loop", "ram", "zram", "dm-", "md", "nbd", "fd"];
    private static readonly string[] SystemFolders = ["/", "/boot", "/usr", "/var", "/home", "/etc", "/nix", "/boot/efi"];

    /// <summary>Every disk, card and stick, by name.</summary>
    public IReadOnlyList<BlockDevice> List()
    {
        string folder = System.IO.Path.Combine(root, "sys/block");
        if (!Directory.Exists(folder))
        {
            return [];
        }
        List<Use> uses = Uses();
        return [.. Directory.EnumerateFileSystemEntries(folder).Select(System.IO.Path.GetFileName).Order(StringComparer.Ordinal)
            .Where(name => !Virtual.Any(prefix => name!.StartsWith(prefix, StringComparison.Ordinal)))
            .Select(name => Read(folder, name!, uses))];
    }

    /// <summary>What is known of a device file; null when it is no whole disk.</summary>
    public BlockDevice? Find(string path)
    {
        string resolved = Resolve(path);
        return List().FirstOrDefault(device => device.Path == resolved);
    }

    private static string Resolve(string path)
    {
        string full = System.IO.Path.GetFullPath(path);
        return File.Exists(full) ? File.ResolveLinkTarget(full, returnFinalTarget: true)?.FullName ?? full : full;
    }

    private BlockDevice Read(string folder, string name, List<Use> uses)
    {
        string device = System.IO.Path.Combine(folder, name);
        string[] parts = [name, .. Parts(device)];
        Use[] mine = [.. uses.Where(use => parts.Contains(use.Device))];
        long bytes = long.TryParse(Text(device, "size"), out long sectors) ? sectors * SectorBytes : 0;
        return new BlockDevice(name, $"/dev/{name}", $"{Text(device, "device/vendor")} {Model(device)}".Trim(), bytes,
            [.. mine.Select(use => use.Where).Distinct()], Refusals(device, name, bytes, mine));
    }

    private static string Model(string device) =>
        Text(device, "device/model") is { Length: > 0 } model ? model : Text(device, "device/name");

    private static string[] Refusals(string device, string name, long bytes, Use[] uses)
    {
        var reasons = new List<string>();
        if (uses.Any(use => SystemFolders.Contains(use.Where)))
        {
            reasons.Add("the running system is on it");
        }
        if (uses.Length > 0)
        {
            reasons.Add($"in use: {string.Join(", ", uses.Select(use => use.Where).Distinct().Take(4))}");
        }
        if (!IsRemovable(device, name))
        {
            reasons.Add("not removable: built in");
        }
        if (bytes > LargestCardBytes)
        {
            reasons.Add($"{bytes / 1_000_000_000} GB is more than the {LargestCardBytes / 1_000_000_000} GB of a card");
        }
        if (bytes == 0)
        {
            reasons.Add("no card in it");
        }
        if (Text(device, "ro") == "1")
        {
            reasons.Add("write-protected");
        }
        return [.. reasons];
    }

    /// <summary>Cards in readers say so; those in a slot of the machine are SD cards, while its soldered memory is MMC.</summary>
    private static bool IsRemovable(string device, string name) =>
        Text(device, "removable") == "1" || (name.StartsWith("mmcblk", StringComparison.Ordinal) && Text(device, "device/type") == "SD");

    private static IEnumerable<string> Parts(string device) => Directory.EnumerateDirectories(device)
        .Where(part => File.Exists(System.IO.Path.Combine(part, "partition")))
        .Select(part => System.IO.Path.GetFileName(part));

    private static string Text(string device, string attribute)
    {
        try
        {
            return File.ReadAllText(System.IO.Path.Combine(device, attribute)).Trim();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }

    /// <summary>Mounts, swap, and what lies on top: encryption, volumes, arrays; their mounts count for what is below.</summary>
    private List<Use> Uses()
    {
        string blocks = System.IO.Path.Combine(root, "sys/block");
        string[] all = [.. Directory.EnumerateFileSystemEntries(blocks).SelectMany(device =>
            Parts(device).Select(part => System.IO.Path.Combine(device, part)).Append(device))];
        var numbers = all.ToLookup(device => Text(device, "dev"), device => System.IO.Path.GetFileName(device));
        var uses = new List<Use>();
        foreach (string line in Lines("proc/self/mountinfo"))
        {
            // "36 35 8:2 / /home rw - ext4 /dev/sda2 rw": number, parent, device, root, mount point (Linux proc.rst). Some
            // file systems have a device number of their own, and then name the device behind the hyphen.
            string[] words = line.Split(' ');
            int source = Array.IndexOf(words, "-") + 2;
            if (words.Length > 5 && source >= 2 && source < words.Length)
            {
                string where = words[4].Replace("\\040", " ");
                string named = words[source].StartsWith("/dev/", StringComparison.Ordinal) ? System.IO.Path.GetFileName(Resolve(words[source])) : "";
                uses.AddRange(numbers[words[2]].Append(named).Where(device => device.Length > 0).Select(device => new Use(device, where)));
            }
        }
        uses.AddRange(Lines("proc/swaps").Where(line => line.StartsWith("/dev/", StringComparison.Ordinal))
            .Select(line => new Use(System.IO.Path.GetFileName(line.Split(' ', '\t')[0]), "swap")));
        AddBelow(all, uses);
        return uses;
    }

    private static void AddBelow(string[] all, List<Use> uses)
    {
        // Layers are few; each round carries a use one layer down.
        for (int round = 0; round < 4; round++)
        {
            foreach (string device in all)
            {
                string holders = System.IO.Path.Combine(device, "holders");
                string name = System.IO.Path.GetFileName(device);
                foreach (string holder in Directory.Exists(holders) ? Directory.EnumerateFileSystemEntries(holders) : [])
                {
                    string above = System.IO.Path.GetFileName(holder);
                    Use[] carried = [.. uses.Where(use => use.Device == above).Select(use => use with { Device = name })];
                    uses.AddRange(carried.Append(new Use(name, $"part of {above}")).Where(use => !uses.Contains(use)).ToArray());
                }
            }
        }
    }

    private IEnumerable<string> Lines(string file)
    {
        string path = System.IO.Path.Combine(root, file);
        return File.Exists(path) ? File.ReadLines(path) : [];
    }

    /// <summary>What uses a device or partition.</summary>
    private sealed record Use(string Device, string Where);
}
