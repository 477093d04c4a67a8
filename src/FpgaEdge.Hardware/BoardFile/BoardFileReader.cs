using FpgaEdge.Vta;

namespace FpgaEdge.Hardware;

/// <summary>From the text of a board file to a <see cref="BoardDescription"/>: every member is required, none is
/// ignored.</summary>
internal static class BoardFileReader
{
    /// <summary>Largest board file.</summary>
    private const int MaximumBytes = 256 * 1024;
    private const int PageBytes = 4096;

    /// <summary>The bytes of a board's file, read only if there are not too many.</summary>
    /// <param name="whereFilesAre">What a user learns whose file is not there.</param>
    /// <exception cref="BoardFileException">The file cannot be read, or is too large.</exception>
    public static byte[] ReadBytes(string file, string whereFilesAre)
    {
        try
        {
            long length = new FileInfo(file).Length;
            return length <= MaximumBytes
                ? File.ReadAllBytes(file)
                : throw new BoardFileException(file, $"expected at most {MaximumBytes} bytes, found {length}");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new BoardFileException(
                file, e is FileNotFoundException or DirectoryNotFoundException ? $"no such file; {whereFilesAre}" : e.Message);
        }
    }

    public static BoardDescription Parse(string file, ReadOnlySpan<byte> utf8)
    {
        LocatedJson root = LocatedJson.Parse(file, utf8);
        // Editors find the schema by it; nothing here does.
        _ = root.OptionalMember("$schema")?.Text();
        LocatedJson schema = root.Member("schema");
        if (schema.Integer(0, int.MaxValue) != 1)
        {
            throw schema.Fault("expected 1, the only schema this version reads");
        }
        string name = ReadName(root.Member("name"));
        string title = root.Member("title").Text();
        string soc = root.Member("soc").Text();
        MemoryAccess access = root.Member("access")
            .Choice(("files", MemoryAccess.Files), ("physical", MemoryAccess.Physical));
        RegisterBlocks registers = ReadRegisters(root.Member("registers"));
        if (access == MemoryAccess.Files && !BoardDescription.IsVirtual(name))
        {
            throw root.Member("name").Fault($"expected a name that begins with \"{BoardDescription.VirtualPrefix}\", " +
                "because the accelerator behind files is a model");
        }
        MemoryDescription memory = ReadMemory(root.Member("memory"));
        AcceleratorDescription accelerator = ReadAccelerator(root.Member("accelerator"));
        DmaRegion dma = DmaReader.Read(root.Member("dma"), access, memory, registers, accelerator.Configuration);
        long link = ReadLink(root.Member("link"));
        PowerSampling? sampling = RailReader.ReadSampling(root.OptionalMember("power"));
        RailDescription[] rails = RailReader.Read(root.Member("rails"), sampling, BoardDescription.IsVirtual(name));
        PlatformDescription? platform = PlatformReader.Read(root.OptionalMember("platform"));
        root.RefuseUnknown();
        return new BoardDescription(
            name, title, soc, access, registers, memory, dma, accelerator, link, rails, sampling, platform);
    }

    private static string ReadName(LocatedJson json)
    {
        string name = json.Text();
        return name.Length <= 40 && name.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '-')
            ? name
            : throw json.Fault("expected up to 40 lower-case letters, digits and hyphens: the name of the folder in bsp/");
    }

    private static RegisterBlocks ReadRegisters(LocatedJson json)
    {
        LocatedJson baseMember = json.Member("base");
        uint address = baseMember.Address();
        LocatedJson blockBytes = json.Member("blockBytes");
        var registers = new RegisterBlocks(
            address,
            (int)json.Member("blocks").Integer(4, 4),
            (int)blockBytes.Integer(PageBytes, 64 * 1024),
            json.Member("protocol").Choice(("hls", RegisterProtocol.Hls)),
            json.Member("source").Text());
        json.RefuseUnknown();
        RequireAligned(blockBytes, (uint)registers.BlockBytes, PageBytes, "a page");
        RequireAligned(baseMember, address, PageBytes, "a page");
        if ((ulong)address + (ulong)registers.ByteCount > 1UL << 32)
        {
            throw baseMember.Fault("the register blocks end beyond 4 GiB");
        }
        return registers;
    }

    private static MemoryDescription ReadMemory(LocatedJson json)
    {
        long bytes = json.Member("bytes").Integer(1 << 20, 1L << 40);
        json.Member("source").Text();
        UsedRange[] used = json.OptionalMember("used") is LocatedJson ranges
            ? [.. ranges.Items.Select(item => ReadUsed(item, bytes))]
            : [];
        json.RefuseUnknown();
        return new MemoryDescription(bytes, used);
    }

    private static UsedRange ReadUsed(LocatedJson json, long memoryBytes)
    {
        var range = new UsedRange(
            json.Member("base").Address(), json.Member("bytes").Integer(PageBytes, 1L << 32), json.Member("by").Text());
        json.RefuseUnknown();
        return range.Base + range.ByteCount <= memoryBytes
            ? range
            : throw json.Fault($"the range ends at 0x{range.Base + range.ByteCount:X}, beyond the memory's 0x{memoryBytes:X} bytes");
    }

    private static AcceleratorDescription ReadAccelerator(LocatedJson json)
    {
        VtaIsa isa = json.Member("isa").Choice(("current", VtaIsa.Current), ("legacy", VtaIsa.Legacy));
        long clock = json.Member("clockHertz").Integer(1_000_000, 1_000_000_000);
        LocatedJson axi = json.Member("axiBits");
        long axiBits = axi.Integer(32, 1024);
        RequireAligned(axi, (uint)axiBits, 32, "32");
        VtaConfiguration configuration = ReadConfiguration(json.Member("config"), isa);
        string source = json.Member("source").Text();
        json.RefuseUnknown();
        return new AcceleratorDescription(configuration, clock, (int)axiBits, source);
    }

    private static VtaConfiguration ReadConfiguration(LocatedJson json, VtaIsa isa)
    {
        int Log(string key) => (int)json.Member(key).Integer(0, 31);
        var configuration = new VtaConfiguration
        {
            Target = json.Member("TARGET").Text(),
            HardwareVersion = json.Member("HW_VER").Text(),
            Isa = isa,
            LogInpWidth = Log("LOG_INP_WIDTH"),
            LogWgtWidth = Log("LOG_WGT_WIDTH"),
            LogAccWidth = Log("LOG_ACC_WIDTH"),
            LogBatch = Log("LOG_BATCH"),
            LogBlock = Log("LOG_BLOCK"),
            LogUopBufferSize = Log("LOG_UOP_BUFF_SIZE"),
            LogInpBufferSize = Log("LOG_INP_BUFF_SIZE"),
            LogWgtBufferSize = Log("LOG_WGT_BUFF_SIZE"),
            LogAccBufferSize = Log("LOG_ACC_BUFF_SIZE"),
        };
        json.RefuseUnknown();
        try
        {
            return configuration.EnsureFeasible();
        }
        catch (VtaException e)
        {
            throw json.Fault(e.Message);
        }
    }

    private static long ReadLink(LocatedJson json)
    {
        long speed = json.Member("bitsPerSecond").Integer(1_000_000, 400_000_000_000);
        json.Member("source").Text();
        json.RefuseUnknown();
        return speed;
    }

    private static void RequireAligned(LocatedJson at, uint value, uint unit, string name)
    {
        if (value % unit != 0)
        {
            throw at.Fault($"expected a multiple of {unit} ({name}), found 0x{value:X}");
        }
    }
}
