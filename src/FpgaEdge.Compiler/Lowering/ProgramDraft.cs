using FpgaEdge.Vta;

namespace FpgaEdge.Compiler.Lowering;

/// <summary>
/// An instruction stream in the making: transfers that respect the field widths, and token flags added to
/// instructions that are already there.
/// </summary>
internal sealed class ProgramDraft(VtaConfiguration configuration)
{
    /// <summary>Largest size and stride of a transfer: 16-bit fields.</summary>
    private const int MaximumField = 65535;

    /// <summary>The stream so far.</summary>
    public List<VtaInstruction> Instructions { get; } = [];

    /// <summary>Micro-ops, loaded once at the start of the program.</summary>
    public List<VtaMicroOp> MicroOps { get; } = [];

    /// <summary>Number of instructions so far.</summary>
    public int Count => Instructions.Count;

    public void Add(VtaInstruction instruction) => Instructions.Add(instruction);

    /// <summary>Gives an instruction more token flags.</summary>
    public void Flag(int index, VtaDependencies flags) =>
        Instructions[index] = Instructions[index] with { Dependencies = Instructions[index].Dependencies | flags };

    /// <summary>Loads rows of DRAM elements into consecutive scratchpad lines.</summary>
    /// <param name="memory">Where to.</param>
    /// <param name="sram">First line.</param>
    /// <param name="bytes">Byte offset of the tensor in the window.</param>
    /// <param name="element">First element, counted from there.</param>
    /// <param name="rows">Rows.</param>
    /// <param name="length">Elements of a row.</param>
    /// <param name="stride">Elements between rows.</param>
    public void Load(VtaMemoryId memory, int sram, long bytes, long element, int rows, int length, int stride)
    {
        foreach ((int row, int count, int rowLength) in Pieces(rows, length, stride))
        {
            Add(new VtaLoad
            {
                Memory = memory, SramBase = sram + (row * length),
                DramBase = Dram(memory, bytes, element + ((long)row * stride)),
                YSize = count, XSize = rowLength, XStride = count == 1 ? rowLength : stride,
            });
        }
    }

    /// <summary>Stores consecutive scratchpad lines as rows of DRAM elements.</summary>
    /// <inheritdoc cref="Load"/>
    public void Store(int sram, long bytes, long element, int rows, int length, int stride)
    {
        foreach ((int row, int count, int rowLength) in Pieces(rows, length, stride))
        {
            Add(new VtaStore
            {
                Memory = VtaMemoryId.Out, SramBase = sram + (row * length),
                DramBase = Dram(VtaMemoryId.Out, bytes, element + ((long)row * stride)),
                YSize = count, XSize = rowLength, XStride = count == 1 ? rowLength : stride,
            });
        }
    }

    /// <summary>DRAM address in elements.</summary>
    public uint Dram(VtaMemoryId memory, long bytes, long element) =>
        checked((uint)((bytes / configuration.ElementBytes(memory)) + element));

    /// <summary>One row when rows touch, one instruction when the stride fits its field, one per row
    /// otherwise.</summary>
    private static IEnumerable<(int Row, int Count, int Length)> Pieces(int rows, int length, int stride)
    {
        if (rows == 1 || (length == stride && (long)rows * length <= MaximumField))
        {
            yield return (0, 1, rows * length);
        }
        else if (stride <= MaximumField)
        {
            yield return (0, rows, length);
        }
        else
        {
            for (int row = 0; row < rows; row++)
            {
                yield return (row, 1, length);
            }
        }
    }
}
