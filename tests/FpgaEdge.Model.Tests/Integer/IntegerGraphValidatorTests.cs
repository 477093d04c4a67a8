using FpgaEdge.Model.Integer;
using FpgaEdge.Tests;

namespace FpgaEdge.Model.Tests.Integer;

[TestClass]
public sealed class IntegerGraphValidatorTests
{
    [TestMethod]
    public void RandomGraphsPassAndRun()
    {
        // Goal: rules admit what the interpreter can run. Method: random graphs of all kinds pass and give whole
        // outputs.
        for (int seed = 0; seed < 300; seed++)
        {
            var random = new Random(seed);
            IntegerGraph graph = RandomIntegerGraphs.Create(random, 1 + random.Next(10));
            IReadOnlyList<byte[]> outputs = GoldenInterpreter.Run(graph, RandomIntegerGraphs.Inputs(graph, random));
            Assert.HasCount(graph.Outputs.Count, outputs);
        }
    }

    [TestMethod]
    public void MutatedGraphsAreRefusedOrRun()
    {
        // Goal: nothing that passes can break the interpreter. Method: change one number of a valid graph; either the
        // validator says ModelFormatException or the graph runs.
        int refused = 0;
        for (int seed = 0; seed < 2000; seed++)
        {
            var random = new Random(seed);
            IntegerGraph graph = RandomIntegerGraphs.Create(random, 1 + random.Next(5));
            IntegerGraph mutated = Mutate(graph, random);
            try
            {
                IntegerGraphValidator.Validate(mutated);
            }
            catch (ModelFormatException)
            {
                refused++;
                continue;
            }
            if (mutated.Tensors.Sum(tensor => (long)tensor.ElementCount) < 100_000)
            {
                GoldenInterpreter.Run(mutated, RandomIntegerGraphs.Inputs(mutated, random));
            }
        }
        Assert.IsGreaterThan(800, refused);
    }

    [TestMethod]
    public void LimitsAreNamed()
    {
        // Goal: huge claims are refused by arithmetic, not by allocation. Method: dimensions whose product overflows
        // 32 bits.
        IntegerGraph graph = RandomIntegerGraphs.CreateSingle(new Random(3), 11);
        IntegerTensor huge = graph.Tensors[0] with { Height = 1 << 17, Width = 1 << 17, Channels = 1 << 17 };
        ModelFormatException error = Assert.ThrowsExactly<ModelFormatException>(
            () => IntegerGraphValidator.Validate(With(graph, tensors: [huge, .. graph.Tensors.Skip(1)])));
        StringAssert.Contains(error.Message, "larger than");
    }

    [TestMethod]
    public void LayoutsThatNoMemoryHoldsAreRefused()
    {
        // Goal: valid shapes cannot ask kernels for huge buffers. Method: padding as wide as a widely dilated window
        // allows.
        const int dilation = 1 << 16;
        var builder = new IntegerGraphBuilder("wide");
        int input = builder.AddInput("x", 2, 2, 1);
        var window = new Window(2, 2, dilation, dilation, dilation, dilation, dilation - 1, dilation - 1, dilation,
            dilation);
        builder.AddOutput(builder.AddConvolution("c", input, window, 1, new sbyte[4], [0],
            new Requantization(RequantizationKind.Shift, [0], [], -128, 127)));
        ModelFormatException error = Assert.ThrowsExactly<ModelFormatException>(() => builder.Build());
        StringAssert.Contains(error.Message, "a padded input of at most");
    }

    private static IntegerGraph With(IntegerGraph graph, IReadOnlyList<IntegerTensor>? tensors = null,
        IReadOnlyList<IntegerNode>? nodes = null, IReadOnlyList<int>? outputs = null) => new()
        {
            Name = graph.Name,
            Tensors = tensors ?? graph.Tensors,
            Nodes = nodes ?? graph.Nodes,
            Inputs = graph.Inputs,
            Outputs = outputs ?? graph.Outputs,
        };

    private static IntegerGraph Mutate(IntegerGraph graph, Random random)
    {
        int value = random.Next(6) switch { 0 => -1, 1 => 0, 2 => int.MaxValue, 3 => int.MinValue, 4 => 1000, _ => 3 };
        int at = random.Next(graph.Nodes.Count);
        IntegerNode[] nodes = [.. graph.Nodes];
        switch (random.Next(5))
        {
            case 0:
                int t = random.Next(graph.Tensors.Count);
                IntegerTensor[] tensors = [.. graph.Tensors];
                tensors[t] = random.Next(6) switch
                {
                    0 => tensors[t] with { Height = value },
                    1 => tensors[t] with { Width = value },
                    2 => tensors[t] with { Channels = value },
                    3 => tensors[t] with { ZeroPoint = value },
                    4 => tensors[t] with { Type = (IntegerType)random.Next(5) },
                    _ => tensors[t] with { Scale = value },
                };
                return With(graph, tensors);
            case 1:
                nodes[at] = nodes[at] with { Output = value };
                return With(graph, nodes: nodes);
            case 2:
                nodes[at] = nodes[at] with { Inputs = random.Next(2) == 0 ? [value] : [] };
                return With(graph, nodes: nodes);
            case 3:
                return With(graph, outputs: [value]);
            default:
                nodes[at] = MutateNode(nodes[at], random, value);
                return With(graph, nodes: nodes);
        }
    }

    private static IntegerNode MutateNode(IntegerNode node, Random random, int value) => node switch
    {
        ConvolutionNode c => random.Next(6) switch
        {
            0 => c with { Groups = value },
            1 => c with { Weights = new sbyte[3] },
            2 => c with { Bias = [] },
            3 => c with { Window = MutateWindow(c.Window, random, value) },
            4 => c with { Requantization = c.Requantization with { Shift = [value] } },
            _ => c with { Requantization = c.Requantization with { Maximum = value } },
        },
        PoolNode p => random.Next(4) switch
        {
            0 => p with { Window = MutateWindow(p.Window, random, value) },
            1 => p with { Shift = value },
            2 => p with { Kind = (PoolKind)random.Next(9) },
            _ => p with { Multipliers = [value] },
        },
        AddNode a => a with { Shift = value },
        TfliteAddNode a => a with { OutputShift = value },
        RealAddNode a => a with { ScaleOutput = value },
        MultiplyNode m => m with { Shift = value },
        SliceNode s => random.Next(3) switch
        {
            0 => s with { Channels = [value] },
            1 => s with { OffsetHeight = value },
            _ => s with { StrideWidth = value },
        },
        TransposeNode t => t with { Permutation = [0, 1, value] },
        SoftmaxNode s => s with { InputLeftShift = value },
        LookupNode l => l with { Table = new byte[255] },
        _ => node with { Output = value },
    };

    private static Window MutateWindow(Window window, Random random, int value) => random.Next(7) switch
    {
        0 => window with { KernelHeight = value },
        1 => window with { KernelWidth = value },
        2 => window with { StrideHeight = value },
        3 => window with { PadLeft = value },
        4 => window with { PadBottom = value },
        5 => window with { DilationWidth = value },
        _ => window with { StrideWidth = value },
    };
}
