using FpgaEdge.Model.Integer;

namespace FpgaEdge.Tests;

/// <summary>
/// Random valid integer graphs of every node kind, with weights, biases and shifts that reach the extremes. Test
/// projects below the model link this file.
/// </summary>
internal static class RandomIntegerGraphs
{
    private const int NodeKinds = 16;

    /// <summary>
    /// A graph of about <paramref name="nodes"/> nodes whose outputs are all tensors that no node reads.
    /// </summary>
    public static IntegerGraph Create(Random random, int nodes)
    {
        var builder = new IntegerGraphBuilder($"random{nodes}");
        var live = new List<int>();
        var read = new HashSet<int>();
        live.Add(Input(builder, random, 0));
        live.Add(Input(builder, random, 1));
        for (int i = 0; i < nodes; i++)
        {
            int before = live[random.Next(live.Count)];
            int added = AddNode(builder, random, random.Next(NodeKinds), before, $"n{i}", live, read);
            if (builder[added].Type != IntegerType.Int32)
            {
                live.Add(added);
            }
            else
            {
                builder.AddOutput(added);
                read.Add(added);
            }
        }
        foreach (int tensor in live.Where(tensor => !read.Contains(tensor)))
        {
            builder.AddOutput(tensor);
        }
        return builder.Build();
    }

    /// <summary>A graph of exactly one node of the given kind (0 … 15), for property tests of one kernel.</summary>
    public static IntegerGraph CreateSingle(Random random, int kind)
    {
        var builder = new IntegerGraphBuilder($"kind{kind}");
        int input = Input(builder, random, 0);
        var read = new HashSet<int>();
        int output = AddNode(builder, random, kind % NodeKinds, input, "n", [input], read);
        builder.AddOutput(output);
        return builder.Build();
    }

    /// <summary>Random frames; one in four holds only the extreme values.</summary>
    public static byte[][] Inputs(IntegerGraph graph, Random random)
    {
        bool extremes = random.Next(4) == 0;
        return graph.Inputs.Select(index =>
        {
            IntegerTensor tensor = graph.Tensors[index];
            byte[] bytes = new byte[tensor.ByteCount];
            random.NextBytes(bytes);
            if (extremes)
            {
                byte low = tensor.Type == IntegerType.Int8 ? (byte)0x80 : (byte)0;
                for (int i = 0; i < bytes.Length; i++)
                {
                    bytes[i] = (bytes[i] & 1) == 0 ? low : (byte)(low ^ 0xff);
                }
            }
            return bytes;
        }).ToArray();
    }

    private static int Input(IntegerGraphBuilder builder, Random random, int index)
    {
        IntegerType type = random.Next(4) == 0 ? IntegerType.UInt8 : IntegerType.Int8;
        return builder.AddInput($"in{index}", 1 + random.Next(11), 1 + random.Next(11), 1
            + random.Next(random.Next(2) == 0 ? 7 : 70),
            type, 0.5, ZeroPoint(random, type));
    }

    private static int ZeroPoint(Random random, IntegerType type) => random.Next(3) switch
    {
        0 => type == IntegerType.Int8 ? 0 : 128,
        1 => type == IntegerType.Int8 ? random.Next(-128, 128) : random.Next(256),
        _ => type == IntegerType.Int8 ? -128 : 0,
    };

    private static (int Minimum, int Maximum) Clamp(Random random, IntegerType type)
    {
        int low = type == IntegerType.Int8 ? -128 : 0;
        return random.Next(3) == 0 ? (low + random.Next(60), low + 100 + random.Next(155)) : (low, low + 255);
    }

