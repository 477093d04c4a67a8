using System.Text;

namespace FpgaEdge.Board;

/// <summary>
/// A log that never fills a card: when the file has reached its size it becomes FILE.1, in the place of the one before, and a
/// new one is begun. What goes in also goes to another writer.
/// </summary>
public sealed class BoundedLogFile : TextWriter
{
    /// <summary>Size at which a new file is begun, in bytes.</summary>
    public const int DefaultBytes = 1 << 20;

    private readonly string path;
    private readonly int maximumBytes;
    private readonly TextWriter also;
    private StreamWriter? file;

    /// <summary>Goes on at the end of the file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="also">Where every line goes as well.</param>
    /// <param name="maximumBytes">Size at which a new file is begun.</param>
    /// <exception cref="OptionException">The file cannot be written.</exception>
    public BoundedLogFile(string path, TextWriter also, int maximumBytes = DefaultBytes)
    {
        this.path = path;
        this.also = also;
        this.maximumBytes = maximumBytes;
        try
        {
            file = NewFile();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new OptionException($"--log-file {path}: {e.Message}; name a file that can be written");
        }
    }

    /// <inheritdoc />
    public override Encoding Encoding => Encoding.UTF8;

    /// <inheritdoc />
    public override void WriteLine(string? value)
    {
        also.WriteLine(value);
        try
        {
            if (file?.BaseStream.Length + (value?.Length ?? 0) >= maximumBytes)
            {
                file!.Dispose();
                File.Move(path, $"{path}.1", overwrite: true);
                file = NewFile();
            }
            file?.WriteLine(value);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A card that is full or gone ends the file, not the board.
            file = null;
        }
    }

    /// <inheritdoc />
    public override void Flush() => also.Flush();

    /// <inheritdoc />
    protected override void Dispose(bool disposing) => file?.Dispose();

    private StreamWriter NewFile() => new(
        new FileStream(path, FileMode.Append, FileAccess.Write, FileShare.Read), new UTF8Encoding(false)) { AutoFlush = true };
}
