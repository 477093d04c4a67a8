using System.Security.Cryptography;
using System.Text;
using System.Xml;
using System.Xml.Linq;

namespace FpgaEdge.Cli.Images;

/// <summary>A run of blocks that an image really uses.</summary>
/// <param name="First">First block.</param>
/// <param name="Last">Last block.</param>
/// <param name="Sha256">Hash of their bytes in hexadecimal, or null when nobody knows.</param>
internal readonly record struct MappedRun(long First, long Last, string? Sha256 = null);

/// <summary>
/// Which 4096-byte blocks of an image have to be written; all others hold nothing that anybody reads. As a file it is
/// a block map of bmap-tools, version 2.0, so <c>bmaptool copy</c> understands our images and we understand others'.
/// </summary>
/// <param name="ImageBytes">Size of the image.</param>
/// <param name="Runs">Runs in ascending order.</param>
internal sealed record BlockMap(long ImageBytes, IReadOnlyList<MappedRun> Runs)
{
    /// <summary>Bytes of a block.</summary>
    public const int BlockBytes = 4096;

    private const int MaximumFileBytes = 64 << 20;
    private static readonly string NoChecksum = new('0', 64);

    /// <summary>Bytes in all runs.</summary>
    public long MappedBytes => Runs.Sum(run => BytesOf(run));

    /// <summary>The map of an image about which nothing is known.</summary>
    public static BlockMap Everything(long imageBytes) => new(imageBytes, [new(0, ((imageBytes + BlockBytes - 1) / BlockBytes) - 1)]);

    /// <summary>Bytes of a run; the last block of an image may be cut.</summary>
    public long BytesOf(MappedRun run) => Math.Min(ImageBytes, (run.Last + 1) * BlockBytes) - (run.First * BlockBytes);

    /// <summary>Makes a map from flags, one per block, with hashes of the runs.</summary>
    public static BlockMap FromFlags(FileStream image, bool[] used)
    {
        var runs = new List<MappedRun>();
        for (int block = 0; block < used.Length; block++)
        {
            if (used[block])
            {
                int first = block;
                while (block + 1 < used.Length && used[block + 1])
                {
                    block++;
                }
                runs.Add(new MappedRun(first, block));
            }
        }
        var map = new BlockMap(image.Length, runs);
        return map with { Runs = [.. runs.Select(run => run with { Sha256 = map.Hash(image, run) })] };
    }

    /// <summary>The map's file.</summary>
    public string ToXml()
    {
        XElement Text(string name, object value) => new(name, $" {value} ");
        var document = new XElement("bmap", new XAttribute("version", "2.0"),
            Text("ImageSize", ImageBytes), Text("BlockSize", BlockBytes),
            Text("BlocksCount", (ImageBytes + BlockBytes - 1) / BlockBytes),
            Text("MappedBlocksCount", Runs.Sum(run => run.Last - run.First + 1)),
            Text("ChecksumType", "sha256"), Text("BmapFileChecksum", NoChecksum),
            new XElement("BlockMap", Runs.Select(run => new XElement("Range",
                run.Sha256 is null ? null : new XAttribute("chksum", run.Sha256),
                run.First == run.Last ? $" {run.First} " : $" {run.First}-{run.Last} "))));
        string text = $"<?xml version=\"1.0\" ?>\n{document}\n".ReplaceLineEndings("\n");
        return text.Replace(NoChecksum, Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text))));
    }

    /// <summary>Reads a map's file.</summary>
    /// <exception cref="CliException">Damaged, or of another kind.</exception>
    public static BlockMap Read(string file)
    {
        try
        {
            if (new FileInfo(file).Length > MaximumFileBytes)
            {
                throw new FormatException("it is larger than any block map");
            }
            string text = File.ReadAllText(file);
            using var reader = XmlReader.Create(new StringReader(text), new XmlReaderSettings { DtdProcessing = DtdProcessing.Prohibit });
            XElement root = XDocument.Load(reader).Root!;
            string Value(string name) => root.Element(name)?.Value.Trim() ?? throw new FormatException($"{name} is missing");
            string checksum = Value("BmapFileChecksum");
            string found = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text.Replace(checksum, NoChecksum))));
            if (checksum != found)
            {
                throw new FormatException($"its checksum is {found}, not {checksum}");
            }
            if (Value("BlockSize") != $"{BlockBytes}" || Value("ChecksumType") != "sha256")
            {
                throw new FormatException("it uses other blocks than 4096 bytes with sha256");
            }
            var map = new BlockMap(long.Parse(Value("ImageSize")), [.. root.Element("BlockMap")!.Elements("Range").Select(ReadRun)]);
            return map.RequireOrder();
        }
        catch (Exception e) when (e is XmlException or FormatException or OverflowException or NullReferenceException)
        {
            throw new CliException(ExitCode.BadInputFile,
                $"{file}: expected a block map, version 2.0, found a damaged one ({e.Message}); delete it to write every block");
        }
    }

    /// <summary>Hash of one run of an image.</summary>
    public string Hash(FileStream image, MappedRun run)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        byte[] buffer = new byte[1 << 20];
        image.Position = run.First * BlockBytes;
        for (long left = BytesOf(run); left > 0;)
        {
            int read = image.Read(buffer, 0, (int)Math.Min(left, buffer.Length));
            if (read == 0)
            {
                throw new EndOfStreamException();
            }
            hash.AppendData(buffer, 0, read);
            left -= read;
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static MappedRun ReadRun(XElement range)
    {
        string[] ends = range.Value.Trim().Split('-');
        return new MappedRun(long.Parse(ends[0]), long.Parse(ends[^1]), range.Attribute("chksum")?.Value);
    }

    private BlockMap RequireOrder()
    {
        long next = 0;
        foreach (MappedRun run in Runs)
        {
            if (run.First < next || run.Last < run.First || run.First * BlockBytes >= ImageBytes)
            {
                throw new FormatException($"range {run.First}-{run.Last} is out of order");
            }
            next = run.Last + 1;
        }
        return this;
    }
}
