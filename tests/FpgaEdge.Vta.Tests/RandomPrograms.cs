namespace FpgaEdge.Vta.Tests;

/// <summary>Random small configurations, and random legal programs for them whose tokens put all instructions in one
/// order, so that there is exactly one right result.</summary>
internal sealed class RandomPrograms(Random random)
{
    public const uint DramBase = 0x1_0000;
    public const int DramBytes = 1 << 16;

    /// <summary>Feasible, small buffers, all block sizes, widths and both instruction sets.</summary>
    public VtaConfiguration Configuration()
    {
        while (true)
        {
            var candidate = new VtaConfiguration
            {
                Isa = (VtaIsa)random.Next(2),
                LogInpWidth = random.Next(5),
                LogWgtWidth = random.Next(5),
                LogBatch = random.Next(4) == 0 ? random.Next(4) : 0,
                LogBlock = random.Next(6),
                LogUopBufferSize = random.Next(6, 12),
                LogInpBufferSize = random.Next(6, 13),
                LogWgtBufferSize = random.Next(6, 15),
                LogAccBufferSize = random.Next(6, 14),
            };
            try
            {
                candidate.EnsureFeasible();
            }
            catch (VtaException)
            {
                continue;
            }
            if (candidate.ElementBytes(VtaMemoryId.Wgt) <= DramBytes / 16)
            {
                return candidate;
            }
        }
    }

    /// <summary>A program of about <paramref name="length"/> instructions, FINISH included.</summary>
    public List<VtaInstruction> Program(VtaConfiguration c, int length)
    {
        var program = new List<VtaInstruction> { MicroOpLoad(c) };
        for (int i = 0; i < length; i++)
        {
            program.Add(random.Next(8) switch
            {
                0 or 1 => Load(c),
                2 => MicroOpLoad(c),
                3 => Store(c),
                4 or 5 => Gemm(c),
                _ => Alu(c),
            });
        }
        return Serialize(program);
    }

    /// <summary>Gives each instruction a token from the one before it.</summary>
    private static List<VtaInstruction> Serialize(List<VtaInstruction> program)
    {
        var result = new List<VtaInstruction>();
        foreach (VtaInstruction instruction in program)
        {
            Append(result, instruction);
        }
        Append(result, new VtaFinish());
        return result;
    }

    private static void Append(List<VtaInstruction> result, VtaInstruction instruction)
    {
        VtaQueue from = result.Count == 0 ? instruction.Queue : result[^1].Queue;
        bool viaCompute = (from != instruction.Queue && from != VtaQueue.Compute &&
            instruction.Queue != VtaQueue.Compute) || (instruction is VtaFinish && from != VtaQueue.Compute);
        if (viaCompute)
        {
            Append(result, new VtaLoad { Memory = VtaMemoryId.Uop });
            from = VtaQueue.Compute;
        }
        if (from != instruction.Queue)
        {
            bool up = instruction.Queue > from;
            VtaDependencies push = up ? VtaDependencies.PushNext : VtaDependencies.PushPrevious;
            VtaDependencies pop = up ? VtaDependencies.PopPrevious : VtaDependencies.PopNext;
            result[^1] = result[^1] with { Dependencies = result[^1].Dependencies | push };
            instruction = instruction with { Dependencies = pop };
        }
        result.Add(instruction);
    }

    private VtaLoad Load(VtaConfiguration c)
    {
        VtaMemoryId memory = random.Next(4) switch
        {
            0 => VtaMemoryId.Inp,
            1 => VtaMemoryId.Wgt,
            2 when c.SupportsAcc8 => VtaMemoryId.Acc8,
            _ => VtaMemoryId.Acc,
        };
        int depth = c.Depth(memory);
        while (true)
        {
            var load = new VtaLoad
            {
                Memory = memory,
                SramBase = random.Next(depth),
                YSize = random.Next(4),
                XSize = random.Next(5),
                XStride = random.Next(6),
                YPadBefore = Pad(),
                YPadAfter = Pad(),
                XPadBefore = Pad(),
                XPadAfter = Pad(),
                DramBase = Element(c, memory, 24),
            };
            if (load.XSize == 0 || load.SramBase + (load.PaddedXSize * load.PaddedYSize) <= depth)
            {
                return load;
            }
        }
    }

    private int Pad() => random.Next(3) == 0 ? random.Next(3) : 0;

