using System.Numerics;
using System.Text.Json;
using FpgaEdge.Vta.Vectors;

namespace FpgaEdge.Vta;

/// <summary>Instruction set generation. The two differ in field widths only, so one read as the other is silent
/// garbage.
/// </summary>
public enum VtaIsa
{
    /// <summary>3-bit memory ids and ALU operations (HW_VER 0.0.2).</summary>
    Current,

    /// <summary>2-bit memory ids and ALU operations (HW_VER 0.0.1), which most public bitstreams have.</summary>
    Legacy,
}

/// <summary>
/// The parameters a VTA bitstream is generated from (SPEC section 1), and every figure that follows from them. All
/// <c>Log…</c> members are base-2 logarithms; buffer sizes are in bytes, widths in bits. A value made with an
/// initialiser may be impossible: <see cref="EnsureFeasible"/> says so, and everything that takes a configuration calls
/// it.
/// </summary>
public sealed record VtaConfiguration
{
    /// <summary>Default of every published sample: 1x16_i8w8a32_15_15_18_17, current instruction set.</summary>
    public static VtaConfiguration Pynq { get; } = new();

    /// <summary>Back-end name as written in the configuration file.</summary>
    public string Target { get; init; } = "pynq";

    /// <summary>Bitstream version directory as written in the configuration file. It does not decide the
    /// instruction set: published files disagree with published bitstreams.</summary>
    public string HardwareVersion { get; init; } = "0.0.2";

    /// <summary>Instruction set generation of the gateware.</summary>
    public VtaIsa Isa { get; init; } = VtaIsa.Current;

    /// <summary>Activation width; outputs have the same.</summary>
    public int LogInpWidth { get; init; } = 3;

    /// <summary>Weight width.</summary>
    public int LogWgtWidth { get; init; } = 3;

    /// <summary>Accumulator width; only 5 (32 bits) exists.</summary>
    public int LogAccWidth { get; init; } = 5;

    /// <summary>Rows of one GEMM.</summary>
    public int LogBatch { get; init; }

    /// <summary>Input and output channels of one GEMM.</summary>
    public int LogBlock { get; init; } = 4;

    /// <summary>Micro-op buffer.</summary>
    public int LogUopBufferSize { get; init; } = 15;

    /// <summary>Activation buffer.</summary>
    public int LogInpBufferSize { get; init; } = 15;

    /// <summary>Weight buffer.</summary>
    public int LogWgtBufferSize { get; init; } = 18;

    /// <summary>Accumulator buffer.</summary>
    public int LogAccBufferSize { get; init; } = 17;

    /// <summary>GEMM rows per element.</summary>
    public int Batch => 1 << LogBatch;

    /// <summary>Input channels per element.</summary>
    public int BlockIn => 1 << LogBlock;

    /// <summary>Output channels per element.</summary>
    public int BlockOut => 1 << LogBlock;

    /// <summary>Bits of one activation.</summary>
    public int InpBits => 1 << LogInpWidth;

    /// <summary>Bits of one weight.</summary>
    public int WgtBits => 1 << LogWgtWidth;

    /// <summary>Bits of one accumulator.</summary>
    public int AccBits => 1 << LogAccWidth;

    /// <summary>Bits of one stored output.</summary>
    public int OutBits => InpBits;

    /// <summary>log2 of the number of micro-ops the micro-op buffer holds.</summary>
    public int LogUopDepth => LogUopBufferSize - 2;

    /// <summary>log2 of the number of elements the activation buffer holds.</summary>
    public int LogInpDepth => LogInpBufferSize - LogBatch - LogBlock - LogInpWidth + 3;

    /// <summary>log2 of the number of elements the weight buffer holds.</summary>
    public int LogWgtDepth => LogWgtBufferSize - (2 * LogBlock) - LogWgtWidth + 3;

    /// <summary>log2 of the number of elements the accumulator buffer holds.</summary>
    public int LogAccDepth => LogAccBufferSize - LogBatch - LogBlock - LogAccWidth + 3;

    /// <summary>log2 of the bytes of the output buffer, which shares the accumulators' index space.</summary>
    public int LogOutBufferSize => LogAccBufferSize + LogInpWidth - LogAccWidth;

    /// <summary>Micro-ops in the micro-op buffer.</summary>
    public int UopDepth => 1 << LogUopDepth;

    /// <summary>Elements in the activation buffer.</summary>
    public int InpDepth => 1 << LogInpDepth;

    /// <summary>Elements in the weight buffer.</summary>
    public int WgtDepth => 1 << LogWgtDepth;

    /// <summary>Elements in the accumulator and in the output buffer.</summary>
    public int AccDepth => 1 << LogAccDepth;

    /// <summary>Multiply-accumulates per GEMM micro-op, which the hardware does in one cycle.</summary>
    public int MacsPerGemm => Batch * BlockIn * BlockOut;

