using FpgaEdge.Planning;
using FpgaEdge.Wire;
using Microsoft.Win32.SafeHandles;

namespace FpgaEdge.Board;

/// <summary>The packages that a board keeps over restarts: one file per package, named by its hash.</summary>
internal sealed class PackageFolder(string folder)
{
    private const string Pattern = "*.package";
    private const string Partial = ".package.part";

    /// <summary>Every package in the folder that is not too large; what cannot be read is logged and left
    /// out.</summary>
    public IEnumerable<byte[]> ReadAll(BoardLog log)
    {
        if (!Directory.Exists(folder))
        {
            yield break;
        }
        foreach (string file in Directory.EnumerateFiles(folder, Pattern).Order(StringComparer.Ordinal).Take(WireLimits.Packages))
        {
            byte[]? bytes = null;
            try
            {
                bytes = new FileInfo(file).Length <= WireLimits.PackageBytes ? File.ReadAllBytes(file) : null;
            }
            catch (IOException e)
            {
                log.Write("package not read", ("file", file), ("reason", e.Message));
            }
            if (bytes is not null)
            {
                yield return bytes;
            }
        }
    }

    /// <summary>What interrupted fetches left, with the packages' names; each is as long as its package.</summary>
    public IEnumerable<(PackageHash Package, byte[] Bytes)> ReadPartial()
    {
        if (!Directory.Exists(folder))
        {
            yield break;
        }
        foreach (string file in Directory.EnumerateFiles(folder, $"*{Partial}").Order(StringComparer.Ordinal).Take(WireLimits.Packages))
        {
            byte[]? bytes = null;
            try
            {
                bytes = new FileInfo(file).Length <= WireLimits.PackageBytes ? File.ReadAllBytes(file) : null;
            }
            catch (IOException)
            {
                // It is fetched again.
            }
            if (bytes is not null && PackageHash.TryParse(Path.GetFileName(file.AsSpan())[..^Partial.Length], out PackageHash package))
            {
                yield return (package, bytes);
            }
        }
    }

    /// <summary>Keeps a part of a package that is being fetched.</summary>
    public void KeepPart(PackageHash hash, int packageBytes, int offset, ReadOnlySpan<byte> bytes)
    {
        try
        {
            Directory.CreateDirectory(folder);
            using SafeFileHandle file = File.OpenHandle(Path.Combine(folder, $"{hash}{Partial}"), FileMode.OpenOrCreate, FileAccess.Write);
            if (RandomAccess.GetLength(file) != packageBytes)
            {
                RandomAccess.SetLength(file, packageBytes);
            }
            RandomAccess.Write(file, bytes, offset);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A restart then fetches it again.
        }
    }

    /// <summary>Keeps a package; a full card costs only that.</summary>
    public void Keep(PackageHash hash, ReadOnlyMemory<byte> bytes, BoardLog log)
    {
        string file = Path.Combine(folder, $"{hash}.package");
        try
        {
            Directory.CreateDirectory(folder);
            // A name appears only when the bytes behind it are whole.
            string partial = Path.Combine(folder, $"{hash}{Partial}");
            File.WriteAllBytes(partial, bytes.Span);
            File.Move(partial, file, overwrite: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            log.Write("package not kept", ("file", file), ("reason", e.Message));
        }
    }
}
