using Table = FpgaEdge.Model.Tests.Import.TfliteBuilder.Table;

namespace FpgaEdge.Model.Tests.Import;

/// <summary>TFLite operators on files that the tests write themselves, with results worked out by hand.</summary>
[TestClass]
public sealed class TfliteOperatorTests
{
    private const int Float = 0;
    private const int Int8 = 9;

    // Goal: a strided slice with masks and a vanishing axis. Method: row 1 of a 2×4 matrix, every second column
    // backwards.
    [TestMethod]
    public void StridedSlice()
    {
        TfliteBuilder builder = new();
        int x = builder.Tensor(Float, [2, 4]);
        int y = builder.Tensor(Float, [2]);
        Table options = new Table().Int(0, 2).Int(1, 2).Int(4, 1);
        builder.Operator(45, [x, builder.Ints(1, 0), builder.Ints(2, 0), builder.Ints(1, -2)], [y], options);
        AssertFloats([7, 5], Run(builder, x, y, Ramp(8), 2, 4), 2);
    }

    // Goal: SLICE with an open size. Method: columns 1 to the end of rows 0 to 0.
    [TestMethod]
    public void Slice()
    {
        TfliteBuilder builder = new();
        int x = builder.Tensor(Float, [2, 4]);
        int y = builder.Tensor(Float, [1, 3]);
        builder.Operator(65, [x, builder.Ints(0, 1), builder.Ints(1, -1)], [y]);
        AssertFloats([1, 2, 3], Run(builder, x, y, Ramp(8), 2, 4), 1, 3);
    }

    // Goal: SPLIT and PACK. Method: split a row in two and stack the halves.
    [TestMethod]
    public void SplitAndPack()
    {
        TfliteBuilder builder = new();
        int x = builder.Tensor(Float, [4]);
        int a = builder.Tensor(Float, [2]);
        int b = builder.Tensor(Float, [2]);
        int y = builder.Tensor(Float, [2, 2]);
        builder.Operator(49, [builder.Ints(0), x], [a, b], new Table().Int(0, 2));
        builder.Operator(83, [a, b], [y], new Table().Int(0, 2).Int(1, 1));
        AssertFloats([0, 2, 1, 3], Run(builder, x, y, Ramp(4), 4), 2, 2);
    }

    // Goal: UNPACK is the reverse of PACK. Method: the second column of a matrix.
    [TestMethod]
    public void Unpack()
    {
        TfliteBuilder builder = new();
        int x = builder.Tensor(Float, [2, 3]);
        int[] columns = [builder.Tensor(Float, [2]), builder.Tensor(Float, [2]), builder.Tensor(Float, [2])];
        builder.Operator(88, [x], columns, new Table().Int(0, 3).Int(1, 1));
        AssertFloats([1, 4], Run(builder, x, columns[1], Ramp(6), 2, 3), 2);
    }

    // Goal: space to batch and back gives the image. Method: 2×2 blocks with padding, cut off again; the middle is
    // checked on its own.
    [TestMethod]
    public void SpaceToBatchAndBack()
    {
        TfliteBuilder builder = new();
        int x = builder.Tensor(Float, [1, 3, 3, 1]);
        int folded = builder.Tensor(Float, [4, 2, 2, 1]);
        int y = builder.Tensor(Float, [1, 3, 3, 1]);
        int block = builder.Ints(2, 2);
        int pads = builder.Tensor(2, [2, 2], new byte[16].Select((_, i) => (byte)(i is 4 or 12 ? 1 : 0)).ToArray());
        builder.Operator(38, [x, block, pads], [folded]);
        builder.Operator(37, [folded, block, pads], [y]);
        AssertFloats([.. Ramp(9)], Run(builder, x, y, Ramp(9), 1, 3, 3, 1), 1, 3, 3, 1);
        float[] middle = [0, 2, 6, 8, 1, 0, 7, 0, 3, 5, 0, 0, 4, 0, 0, 0];
        AssertFloats(middle, Run(builder, x, folded, Ramp(9), 1, 3, 3, 1), 4, 2, 2, 1);
    }

