using FpgaEdge.Compiler.Lowering;
using FpgaEdge.Compiler.Packages;
using FpgaEdge.Compiler.Stages;
using FpgaEdge.Model.Integer;

namespace FpgaEdge.Compiler.Tests;

[TestClass]
public class PackageTests
{
    // Goal: a package keeps everything and is a function of its contents. Method: a graph with every kind of node is
    // written, read, written again: the bytes are equal, and the graph computes the same.
    [TestMethod]
    public void RoundTripKeepsEverything()
    {
        Package package = Sample();
        byte[] file = package.Write();
        Package read = Package.Read(file);
        CollectionAssert.AreEqual(file, read.Write());
        Assert.AreEqual("squirrel", read.Labels[1]);
        Assert.AreEqual(package.Provenance.Accuracy, read.Provenance.Accuracy);
        Assert.IsTrue(package.Provenance.SourceSha256.SequenceEqual(read.Provenance.SourceSha256));
        Assert.AreEqual(ChannelOrder.Bgr, read.Preprocessing.Order);
        Assert.AreEqual(123.5, read.Preprocessing.Subtract[2]);
        Assert.IsTrue(read.Graph.FinalSoftmax);
        Assert.IsTrue(package.Schedules.SequenceEqual(read.Schedules));
        byte[][] inputs = RandomLayers.Inputs(new Random(5), package.Graph);
        CollectionAssert.AreEqual(
            GoldenInterpreter.Run(package.Graph, inputs)[0], GoldenInterpreter.Run(read.Graph, inputs)[0]);
        CollectionAssert.AreEqual(Package.Hash(file), Package.Hash(read.Write()));
    }

    // Goal: every kind of node survives. Method: the sample graph must contain each concrete node type of the model,
    // found by listing the types.
    [TestMethod]
    public void SampleHasEveryKindOfNode()
    {
        var present = Sample().Graph.Nodes.Select(node => node.GetType()).ToHashSet();
        foreach (Type type in typeof(IntegerNode).Assembly.GetTypes().Where(
            type => type.IsSubclassOf(typeof(IntegerNode)) && !type.IsAbstract))
        {
            Assert.Contains(type, present, $"the package sample has no {type.Name}");
        }
    }

    // Goal: an interrupted transfer is never taken for a package. Method: every shorter prefix, and the file with
    // bytes after it.
    [TestMethod]
    public void EveryTruncationIsRefused()
    {
        byte[] file = Sample().Write();
        for (int length = 0; length < file.Length; length++)
        {
            PackageFormatException error = Assert.ThrowsExactly<PackageFormatException>(
                () => Package.Read(file.AsSpan(0, length)));
            Assert.IsLessThanOrEqualTo(length, error.Offset);
        }
        Assert.ThrowsExactly<PackageFormatException>(() => Package.Read([.. file, 0]));
    }

    // Goal: an altered package is never executed. Method: each byte gets one bit flipped, another all bits; in the
    // middle of a large table, every 61st byte.
    [TestMethod]
    public void EveryFlippedByteIsRefused()
    {
        byte[] file = Sample().Write();
        for (int i = 0; i < file.Length; i += i < 4096 || i > file.Length - 4096 ? 1 : 61)
        {
            byte mask = (byte)(i % 2 == 0 ? 0xFF : 1 << (i / 2 % 8));
            file[i] ^= mask;
            PackageFormatException error = Assert.ThrowsExactly<PackageFormatException>(() => Package.Read(file));
            Assert.IsLessThan(file.Length, error.Offset);
            Assert.IsFalse(error.Message.Contains('\n'));
            file[i] ^= mask;
        }
    }

