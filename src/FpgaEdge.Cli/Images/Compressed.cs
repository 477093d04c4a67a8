using System.IO.Compression;

namespace FpgaEdge.Cli.Images;

/// <summary>Opens files that may be compressed; what they are is seen from their first bytes, not from their name.</summary>
internal static class Compressed
{
    /// <summary>The uncompressed bytes of a file, and whether they are the file's own.</summary>
    /// <exception cref="CliException">The tool that decompresses is missing.</exception>
    public static (Stream Stream, bool IsPlain) Open(string file)
    {
        FileStream plain = OpenFile(file);
        Span<byte> head = stackalloc byte[6];
        int length = plain.ReadAtLeast(head, head.Length, throwOnEndOfStream: false);
        plain.Position = 0;
        head = head[..length];
        if (head.StartsWith((ReadOnlySpan<byte>)[0x1F, 0x8B]))
        {
            return (new GZipStream(plain, CompressionMode.Decompress), false);
        }
        bool xz = head.SequenceEqual((ReadOnlySpan<byte>)[0xFD, (byte)'7', (byte)'z', (byte)'X', (byte)'Z', 0]);
        if (!xz && !head.StartsWith((ReadOnlySpan<byte>)[0x28, 0xB5, 0x2F, 0xFD]))
        {
            return (plain, true);
        }
        plain.Dispose();
        return (HostTool.Pipe(xz ? "xz" : "zstd", "-dc", file), false);
    }

    private static FileStream OpenFile(string file)
    {
        try
        {
            return new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16, FileOptions.SequentialScan);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException or UnauthorizedAccessException)
        {
            throw new CliException(ExitCode.BadInputFile, $"{file}: {e.Message} Name a file that can be read.");
        }
    }
}
