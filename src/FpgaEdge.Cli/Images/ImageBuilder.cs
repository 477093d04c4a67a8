using System.Security.Cryptography;
using System.Text;
using FpgaEdge.Board;
using FpgaEdge.Hardware;

namespace FpgaEdge.Cli.Images;

/// <summary>What was built.</summary>
/// <param name="File">The image.</param>
/// <param name="Bytes">Its size.</param>
/// <param name="MappedBytes">Bytes that have to be written to a card.</param>
/// <param name="Sha256">Hash of the whole image.</param>
/// <param name="Table">Its partitions.</param>
internal sealed record BuiltImage(string File, long Bytes, long MappedBytes, string Sha256, CardTable Table);

/// <summary>
/// Makes a card image in an ordinary file: boot record, FAT boot partition, two root slots, data partition. Needs neither root
/// rights nor loop devices. The same inputs give the same bytes: identifiers, times and order are fixed.
/// </summary>
internal sealed class ImageBuilder(ImageRequest request, Action<string> progress)
{
    /// <summary>The slot record's file in the boot partition.</summary>
    public const string RecordFile = "boot/slot.env";

    private const int ExecutableMode = 0x1ED;
    private const int ReadableMode = 0x1A4;
    private readonly string boardFolder = Path.Combine(request.BspFolder, request.Board);

    /// <summary>Builds; nothing is at the output's name before it is complete.</summary>
    /// <exception cref="CliException">Files are missing; all of them are named.</exception>
    public BuiltImage Build()
    {
        RequireBoard();
        CardDescription card = CardDescription.Read(Path.Combine(boardFolder, "card.json"));
        var files = new CardFiles(request, card);
        files.RequireAll();
        CardIdentity identity = Identity();
        CardTable table = CardTable.Plan(card.ImageBytes, card.BootBytes, card.SlotBytes);
        string scratch = Directory.CreateTempSubdirectory("fpgaedge-image-").FullName;
        string partial = request.Output + ".partial";
        try
        {
            progress("root file system");
            string slot = Path.Combine(scratch, "slot.ext4");
            FileSystems.MakeExt4(slot, card.SlotBytes, "slot", SlotTree(files, card, scratch), request.Epoch);
            progress("data partition");
            string data = Path.Combine(scratch, "data.ext4");
            FileSystems.MakeExt4(data, table.Data.Bytes, "data", DataTree(scratch), request.Epoch);
            progress("boot partition");
            string boot = MakeBoot(files, card, identity, scratch);
            progress("putting it together");
            return Compose(partial, card, files, table, boot, slot, data);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CliException(ExitCode.BadInputFile, $"{request.Output}: {e.Message}; name a file in a folder with room for the image");
        }
        finally
        {
            Directory.Delete(scratch, recursive: true);
            File.Delete(partial);
        }
    }

    private void RequireBoard()
    {
        if (!File.Exists(Path.Combine(boardFolder, "card.json")))
        {
            string[] known = Directory.Exists(request.BspFolder)
                ? [.. Directory.EnumerateFiles(request.BspFolder, "card.json", SearchOption.AllDirectories)
                    .Select(file => Path.GetFileName(Path.GetDirectoryName(file)!)).Order(StringComparer.Ordinal)]
                : [];
            throw new CliException(ExitCode.BadInputFile, $"--board {request.Board}: expected a board with a card, found none of that " +
                $"name in {request.BspFolder}; " + (known.Length > 0 ? $"known are {string.Join(", ", known)}" : "give --bsp FOLDER"));
        }
    }

    private CardIdentity Identity()
    {
        var identity = new CardIdentity(request.Name, request.Cluster, request.Address,
            request.KeyFile is string keys ? ClusterKeys.Read(keys).ToText() : []);
        try
        {
            identity.Encode();
        }
        catch (ArgumentException e)
        {
            throw new CliException(ExitCode.Usage, $"--name, --cluster, --address: {e.Message}");
        }
        return identity;
    }

    private RootTree SlotTree(CardFiles files, CardDescription card, string scratch)
    {
        var tree = new RootTree(Directory.CreateDirectory(Path.Combine(scratch, "slot")).FullName);
        if (Directory.Exists(files.Root))
        {
            tree.AddFolder(files.Root);
        }
        else
        {
            tree.AddTarball(files.Root!);
        }
        foreach (string folder in (string[])["dev", "proc", "sys", "run", "tmp", "data", "boot"])
        {
            tree.PutFolder(folder, ExecutableMode);
        }
        foreach (CardFile file in card.SlotFiles)
        {
            if (files.Find(file.File) is string source)
            {
                tree.PutFile($"boot/{file.File}", source, ReadableMode);
            }
        }
        if (files.Daemon is string daemon)
        {
            tree.PutFile("usr/bin/fpgaedged", daemon, ExecutableMode);
        }
        string board = Path.Combine(request.BspFolder, card.Board, "board.json");
        if (File.Exists(board))
        {
            tree.PutFile("etc/fpgaedge/board.json", board, ReadableMode);
        }
        if (request.UpdateKey is string key)
        {
            tree.PutFile("etc/fpgaedge/update.pub", Path.GetFullPath(key), ReadableMode);
        }
        tree.PutText("etc/fpgaedge/release", $"board={request.Board}\nepoch={request.Epoch}\n", ReadableMode);
        return tree;
    }

    private RootTree DataTree(string scratch)
    {
        var tree = new RootTree(Directory.CreateDirectory(Path.Combine(scratch, "data")).FullName);
        tree.PutFolder("packages", ExecutableMode);
        foreach (string package in request.Packages)
        {
            // Packages are known by their content, on the board as well (docs/ARCHITECTURE.md).
            using FileStream content = File.OpenRead(package);
            tree.PutFile($"packages/{Convert.ToHexStringLower(SHA256.HashData(content))}.package", Path.GetFullPath(package), ReadableMode);
        }
        return tree;
    }

