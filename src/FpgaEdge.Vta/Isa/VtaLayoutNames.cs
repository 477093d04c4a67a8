namespace FpgaEdge.Vta;

/// <summary>The names under which vector files and the disassembler show instruction fields.</summary>
internal static class VtaLayoutNames
{
    /// <summary>All fields as (group, field, place).</summary>
    public static IEnumerable<(string Group, string Field, VtaBitField Place)> Of(VtaInstructionLayout layout)
    {
        foreach (string group in (string[])["mem", "gem", "alu"])
        {
            yield return (group, "opcode", layout.Opcode);
            string[] flags = ["pop_prev", "pop_next", "push_prev", "push_next"];
            for (int i = 0; i < flags.Length; i++)
            {
                yield return (group, flags[i], new VtaBitField(layout.Dependencies.Offset + i, 1));
            }
            foreach ((string field, VtaBitField place) in FieldsOf(group, layout))
            {
                yield return (group, field, place);
            }
        }
        yield return ("uop", "dst", layout.UopDst);
        yield return ("uop", "src", layout.UopSrc);
        yield return ("uop", "wgt", layout.UopWgt);
    }

    private static (string Field, VtaBitField Place)[] FieldsOf(string group, VtaInstructionLayout l) => group switch
    {
        "mem" =>
        [
            ("memory_type", l.MemoryType), ("sram_base", l.SramBase), ("dram_base", l.DramBase), ("y_size", l.YSize),
            ("x_size", l.XSize), ("x_stride", l.XStride), ("y_pad_0", l.YPadBefore), ("y_pad_1", l.YPadAfter),
            ("x_pad_0", l.XPadBefore), ("x_pad_1", l.XPadAfter),
        ],
        "gem" =>
        [
            .. Loop(l), ("src_out", l.GemmSrcFactorOut), ("src_in", l.GemmSrcFactorIn), ("wgt_out", l.WgtFactorOut),
            ("wgt_in", l.WgtFactorIn),
        ],
        _ =>
        [
            .. Loop(l), ("src_out", l.AluSrcFactorOut), ("src_in", l.AluSrcFactorIn), ("alu_opcode", l.AluOpcode),
            ("use_imm", l.UseImmediate), ("imm", l.Immediate),
        ],
    };

    private static (string Field, VtaBitField Place)[] Loop(VtaInstructionLayout l) =>
    [
        ("reset", l.Reset), ("uop_bgn", l.UopBegin), ("uop_end", l.UopEnd), ("iter_out", l.IterOut),
        ("iter_in", l.IterIn), ("dst_out", l.DstFactorOut), ("dst_in", l.DstFactorIn),
    ];
}
