namespace FpgaEdge.Vta;

/// <summary>Place of a field in a 128-bit instruction or a 32-bit micro-op, in bits from the least
/// significant.</summary>
public readonly record struct VtaBitField(int Offset, int Width)
{
    /// <summary>One past the last bit.</summary>
    public int End => Offset + Width;
}

/// <summary>
/// Where every field lies for one configuration. The reference declares C bit-fields of 64-bit words, so the rule is:
/// fill from bit 0, and move a field that would straddle a word boundary to the next word (SPEC section 2). With a
/// small micro-op buffer the first factor therefore slides into word 0.
/// </summary>
public sealed record VtaInstructionLayout
{
    /// <summary>Operation code, common to all instructions.</summary>
    public VtaBitField Opcode { get; private init; }

    /// <summary>The four token flags in the order of <see cref="VtaDependencies"/>.</summary>
    public VtaBitField Dependencies { get; private init; }

    /// <summary>LOAD, STORE: memory id.</summary>
    public VtaBitField MemoryType { get; private init; }

    /// <summary>LOAD, STORE: scratchpad address.</summary>
    public VtaBitField SramBase { get; private init; }

    /// <summary>LOAD, STORE: DRAM address.</summary>
    public VtaBitField DramBase { get; private init; }

    /// <summary>LOAD, STORE: rows.</summary>
    public VtaBitField YSize { get; private init; }

    /// <summary>LOAD, STORE: elements per row.</summary>
    public VtaBitField XSize { get; private init; }

    /// <summary>LOAD, STORE: DRAM row pitch.</summary>
    public VtaBitField XStride { get; private init; }

    /// <summary>LOAD: zero rows above.</summary>
    public VtaBitField YPadBefore { get; private init; }

    /// <summary>LOAD: zero rows below.</summary>
    public VtaBitField YPadAfter { get; private init; }

    /// <summary>LOAD: zero elements left.</summary>
    public VtaBitField XPadBefore { get; private init; }

    /// <summary>LOAD: zero elements right.</summary>
    public VtaBitField XPadAfter { get; private init; }

    /// <summary>GEMM, ALU: reset flag.</summary>
    public VtaBitField Reset { get; private init; }

    /// <summary>GEMM, ALU: first micro-op.</summary>
    public VtaBitField UopBegin { get; private init; }

    /// <summary>GEMM, ALU: micro-op limit.</summary>
    public VtaBitField UopEnd { get; private init; }

    /// <summary>GEMM, ALU: outer iterations.</summary>
    public VtaBitField IterOut { get; private init; }

    /// <summary>GEMM, ALU: inner iterations.</summary>
    public VtaBitField IterIn { get; private init; }

    /// <summary>GEMM, ALU: outer destination factor.</summary>
    public VtaBitField DstFactorOut { get; private init; }

    /// <summary>GEMM, ALU: inner destination factor.</summary>
    public VtaBitField DstFactorIn { get; private init; }

    /// <summary>GEMM: outer source factor.</summary>
    public VtaBitField GemmSrcFactorOut { get; private init; }

    /// <summary>GEMM: inner source factor.</summary>
    public VtaBitField GemmSrcFactorIn { get; private init; }

    /// <summary>GEMM: outer weight factor.</summary>
    public VtaBitField WgtFactorOut { get; private init; }

    /// <summary>GEMM: inner weight factor.</summary>
    public VtaBitField WgtFactorIn { get; private init; }

    /// <summary>ALU: outer source factor.</summary>
    public VtaBitField AluSrcFactorOut { get; private init; }

    /// <summary>ALU: inner source factor.</summary>
    public VtaBitField AluSrcFactorIn { get; private init; }

    /// <summary>ALU: operation.</summary>
    public VtaBitField AluOpcode { get; private init; }

    /// <summary>ALU: immediate flag.</summary>
    public VtaBitField UseImmediate { get; private init; }

    /// <summary>ALU: signed immediate.</summary>
    public VtaBitField Immediate { get; private init; }

    /// <summary>Micro-op: destination index.</summary>
    public VtaBitField UopDst { get; private init; }

    /// <summary>Micro-op: source index.</summary>
    public VtaBitField UopSrc { get; private init; }

    /// <summary>Micro-op: weight index.</summary>
    public VtaBitField UopWgt { get; private init; }

    /// <summary>The layout of a feasible configuration.</summary>
    /// <exception cref="VtaException">The configuration is impossible.</exception>
    public static VtaInstructionLayout For(VtaConfiguration configuration) => Pack(configuration.EnsureFeasible());

    /// <summary>All fields by format (mem, gem, alu, uop) and the names vector files give them.</summary>
    public IEnumerable<(string Format, string Field, VtaBitField Place)> NamedFields() => VtaLayoutNames.Of(this);

    /// <summary>Packs without asking whether the result fits; the feasibility check looks at that.</summary>
    internal static VtaInstructionLayout Pack(VtaConfiguration c)
    {
        int idBits = c.Isa == VtaIsa.Legacy ? 2 : 3;
        int a = c.LogAccDepth;
        int sourceBits = c.Isa == VtaIsa.Legacy ? c.LogInpDepth : Math.Max(a, c.LogInpDepth);
        BitFieldPacker memory = BitFieldPacker.AfterHeader();
        BitFieldPacker loop = BitFieldPacker.AfterHeader();
        var layout = new VtaInstructionLayout
        {
            Opcode = new VtaBitField(0, 3),
            Dependencies = new VtaBitField(3, 4),
            MemoryType = memory.Next(idBits),
            SramBase = memory.Next(16),
            DramBase = memory.Next(32),
            YSize = memory.Next(16),
            XSize = memory.Next(16),
            XStride = memory.Next(16),
            YPadBefore = memory.Next(4),
            YPadAfter = memory.Next(4),
            XPadBefore = memory.Next(4),
            XPadAfter = memory.Next(4),
            Reset = loop.Next(1),
            UopBegin = loop.Next(c.LogUopDepth),
            UopEnd = loop.Next(c.LogUopDepth + 1),
            IterOut = loop.Next(14),
            IterIn = loop.Next(14),
            DstFactorOut = loop.Next(a),
            DstFactorIn = loop.Next(a),
            UopDst = new VtaBitField(0, a),
            UopSrc = new VtaBitField(a, sourceBits),
            UopWgt = new VtaBitField(a + sourceBits, c.LogWgtDepth),
        };
        BitFieldPacker gemm = loop;
        BitFieldPacker alu = loop;
        return layout with
        {
            GemmSrcFactorOut = gemm.Next(c.LogInpDepth),
            GemmSrcFactorIn = gemm.Next(c.LogInpDepth),
            WgtFactorOut = gemm.Next(c.LogWgtDepth),
            WgtFactorIn = gemm.Next(c.LogWgtDepth),
            AluSrcFactorOut = alu.Next(a),
            AluSrcFactorIn = alu.Next(a),
            AluOpcode = alu.Next(idBits),
            UseImmediate = alu.Next(1),
            Immediate = alu.Next(16),
        };
    }

    /// <summary>Hands out consecutive fields by the C rule. A mutable value type, so copying it forks the
    /// position.</summary>
    private struct BitFieldPacker
    {
        private int position;

        public static BitFieldPacker AfterHeader() => new() { position = 7 };

        public VtaBitField Next(int width)
        {
            if ((position & 63) + width > 64)
            {
                position = (position + 63) & ~63;
            }
            var field = new VtaBitField(position, width);
            position += width;
            return field;
        }
    }
}
