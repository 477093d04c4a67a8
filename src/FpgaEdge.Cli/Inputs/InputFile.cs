namespace FpgaEdge.Cli.Inputs;

/// <summary>Reads files with a limit; what the operating system refuses becomes one line.</summary>
internal static class InputFile
{
    /// <summary>The whole content of a file.</summary>
    /// <exception cref="InputException">Missing, not readable, or larger than the limit.</exception>
    public static byte[] ReadAll(string path, int limit) => Guard(path, () =>
    {
        using FileStream file = File.OpenRead(path);
        if (file.CanSeek && file.Length > limit)
        {
            throw TooLarge(path, limit, $"{file.Length}");
        }
        // A pipe or device says nothing about its length, so it is read up to the limit and one byte more.
        using var content = new MemoryStream(file.CanSeek ? (int)file.Length : 0);
        var buffer = new byte[81_920];
        int count;
        while ((count = file.Read(buffer)) > 0)
        {
            if (content.Length + count > limit)
            {
                throw TooLarge(path, limit, "more");
            }
            content.Write(buffer.AsSpan(0, count));
        }
        return content.ToArray();
    });

    /// <summary>The first bytes of a file; fewer where it ends before.</summary>
    public static byte[] ReadStart(string path, int count) => Guard(path, () =>
    {
        using FileStream file = File.OpenRead(path);
        var buffer = new byte[count];
        return buffer[..file.ReadAtLeast(buffer, count, throwOnEndOfStream: false)];
    });

    /// <summary>Bytes from the middle of a file.</summary>
    public static byte[] ReadPart(string path, long offset, int count) => Guard(path, () =>
    {
        using FileStream file = File.OpenRead(path);
        file.Seek(offset, SeekOrigin.Begin);
        var buffer = new byte[count];
        file.ReadExactly(buffer);
        return buffer;
    });

    /// <summary>Length in bytes.</summary>
    public static long Length(string path) => Guard(path, () => new FileInfo(path).Length);

    /// <summary>Runs a file operation; the failures that users cause become <see cref="InputException"/>.</summary>
    public static T Guard<T>(string path, Func<T> operation)
    {
        try
        {
            return operation();
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new InputException(path, "a file or folder", "nothing", "check the path", null, error);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentException
            or NotSupportedException)
        {
            throw new InputException(
                path, "a readable file", error.Message, "check the path and its permissions", null, error);
        }
    }

    private static InputException TooLarge(string path, int limit, string found) =>
        new(path, $"at most {limit} bytes", found, "use a smaller file");
}