    // Goal: depth to space and back. Method: four channels of one pixel become a 2×2 image.
    [TestMethod]
    public void DepthToSpaceAndBack()
    {
        TfliteBuilder builder = new();
        int x = builder.Tensor(Float, [1, 1, 2, 4]);
        int wide = builder.Tensor(Float, [1, 2, 4, 1]);
        int y = builder.Tensor(Float, [1, 1, 2, 4]);
        builder.Operator(5, [x], [wide], new Table().Int(0, 2));
        builder.Operator(26, [wide], [y], new Table().Int(0, 2));
        AssertFloats([0, 1, 4, 5, 2, 3, 6, 7], Run(builder, x, wide, Ramp(8), 1, 1, 2, 4), 1, 2, 4, 1);
        AssertFloats([.. Ramp(8)], Run(builder, x, y, Ramp(8), 1, 1, 2, 4), 1, 1, 2, 4);
    }

    // Goal: the three coordinate rules of resizing. Method: a row of two pixels to four, nearest and linear.
    [TestMethod]
    [DataRow(97, 0, 0, new float[] { 0, 0, 8, 8 })]
    [DataRow(97, 1, 0, new float[] { 0, 0, 8, 8 })]
    [DataRow(97, 0, 1, new float[] { 0, 0, 8, 8 })]
    [DataRow(23, 0, 0, new float[] { 0, 4, 8, 8 })]
    [DataRow(23, 0, 1, new float[] { 0, 2, 6, 8 })]
    [DataRow(23, 1, 0, new float[] { 0, 8 / 3f, 16 / 3f, 8 })]
    public void Resize(int code, int corners, int centres, float[] expected)
    {
        TfliteBuilder builder = new();
        int x = builder.Tensor(Float, [1, 1, 2, 1]);
        int y = builder.Tensor(Float, [1, 1, 4, 1]);
        int first = code == 23 ? 2 : 0;
        builder.Operator(code, [x, builder.Ints(1, 4)], [y], new Table().Byte(first, corners).Byte(first + 1, centres));
        AssertFloats(expected, Run(builder, x, y, [0, 8], 1, 1, 2, 1), 1, 1, 4, 1);
    }

    // Goal: integer functions stay within one step of the real ones over all 256 operands.
    // Method: HARD_SWISH, LOGISTIC, TANH, LEAKY_RELU, RELU6 and ELU with other scales on both sides.
    [TestMethod]
    [DataRow(117, 0.05f, -10, 0.04f, -60)]
    [DataRow(14, 0.05f, 3, 1 / 256f, -128)]
    [DataRow(28, 0.05f, -4, 1 / 128f, 0)]
    [DataRow(98, 0.05f, 5, 0.06f, -20)]
    [DataRow(21, 0.06f, 0, 0.03f, -128)]
    [DataRow(111, 0.04f, 0, 0.05f, 0)]
    public void IntegerFunctionsFollowTheRealOnes(int code, float scale, int zero, float outScale, int outZero)
    {
        TfliteBuilder builder = new();
        int x = builder.Tensor(Int8, [256], null, scale, zero);
        int y = builder.Tensor(Int8, [256], null, outScale, outZero);
        builder.Operator(code, [x], [y], new Table().Float(0, 0.1f));
        Tensor output = RunBytes(builder, x, y, [.. Enumerable.Range(-128, 256).Select(v => (byte)v)], 256);
        for (int i = 0; i < 256; i++)
        {
            double real = Real(code, scale * (i - 128 - zero));
            double expected = Math.Clamp(Math.Round(real / outScale) + outZero, -128, 127);
            Assert.AreEqual(expected, output.ValueAt(i), 1, $"operand {i - 128}");
        }
    }

