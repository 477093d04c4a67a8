using System.Text;

namespace FpgaEdge.Vta;

/// <summary>Instructions and micro-ops as text, one line each.</summary>
public static class VtaDisassembler
{
    /// <summary>One line: operation, operands, tokens.</summary>
    public static string Format(VtaInstruction instruction)
    {
        string text = instruction switch
        {
            VtaTransfer { XSize: 0 } t => $"NOP   {Lower(t.Queue)}{(t.HasPadding ? " (x_size 0 with padding)" : "")}",
            VtaLoad l => $"LOAD  {Region(l)}{Padding(l)}",
            VtaStore s => $"STORE {Region(s)}{Padding(s)}",
            VtaGemm { Reset: true } g => $"RESET {Loops(g)} dst {Factors(g.DstFactorOut, g.DstFactorIn)}",
            VtaGemm g => $"GEMM  {Loops(g)} dst {Factors(g.DstFactorOut, g.DstFactorIn)} " +
                $"src {Factors(g.SrcFactorOut, g.SrcFactorIn)} wgt {Factors(g.WgtFactorOut, g.WgtFactorIn)}",
            VtaAlu a => FormatAlu(a),
            VtaFinish => "FINISH",
            _ => $"invalid operation code {(int)instruction.Opcode}",
        };
        return text + Tokens(instruction);
    }

    /// <summary>Indices of a micro-op.</summary>
    public static string Format(VtaMicroOp microOp) => $"dst {microOp.Dst} src {microOp.Src} wgt {microOp.Wgt}";

    /// <summary>A short name for pictures: the operation and what it works on.</summary>
    public static string ShortName(VtaInstruction instruction) => instruction switch
    {
        VtaTransfer { XSize: 0 } => "NOP",
        VtaLoad l => $"LOAD {l.Memory}",
        VtaStore => "STORE",
        VtaGemm { Reset: true } => "RESET",
        VtaGemm => "GEMM",
        VtaAlu a => $"ALU {a.Operation}",
        VtaFinish => "FINISH",
        _ => "invalid",
    };

    private static string FormatAlu(VtaAlu alu)
    {
        string operand = alu.UseImmediate
            ? $"imm {alu.Immediate}"
            : $"src {Factors(alu.SrcFactorOut, alu.SrcFactorIn)}";
        return $"{alu.Operation.ToString().ToUpperInvariant(),-5} {Loops(alu)} " +
            $"dst {Factors(alu.DstFactorOut, alu.DstFactorIn)} {operand}";
    }

    private static string Region(VtaTransfer t) =>
        $"{Lower(t.Memory)}[{t.SramBase}] dram 0x{t.DramBase:X} {t.YSize}x{t.XSize} stride {t.XStride}";

    private static string Padding(VtaTransfer t) => t.HasPadding
        ? $" pad y {t.YPadBefore}+{t.YPadAfter} x {t.XPadBefore}+{t.XPadAfter}"
        : "";

    private static string Loops(VtaLoop l) => $"uop[{l.UopBegin}..{l.UopEnd}) {l.IterOut}x{l.IterIn}";

    private static string Factors(int outer, int inner) => $"{outer},{inner}";

    private static string Tokens(VtaInstruction instruction)
    {
        if (instruction.Dependencies == VtaDependencies.None)
        {
            return "";
        }
        var text = new StringBuilder("  ;");
        Append(instruction, VtaDependencies.PopPrevious, "wait", -1, text);
        Append(instruction, VtaDependencies.PopNext, "wait", 1, text);
        Append(instruction, VtaDependencies.PushPrevious, "signal", -1, text);
        Append(instruction, VtaDependencies.PushNext, "signal", 1, text);
        return text.ToString();
    }

    private static void Append(
        VtaInstruction instruction, VtaDependencies flag, string verb, int direction, StringBuilder text)
    {
        if (!instruction.Dependencies.HasFlag(flag))
        {
            return;
        }
        int other = (int)instruction.Queue + direction;
        text.Append(' ').Append(verb).Append(' ')
            .Append(other is >= 0 and <= 2 ? Lower((VtaQueue)other) : "nobody");
    }

    private static string Lower<T>(T value)
        where T : struct, Enum => value.ToString().ToLowerInvariant();
}
