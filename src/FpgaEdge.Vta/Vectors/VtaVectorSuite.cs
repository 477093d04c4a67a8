namespace FpgaEdge.Vta.Vectors;

/// <summary>
/// A set of programs with known outcomes for one configuration: an index in JSON and a blob. Reading checks every range
/// before it is used, so a damaged file is refused with the place of the damage.
/// </summary>
public sealed class VtaVectorSuite
{
    internal VtaVectorSuite(
        string name, VtaConfiguration configuration, uint dramBase, ReadOnlyMemory<byte> blob,
        IReadOnlyList<VtaVectorCase> cases)
    {
        Name = name;
        Configuration = configuration;
        DramBase = dramBase;
        Blob = blob;
        Cases = cases;
    }

    /// <summary>The configuration's short name.</summary>
    public string Name { get; }

    /// <summary>Gateware all programs are for, instruction set included.</summary>
    public VtaConfiguration Configuration { get; }

    /// <summary>Physical address of the first byte of DRAM; nothing below is mapped.</summary>
    public uint DramBase { get; }

    /// <summary>Programs and data.</summary>
    public ReadOnlyMemory<byte> Blob { get; }

    /// <summary>The programs.</summary>
    public IReadOnlyList<VtaVectorCase> Cases { get; }

    /// <summary>Whether the index is of a known kind that holds no programs (replays of another project's runtime).
    /// </summary>
    /// <param name="json">Contents of the index.</param>
    /// <param name="caseCount">Cases it holds.</param>
    /// <exception cref="VtaException">Not a vector index.</exception>
    public static bool IsRuntimeReplay(ReadOnlyMemory<byte> json, out int caseCount) =>
        VtaVectorReader.IsRuntimeReplay(json, out caseCount);

    /// <summary>Reads a suite.</summary>
    /// <param name="json">Contents of the index.</param>
    /// <param name="readBlob">Returns the blob, given its file name beside the index.</param>
    /// <exception cref="VtaException">The index or the blob is malformed; one line that says where.</exception>
    public static VtaVectorSuite Read(ReadOnlyMemory<byte> json, Func<string, byte[]> readBlob) =>
        VtaVectorReader.Read(json, readBlob);

    /// <summary>The DRAM a program starts with, instruction stream included.</summary>
    public byte[] CreateDram(VtaVectorCase vectorCase)
    {
        byte[] dram = new byte[vectorCase.DramSize];
        foreach (VtaVectorSegment segment in vectorCase.Segments)
        {
            Span<byte> target = dram.AsSpan((int)(segment.Address - DramBase), segment.Length);
            if (segment.Seed is ulong seed)
            {
                SplitMix64.Fill(seed, target);
            }
            else
            {
                Blob.Span.Slice(segment.BlobOffset, segment.Length).CopyTo(target);
            }
        }
        Bytes(vectorCase.Instructions).CopyTo(dram.AsSpan((int)(vectorCase.InstructionAddress - DramBase)));
        return dram;
    }

    /// <summary>The DRAM a program must end with; not for cases where only the hash is known.</summary>
    public byte[] CreateExpectedDram(VtaVectorCase vectorCase)
    {
        byte[] dram = CreateDram(vectorCase);
        foreach (VtaVectorPatch patch in vectorCase.Patches)
        {
            Bytes(patch.Bytes).CopyTo(dram.AsSpan((int)(patch.Address - DramBase)));
        }
        return dram;
    }

    /// <summary>A part of the blob.</summary>
    public ReadOnlySpan<byte> Bytes(VtaBlobRange range) => Blob.Span.Slice(range.Offset, range.Length);
}
