using System.Security.Cryptography;
using System.Text;
using FpgaEdge.Wire;

namespace FpgaEdge.Board;

/// <summary>
/// The keys of a cluster, as they lie in a file: one key per line in 64 hexadecimal digits; empty lines and lines that
/// start with # are skipped. The first key seals, all of them open, so a running cluster's key is changed by giving
/// every node both keys, then changing their order, then leaving the old one out; nodes read a changed file again. Keys
/// are never part of a message, a log or a command line.
/// </summary>
public sealed class ClusterKeys
{
    /// <summary>Most keys of a file: during a change there are two.</summary>
    public const int Maximum = 4;

    /// <summary>What tools say when they start without a key.</summary>
    public const string MissingNotice =
        "no --key-file: datagrams are authenticated by checksum only, which keeps out accidents but nobody who means "
        + "harm; make a key with 'fpgaedge key new --out FILE'";

    private const int LargestFile = 4096;
    private const int Digits = 2 * AeadSeal.KeyBytes;
    private readonly byte[][] keys;

    private ClusterKeys(byte[][] keys, string? file) => (this.keys, File) = (keys, file);

    /// <summary>The file that they were read from, or null.</summary>
    public string? File { get; }

    /// <summary>Number of keys.</summary>
    public int Count => keys.Length;

    /// <summary>One fresh random key.</summary>
    public static ClusterKeys New() => new([RandomNumberGenerator.GetBytes(AeadSeal.KeyBytes)], null);

    /// <summary>Reads a key file.</summary>
    /// <exception cref="KeyFileException">The file cannot be read or holds something else.</exception>
    public static ClusterKeys Read(string path)
    {
        var keys = new List<byte[]>();
        int number = 0;
        foreach (string line in ReadText(path).Split('\n'))
        {
            number++;
            string text = line.Trim();
            if (text.Length == 0 || text[0] == '#')
            {
                continue;
            }
            if (text.Length != Digits || !text.All(char.IsAsciiHexDigit))
            {
                string found = text.Length == Digits ? "other characters" : $"{text.Length} characters";
                throw new KeyFileException($"{path}({number}): expected a key of {Digits} hexadecimal digits, found " +
                    $"{found}; make a key with 'fpgaedge key new --out FILE'");
            }
            keys.Add(Convert.FromHexString(text));
        }
        return keys.Count is > 0 and <= Maximum
            ? new ClusterKeys([.. keys], path)
            : throw new KeyFileException($"{path}: expected 1 to {Maximum} keys, one per line, found {keys.Count}; " +
                "make a key with 'fpgaedge key new --out FILE'");
    }

    /// <summary>The keys in hexadecimal, the sealing one first: for a card, and for nothing that is printed.</summary>
    public IReadOnlyList<string> ToText() => [.. keys.Select(Convert.ToHexStringLower)];

    /// <summary>Writes the keys to a new file that only its owner can read.</summary>
    /// <exception cref="KeyFileException">The file exists already, or cannot be written.</exception>
    public void WriteNew(string path)
    {
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, BufferSize = 0 };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }
        string text = string.Concat(ToText().Select(key => key + "\n"));
        try
        {
            using var file = new FileStream(path, options);
            file.Write(Encoding.ASCII.GetBytes("# FpgaEdge cluster key: the same file on every board and client\n" + text));
        }
        catch (IOException) when (Path.Exists(path))
        {
            throw new KeyFileException(
                $"{path}: there is a file already, and a key that is overwritten is lost; name another file");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new KeyFileException($"{path}: {e.Message}; name a file in a folder that can be written", e);
        }
    }

    /// <summary>The seal of one node for one start; its salt is drawn here.</summary>
    /// <param name="clusterName">The cluster's name.</param>
    /// <param name="sender">Identity of the node.</param>
    public AeadSeal NewSeal(string clusterName, ulong sender) =>
        new(keys, clusterName, sender, RandomNumberGenerator.GetBytes(AeadSeal.SaltBytes));

    /// <summary>Gives a node's seal these keys in the place of those it has.</summary>
    public void Change(AeadSeal seal) => seal.ChangeKeys(keys, RandomNumberGenerator.GetBytes(AeadSeal.SaltBytes));

    private static string ReadText(string path)
    {
        try
        {
            using FileStream file = System.IO.File.OpenRead(path);
            Span<byte> bytes = stackalloc byte[LargestFile + 1];
            int length = file.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
            return length <= LargestFile
                ? Encoding.UTF8.GetString(bytes[..length])
                : throw new KeyFileException(
                    $"{path}: expected at most {LargestFile} bytes of keys, found more; name a key file");
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new KeyFileException($"{path}: no such file; make a key with 'fpgaedge key new --out FILE'", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new KeyFileException($"{path}: cannot be read as a key file: {e.Message}", e);
        }
    }
}
