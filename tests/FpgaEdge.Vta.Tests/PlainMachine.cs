namespace FpgaEdge.Vta.Tests;

/// <summary>
/// The accelerator once more, written to be read against the specification and nothing else: one value at a time, bits
/// picked one by one, arrays with bounds checks, no sharing of code with the product beyond the instruction types.
/// </summary>
internal sealed class PlainMachine(VtaConfiguration c)
{
    private readonly VtaMicroOp[] uop = new VtaMicroOp[c.UopDepth];
    private readonly int[,,] inp = new int[c.InpDepth, c.Batch, c.BlockIn];
    private readonly int[,,] wgt = new int[c.WgtDepth, c.BlockOut, c.BlockIn];
    private readonly int[,,] acc = new int[c.AccDepth, c.Batch, c.BlockOut];

    /// <summary>A program this machine refuses.</summary>
    public sealed class Refused(string why) : Exception(why);

    /// <summary>Whether tokens let the program run to a FINISH that nothing can be left behind by. Compute runs as far
    /// as it can; the others run only when it needs them.</summary>
    public static bool Finishes(IReadOnlyList<VtaInstruction> program)
    {
        if (program.Count == 0 || program[^1] is not VtaFinish || program.Any(IsIllegal) ||
            program.Count(i => i is VtaFinish) != 1)
        {
            return false;
        }
        Queue<VtaInstruction> load = new(program.Where(i => i.Queue == VtaQueue.Load));
        Queue<VtaInstruction> compute = new(program.Where(i => i.Queue == VtaQueue.Compute));
        Queue<VtaInstruction> store = new(program.Where(i => i.Queue == VtaQueue.Store));
        int l2c = 0, c2l = 0, c2s = 0, s2c = 0;
        while (compute.Count > 0)
        {
            VtaInstruction next = compute.Peek();
            if (Has(next, VtaDependencies.PopPrevious) && l2c == 0)
            {
                if (load.Count == 0 || (Has(load.Peek(), VtaDependencies.PopNext) && c2l-- == 0))
                {
                    return false;
                }
                l2c += Has(load.Dequeue(), VtaDependencies.PushNext) ? 1 : 0;
                continue;
            }
            if (Has(next, VtaDependencies.PopNext) && s2c == 0)
            {
                if (store.Count == 0 || (Has(store.Peek(), VtaDependencies.PopPrevious) && c2s-- == 0))
                {
                    return false;
                }
                s2c += Has(store.Dequeue(), VtaDependencies.PushPrevious) ? 1 : 0;
                continue;
            }
            l2c -= Has(next, VtaDependencies.PopPrevious) ? 1 : 0;
            s2c -= Has(next, VtaDependencies.PopNext) ? 1 : 0;
            c2l += Has(next, VtaDependencies.PushPrevious) ? 1 : 0;
            c2s += Has(next, VtaDependencies.PushNext) ? 1 : 0;
            compute.Dequeue();
        }
        return load.Count == 0 && store.Count == 0;
    }

    /// <summary>Executes instructions in the given order.</summary>
    /// <exception cref="Refused">An instruction is illegal or leaves a memory.</exception>
    public void Execute(byte[] dram, uint dramBase, IEnumerable<VtaInstruction> inOrder)
    {
        foreach (VtaInstruction instruction in inOrder)
        {
            switch (instruction)
            {
                case VtaLoad load when load.XSize > 0:
                    Load(load, dram, dramBase);
                    break;
                case VtaStore store when store.XSize > 0:
                    Store(store, dram, dramBase);
                    break;
                case VtaGemm gemm:
                    Loop(gemm, op => Gemm(gemm, op));
                    break;
                case VtaAlu alu:
                    Check(alu.Operation <= VtaAluOpcode.Mul, "ALU operation");
                    Loop(alu, op => Alu(alu, op));
                    break;
            }
        }
    }

    private static bool Has(VtaInstruction instruction, VtaDependencies flag) => (instruction.Dependencies & flag) != 0;

