using System.Buffers.Binary;

namespace FpgaEdge.Vta;

/// <summary>
/// Translates instructions and micro-ops to and from their binary form, for one configuration and instruction set.
/// Decoding never fails on 16 bytes: what does not exist becomes a value that says so and cannot be executed.
/// </summary>
public sealed class VtaInstructionCodec
{
    /// <summary>Bytes of one instruction.</summary>
    public const int InstructionBytes = 16;

    /// <summary>Bytes of one micro-op.</summary>
    public const int MicroOpBytes = 4;

    private readonly bool legacy;

    /// <summary>A codec for one configuration.</summary>
    /// <exception cref="VtaException">The configuration is impossible.</exception>
    public VtaInstructionCodec(VtaConfiguration configuration)
    {
        Layout = VtaInstructionLayout.For(configuration);
        legacy = configuration.Isa == VtaIsa.Legacy;
    }

    /// <summary>Where the fields are.</summary>
    public VtaInstructionLayout Layout { get; }

    /// <summary>Decodes the 16 bytes at the start of <paramref name="bytes"/>.</summary>
    /// <exception cref="VtaException">Fewer than 16 bytes.</exception>
    public VtaInstruction Decode(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < InstructionBytes)
        {
            throw new VtaException($"instruction: expected {InstructionBytes} bytes, found {bytes.Length}");
        }
        var word = new InstructionWord(
            BinaryPrimitives.ReadUInt64LittleEndian(bytes), BinaryPrimitives.ReadUInt64LittleEndian(bytes[8..]));
        var dependencies = (VtaDependencies)word.Get(Layout.Dependencies);
        int opcode = word.Get(Layout.Opcode);
        return (VtaOpcode)opcode switch
        {
            VtaOpcode.Load => DecodeTransfer(new VtaLoad { Dependencies = dependencies }, word),
            VtaOpcode.Store => DecodeTransfer(new VtaStore { Dependencies = dependencies }, word),
            VtaOpcode.Gemm => DecodeGemm(word, dependencies),
            VtaOpcode.Alu => DecodeAlu(word, dependencies),
            VtaOpcode.Finish => new VtaFinish { Dependencies = dependencies },
            _ => new VtaInvalid(opcode) { Dependencies = dependencies },
        };
    }

    /// <summary>Decodes a stream of whole instructions.</summary>
    /// <exception cref="VtaException">The length is not a multiple of 16.</exception>
    public VtaInstruction[] DecodeAll(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length % InstructionBytes != 0)
        {
            throw new VtaException($"instruction stream: expected a multiple of 16 bytes, found {bytes.Length}");
        }
        var instructions = new VtaInstruction[bytes.Length / InstructionBytes];
        for (int i = 0; i < instructions.Length; i++)
        {
            instructions[i] = Decode(bytes.Slice(i * InstructionBytes, InstructionBytes));
        }
        return instructions;
    }

    /// <summary>Writes 16 bytes to the start of <paramref name="destination"/>; unused bits are zero.</summary>
    /// <exception cref="VtaException">A value does not fit its field, which is named, or the destination is short.
    /// </exception>
    public void Encode(VtaInstruction instruction, Span<byte> destination)
    {
        if (destination.Length < InstructionBytes)
        {
            throw new VtaException(
                $"instruction: expected room for {InstructionBytes} bytes, found {destination.Length}");
        }
        var word = default(InstructionWord);
        word.Set(Layout.Opcode, (int)instruction.Opcode, "opcode");
        word.Set(Layout.Dependencies, (int)instruction.Dependencies, "token flags");
        switch (instruction)
        {
            case VtaTransfer transfer:
                EncodeTransfer(transfer, ref word);
                break;
            case VtaGemm gemm:
                EncodeGemm(gemm, ref word);
                break;
            case VtaAlu alu:
                EncodeAlu(alu, ref word);
                break;
        }
        BinaryPrimitives.WriteUInt64LittleEndian(destination, word.Low);
        BinaryPrimitives.WriteUInt64LittleEndian(destination[8..], word.High);
    }

    /// <summary>Encodes a whole stream.</summary>
    /// <exception cref="VtaException">A value does not fit; the message names the instruction and the
    /// field.</exception>
    public byte[] EncodeAll(IReadOnlyList<VtaInstruction> instructions)
    {
        byte[] bytes = new byte[instructions.Count * InstructionBytes];
        for (int i = 0; i < instructions.Count; i++)
        {
            try
            {
                Encode(instructions[i], bytes.AsSpan(i * InstructionBytes));
            }
            catch (VtaException e) when (e.InstructionIndex is null)
            {
                throw new VtaException(i, e.Message);
            }
        }
        return bytes;
    }

    /// <summary>Decodes one micro-op.</summary>
    public VtaMicroOp DecodeMicroOp(uint bits)
    {
        var word = new InstructionWord(bits, 0);
        return new VtaMicroOp(word.Get(Layout.UopDst), word.Get(Layout.UopSrc), word.Get(Layout.UopWgt));
    }

    /// <summary>Encodes one micro-op.</summary>
    /// <exception cref="VtaException">An index does not fit its field, which is named.</exception>
    public uint EncodeMicroOp(VtaMicroOp microOp)
    {
        var word = default(InstructionWord);
        word.Set(Layout.UopDst, microOp.Dst, "micro-op dst");
        word.Set(Layout.UopSrc, microOp.Src, "micro-op src");
        word.Set(Layout.UopWgt, microOp.Wgt, "micro-op wgt");
        return (uint)word.Low;
    }

    private VtaTransfer DecodeTransfer(VtaTransfer empty, InstructionWord word)
    {
        int memory = word.Get(Layout.MemoryType);
        if (legacy && memory == 0 && empty is VtaStore)
        {
            // The legacy field is too narrow for the output buffer's id, so 4 was always written as 0.
            memory = (int)VtaMemoryId.Out;
        }
        return empty with
        {
            Memory = (VtaMemoryId)memory,
            SramBase = word.Get(Layout.SramBase),
            DramBase = (uint)word.Get(Layout.DramBase),
            YSize = word.Get(Layout.YSize),
            XSize = word.Get(Layout.XSize),
            XStride = word.Get(Layout.XStride),
            YPadBefore = word.Get(Layout.YPadBefore),
            YPadAfter = word.Get(Layout.YPadAfter),
            XPadBefore = word.Get(Layout.XPadBefore),
            XPadAfter = word.Get(Layout.XPadAfter),
        };
    }

    private VtaGemm DecodeGemm(InstructionWord word, VtaDependencies dependencies) => new()
    {
        Dependencies = dependencies,
        Reset = word.Get(Layout.Reset) != 0,
        UopBegin = word.Get(Layout.UopBegin),
        UopEnd = word.Get(Layout.UopEnd),
        IterOut = word.Get(Layout.IterOut),
        IterIn = word.Get(Layout.IterIn),
        DstFactorOut = word.Get(Layout.DstFactorOut),
        DstFactorIn = word.Get(Layout.DstFactorIn),
        SrcFactorOut = word.Get(Layout.GemmSrcFactorOut),
        SrcFactorIn = word.Get(Layout.GemmSrcFactorIn),
        WgtFactorOut = word.Get(Layout.WgtFactorOut),
        WgtFactorIn = word.Get(Layout.WgtFactorIn),
    };

    private VtaAlu DecodeAlu(InstructionWord word, VtaDependencies dependencies) => new()
    {
        Dependencies = dependencies,
        Reset = word.Get(Layout.Reset) != 0,
        UopBegin = word.Get(Layout.UopBegin),
        UopEnd = word.Get(Layout.UopEnd),
        IterOut = word.Get(Layout.IterOut),
        IterIn = word.Get(Layout.IterIn),
        DstFactorOut = word.Get(Layout.DstFactorOut),
        DstFactorIn = word.Get(Layout.DstFactorIn),
        SrcFactorOut = word.Get(Layout.AluSrcFactorOut),
        SrcFactorIn = word.Get(Layout.AluSrcFactorIn),
        Operation = (VtaAluOpcode)word.Get(Layout.AluOpcode),
        UseImmediate = word.Get(Layout.UseImmediate) != 0,
        Immediate = (short)word.Get(Layout.Immediate),
    };

    private void EncodeTransfer(VtaTransfer transfer, ref InstructionWord word)
    {
        int memory = (int)transfer.Memory;
        if (legacy && transfer is VtaStore && transfer.Memory == VtaMemoryId.Out)
        {
            memory = 0;
        }
        word.Set(Layout.MemoryType, memory, "memory_type");
        word.Set(Layout.SramBase, transfer.SramBase, "sram_base");
        word.Set(Layout.DramBase, (int)transfer.DramBase, "dram_base");
        word.Set(Layout.YSize, transfer.YSize, "y_size");
        word.Set(Layout.XSize, transfer.XSize, "x_size");
        word.Set(Layout.XStride, transfer.XStride, "x_stride");
        word.Set(Layout.YPadBefore, transfer.YPadBefore, "y_pad_0");
        word.Set(Layout.YPadAfter, transfer.YPadAfter, "y_pad_1");
        word.Set(Layout.XPadBefore, transfer.XPadBefore, "x_pad_0");
        word.Set(Layout.XPadAfter, transfer.XPadAfter, "x_pad_1");
    }

    private void EncodeGemm(VtaGemm gemm, ref InstructionWord word)
    {
        EncodeLoop(gemm, ref word);
        word.Set(Layout.GemmSrcFactorOut, gemm.SrcFactorOut, "src_factor_out");
        word.Set(Layout.GemmSrcFactorIn, gemm.SrcFactorIn, "src_factor_in");
        word.Set(Layout.WgtFactorOut, gemm.WgtFactorOut, "wgt_factor_out");
        word.Set(Layout.WgtFactorIn, gemm.WgtFactorIn, "wgt_factor_in");
    }

    private void EncodeAlu(VtaAlu alu, ref InstructionWord word)
    {
        if (alu.Immediate is < short.MinValue or > short.MaxValue)
        {
            throw new VtaException($"imm: expected -32768..32767, found {alu.Immediate}");
        }
        EncodeLoop(alu, ref word);
        word.Set(Layout.AluSrcFactorOut, alu.SrcFactorOut, "src_factor_out");
        word.Set(Layout.AluSrcFactorIn, alu.SrcFactorIn, "src_factor_in");
        word.Set(Layout.AluOpcode, (int)alu.Operation, "alu_opcode");
        word.Set(Layout.UseImmediate, alu.UseImmediate ? 1 : 0, "use_imm");
        word.Set(Layout.Immediate, (ushort)alu.Immediate, "imm");
    }

    private void EncodeLoop(VtaLoop loop, ref InstructionWord word)
    {
        word.Set(Layout.Reset, loop.Reset ? 1 : 0, "reset_reg");
        word.Set(Layout.UopBegin, loop.UopBegin, "uop_bgn");
        word.Set(Layout.UopEnd, loop.UopEnd, "uop_end");
        word.Set(Layout.IterOut, loop.IterOut, "iter_out");
        word.Set(Layout.IterIn, loop.IterIn, "iter_in");
        word.Set(Layout.DstFactorOut, loop.DstFactorOut, "dst_factor_out");
        word.Set(Layout.DstFactorIn, loop.DstFactorIn, "dst_factor_in");
    }

    /// <summary>Two 64-bit words, of which a field always lies in one.</summary>
    private struct InstructionWord(ulong low, ulong high)
    {
        public ulong Low { get; private set; } = low;

        public ulong High { get; private set; } = high;

        public readonly int Get(VtaBitField field)
        {
            ulong word = field.Offset < 64 ? Low : High;
            return (int)((word >> (field.Offset & 63)) & Mask(field));
        }

        public void Set(VtaBitField field, int value, string name)
        {
            if ((uint)value > Mask(field))
            {
                throw new VtaException($"{name}: expected 0..{Mask(field)}, found {value}");
            }
            ulong bits = (ulong)(uint)value << (field.Offset & 63);
            if (field.Offset < 64)
            {
                Low |= bits;
            }
            else
            {
                High |= bits;
            }
        }

        private static ulong Mask(VtaBitField field) => (1UL << field.Width) - 1;
    }
}