    // Goal: integer addition, subtraction and product stay within one step of the real ones, and constants broadcast.
    // Method: all 256 operands against four constants.
    [TestMethod]
    [DataRow(0)]
    [DataRow(41)]
    [DataRow(18)]
    public void IntegerArithmeticFollowsTheReal(int code)
    {
        TfliteBuilder builder = new();
        sbyte[] constants = [-100, -3, 20, 127];
        int x = builder.Tensor(Int8, [256, 1], null, 0.02f, 4);
        int c = builder.Tensor(Int8, [1, 4], [.. constants.Select(v => (byte)v)], 0.03f, -7);
        int y = builder.Tensor(Int8, [256, 4], null, 0.05f, 1);
        builder.Operator(code, [x, c], [y], new Table());
        Tensor output = RunBytes(builder, x, y, [.. Enumerable.Range(-128, 256).Select(v => (byte)v)], 256, 1);
        for (int i = 0; i < output.Length; i++)
        {
            double a = 0.02f * ((i / 4) - 128 - 4);
            double b = 0.03f * (constants[i % 4] + 7);
            double real = code switch { 0 => a + b, 41 => a - b, _ => a * b };
            double expected = Math.Clamp(Math.Round(real / 0.05f) + 1, -128, 127);
            Assert.AreEqual(expected, output.ValueAt(i), 1, $"{a} and {b}");
        }
    }

    // Goal: operators without a form for integers are named before any work. Method: DIV, EXP and a custom operator.
    [TestMethod]
    public void FormsThatAreMissingAreReported()
    {
        TfliteBuilder builder = new();
        int x = builder.Tensor(Int8, [4], null, 0.1f);
        int a = builder.Tensor(Int8, [4], null, 0.1f);
        int b = builder.Tensor(Int8, [4], null, 0.1f);
        int y = builder.Tensor(Int8, [4], null, 0.1f);
        builder.Operator(42, [x, x], [a]).Operator(47, [a], [b]).Operator(200, [b], [y]);
        UnsupportedModelException error = Assert.ThrowsExactly<UnsupportedModelException>(
            () => ModelReader.Read(builder.Build([x], [y]), "forms.tflite"));
        string[] expected = ["DIV of Int8", "EXP of Int8", "BUILTIN_200 of Int8"];
        CollectionAssert.AreEqual(expected, error.Nodes.Select(node => node.Operator).ToArray());
    }

    private static double Real(int code, double value) => code switch
    {
        117 => value * Math.Clamp((value / 6) + 0.5, 0, 1),
        14 => 1 / (1 + Math.Exp(-value)),
        28 => Math.Tanh(value),
        98 => value < 0 ? 0.1f * value : value,
        21 => Math.Clamp(value, 0, 6),
        _ => value < 0 ? Math.Exp(value) - 1 : value,
    };

    private static float[] Ramp(int count) => [.. Enumerable.Range(0, count).Select(i => (float)i)];

    private static Tensor Run(TfliteBuilder builder, int input, int output, float[] values, params int[] dims) =>
        Run(builder, input, output, Tensor.Of(values, dims));

    private static Tensor RunBytes(TfliteBuilder builder, int input, int output, byte[] values, params int[] dims) =>
        Run(builder, input, output, Tensor.FromLittleEndian(ElementType.Int8, dims, values));

    private static Tensor Run(TfliteBuilder builder, int input, int output, Tensor tensor)
    {
        Graph graph = ModelReader.Read(builder.Build([input], [output]), "test.tflite");
        Dictionary<string, Tensor> inputs = new() { [graph.Inputs[0].Name] = tensor };
        Tensor result = new ReferenceInterpreter(graph).Run(inputs)[graph.Outputs[0].Name];
        Assert.AreEqual(result.ToString(), ShapeInference.Infer(graph)[graph.Outputs[0].Name].ToString());
        return result;
    }

    private static void AssertFloats(float[] expected, Tensor actual, params int[] dims)
    {
        CollectionAssert.AreEqual(dims, actual.Dims.ToArray());
        for (int i = 0; i < expected.Length; i++)
        {
            Assert.AreEqual(expected[i], actual.Data<float>()[i], 1e-5f, $"element {i}");
        }
    }
}