    private static bool IsIllegal(VtaInstruction i) =>
        i is VtaInvalid ||
        (i.Queue == VtaQueue.Load && (Has(i, VtaDependencies.PopPrevious) || Has(i, VtaDependencies.PushPrevious))) ||
        (i.Queue == VtaQueue.Store && (Has(i, VtaDependencies.PopNext) || Has(i, VtaDependencies.PushNext))) ||
        (i is VtaFinish && (Has(i, VtaDependencies.PopPrevious) || Has(i, VtaDependencies.PopNext)));

    private static void Check(bool condition, string what)
    {
        if (!condition)
        {
            throw new Refused(what);
        }
    }

    private void Load(VtaLoad load, byte[] dram, uint dramBase)
    {
        Check(load.Memory != VtaMemoryId.Out && (int)load.Memory < 6, "memory");
        Check(load.Memory != VtaMemoryId.Acc8 || (c.InpBits == 8 && c.Isa == VtaIsa.Current), "8-bit accumulators");
        int width = load.XPadBefore + load.XSize + load.XPadAfter;
        int height = load.YPadBefore + load.YSize + load.YPadAfter;
        Check(load.SramBase + (width * height) <= c.Depth(load.Memory), "scratchpad");
        for (int y = 0; y < height; y++)
        {
            for (int x = 0; x < width; x++)
            {
                int line = load.SramBase + (y * width) + x;
                int row = y - load.YPadBefore;
                int column = x - load.XPadBefore;
                bool pad = row < 0 || row >= load.YSize || column < 0 || column >= load.XSize;
                uint element = pad ? 0 : load.DramBase + (uint)((row * load.XStride) + column);
                LoadElement(load.Memory, line, dram, dramBase, pad ? null : element);
            }
        }
    }

    private void LoadElement(VtaMemoryId memory, int line, byte[] dram, uint dramBase, uint? element)
    {
        uint bytes = (uint)c.ElementBytes(memory);
        uint address = element.GetValueOrDefault() * bytes;
        if (element is not null)
        {
            Check(address >= dramBase && address + (ulong)bytes <= dramBase + (ulong)dram.Length, "DRAM");
        }
        int Value(int index, int bits) =>
            element is null ? 0 : Bits(dram, ((long)(address - dramBase) * 8) + ((long)index * bits), bits);
        switch (memory)
        {
            case VtaMemoryId.Uop:
                uop[line] = DecodeUop((uint)Value(0, 32));
                break;
            case VtaMemoryId.Inp:
                Fill(inp, line, c.Batch, c.BlockIn, i => Value(i, c.InpBits));
                break;
            case VtaMemoryId.Wgt:
                Fill(wgt, line, c.BlockOut, c.BlockIn, i => Value(i, c.WgtBits));
                break;
            case VtaMemoryId.Acc:
                Fill(acc, line, c.Batch, c.BlockOut, i => Value(i, 32));
                break;
            default:
                Fill(acc, line, c.Batch, c.BlockOut, i => Value(i, 8));
                break;
        }
    }

    private static void Fill(int[,,] memory, int line, int rows, int columns, Func<int, int> value)
    {
        for (int row = 0; row < rows; row++)
        {
            for (int column = 0; column < columns; column++)
            {
                memory[line, row, column] = value((row * columns) + column);
            }
        }
    }

    /// <summary>A signed number of some bits, least significant first.</summary>
    private static int Bits(byte[] memory, long position, int bits)
    {
        long value = 0;
        for (int i = 0; i < bits; i++)
        {
            long bit = (memory[(position + i) / 8] >> (int)((position + i) % 8)) & 1;
            value += i == bits - 1 ? -(bit << i) : bit << i;
        }
        return (int)value;
    }

    private VtaMicroOp DecodeUop(uint word)
    {
        int sourceBits = c.Isa == VtaIsa.Legacy ? c.LogInpDepth : Math.Max(c.LogAccDepth, c.LogInpDepth);
        ulong rest = word;
        int Next(int bits)
        {
            int value = (int)(rest % (1UL << bits));
            rest /= 1UL << bits;
            return value;
        }
        return new VtaMicroOp(Next(c.LogAccDepth), Next(sourceBits), Next(c.LogWgtDepth));
    }

