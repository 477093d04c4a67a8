using System.Text;
using System.Text.RegularExpressions;
using FpgaEdge.Hardware;

namespace FpgaEdge.Cli.Images;

/// <summary>
/// Makes file systems in ordinary files, byte for byte the same on every run: fixed identifiers and times, entries in
/// ordinal order. The work is done by mke2fs, debugfs, mkfs.vfat and mtools.
/// </summary>
internal static partial class FileSystems
{
    // Written out, because the defaults of mke2fs differ between distributions; both GRUB 2.06 and U-Boot 2023.01 read them.
    private const string Ext4Features =
        "none,has_journal,ext_attr,dir_index,filetype,extent,flex_bg,sparse_super,large_file,huge_file,dir_nlink,extra_isize,metadata_csum";

    /// <summary>Makes an ext4 file system.</summary>
    /// <param name="file">The file to make.</param>
    /// <param name="bytes">Its size.</param>
    /// <param name="label">Volume label; the identifier follows from it.</param>
    /// <param name="tree">What is in it.</param>
    /// <param name="epoch">The time of everything in it.</param>
    public static void MakeExt4(string file, long bytes, string label, RootTree tree, long epoch)
    {
        string identifier = new Guid(System.Security.Cryptography.MD5.HashData(Encoding.ASCII.GetBytes($"fpgaedge {label}"))).ToString();
        HostTool.Run("mke2fs",
        [
            "-q", "-F", "-t", "ext4", "-O", Ext4Features, "-b", "4096", "-I", "256", "-i", "16384", "-J", "size=4", "-m", "1",
            "-L", label, "-U", identifier, "-E", $"hash_seed={identifier},root_owner=0:0,lazy_itable_init=0,lazy_journal_init=0",
            file, $"{bytes / 1024}k",
        ], epoch);
        string script = file + ".debugfs";
        File.WriteAllText(script, Script(tree));
        string complaints = HostTool.Run("debugfs", ["-w", "-f", script, file], epoch).Error;
        File.Delete(script);
        string? complaint = complaints.Split('\n').FirstOrDefault(line => line.Length > 0 && !line.StartsWith("debugfs 1", StringComparison.Ordinal));
        if (complaint is not null)
        {
            throw new CliException(ExitCode.BadInputFile, complaint.Contains("No free space") || complaint.Contains("Could not allocate")
                ? $"expected a root file system of at most {bytes >> 20} MiB for {label}, found a larger one; " +
                    "raise slotBytes in the board's card.json"
                : $"debugfs, filling {label}: {complaint.Trim()}");
        }
    }

    /// <summary>Blocks of an ext4 file system that nothing uses, as runs of 4096-byte blocks.</summary>
    public static IEnumerable<(long First, long Last)> FreeBlocks(string file) =>
        HostTool.Run("dumpe2fs", [file]).Output.Split('\n')
            .Where(line => line.StartsWith("  Free blocks: ", StringComparison.Ordinal))
            .SelectMany(line => Run().Matches(line["  Free blocks: ".Length..]))
            .Select(match => (First: long.Parse(match.Groups[1].Value), Last: long.Parse(match.Groups[match.Groups[2].Success ? 2 : 1].Value)));

    /// <summary>Makes a FAT32 file system; files are laid down in the order given, so the first ones never move.</summary>
    public static void MakeFat(string file, long bytes, IReadOnlyList<(string Path, string Source)> files, long epoch)
    {
        using (FileStream empty = File.Create(file))
        {
            empty.SetLength(bytes);
        }
        string serial = $"{CardTable.Signature:x8}";
        HostTool.Run("mkfs.vfat", ["--invariant", "-F", "32", "-s", "1", "-S", "512", "-n", "FPGAEDGE", "-i", serial, file], epoch);
        foreach (string folder in files.Select(entry => Path.GetDirectoryName(entry.Path)!).Where(folder => folder.Length > 0).Distinct())
        {
            HostTool.Run("mmd", ["-i", file, $"::{folder}"], epoch);
        }
        foreach ((string path, string source) in files)
        {
            HostTool.Run("mcopy", ["-i", file, source, $"::{path}"], epoch);
        }
    }

    private static string Script(RootTree tree)
    {
        var script = new StringBuilder();
        foreach ((string path, RootEntry entry) in tree.Entries)
        {
            (string command, int type) = entry.Kind switch
            {
                RootEntryKind.Folder => ($"mkdir \"/{path}\"", 0x4000),
                RootEntryKind.File => ($"write \"{entry.Content}\" \"/{path}\"", 0x8000),
                RootEntryKind.Link => ($"symlink \"/{path}\" \"{entry.Content}\"", 0xA000),
                RootEntryKind.CharacterDevice => (MakeDevice(path, 'c', entry), 0x2000),
                _ => (MakeDevice(path, 'b', entry), 0x6000),
            };
            script.Append(command).Append('\n');
            script.Append($"sif \"/{path}\" mode 0{Convert.ToString(type | entry.Mode, 8)}\n");
            script.Append($"sif \"/{path}\" uid {entry.User}\nsif \"/{path}\" gid {entry.Group}\n");
        }
        return script.ToString();
    }

    /// <summary>debugfs makes devices in its current folder only.</summary>
    private static string MakeDevice(string path, char kind, RootEntry entry)
    {
        int slash = path.LastIndexOf('/');
        return $"cd \"/{path[..Math.Max(0, slash)]}\"\nmknod \"{path[(slash + 1)..]}\" {kind} {entry.Major} {entry.Minor}\ncd /";
    }

    [GeneratedRegex(@"(\d+)(?:-(\d+))?")]
    private static partial Regex Run();
}
