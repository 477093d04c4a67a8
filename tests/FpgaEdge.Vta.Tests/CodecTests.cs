namespace FpgaEdge.Vta.Tests;

[TestClass]
public sealed class CodecTests
{
    [TestMethod]
    public void EncodingThenDecodingIsTheIdentity()
    {
        // Goal: no field is lost, cut or mixed up, in any feasible configuration and both instruction sets.
        // Method: random instructions with every field drawn from its whole range.
        var random = new Random(11);
        for (int i = 0; i < 4000; i++)
        {
            VtaConfiguration configuration = new RandomPrograms(random).Configuration();
            var codec = new VtaInstructionCodec(configuration);
            VtaInstruction instruction = Any(random, configuration, codec.Layout);
            byte[] bytes = new byte[16];
            codec.Encode(instruction, bytes);
            Assert.AreEqual(instruction, codec.Decode(bytes), configuration.BitstreamName);
        }
    }

    [TestMethod]
    public void DecodingThenEncodingKeepsEveryBitThatHasAMeaning()
    {
        // Goal: the other direction. Method: random bits, decoded and encoded twice; the second time nothing changes.
        var random = new Random(12);
        byte[] bits = new byte[16];
        byte[] again = new byte[16];
        for (int i = 0; i < 4000; i++)
        {
            var codec = new VtaInstructionCodec(new RandomPrograms(random).Configuration());
            random.NextBytes(bits);
            VtaInstruction decoded = codec.Decode(bits);
            if (decoded is VtaStore { Memory: VtaMemoryId.Uop or > VtaMemoryId.Acc8 } or
                VtaLoad { Memory: > VtaMemoryId.Acc8 })
            {
                continue;
            }
            codec.Encode(decoded, again);
            Assert.AreEqual(decoded, codec.Decode(again));
        }
    }

    [TestMethod]
    public void MicroOpsSurviveARoundTrip()
    {
        // Goal: as for instructions. Method: random indices over each field's whole range.
        var random = new Random(13);
        for (int i = 0; i < 4000; i++)
        {
            VtaConfiguration configuration = new RandomPrograms(random).Configuration();
            var codec = new VtaInstructionCodec(configuration);
            var op = new VtaMicroOp(
                Value(random, codec.Layout.UopDst),
                Value(random, codec.Layout.UopSrc),
                Value(random, codec.Layout.UopWgt));
            Assert.AreEqual(op, codec.DecodeMicroOp(codec.EncodeMicroOp(op)));
        }
    }

    [TestMethod]
    public void TheDefaultLayoutUsesEveryBit()
    {
        // Goal: the published field positions. Method: the specification's numbers for the default configuration.
        VtaInstructionLayout layout = VtaInstructionLayout.For(VtaConfiguration.Pynq);
        Assert.AreEqual(new VtaBitField(26, 32), layout.DramBase);
        Assert.AreEqual(new VtaBitField(49, 14), layout.IterIn);
        Assert.AreEqual(new VtaBitField(118, 10), layout.WgtFactorIn);
        Assert.AreEqual(new VtaBitField(112, 16), layout.Immediate);
        Assert.AreEqual(new VtaBitField(22, 10), layout.UopWgt);
        VtaInstructionLayout legacy = VtaInstructionLayout.For(VtaConfiguration.Pynq with { Isa = VtaIsa.Legacy });
        Assert.AreEqual(new VtaBitField(25, 32), legacy.DramBase);
        Assert.AreEqual(new VtaBitField(111, 16), legacy.Immediate);
    }

    [TestMethod]
    public void AValueThatDoesNotFitIsRefusedByName()
    {
        // Goal: no silent truncation. Method: one value too large, in a single instruction and in a stream.
        var codec = new VtaInstructionCodec(VtaConfiguration.Pynq);
        VtaException single = Assert.ThrowsExactly<VtaException>(
            () => codec.Encode(new VtaGemm { WgtFactorIn = 1024 }, new byte[16]));
        StringAssert.Contains(single.Message, "wgt_factor_in: expected 0..1023, found 1024");
        VtaException inStream = Assert.ThrowsExactly<VtaException>(
            () => codec.EncodeAll([new VtaFinish(), new VtaAlu { Immediate = 40000 }]));
        Assert.AreEqual(1, inStream.InstructionIndex);
        var legacy = new VtaInstructionCodec(VtaConfiguration.Pynq with { Isa = VtaIsa.Legacy });
        Assert.ThrowsExactly<VtaException>(
            () => legacy.Encode(new VtaAlu { Operation = VtaAluOpcode.Mul }, new byte[16]));
    }

    private static int Value(Random random, VtaBitField field) => (int)random.NextInt64(1L << field.Width);

    private static VtaInstruction Any(Random random, VtaConfiguration c, VtaInstructionLayout l)
    {
        var dependencies = (VtaDependencies)random.Next(16);
        VtaInstruction instruction = random.Next(5) switch
        {
            0 => Transfer(new VtaLoad { Memory = (VtaMemoryId)random.Next(c.Isa == VtaIsa.Legacy ? 4 : 6) }, random),
            1 => Transfer(new VtaStore { Memory = random.Next(2) == 0 ? VtaMemoryId.Out : VtaMemoryId.Acc }, random),
            2 => new VtaGemm
            {
                Reset = random.Next(2) == 1,
                UopBegin = Value(random, l.UopBegin),
                UopEnd = Value(random, l.UopEnd),
                IterOut = Value(random, l.IterOut),
                IterIn = Value(random, l.IterIn),
                DstFactorOut = Value(random, l.DstFactorOut),
                DstFactorIn = Value(random, l.DstFactorIn),
                SrcFactorOut = Value(random, l.GemmSrcFactorOut),
                SrcFactorIn = Value(random, l.GemmSrcFactorIn),
                WgtFactorOut = Value(random, l.WgtFactorOut),
                WgtFactorIn = Value(random, l.WgtFactorIn),
            },
            3 => new VtaAlu
            {
                Reset = random.Next(2) == 1,
                UopBegin = Value(random, l.UopBegin),
                UopEnd = Value(random, l.UopEnd),
                IterOut = Value(random, l.IterOut),
                IterIn = Value(random, l.IterIn),
                DstFactorOut = Value(random, l.DstFactorOut),
                DstFactorIn = Value(random, l.DstFactorIn),
                SrcFactorOut = Value(random, l.AluSrcFactorOut),
                SrcFactorIn = Value(random, l.AluSrcFactorIn),
                Operation = (VtaAluOpcode)random.Next(c.Isa == VtaIsa.Legacy ? 4 : 8),
                UseImmediate = random.Next(2) == 1,
                Immediate = random.Next(-32768, 32768),
            },
            _ => new VtaFinish(),
        };
        return instruction with { Dependencies = dependencies };
    }

    private static VtaTransfer Transfer(VtaTransfer empty, Random random) => empty with
    {
        SramBase = random.Next(1 << 16),
        DramBase = (uint)random.NextInt64(1L << 32),
        YSize = random.Next(1 << 16),
        XSize = random.Next(1 << 16),
        XStride = random.Next(1 << 16),
        YPadBefore = random.Next(16),
        YPadAfter = random.Next(16),
        XPadBefore = random.Next(16),
        XPadAfter = random.Next(16),
    };
}
