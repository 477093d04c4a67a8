namespace FpgaEdge.Cli.Inputs;

/// <summary>
/// The cases to run, in order and by name; each is decoded when it is asked for. Files are sorted by path in ordinal
/// order, whatever the shell or file system does; the cases of one raw file keep their order in it.
/// </summary>
public sealed class InputSet
{
    private readonly List<Case> cases = [];
    private readonly List<string> skipped = [];
    private readonly RawFormat? format;

    private InputSet(RawFormat? format) => this.format = format;

    /// <summary>Number of cases.</summary>
    public int Count => cases.Count;

    /// <summary>Files of a folder that were left out because they are not images.</summary>
    public IReadOnlyList<string> Skipped => skipped;

    /// <summary>Opens files and folders (not their sub-folders).</summary>
    /// <param name="paths">Files and folders.</param>
    /// <param name="format">
    /// Null: images, recognised by content. Otherwise every file is raw and holds one or more cases of this format,
    /// named
    /// <c>file[0]</c>, <c>file[1]</c>, … where there are several.
    /// </param>
    /// <exception cref="InputException">Nothing there, not readable, not an image, or not whole cases.</exception>
    public static InputSet Open(IReadOnlyList<string> paths, RawFormat? format)
    {
        var set = new InputSet(format);
        var files = new List<(string Path, bool Listed)>();
        foreach (string path in paths)
        {
            if (Directory.Exists(path))
            {
                files.AddRange(InputFile.Guard(path, () => Directory.GetFiles(path))
                    .Where(file => !Path.GetFileName(file).StartsWith('.'))
                    .Select(file => (file, true)));
            }
            else
            {
                files.Add((path, false));
            }
        }
        foreach ((string path, bool listed) in files.OrderBy(file => file.Path, StringComparer.Ordinal))
        {
            set.AddFile(path, listed);
        }
        return set.cases.Count > 0 ? set : throw set.Nothing(paths);
    }

    /// <summary>Cases of a raw file that is already in memory, such as an embedded sample.</summary>
    /// <exception cref="InputException">Not a whole number of cases.</exception>
    public static InputSet FromMemory(string name, byte[] content, RawFormat format)
    {
        var set = new InputSet(format);
        set.AddCases(name, content.Length, content);
        return set;
    }

    /// <summary>The case's file path, with its number in brackets where the file holds several.</summary>
    public string Name(int index) => cases[index].Name;

    /// <summary>Reads and decodes one case.</summary>
    /// <exception cref="InputException">The file is damaged, or gone since the set was opened.</exception>
    public DecodedInput Decode(int index)
    {
        Case item = cases[index];
        if (format is null)
        {
            return ImageReader.Decode(InputFile.ReadAll(item.Path, InputLimits.MaxFileBytes), item.Name);
        }
        return item.Content is null
            ? format.Decode(InputFile.ReadPart(item.Path, item.Offset, format.CaseBytes), item.Name)
            : format.Decode(item.Content.AsSpan((int)item.Offset, format.CaseBytes), item.Name);
    }

    /// <summary>One case as the network's input: height × width × channels, row-major.</summary>
    /// <exception cref="InputException">The case cannot be read or does not fit.</exception>
    public float[] Read(int index, Preprocessing preprocessing, InputShape network) =>
        preprocessing.Apply(Decode(index), network);

    private void AddFile(string path, bool listed)
    {
        if (format is not null)
        {
            AddCases(path, InputFile.Length(path), null);
            return;
        }
        byte[] start = InputFile.ReadStart(path, ImageReader.SignatureBytes);
        if (ImageReader.Recognise(start) != ImageKind.Unknown)
        {
            cases.Add(new Case(path, path, 0, null));
        }
        else if (listed)
        {
            skipped.Add(path);
        }
        else
        {
            throw ImageReader.NotAnImage(path, start);
        }
        CheckCount(path);
    }

    private void AddCases(string path, long length, byte[]? content)
    {
        long count = length / format!.CaseBytes;
        if (count == 0 || length % format.CaseBytes != 0)
        {
            throw new InputException(
                path, $"a multiple of {format.CaseBytes} bytes (cases of {format})", $"{length} bytes",
                "check --input-shape and --input-type");
        }
        for (int i = 0; i < count; i++)
        {
            cases.Add(new Case(count == 1 ? path : $"{path}[{i}]", path, (long)i * format.CaseBytes, content));
            CheckCount(path);
        }
    }

    private void CheckCount(string path)
    {
        if (cases.Count > InputLimits.MaxCases)
        {
            throw new InputException(
                path, $"at most {InputLimits.MaxCases} cases", "more", "give fewer files at a time");
        }
    }

    private InputException Nothing(IReadOnlyList<string> paths) => new(
        string.Join(", ", paths), "PPM, PGM, PNG or JPEG images",
        skipped.Count == 0 ? "no files" : $"{skipped.Count} other files",
        "for raw tensors add --input-shape and --input-type");

    private sealed record Case(string Name, string Path, long Offset, byte[]? Content);
}
