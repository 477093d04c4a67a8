namespace FpgaEdge.Hardware;

/// <summary>What starts the kernel on a board.</summary>
public enum CardLoader
{
    /// <summary>U-Boot, which runs <c>boot.scr</c> from the boot partition.</summary>
    UBoot = 0,

    /// <summary>GRUB in the boot record, which runs <c>boot/grub.cfg</c>.</summary>
    Grub = 1,
}

/// <summary>A file that a card needs and that this project does not make.</summary>
/// <param name="File">Its name in the folder given with <c>--files</c>, and on the card.</param>
/// <param name="What">What it is.</param>
/// <param name="From">Where to get it.</param>
/// <param name="Optional">Whether a card without it may do.</param>
public sealed record CardFile(string File, string What, string From, bool Optional);

/// <summary>What a <c>bsp/NAME/card.json</c> says: the geometry of the board's card and what goes on it.</summary>
/// <param name="Board">The folder in bsp/ whose board.json describes the board.</param>
/// <param name="Loader">What starts the kernel.</param>
/// <param name="ImageBytes">Size of the image: a power of two, because SD cards in emulators have such sizes.</param>
/// <param name="BootBytes">Size of the FAT boot partition.</param>
/// <param name="SlotBytes">Size of each root slot.</param>
/// <param name="KernelArguments">Arguments besides root and slot.</param>
/// <param name="Console">The serial console as the kernel names it, for example ttyPS0.</param>
/// <param name="BootFiles">Files of the boot partition (or, for GRUB, of the boot record).</param>
/// <param name="SlotFiles">Files of each slot's <c>/boot</c>: kernel, device tree, bitstream.</param>
/// <param name="Root">Where to get a root file system.</param>
public sealed record CardDescription(
    string Board, CardLoader Loader, long ImageBytes, long BootBytes, long SlotBytes, string KernelArguments, string Console,
    IReadOnlyList<CardFile> BootFiles, IReadOnlyList<CardFile> SlotFiles, string Root)
{
    private const int Mebibyte = 1 << 20;

    /// <summary>Reads and checks a card file.</summary>
    /// <exception cref="BoardFileException">The file cannot be read or says something impossible.</exception>
    public static CardDescription Read(string file) =>
        Parse(file, BoardFileReader.ReadBytes(file, "boards with cards have a bsp/NAME/card.json"));

    /// <summary>Reads and checks the text of a card file.</summary>
    /// <param name="file">The name that errors carry.</param>
    /// <param name="utf8">The whole document.</param>
    public static CardDescription Parse(string file, ReadOnlySpan<byte> utf8)
    {
        LocatedJson root = LocatedJson.Parse(file, utf8);
        LocatedJson schema = root.Member("schema");
        if (schema.Integer(0, int.MaxValue) != 1)
        {
            throw schema.Fault("expected 1, the only schema this version reads");
        }
        LocatedJson image = root.Member("imageBytes");
        var card = new CardDescription(
            ReadBoard(root.Member("board")),
            root.Member("loader").Choice(("u-boot", CardLoader.UBoot), ("grub", CardLoader.Grub)),
            Size(image, 64L * Mebibyte),
            Size(root.Member("bootBytes"), 33L * Mebibyte),
            Size(root.Member("slotBytes"), 16L * Mebibyte),
            root.Member("kernelArguments").Text(),
            root.Member("console").Text(),
            [.. root.Member("bootFiles").Items.Select(ReadFile)],
            [.. root.Member("slotFiles").Items.Select(ReadFile)],
            root.Member("root").Text());
        root.RefuseUnknown();
        if (!long.IsPow2(card.ImageBytes))
        {
            throw image.Fault($"expected a power of two, found {card.ImageBytes}");
        }
        if (card.BootBytes + (2 * card.SlotBytes) + (17 * Mebibyte) > card.ImageBytes)
        {
            throw image.Fault("boot partition and slots leave no room for data");
        }
        return card;
    }

    private static string ReadBoard(LocatedJson json)
    {
        string name = json.Text();
        return name.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '-')
            ? name
            : throw json.Fault("expected lower-case letters, digits and hyphens: the name of a folder in bsp/");
    }

    private static long Size(LocatedJson json, long minimum)
    {
        long bytes = json.Integer(minimum, 256L << 30);
        return bytes % Mebibyte == 0 ? bytes : throw json.Fault($"expected whole mebibytes, found {bytes}");
    }

    private static CardFile ReadFile(LocatedJson json)
    {
        LocatedJson name = json.Member("file");
        string file = name.Text();
        if (!file.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_') || file.StartsWith('.'))
        {
            throw name.Fault("expected a plain file name");
        }
        var result = new CardFile(file, json.Member("what").Text(), json.Member("from").Text(), json.Member("optional").Flag());
        json.RefuseUnknown();
        return result;
    }
}
