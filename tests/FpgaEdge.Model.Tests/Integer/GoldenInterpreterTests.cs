using FpgaEdge.Model.Integer;
using FpgaEdge.Tests;

namespace FpgaEdge.Model.Tests.Integer;

[TestClass]
public sealed class GoldenInterpreterTests
{
    [TestMethod]
    public void ConvolutionShiftsFloorsAndClamps()
    {
        // Goal: the VTA arithmetic. Method: a 2 × 2 image with padding, worked by hand.
        var builder = new IntegerGraphBuilder("hand");
        int input = builder.AddInput("x", 2, 2, 1);
        var window = new Window(2, 2, 1, 1, 1, 1, 0, 0);
        builder.AddOutput(builder.AddConvolution("c", input, window, 1, [1, 2, 3, -4], [1],
            new Requantization(RequantizationKind.Shift, [1], [], -5, 100)));
        byte[] output = GoldenInterpreter.Run(builder.Build(), [Bytes(10, -3, 5, 7)])[0];
        // (0,0): −4·10 + 1 = −39 >> 1 = −20 → −5. (0,1): 3·10 + 12 + 1 = 43 >> 1 = 21.
        // (1,0): 2·10 − 4·5 + 1 = 1 >> 1 = 0. (1,1): 10 − 6 + 15 − 28 + 1 = −8 >> 1 = −4.
        CollectionAssert.AreEqual(Bytes(-5, 21, 0, -4), output);
    }

    [TestMethod]
    public void DepthwiseConvolutionUsesItsOwnChannel()
    {
        // Goal: groups and per-channel shifts. Method: two channels with different weights.
        var builder = new IntegerGraphBuilder("hand");
        int input = builder.AddInput("x", 1, 2, 2);
        builder.AddOutput(builder.AddConvolution("c", input, new Window(1, 2, 1, 1, 0, 0, 0, 0), 2, [1, 1, 10, -10],
            [0, 8], new Requantization(RequantizationKind.Shift, [0, 2], [], -128, 127)));
        byte[] output = GoldenInterpreter.Run(builder.Build(), [Bytes(1, 5, 2, 3)])[0];
        CollectionAssert.AreEqual(Bytes(3, (50 - 30 + 8) >> 2), output);
    }

    [TestMethod]
    public void MaximumIgnoresPaddingAndAverageCountsCellsInside()
    {
        // Goal: borders of pools. Method: a 2 × 2 image of negative values under a padded 3 × 3 window.
        var window = new Window(3, 3, 2, 2, 1, 1, 1, 1);
        var builder = new IntegerGraphBuilder("hand");
        int input = builder.AddInput("x", 2, 2, 1);
        builder.AddOutput(builder.AddMaximumPool("m", input, window));
        builder.AddOutput(builder.AddAveragePool("a", input, window));
        IReadOnlyList<byte[]> outputs = GoldenInterpreter.Run(builder.Build(), [Bytes(-10, -20, -30, -41)]);
        CollectionAssert.AreEqual(Bytes(-10), outputs[0]);
        CollectionAssert.AreEqual(Bytes(-25), outputs[1]); // −101 / 4 = −25.25
    }

    [TestMethod]
    public void SumScalesBothSides()
    {
        // Goal: AddNode's scale ratios and clamp. Method: scales 0.5 and 0.25 into 0.5.
        var builder = new IntegerGraphBuilder("hand");
        int a = builder.AddInput("a", 1, 1, 4, scale: 0.5);
        int b = builder.AddInput("b", 1, 1, 4, scale: 0.25);
        builder.AddOutput(builder.AddSum("s", a, b, 0.5, minimum: 0));
        byte[] output = GoldenInterpreter.Run(builder.Build(), [Bytes(1, 100, -50, 0), Bytes(2, 100, 50, 3)])[0];
        CollectionAssert.AreEqual(Bytes(2, 127, 0, 2), output); // 1.5 rounds up to 2
    }

    [TestMethod]
    public void SlicePadsCropsAndShuffles()
    {
        // Goal: one node for slice, pad and shuffle. Method: a 2 × 2 × 2 image, offset by −1, channels reversed and
        // one added.
        var builder = new IntegerGraphBuilder("hand");
        int input = builder.AddInput("x", 2, 2, 2, zeroPoint: 9);
        int output = builder.AddTensor(new IntegerTensor("s", 1, 2, 3, IntegerType.Int8, 1, 9));
        builder.AddOutput(builder.Add(new SliceNode("s", [input], output, 1, -1, 1, 2, [1, 0, -1])));
        byte[] result = GoldenInterpreter.Run(builder.Build(), [Bytes(1, 2, 3, 4, 5, 6, 7, 8)])[0];
        CollectionAssert.AreEqual(Bytes(9, 9, 9, 8, 7, 9), result);
    }

    [TestMethod]
    public void TransposePermutesAxes()
    {
        // Goal: the direction of the permutation. Method: 1 × 2 × 3 becomes 3 × 1 × 2.
        var builder = new IntegerGraphBuilder("hand");
        int input = builder.AddInput("x", 1, 2, 3);
        int output = builder.AddTensor(new IntegerTensor("t", 3, 1, 2, IntegerType.Int8, 1, 0));
        builder.AddOutput(builder.Add(new TransposeNode("t", [input], output, [2, 0, 1])));
        byte[] result = GoldenInterpreter.Run(builder.Build(), [Bytes(1, 2, 3, 4, 5, 6)])[0];
        CollectionAssert.AreEqual(Bytes(1, 4, 2, 5, 3, 6), result);
    }

    [TestMethod]
    public void RangeContinuesWhereAnotherStopped()
    {
        // Goal: stages of a pipeline compose. Method: every cut of a chain gives the whole network's bytes.
        IntegerGraph graph = RandomIntegerGraphs.Create(new Random(11), nodes: 12);
        byte[][] inputs = RandomIntegerGraphs.Inputs(graph, new Random(12));
        IReadOnlyList<byte[]> expected = GoldenInterpreter.Run(graph, inputs);
        for (int cut = 0; cut <= graph.Nodes.Count; cut++)
        {
            byte[]?[] tensors = GoldenInterpreter.PlaceInputs(graph, inputs);
            GoldenInterpreter.RunRange(graph, 0, cut, tensors);
            GoldenInterpreter.RunRange(graph, cut, graph.Nodes.Count, tensors);
            for (int i = 0; i < expected.Count; i++)
            {
                CollectionAssert.AreEqual(expected[i], tensors[graph.Outputs[i]]);
            }
        }
    }

    [TestMethod]
    public void WrongInputsAreNamed()
    {
        // Goal: one-line errors. Method: too few inputs, wrong length, a tensor that was not computed.
        IntegerGraph graph = RandomIntegerGraphs.Create(new Random(1), nodes: 3);
        Assert.ThrowsExactly<ModelFormatException>(() => GoldenInterpreter.Run(graph, []));
        Assert.ThrowsExactly<ModelFormatException>(() => GoldenInterpreter.Run(graph, [new byte[1]]));
        Assert.ThrowsExactly<ModelFormatException>(
            () => GoldenInterpreter.RunRange(graph, 0, 1, new byte[]?[graph.Tensors.Count]));
    }

    private static byte[] Bytes(params int[] values) => values.Select(value => unchecked((byte)value)).ToArray();
}