    private static int AddNode(IntegerGraphBuilder builder, Random random, int kind, int input, string name,
        List<int> live, HashSet<int> read)
    {
        read.Add(input);
        IntegerTensor source = builder[input];
        IntegerType type = random.Next(4) == 0 ? IntegerType.UInt8 : IntegerType.Int8;
        int zeroPoint = ZeroPoint(random, type);
        (int minimum, int maximum) = Clamp(random, type);
        switch (kind)
        {
            case 0 or 1 or 2:
                return AddConvolution(builder, random, input, name, kind, type, zeroPoint);
            case 3 or 4:
                return AddPool(builder, random, input, name, random.Next(5), type, zeroPoint);
            case 5:
                int sum = builder.AddTensor(source with { Name = name, Type = type, ZeroPoint = zeroPoint });
                return builder.Add(new AddNode(name, [input, Partner(builder, random, input, live, read)], sum,
                    Extreme(random), Extreme(random), random.Next(63), minimum, maximum));
            case 6:
                int tfliteSum = builder.AddTensor(source with { Name = name, Type = type, ZeroPoint = zeroPoint });
                return builder.Add(new TfliteAddNode(name, [input, Partner(builder, random, input, live, read)],
                    tfliteSum,
                    Multiplier(random), -random.Next(6), Multiplier(random), -random.Next(6), Multiplier(random),
                    random.Next(-31, -10), minimum, maximum));
            case 7:
                int realSum = builder.AddTensor(source with { Name = name, Type = type, ZeroPoint = zeroPoint });
                return builder.Add(new RealAddNode(name, [input, Partner(builder, random, input, live, read)], realSum,
                    random.NextDouble(), random.NextDouble() * 3, 0.25 + random.NextDouble(), minimum, maximum));
            case 8:
                int product = builder.AddTensor(source with { Name = name, Type = type, ZeroPoint = zeroPoint });
                return builder.Add(new MultiplyNode(name, [input, Partner(builder, random, input, live, read)], product,
                    Extreme(random), random.Next(63), minimum, maximum));
            case 9:
                IEnumerable<int> same = live.Where(t => t != input && builder[t].Height == source.Height &&
                    builder[t].Width == source.Width && builder[t].Type == source.Type
                        && builder[t].ZeroPoint == source.ZeroPoint);
                int[] parts = [input, .. same.Take(2), input];
                read.UnionWith(parts);
                return builder.AddConcat(name, parts);
            case 15:
                byte[] pairs = new byte[1 << 16];
                random.NextBytes(pairs);
                int looked = builder.AddTensor(source with { Name = name, Type = type, ZeroPoint = zeroPoint });
                return builder.Add(new PairLookupNode(
                    name, [input, Partner(builder, random, input, live, read)], looked, pairs));
            case 10:
                byte[] table = new byte[256];
                random.NextBytes(table);
                return builder.AddLookup(name, input, table, 0.5, zeroPoint, type);
            case 11:
                return builder.AddReshape(name, input, source.Width, 1, source.Channels * source.Height);
            case 12:
                int[] channels = Enumerable.Range(0, 1 + random.Next(source.Channels * 2))
                    .Select(_ => random.Next(-1, source.Channels)).ToArray();
                int slice = builder.AddTensor(source with
                {
                    Name = name, Height = 1 + random.Next(9), Width = 1 + random.Next(9), Channels = channels.Length,
                });
                return builder.Add(new SliceNode(name, [input], slice, random.Next(-2, 4), random.Next(-2, 4),
                    1 + random.Next(3), 1 + random.Next(3), channels));
            case 13:
                int[] permutation = [0, 1, 2];
                random.Shuffle(permutation);
                int[] sizes = [source.Height, source.Width, source.Channels];
                int transposed = builder.AddTensor(source with
                {
                    Name = name, Height = sizes[permutation[0]], Width = sizes[permutation[1]],
                    Channels = sizes[permutation[2]],
                });
                return builder.Add(new TransposeNode(name, [input], transposed, permutation));
            default:
                int softmax = builder.AddTensor(source with { Name = name, Type = type,
                    ZeroPoint = type == IntegerType.Int8 ? -128 : 0 });
                (int multiplier, int exponent) = FixedPointArithmetic.FromReal((0.01
                    + random.NextDouble()) * (1 << 26));
                return builder.Add(new SoftmaxNode(name, [input], softmax, multiplier, exponent, -random.Next(300)));
        }
    }

    private static int AddConvolution(IntegerGraphBuilder builder, Random random, int input, string name, int kind,
        IntegerType type, int zeroPoint)
    {
        IntegerTensor source = builder[input];
        bool depthwise = kind == 1;
        int groups = depthwise ? source.Channels : kind == 2 && source.Channels % 2 == 0 ? 2 : 1;
        int outputs = depthwise ? source.Channels * (1 + random.Next(2)) : groups * (1
            + random.Next(random.Next(2) == 0 ? 5 : 40));
        Window window = random.Next(3) == 0 ? Window.Point : RandomWindow(random, source);
        sbyte[] weights = new sbyte[outputs * window.KernelHeight * window.KernelWidth * (source.Channels / groups)];
        bool extreme = random.Next(5) == 0;
        for (int i = 0; i < weights.Length; i++)
        {
            weights[i] = (sbyte)(extreme ? (random.Next(2) == 0 ? -128 : 127) : random.Next(-128, 128));
        }
        int range = random.Next(4) == 0 ? int.MaxValue : 20000;
        int[] bias = Enumerable.Range(0, outputs).Select(_ => random.Next(-range, range)).ToArray();
        bool perChannel = random.Next(2) == 0;
        Requantization requantization = RandomRequantization(random, perChannel ? outputs : 1, type);
        return builder.AddConvolution(name, input, window, groups, weights, bias, requantization, 0.5, zeroPoint, type,
            random.Next(4) == 0 ? random.Next(-128, 128) : 0);
    }

