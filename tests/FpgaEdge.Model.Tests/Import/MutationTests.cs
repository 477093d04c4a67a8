using FpgaEdge.Tests;

namespace FpgaEdge.Model.Tests.Import;

[TestClass]
public sealed class MutationTests
{
    // What a damaged file may make the reader allocate: many times its size, and the constants that shape inference
    // computes.
    private const long AllocationPerByte = 64;
    private const long AllocationBase = 1L << 30;

    // Goal: a cut-off model ends in one of the two documented exceptions, or in a graph (a cut may fall between
    // fields), and never asks for memory out of proportion.
    // Method: cut at every byte of small files of both formats.
    [TestMethod]
    [DynamicData(nameof(SmallModels))]
    public void EveryTruncationIsRefusedOrRead(string name)
    {
        byte[] file = Load(name);
        for (int length = 0; length < file.Length; length++)
        {
            Probe(file.AsSpan(0, length), $"{name} cut to {length}");
        }
    }

    // Goal: a damaged byte ends in the same way. Method: flip single bits and whole bytes at every place (in larger
    // files whole bytes only).
    [TestMethod]
    [DynamicData(nameof(SmallModels))]
    public void EveryFlippedByteIsRefusedOrRead(string name)
    {
        byte[] file = Load(name);
        byte[] patterns = file.Length > 10_000 ? [0xFF] : [0xFF, 0x01, 0x80];
        for (int i = 0; i < file.Length; i++)
        {
            foreach (byte pattern in patterns)
            {
                file[i] ^= pattern;
                Probe(file, $"{name} byte {i} flipped by {pattern}");
                file[i] ^= pattern;
            }
        }
    }

    // Goal: damage in several places at once, where one wrong length meets another.
    // Method: 3,000 files with up to eight random bytes changed, from a fixed seed.
    [TestMethod]
    [DynamicData(nameof(SmallModels))]
    public void SeveralChangedBytesAreRefusedOrRead(string name)
    {
        byte[] file = Load(name);
        Random random = new(12345);
        for (int round = 0; round < 3000; round++)
        {
            byte[] mutated = [.. file];
            for (int change = random.Next(1, 9); change > 0; change--)
            {
                mutated[random.Next(mutated.Length)] = (byte)random.Next(256);
            }
            Probe(mutated, $"{name} round {round}");
        }
    }

    public static IEnumerable<object[]> SmallModels =>
        [["convolution"], ["shapes"], ["data/tflm/hello_world_int8.tflite"], ["data/mnist/mnist-8.onnx"]];

    private static byte[] Load(string name) => name switch
    {
        "convolution" => SmallConvolution(),
        "shapes" => ComputedShapes(),
        _ => File.ReadAllBytes(SharedData.Require(name)),
    };

    private static byte[] ComputedShapes() => new OnnxBuilder()
        .Input("x", 2, 3, 4)
        .Constant("dims", 3, 4)
        .Constant("axis", 0)
        .Constant("open", -1)
        .Constant("repeats", 1, 2, 2)
        .Node("ConstantOfShape", ["dims"], ["zeros"])
        .Node("Add", ["x", "zeros"], ["a"])
        .Node("Shape", ["a"], ["s"])
        .Node("Gather", ["s", "axis"], ["d"])
        .Node("Concat", ["d", "open"], ["t"], "", ("axis", [0]))
        .Node("Reshape", ["a", "t"], ["r"])
        .Node("Unsqueeze", ["r", "axis"], ["u"])
        .Node("Tile", ["u", "repeats"], ["w"])
        .Node("Transpose", ["w"], ["y"], "", ("perm", [2, 1, 0]))
        .Output("y", 24, 4, 1)
        .Build();

    private static byte[] SmallConvolution() => new OnnxBuilder()
        .Input("x", 1, 2, 5, 5)
        .Constant("w", [.. Enumerable.Range(0, 36).Select(i => i / 36f)], 2, 2, 3, 3)
        .Constant("shape", 1, -1)
        .Node("Conv", ["x", "w"], ["c"], "", ("pads", [1, 1, 1, 1]), ("strides", [2, 2]))
        .Node("Relu", ["c"], ["r"])
        .Node("MaxPool", ["r"], ["p"], "", ("kernel_shape", [2, 2]))
        .Node("Reshape", ["p", "shape"], ["y"])
        .Output("y", 1, 8)
        .Build();

    private static void Probe(ReadOnlySpan<byte> file, string what)
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        try
        {
            Graph graph = ModelReader.Read(file, "mutated");
            ShapeInference.Infer(graph);
        }
        catch (Exception error) when (error is ModelFormatException or UnsupportedModelException)
        {
            Assert.IsFalse(error.Message.Contains('\n'), $"{what}: more than one line: {error.Message}");
        }
        catch (Exception error)
        {
            Assert.Fail($"{what}: {error}");
        }
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        if (allocated > AllocationBase + (AllocationPerByte * file.Length))
        {
            Assert.Fail($"{what}: {allocated} bytes allocated for a file of {file.Length}");
        }
    }
}