    private string MakeBoot(CardFiles files, CardDescription card, CardIdentity identity, string scratch)
    {
        string boot = Path.Combine(scratch, "boot.fat");
        string Scratch(string name, byte[] content)
        {
            string file = Path.Combine(scratch, name);
            File.WriteAllBytes(file, content);
            return file;
        }
        var content = new List<(string, string)>
        {
            (RecordFile, Scratch("slot.env", SlotRecord.New.Encode())), ("boot/identity.txt", Scratch("identity.txt", identity.Encode())),
        };
        if (card.Loader == CardLoader.Grub)
        {
            content.Add(("boot/grub.cfg", Scratch("grub.cfg", Encoding.ASCII.GetBytes(BootScripts.Grub(card)))));
            FileSystems.MakeFat(boot, card.BootBytes, content, request.Epoch);
            return boot;
        }
        // Where the record lies does not depend on what comes behind it, so a first try tells.
        FileSystems.MakeFat(boot, card.BootBytes, content, request.Epoch);
        long record = RecordIn(boot) / CardTable.SectorBytes;
        File.Delete(boot);
        content.Add(("boot.scr", Scratch("boot.scr", BootScripts.UBoot(card, record))));
        foreach (CardFile file in card.BootFiles)
        {
            if (files.Find(file.File) is string source)
            {
                content.Add((file.File, source));
            }
        }
        FileSystems.MakeFat(boot, card.BootBytes, content, request.Epoch);
        return RecordIn(boot) == record * CardTable.SectorBytes
            ? boot
            : throw new InvalidOperationException("the slot record moved when files were put behind it");
    }

    private static long RecordIn(string boot)
    {
        using FileStream stream = File.OpenRead(boot);
        return CardText.Find(stream, 0, stream.Length, SlotRecord.StartsAt) ?? throw new InvalidOperationException($"{boot} holds no slot record");
    }

    private BuiltImage Compose(
        string partial, CardDescription card, CardFiles files, CardTable table, string boot, string slot, string data)
    {
        bool[] used = new bool[card.ImageBytes / BlockMap.BlockBytes];
        BlockMap map;
        string sha256;
        using (var image = new FileStream(partial, FileMode.Create, FileAccess.ReadWrite))
        {
            image.SetLength(card.ImageBytes);
            image.Write(Lead(card, files, table));
            used.AsSpan(0, CardTable.LeadSectors * CardTable.SectorBytes / BlockMap.BlockBytes).Fill(true);
            Place(image, used, table.Boot, boot, []);
            (long, long)[] free = [.. FileSystems.FreeBlocks(slot)];
            Place(image, used, table.SlotA, slot, free);
            if (request.BothSlots)
            {
                Place(image, used, table.SlotB, slot, free);
            }
            else
            {
                // What an earlier owner of the card left there is not to be taken for a slot.
                used.AsSpan((int)(table.SlotB.Offset / BlockMap.BlockBytes), (1 << 20) / BlockMap.BlockBytes).Fill(true);
            }
            Place(image, used, table.Data, data, FileSystems.FreeBlocks(data));
            progress("hashing");
            map = BlockMap.FromFlags(image, used);
            image.Position = 0;
            sha256 = Convert.ToHexStringLower(SHA256.HashData(image));
        }
        File.WriteAllText(request.Output + ".bmap", map.ToXml());
        File.Move(partial, request.Output, overwrite: true);
        return new BuiltImage(request.Output, card.ImageBytes, map.MappedBytes, sha256, table);
    }

    private static byte[] Lead(CardDescription card, CardFiles files, CardTable table)
    {
        byte[] lead = new byte[CardTable.LeadSectors * CardTable.SectorBytes];
        if (card.Loader == CardLoader.Grub)
        {
            byte[] core = File.ReadAllBytes(files.Find("core.img")!);
            if (core.Length > lead.Length - CardTable.SectorBytes)
            {
                throw new CliException(ExitCode.BadInputFile,
                    $"core.img: expected at most {lead.Length - CardTable.SectorBytes} bytes, found {core.Length}; leave modules out");
            }
            File.ReadAllBytes(files.Find("boot.img")!).AsSpan(0, 440).CopyTo(lead);
            core.CopyTo(lead.AsSpan(CardTable.SectorBytes));
            table.WriteLoader(lead.AsSpan(CardTable.SectorBytes));
        }
        table.Write(lead);
        return lead;
    }

    /// <summary>Copies a file system into its partition, block by block, leaving out what is free or zero.</summary>
    private static void Place(FileStream image, bool[] used, SectorRun partition, string file, IEnumerable<(long First, long Last)> free)
    {
        int first = (int)(partition.Offset / BlockMap.BlockBytes);
        Span<bool> flags = used.AsSpan(first, (int)(partition.Bytes / BlockMap.BlockBytes));
        flags.Fill(true);
        foreach ((long from, long to) in free)
        {
            flags[(int)from..(int)(to + 1)].Clear();
        }
        using FileStream source = File.OpenRead(file);
        byte[] block = new byte[BlockMap.BlockBytes];
        for (int i = 0; i < flags.Length; i++)
        {
            if (!flags[i])
            {
                continue;
            }
            source.Position = (long)i * block.Length;
            source.ReadExactly(block);
            if (block.AsSpan().ContainsAnyExcept((byte)0))
            {
                image.Position = (long)(first + i) * block.Length;
                image.Write(block);
            }
        }
    }
}
