namespace FpgaEdge.Vta;

/// <summary>The limits of SPEC section 1 that decide whether a configuration can be encoded and built.</summary>
internal static class VtaFeasibility
{
    /// <summary>sram_base is 16 bits wide in every memory instruction.</summary>
    private const int MaxLogDepth = 16;

    /// <summary>More than the on-chip memory of any device, and little enough to simulate.</summary>
    private const int MaxLogBufferSize = 26;

    public static void Check(VtaConfiguration c)
    {
        Require(c.LogInpWidth is >= 0 and <= 4, "LOG_INP_WIDTH 0..4 (1 to 16 bits)", c.LogInpWidth);
        Require(c.LogWgtWidth is >= 0 and <= 4, "LOG_WGT_WIDTH 0..4 (1 to 16 bits)", c.LogWgtWidth);
        Require(c.LogAccWidth == 5, "LOG_ACC_WIDTH = 5 (accumulators are 32 bits)", c.LogAccWidth);
        Require(c.LogBatch is >= 0 and <= 6, "LOG_BATCH 0..6", c.LogBatch);
        Require(c.LogBlock is >= 0 and <= 7, "LOG_BLOCK 0..7", c.LogBlock);
        Require(c.Batch * c.BlockIn * c.InpBits >= 8, "an activation element of at least 8 bits",
            c.Batch * c.BlockIn * c.InpBits);
        Require(c.BlockIn * c.BlockOut * c.WgtBits >= 8, "a weight element of at least 8 bits",
            c.BlockIn * c.BlockOut * c.WgtBits);
        int largest = Math.Max(
            Math.Max(c.LogUopBufferSize, c.LogInpBufferSize), Math.Max(c.LogWgtBufferSize, c.LogAccBufferSize));
        Require(largest <= MaxLogBufferSize, $"buffers of at most 2^{MaxLogBufferSize} bytes", largest);
        CheckDepth("LOG_UOP_BUFF_SIZE", "micro-op", c.LogUopDepth);
        CheckDepth("LOG_INP_BUFF_SIZE", "activation", c.LogInpDepth);
        CheckDepth("LOG_WGT_BUFF_SIZE", "weight", c.LogWgtDepth);
        CheckDepth("LOG_ACC_BUFF_SIZE", "accumulator", c.LogAccDepth);
        CheckEncoding(c);
    }

    private static void CheckEncoding(VtaConfiguration c)
    {
        int a = c.LogAccDepth;
        int i = c.LogInpDepth;
        int w = c.LogWgtDepth;
        int u = c.LogUopDepth;
        int source = c.Isa == VtaIsa.Legacy ? i : Math.Max(a, i);
        string depths = $"with log2 depths acc {a}, inp {i}, wgt {w}, uop {u}";
        string sourceName = c.Isa == VtaIsa.Legacy ? "I" : "max(A, I)";
        Require(a + source + w <= 32, $"micro-op fields A + {sourceName} + W <= 32 bits",
            a + source + w, depths);
        Require(37 + (2 * u) <= 64, "GEMM and ALU word 0: 37 + 2U <= 64 bits", 37 + (2 * u), depths);
        VtaInstructionLayout layout = VtaInstructionLayout.Pack(c);
        Require(layout.WgtFactorIn.End <= 128, "GEMM word 1: 2(A + I + W) <= 64 bits", 2 * (a + i + w), depths);
        Require(layout.Immediate.End <= 128, "ALU word 1: 4A + 20 <= 64 bits", (4 * a) + 20, depths);
    }

    private static void CheckDepth(string key, string what, int logDepth)
    {
        Require(logDepth is >= 1 and <= MaxLogDepth,
            $"{key} that gives 1..{MaxLogDepth} as log2 of the {what} buffer's depth", logDepth);
    }

    private static void Require(bool condition, string expected, int found, string where = "")
    {
        if (!condition)
        {
            string context = where.Length == 0 ? "" : " " + where;
            throw new VtaException($"VTA configuration impossible: expected {expected}, found {found}{context}");
        }
    }
}