    private void Store(VtaStore store, byte[] dram, uint dramBase)
    {
        Check(store.Memory == VtaMemoryId.Out || (c.Isa == VtaIsa.Legacy && store.Memory == VtaMemoryId.Acc), "memory");
        Check(!store.HasPadding, "padding");
        Check(store.SramBase + ((long)store.XSize * store.YSize) <= c.AccDepth, "scratchpad");
        uint bytes = (uint)c.ElementBytes(VtaMemoryId.Out);
        for (int y = 0; y < store.YSize; y++)
        {
            for (int x = 0; x < store.XSize; x++)
            {
                uint address = (store.DramBase + (uint)((y * store.XStride) + x)) * bytes;
                Check(address >= dramBase && address + (ulong)bytes <= dramBase + (ulong)dram.Length, "DRAM");
                int line = store.SramBase + (y * store.XSize) + x;
                for (int i = 0; i < c.Batch * c.BlockOut; i++)
                {
                    SetBits(dram, ((long)(address - dramBase) * 8) + ((long)i * c.OutBits), c.OutBits,
                        acc[line, i / c.BlockOut, i % c.BlockOut]);
                }
            }
        }
    }

    private static void SetBits(byte[] memory, long position, int bits, int value)
    {
        for (int i = 0; i < bits; i++)
        {
            int mask = 1 << (int)((position + i) % 8);
            ref byte cell = ref memory[(position + i) / 8];
            cell = (byte)(((value >> i) & 1) != 0 ? cell | mask : cell & ~mask);
        }
    }

    private void Loop(VtaLoop loop, Action<VtaMicroOp> step)
    {
        for (int y = 0; y < loop.IterOut; y++)
        {
            for (int x = 0; x < loop.IterIn; x++)
            {
                for (int u = loop.UopBegin; u < loop.UopEnd; u++)
                {
                    Check(u < c.UopDepth, "micro-op");
                    int weight = loop is VtaGemm g ? (y * g.WgtFactorOut) + (x * g.WgtFactorIn) : 0;
                    step(new VtaMicroOp(
                        uop[u].Dst + (y * loop.DstFactorOut) + (x * loop.DstFactorIn),
                        uop[u].Src + (y * loop.SrcFactorOut) + (x * loop.SrcFactorIn),
                        uop[u].Wgt + weight));
                }
            }
        }
    }

    private void Gemm(VtaGemm gemm, VtaMicroOp op)
    {
        Check(op.Dst < c.AccDepth, "acc");
        Check(gemm.Reset || (op.Src < c.InpDepth && op.Wgt < c.WgtDepth), "inp or wgt");
        for (int b = 0; b < c.Batch; b++)
        {
            for (int o = 0; o < c.BlockOut; o++)
            {
                long sum = gemm.Reset ? 0 : acc[op.Dst, b, o];
                for (int k = 0; k < c.BlockIn && !gemm.Reset; k++)
                {
                    sum += (long)inp[op.Src, b, k] * wgt[op.Wgt, o, k];
                }
                acc[op.Dst, b, o] = unchecked((int)sum);
            }
        }
    }

    private void Alu(VtaAlu alu, VtaMicroOp op)
    {
        Check(op.Dst < c.AccDepth && op.Src < c.AccDepth, "acc");
        for (int b = 0; b < c.Batch; b++)
        {
            for (int o = 0; o < c.BlockOut; o++)
            {
                long x = acc[op.Dst, b, o];
                long y = alu.UseImmediate ? alu.Immediate : acc[op.Src, b, o];
                acc[op.Dst, b, o] = unchecked((int)(alu.Operation switch
                {
                    VtaAluOpcode.Min => Math.Min(x, y),
                    VtaAluOpcode.Max => Math.Max(x, y),
                    VtaAluOpcode.Add => x + y,
                    VtaAluOpcode.Mul => x * y,
                    // Amounts of 32 and more are undefined; modulo 32 is what the product documents.
                    _ => y >= 0 ? x >> (int)(y % 32) : x << (int)(-y % 32),
                }));
            }
        }
    }
}