    /// <summary>Whether 8-bit accumulator loads make sense: the format they expand needs 8-bit activations.</summary>
    public bool SupportsAcc8 => Isa == VtaIsa.Current && InpBits == 8 && AccBits == 32;

    /// <summary>The name under which bitstreams of this configuration are published, e.g. 1x16_i8w8a32_15_15_18_17.
    /// </summary>
    public string BitstreamName =>
        $"{Batch}x{BlockIn}_i{InpBits}w{WgtBits}a{AccBits}_" +
        $"{LogUopBufferSize}_{LogInpBufferSize}_{LogWgtBufferSize}_{LogAccBufferSize}";

    /// <summary>Bytes of one element of <paramref name="memory"/> in DRAM: the unit of every DRAM address.</summary>
    public int ElementBytes(VtaMemoryId memory) => memory switch
    {
        VtaMemoryId.Uop => 4,
        VtaMemoryId.Wgt => BlockIn * BlockOut * WgtBits / 8,
        VtaMemoryId.Inp => Batch * BlockIn * InpBits / 8,
        VtaMemoryId.Acc => Batch * BlockOut * AccBits / 8,
        VtaMemoryId.Out => Batch * BlockOut * OutBits / 8,
        VtaMemoryId.Acc8 => Batch * BlockOut,
        _ => throw new VtaException($"memory id {(int)memory} does not exist"),
    };

    /// <summary>Elements the scratchpad behind <paramref name="memory"/> holds: the unit of every SRAM
    /// address.</summary>
    public int Depth(VtaMemoryId memory) => memory switch
    {
        VtaMemoryId.Uop => UopDepth,
        VtaMemoryId.Wgt => WgtDepth,
        VtaMemoryId.Inp => InpDepth,
        VtaMemoryId.Acc or VtaMemoryId.Out or VtaMemoryId.Acc8 => AccDepth,
        _ => throw new VtaException($"memory id {(int)memory} does not exist"),
    };

    /// <summary>The largest element, which every window base must be a multiple of.</summary>
    public int DramAlignment =>
        (int)BitOperations.RoundUpToPowerOf2((uint)Math.Max(ElementBytes(VtaMemoryId.Wgt), Math.Max(
            ElementBytes(VtaMemoryId.Acc), Math.Max(ElementBytes(VtaMemoryId.Inp), 16))));

    /// <summary>Reads a <c>vta_config.json</c>. Unknown keys are ignored; the instruction set is not in the
    /// file.</summary>
    /// <exception cref="VtaException">Not JSON, a key is missing or not an integer, or the configuration is impossible.
    /// </exception>
    public static VtaConfiguration FromJson(string json, VtaIsa isa = VtaIsa.Current)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(json);
            return FromJson(document.RootElement, isa);
        }
        catch (JsonException e)
        {
            throw new VtaException($"VTA configuration: expected a JSON object, found {e.Message}");
        }
    }

    /// <summary>Reads the object of a <c>vta_config.json</c> that is part of a larger document.</summary>
    /// <exception cref="VtaException">A key is missing or not an integer, or the configuration is
    /// impossible.</exception>
    public static VtaConfiguration FromJson(JsonElement json, VtaIsa isa = VtaIsa.Current)
    {
        if (json.ValueKind != JsonValueKind.Object)
        {
            throw new VtaException($"VTA configuration: expected a JSON object, found {json.ValueKind}");
        }
        return new VtaConfiguration
        {
            Target = OptionalText(json, "TARGET", "sim"),
            HardwareVersion = OptionalText(json, "HW_VER", ""),
            Isa = isa,
            LogInpWidth = RequiredLog(json, "LOG_INP_WIDTH"),
            LogWgtWidth = RequiredLog(json, "LOG_WGT_WIDTH"),
            LogAccWidth = RequiredLog(json, "LOG_ACC_WIDTH"),
            LogBatch = RequiredLog(json, "LOG_BATCH"),
            LogBlock = RequiredLog(json, "LOG_BLOCK"),
            LogUopBufferSize = RequiredLog(json, "LOG_UOP_BUFF_SIZE"),
            LogInpBufferSize = RequiredLog(json, "LOG_INP_BUFF_SIZE"),
            LogWgtBufferSize = RequiredLog(json, "LOG_WGT_BUFF_SIZE"),
            LogAccBufferSize = RequiredLog(json, "LOG_ACC_BUFF_SIZE"),
        }.EnsureFeasible();
    }

    /// <summary>Returns this configuration if gateware can exist for it.</summary>
    /// <exception cref="VtaException">Names the first constraint that fails, with the numbers in it.</exception>
    public VtaConfiguration EnsureFeasible()
    {
        VtaFeasibility.Check(this);
        return this;
    }

    private static string OptionalText(JsonElement json, string key, string fallback) =>
        new JsonField(json, "VTA configuration").Optional(key) is { Element.ValueKind: JsonValueKind.String } text
            ? text.Text()
            : fallback;

    private static int RequiredLog(JsonElement json, string key) =>
        new JsonField(json, "VTA configuration")[key].Int32(0, 31);
}
