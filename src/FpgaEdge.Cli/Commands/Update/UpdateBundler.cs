using System.Security.Cryptography;
using FpgaEdge.Cli.Images;
using FpgaEdge.Hardware;

namespace FpgaEdge.Cli.Commands.Update;

/// <summary>Makes signed updates out of card images, and the keys for them.</summary>
internal static class UpdateBundler
{
    /// <summary>What the public key's file has behind the private one's name.</summary>
    public const string PublicSuffix = ".pub";

    /// <summary>Writes a new pair of keys: FILE with the private one, FILE.pub with the public one.</summary>
    /// <exception cref="CliException">There is such a file already.</exception>
    public static void NewKey(string file)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        try
        {
            var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
            if (!OperatingSystem.IsWindows())
            {
                options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
            }
            using var writer = new StreamWriter(new FileStream(file, options));
            writer.Write(key.ExportPkcs8PrivateKeyPem() + "\n");
            File.WriteAllText(file + PublicSuffix, key.ExportSubjectPublicKeyInfoPem() + "\n");
        }
        catch (IOException e)
        {
            throw new CliException(ExitCode.BadInputFile, $"{file}: {e.Message}; name a file that does not exist");
        }
    }

    /// <summary>Makes an update from slot A of a card image.</summary>
    /// <returns>What it says about itself.</returns>
    /// <exception cref="CliException">The image or the key cannot be used.</exception>
    public static UpdateManifest Make(string image, string keyFile, string board, string release, string output)
    {
        using ECDsa key = ReadKey(keyFile);
        if (board.Any(char.IsWhiteSpace) || release.Any(char.IsControl))
        {
            throw new CliException(ExitCode.Usage, "--release, --board: expected one line, found control characters");
        }
        BlockMap map = File.Exists(image + ".bmap")
            ? BlockMap.Read(image + ".bmap")
            : BlockMap.Everything(File.Exists(image) ? new FileInfo(image).Length : 0);
        using FileStream stream = OpenImage(image);
        byte[] head = new byte[CardTable.SectorBytes];
        stream.ReadExactly(head);
        CardTable table = CardTable.Read(head) ?? throw new CliException(ExitCode.BadInputFile,
            $"{image}: expected a card image of 'fpgaedge image build', found something else");
        long first = table.SlotA.Offset / BlockMap.BlockBytes;
        long end = first + (table.SlotA.Bytes / BlockMap.BlockBytes);
        (long First, long Last)[] runs = [.. map.Runs.Where(run => run.First < end && run.Last >= first)
            .Select(run => (Math.Max(run.First, first) - first, Math.Min(run.Last, end - 1) - first))];
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Copy(stream, table, runs, hash.AppendData);
        var manifest = new UpdateManifest(board, release, table.SlotA.Bytes, runs, Convert.ToHexStringLower(hash.GetHashAndReset()));
        using (FileStream update = File.Create(output + ".partial"))
        {
            manifest.Write(update, key);
            Copy(stream, table, runs, update.Write);
        }
        File.Move(output + ".partial", output, overwrite: true);
        return manifest;
    }

    private static FileStream OpenImage(string image)
    {
        try
        {
            return File.OpenRead(image);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CliException(ExitCode.BadInputFile, $"{image}: {e.Message} Name a plain card image.");
        }
    }

    private static ECDsa ReadKey(string file)
    {
        var key = ECDsa.Create();
        try
        {
            key.ImportFromPem(File.ReadAllText(file));
            return key;
        }
        catch (Exception e) when (e is IOException or ArgumentException or CryptographicException or UnauthorizedAccessException)
        {
            throw new CliException(ExitCode.BadInputFile, $"{file}: expected a private key (PEM), found none ({e.Message}); " +
                "make one with 'fpgaedge update key'");
        }
    }

    private delegate void Take(ReadOnlySpan<byte> bytes);

    private static void Copy(FileStream image, CardTable table, (long First, long Last)[] runs, Take take)
    {
        byte[] block = new byte[1 << 20];
        foreach ((long first, long last) in runs)
        {
            image.Position = table.SlotA.Offset + (first * BlockMap.BlockBytes);
            for (long left = (last - first + 1) * BlockMap.BlockBytes; left > 0;)
            {
                int count = (int)Math.Min(left, block.Length);
                image.ReadExactly(block, 0, count);
                take(block.AsSpan(0, count));
                left -= count;
            }
        }
    }
}
