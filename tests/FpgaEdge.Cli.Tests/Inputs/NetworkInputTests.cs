using FpgaEdge.Cli.Inputs;
using FpgaEdge.Model;

namespace FpgaEdge.Cli.Tests.Inputs;

[TestClass]
public class NetworkInputTests
{
    // Goal: dims of both file formats become height x width x channels. Method: every rank in both formats.
    [TestMethod]
    public void DimsBecomeHeightWidthChannels()
    {
        Assert.AreEqual(new InputShape(4, 5, 3), Of(ModelFormat.Onnx, 1, 3, 4, 5).Shape);
        Assert.AreEqual(new InputShape(4, 5, 3), Of(ModelFormat.Tflite, 1, 4, 5, 3).Shape);
        Assert.AreEqual(new InputShape(1, 5, 3), Of(ModelFormat.Onnx, -1, 3, 5).Shape);
        Assert.AreEqual(new InputShape(1, 5, 3), Of(ModelFormat.Tflite, 1, 5, 3).Shape);
        Assert.AreEqual(new InputShape(1, 1, 7), Of(ModelFormat.Onnx, 1, 7).Shape);
        Assert.AreEqual(new InputShape(1, 1, 7), Of(ModelFormat.Tflite, 7).Shape);
        foreach (int[] dims in new int[][] { [2, 3, 4, 5], [1, 3, -1, 5], [1, 3, 4, 5, 6], [], [-1] })
        {
            InputException error = Assert.ThrowsExactly<InputException>(() => Of(ModelFormat.Onnx, dims));
            Assert.AreEqual(InputException.BadFile, error.ExitCode);
        }
    }

    // Goal: values land where the file's layout wants them, in its type. Method: one row of two pixels.
    [TestMethod]
    public void ValuesTakeTheFilesLayoutAndType()
    {
        float[] pixels = [1, 2, 3, 4, 5, 6];
        Tensor first = Of(ModelFormat.Onnx, -1, 3, 1, 2).ToTensor(pixels);
        CollectionAssert.AreEqual(new[] { 1, 3, 1, 2 }, first.Dims.ToArray());
        CollectionAssert.AreEqual(new[] { 1f, 4f, 2f, 5f, 3f, 6f }, first.ToFloats());
        Tensor last = Of(ModelFormat.Tflite, 1, 1, 2, 3).ToTensor(pixels);
        CollectionAssert.AreEqual(pixels, last.ToFloats());
        Tensor rounded = Make(ModelFormat.Tflite, ElementType.Int8, [1, 4]).ToTensor([-200f, -0.5f, 1.5f, 127.6f]);
        CollectionAssert.AreEqual(new sbyte[] { -128, 0, 2, 127 }, rounded.Data<sbyte>().ToArray());
    }

    private static NetworkInput Of(ModelFormat format, params int[] dims) => Make(format, ElementType.Float32, dims);

    private static NetworkInput Make(ModelFormat format, ElementType type, int[] dims) => NetworkInput.Of(new Graph
    {
        Name = "g",
        Format = format,
        Inputs = [new TensorInfo("x", type, dims)],
        Outputs = [],
        Nodes = [],
        Initializers = new Dictionary<string, Tensor>(),
    });
}
