using System.Formats.Tar;
using System.Text;

namespace FpgaEdge.Cli.Images;

/// <summary>What an entry of a file system is.</summary>
internal enum RootEntryKind
{
    Folder = 0,
    File = 1,
    Link = 2,
    CharacterDevice = 3,
    BlockDevice = 4,
}

/// <summary>One entry of a root file system.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Mode">Permission bits.</param>
/// <param name="User">Owner.</param>
/// <param name="Group">Group.</param>
/// <param name="Content">For a file, the file of this machine that holds its bytes; for a link, where it points.</param>
/// <param name="Major">For a device.</param>
/// <param name="Minor">For a device.</param>
internal sealed record RootEntry(
    RootEntryKind Kind, int Mode, int User = 0, int Group = 0, string Content = "", int Major = 0, int Minor = 0);

/// <summary>
/// A root file system before it is one: entries by path, taken from a folder or a tarball without being root, with
/// more files laid over them. Files keep lying where they are; those made here lie in a scratch folder.
/// </summary>
internal sealed class RootTree(string scratch)
{
    private const int FolderMode = 0x1ED;
    private const int PermissionBits = 0xFFF;
    private int made;

    /// <summary>Entries by path without a slash at either end, in the order that does not depend on any machine.</summary>
    public SortedDictionary<string, RootEntry> Entries { get; } = new(StringComparer.Ordinal);

    /// <summary>Takes a folder with all below it; everything belongs to root then.</summary>
    public void AddFolder(string folder)
    {
        foreach (FileSystemInfo info in new DirectoryInfo(folder).EnumerateFileSystemInfos("*", SearchOption.AllDirectories))
        {
            string path = Path.GetRelativePath(folder, info.FullName).Replace('\\', '/');
            int mode = OperatingSystem.IsWindows() ? FolderMode : (int)info.UnixFileMode & PermissionBits;
            Put(path, info switch
            {
                { LinkTarget: string target } => new RootEntry(RootEntryKind.Link, 0x1FF, Content: target),
                DirectoryInfo => new RootEntry(RootEntryKind.Folder, mode),
                _ => new RootEntry(RootEntryKind.File, mode, Content: info.FullName),
            });
        }
    }

    /// <summary>Takes a tarball, compressed or not, with owners, modes and devices as they are in it.</summary>
    /// <exception cref="CliException">It is no tarball, or holds a path that leaves it.</exception>
    public void AddTarball(string file)
    {
        (Stream stream, _) = Compressed.Open(file);
        using (stream)
        {
            try
            {
                using var tar = new TarReader(stream);
                while (tar.GetNextEntry() is TarEntry entry)
                {
                    AddTarEntry(file, entry);
                }
            }
            catch (Exception e) when (e is InvalidDataException or EndOfStreamException or FormatException)
            {
                throw new CliException(ExitCode.BadInputFile, $"{file}: expected a tarball of a root file system, found something " +
                    $"else ({e.Message}); name a folder, or a .tar, .tar.gz, .tar.xz or .tar.zst");
            }
        }
    }

    /// <summary>Lays a file of this machine over the tree.</summary>
    public void PutFile(string path, string source, int mode) => Put(path, new RootEntry(RootEntryKind.File, mode, Content: source));

    /// <summary>Lays a text over the tree.</summary>
    public void PutText(string path, string text, int mode)
    {
        string file = NewFile();
        File.WriteAllBytes(file, Encoding.UTF8.GetBytes(text));
        PutFile(path, file, mode);
    }

    /// <summary>Makes sure that a folder is there.</summary>
    public void PutFolder(string path, int mode)
    {
        if (!Entries.ContainsKey(path))
        {
            Put(path, new RootEntry(RootEntryKind.Folder, mode));
        }
    }

    private void AddTarEntry(string file, TarEntry entry)
    {
        string path = entry.Name.TrimEnd('/');
        while (path.StartsWith("./", StringComparison.Ordinal) || path.StartsWith('/'))
        {
            path = path.TrimStart('.').TrimStart('/');
        }
        if (path is "" or ".")
        {
            return;
        }
        int mode = (int)entry.Mode & PermissionBits;
        RootEntry? made = entry.EntryType switch
        {
            TarEntryType.Directory => new RootEntry(RootEntryKind.Folder, mode, entry.Uid, entry.Gid),
            TarEntryType.RegularFile or TarEntryType.V7RegularFile or TarEntryType.ContiguousFile =>
                new RootEntry(RootEntryKind.File, mode, entry.Uid, entry.Gid, Extract(entry)),
            TarEntryType.SymbolicLink => new RootEntry(RootEntryKind.Link, 0x1FF, entry.Uid, entry.Gid, entry.LinkName),
            TarEntryType.HardLink => Entries.GetValueOrDefault(entry.LinkName.TrimStart('.').TrimStart('/')),
            TarEntryType.CharacterDevice when entry is PosixTarEntry device =>
                new RootEntry(RootEntryKind.CharacterDevice, mode, entry.Uid, entry.Gid, "", device.DeviceMajor, device.DeviceMinor),
            TarEntryType.BlockDevice when entry is PosixTarEntry device =>
                new RootEntry(RootEntryKind.BlockDevice, mode, entry.Uid, entry.Gid, "", device.DeviceMajor, device.DeviceMinor),
            _ => null,
        };
        if (path.Split('/').Contains(".."))
        {
            throw new CliException(ExitCode.BadInputFile, $"{file}: expected paths below the root, found '{path}'; make the tarball again");
        }
        if (made is not null)
        {
            Put(path, made);
        }
    }

    private string Extract(TarEntry entry)
    {
        string target = NewFile();
        using FileStream output = File.Create(target);
        entry.DataStream?.CopyTo(output);
        return target;
    }

    private string NewFile() => Path.Combine(scratch, $"file{made++}");

    private void Put(string path, RootEntry entry)
    {
        if (path.Any(c => c is '"' or '\n' or '\r') || entry.Content.Any(c => c is '"' or '\n'))
        {
            throw new CliException(ExitCode.BadInputFile,
                $"expected file names without quotation marks and line ends, found '{path.ReplaceLineEndings("?")}'; leave it out of the root");
        }
        int slash = path.LastIndexOf('/');
        if (slash > 0)
        {
            PutFolder(path[..slash], FolderMode);
        }
        Entries[path] = entry;
    }
}