    private static Requantization RandomRequantization(Random random, int entries, IntegerType type)
    {
        (int minimum, int maximum) = Clamp(random, type);
        int[] Shifts(int low, int high) => Enumerable.Range(0, entries).Select(_ => random.Next(low, high)).ToArray();
        return random.Next(10) switch
        {
            < 5 => new Requantization(RequantizationKind.Shift, Shifts(0, random.Next(2) == 0 ? 31 : 14), [], minimum,
                maximum),
            < 8 => new Requantization(RequantizationKind.FixedPoint, Shifts(random.Next(3) == 0 ? -31 : -12,
                random.Next(3) == 0 ? 31 : 0),
                Enumerable.Range(0, entries).Select(_ => Multiplier(random)).ToArray(), minimum, maximum),
            8 => new Requantization(RequantizationKind.Real, [], [], minimum, maximum)
            {
                Factors = Enumerable.Range(0, entries).Select(_ => random.NextDouble() / 300).ToArray(),
            },
            _ => new Requantization(RequantizationKind.None, [], [], 0, 0),
        };
    }

    private static Window RandomWindow(Random random, IntegerTensor input)
    {
        (int kernelHeight, int dilationHeight, int padTop, int padBottom) = RandomAxis(random, input.Height);
        (int kernelWidth, int dilationWidth, int padLeft, int padRight) = RandomAxis(random, input.Width);
        return new Window(kernelHeight, kernelWidth, 1 + random.Next(3), 1 + random.Next(3), padTop, padLeft,
            padBottom, padRight,
            dilationHeight, dilationWidth);
    }

    private static (int Kernel, int Dilation, int Before, int After) RandomAxis(Random random, int size)
    {
        int dilation = random.Next(3) == 0 ? 2 : 1;
        int kernel = 1 + random.Next(1 + Math.Min(4, (size - 1) / dilation));
        int pad = random.Next(2) == 0 ? 0 : dilation * (kernel - 1) / 2;
        return (kernel, dilation, pad, random.Next(2) == 0 ? pad : 0);
    }

    private static int AddPool(IntegerGraphBuilder builder, Random random, int input, string name, int kind,
        IntegerType type, int zeroPoint)
    {
        IntegerTensor source = builder[input];
        Window window = random.Next(4) == 0 ? new Window(source.Height, source.Width, 1, 1, 0, 0, 0, 0)
            : RandomWindow(random, source);
        if (kind is 0 or 2)
        {
            (type, zeroPoint) = (source.Type, source.ZeroPoint);
        }
        (int minimum, int maximum) = Clamp(random, type);
        int height = IntegerGraphBuilder.WindowOutput(source.Height, window.KernelHeight, window.StrideHeight,
            window.DilationHeight, window.PadTop, window.PadBottom);
        int width = IntegerGraphBuilder.WindowOutput(source.Width, window.KernelWidth, window.StrideWidth,
            window.DilationWidth, window.PadLeft, window.PadRight);
        int output = builder.AddTensor(new IntegerTensor(name, height, width, source.Channels, type, 0.5, zeroPoint));
        (int[] multipliers, int shift) = (PoolKind)kind switch
        {
            PoolKind.Average => IntegerGraphBuilder.AverageMultipliers(
                0.1 + (random.NextDouble() * 2), window.KernelHeight * window.KernelWidth),
            PoolKind.Mean => ([Multiplier(random)], -random.Next(3)),
            _ => ([], 0),
        };
        return builder.Add(new PoolNode(name, [input], output, (PoolKind)kind, window, multipliers, shift, minimum,
            maximum)
        {
            Factor = random.NextDouble() * 2,
        });
    }

    private static int Partner(
        IntegerGraphBuilder builder, Random random, int input, List<int> live, HashSet<int> read)
    {
        IntegerTensor source = builder[input];
        int[] same = live.Where(t => builder[t].Height == source.Height && builder[t].Width == source.Width &&
            builder[t].Channels == source.Channels).ToArray();
        int partner = same[random.Next(same.Length)];
        read.Add(partner);
        return partner;
    }

    private static int Multiplier(Random random) => random.Next(1 << 30, int.MaxValue);

    private static int Extreme(Random random) => random.Next(4) switch
    {
        0 => int.MaxValue,
        1 => int.MinValue,
        _ => random.Next(1 << 20),
    };
}