    // Goal: contents that lie under a right checksum are refused or valid too, without exceptions of another kind and
    // without large allocations. Method: flip bytes of the sections, then repair the checksums.
    [TestMethod]
    public void FlippedContentsWithRepairedChecksumsAreRefusedOrValid()
    {
        byte[] original = Sample().Write();
        const int Table = 24;
        const int Header = Table + (3 * 56) + 32;
        int refused = 0;
        for (int i = Header; i < original.Length; i += i < 4096 || i > original.Length - 4096 ? 1 : 61)
        {
            byte[] file = [.. original];
            file[i] ^= (byte)(1 << (i % 8));
            Repair(file, Table, Header);
            long before = GC.GetAllocatedBytesForCurrentThread();
            try
            {
                Package.Read(file);
            }
            catch (PackageFormatException)
            {
                refused++;
            }
            Assert.IsLessThan(1 << 20, GC.GetAllocatedBytesForCurrentThread() - before);
        }
        Assert.IsGreaterThan(100, refused);
    }

    private static void Repair(byte[] file, int table, int header)
    {
        int offset = header;
        for (int section = 0; section < 3; section++)
        {
            Span<byte> entry = file.AsSpan(table + (section * 56), 56);
            int length = (int)System.Buffers.Binary.BinaryPrimitives.ReadUInt64LittleEndian(entry[16..]);
            Package.Hash(file.AsSpan(offset, length)).CopyTo(entry[24..]);
            offset += length;
        }
        Package.Hash(file.AsSpan(0, header - 32)).CopyTo(file.AsSpan(header - 32));
    }

    private static Package Sample() => new(
        EveryNode(),
        new InputPreprocessing(ChannelOrder.Bgr, [104, 117, 123.5], [58.0]),
        ["cat", "squirrel", ""],
        new Provenance("net.onnx", [.. Enumerable.Range(0, 32).Select(i => (byte)i)], "11 photos", "top-1 10/11"))
    {
        Schedules = [.. Schedules()],
    };

    private static byte[] Schedules()
    {
        var cache = new ScheduleCache();
        IntegerGraph graph = RandomLayers.Convolution(new Random(8));
        StageCompiler.Compile(graph, 0, 1, ConvolutionLoweringTests.Target(Vta.VtaConfiguration.Pynq), cache);
        return cache.Write();
    }

    /// <summary>A small valid graph with each kind of node.</summary>
    private static IntegerGraph EveryNode()
    {
        var random = new Random(3);
        var builder = new IntegerGraphBuilder("every") { FinalSoftmax = true };
        int x = builder.AddInput("in", 4, 4, 3);
        x = RandomLayers.AddConvolution(builder, random, "conv", x, new Window(3, 3, 1, 1, 1, 1, 1, 1), 4);
        int y = builder.AddMaximumPool("max", x, new Window(3, 3, 1, 1, 1, 1, 1, 1));
        int z = builder.AddAveragePool("mean", x, new Window(3, 3, 1, 1, 1, 1, 1, 1));
        x = builder.AddSum("sum", y, z, 2);
        x = builder.AddConcat("concat", x, y);
        x = builder.AddLookup("table", x, [.. Enumerable.Range(0, 256).Select(i => (byte)i)]);
        x = builder.AddReshape("flat", x, 1, 1, 128);
        int Like(string name) => builder.AddTensor(builder[x] with { Name = name });
        x = builder.Add(new TfliteAddNode("tadd", [x, x], Like("t0"), 1 << 30, 0, 1 << 30, 0, 1 << 30, -19, -128, 127));
        x = builder.Add(new RealAddNode("radd", [x, x], Like("t1"), 0.5, 0.5, 1, -128, 127));
        byte[] pairs = new byte[1 << 16];
        new Random(1).NextBytes(pairs);
        x = builder.Add(new PairLookupNode("pairs", [x, x], Like("t5"), pairs));
        x = builder.Add(new MultiplyNode("mul", [x, x], Like("t2"), 3, 7, -128, 127));
        x = builder.Add(new TransposeNode("transpose", [x], Like("t3"), [1, 0, 2]));
        x = builder.Add(new SliceNode("slice", [x], Like("t4"), 0, 0, 1, 1, [.. Enumerable.Range(0, 128).Reverse()]));
        int softmax = builder.AddTensor(builder[x] with { Name = "p", Scale = 1.0 / 256, ZeroPoint = -128 });
        x = builder.Add(new SoftmaxNode("softmax", [x], softmax, 1 << 30, 23, -100));
        builder.AddOutput(x);
        return builder.Build();
    }
}