    private uint Element(VtaConfiguration c, VtaMemoryId memory, int span)
    {
        int bytes = c.ElementBytes(memory);
        int first = (int)((DramBase + bytes - 1) / bytes);
        int count = (DramBytes / bytes) - span;
        return (uint)(first + random.Next(Math.Max(1, count)));
    }

    private VtaLoad MicroOpLoad(VtaConfiguration c)
    {
        int count = random.Next(1, Math.Min(c.UopDepth, 24) + 1);
        return new VtaLoad
        {
            Memory = VtaMemoryId.Uop,
            SramBase = random.Next(c.UopDepth - count + 1),
            YSize = 1,
            XSize = count,
            XStride = count,
            // Micro-ops are made to lie in the first quarter, which is filled with small indices.
            DramBase = (DramBase / 4) + (uint)random.Next((DramBytes / 16) - count),
        };
    }

    private VtaStore Store(VtaConfiguration c)
    {
        int rows = random.Next(1, 4);
        int columns = random.Next(1, 5);
        while (rows * columns > c.AccDepth)
        {
            rows = 1;
            columns = 1;
        }
        // Stores go to the last quarter, so that they do not overwrite micro-ops.
        int bytes = c.ElementBytes(VtaMemoryId.Out);
        int room = Math.Max(1, (DramBytes / 4 / bytes) - 24);
        long element = ((DramBase + (DramBytes * 3L / 4)) / bytes) + random.Next(room);
        return new VtaStore
        {
            Memory = VtaMemoryId.Out,
            SramBase = random.Next(c.AccDepth - (rows * columns) + 1),
            YSize = rows,
            XSize = columns,
            XStride = random.Next(6),
            DramBase = (uint)element,
        };
    }

    private VtaGemm Gemm(VtaConfiguration c)
    {
        (int begin, int end) = Range(c);
        return new VtaGemm
        {
            Reset = random.Next(6) == 0,
            UopBegin = begin,
            UopEnd = end,
            IterOut = random.Next(5),
            IterIn = random.Next(1, 6),
            DstFactorOut = Factor(c.AccDepth),
            DstFactorIn = Factor(c.AccDepth),
            SrcFactorOut = Factor(c.InpDepth),
            SrcFactorIn = Factor(c.InpDepth),
            WgtFactorOut = Factor(c.WgtDepth),
            WgtFactorIn = Factor(c.WgtDepth),
        };
    }

    private VtaAlu Alu(VtaConfiguration c)
    {
        (int begin, int end) = Range(c);
        var operation = (VtaAluOpcode)random.Next(c.Isa == VtaIsa.Legacy ? 4 : 5);
        return new VtaAlu
        {
            UopBegin = begin,
            UopEnd = end,
            IterOut = random.Next(1, 5),
            IterIn = random.Next(5),
            DstFactorOut = Factor(c.AccDepth),
            DstFactorIn = Factor(c.AccDepth),
            SrcFactorOut = Factor(c.AccDepth),
            SrcFactorIn = Factor(c.AccDepth),
            Operation = operation,
            UseImmediate = random.Next(2) == 0,
            Immediate = operation == VtaAluOpcode.Shr ? random.Next(-31, 32) : random.Next(-32768, 32768),
        };
    }

    private int Factor(int depth) => random.Next(3) == 0 ? 0 : random.Next(Math.Min(depth, 4));

    private (int Begin, int End) Range(VtaConfiguration c)
    {
        int begin = random.Next(c.UopDepth);
        return (begin, Math.Min(c.UopDepth, begin + random.Next(12)));
    }

    /// <summary>DRAM whose first quarter holds micro-ops with small indices, and random data elsewhere.</summary>
    public byte[] Dram(VtaConfiguration c)
    {
        byte[] dram = new byte[DramBytes];
        random.NextBytes(dram);
        var codec = new VtaInstructionCodec(c);
        int sources = Math.Min(c.InpDepth, c.AccDepth);
        for (int i = 0; i < DramBytes / 4; i += 4)
        {
            var op = new VtaMicroOp(
                random.Next(Math.Min(c.AccDepth, 8)), random.Next(Math.Min(sources, 8)),
                random.Next(Math.Min(c.WgtDepth, 4)));
            BitConverter.TryWriteBytes(dram.AsSpan(i), codec.EncodeMicroOp(op));
        }
        return dram;
    }
}
