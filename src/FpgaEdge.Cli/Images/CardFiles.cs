using FpgaEdge.Hardware;

namespace FpgaEdge.Cli.Images;

/// <summary>Finds what a card needs and this project does not make; what is missing is named all at once.</summary>
internal sealed class CardFiles(ImageRequest request, CardDescription card)
{
    /// <summary>Folder or tarball of the root file system.</summary>
    public string? Root { get; } = request.Root
        ?? request.FileFolders.Select(folder => Path.Combine(folder, "root")).FirstOrDefault(Directory.Exists);

    /// <summary>The board's program; null when the root brings it.</summary>
    public string? Daemon { get; } = request.Daemon is null ? null : Path.GetFullPath(request.Daemon);

    /// <summary>Full path of a file by its name; null when it is nowhere.</summary>
    public string? Find(string name) =>
        request.FileFolders.Select(folder => Path.GetFullPath(Path.Combine(folder, name))).FirstOrDefault(File.Exists);

    /// <summary>Refuses to go on without what is needed.</summary>
    /// <exception cref="CliException">Something is missing; the list is on stderr.</exception>
    public void RequireAll()
    {
        var missing = new List<(string File, string What, string From)>();
        foreach (CardFile file in card.BootFiles.Concat(card.SlotFiles).Where(file => !file.Optional && Find(file.File) is null))
        {
            missing.Add((file.File, file.What, file.From));
        }
        if (Root is null || (!Directory.Exists(Root) && !File.Exists(Root)))
        {
            missing.Add((Root ?? "--root", "root file system, a folder or a tarball", card.Root));
        }
        if (Daemon is not null && !File.Exists(Daemon))
        {
            missing.Add((Daemon, "the board's program", "run ./build.ps1 publish (linux-x64, linux-arm or linux-arm64)"));
        }
        if (request.UpdateKey is string key && !File.Exists(key))
        {
            missing.Add((key, "public key of updates", "fpgaedge update key"));
        }
        foreach (string package in request.Packages.Where(package => !File.Exists(package)))
        {
            missing.Add((package, "a network's package", "fpgaedge compile"));
        }
        if (missing.Count == 0)
        {
            return;
        }
        foreach ((string file, string what, string from) in missing)
        {
            Console.Error.WriteLine($"  missing: {file} ({what}): {from}");
        }
        throw new CliException(ExitCode.BadInputFile, $"--board {request.Board}: expected {missing.Count} more files in " +
            $"{string.Join(", ", request.FileFolders)}, listed above; nothing was written");
    }
}
