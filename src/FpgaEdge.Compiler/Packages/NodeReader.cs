using System.Runtime.InteropServices;
using FpgaEdge.Model.Integer;

namespace FpgaEdge.Compiler.Packages;

/// <summary>Bytes to nodes; the mirror of <see cref="NodeWriter"/>. Arguments are evaluated, and so read, from left
/// to right.</summary>
internal static class NodeReader
{
    public static IntegerNode Read(ref PackageReader reader)
    {
        var code = (NodeCode)reader.Byte();
        long offset = reader.Offset - 1;
        string name = reader.Text();
        int[] inputs = reader.Int32s();
        int output = reader.Int32();
        return code switch
        {
            NodeCode.Convolution => ReadConvolution(ref reader, name, inputs, output),
            NodeCode.Pool => ReadPool(ref reader, name, inputs, output),
            NodeCode.Add => new AddNode(name, inputs, output,
                reader.Int32(), reader.Int32(), reader.Int32(), reader.Int32(), reader.Int32()),
            NodeCode.TfliteAdd => new TfliteAddNode(name, inputs, output, reader.Int32(), reader.Int32(),
                reader.Int32(),
                reader.Int32(), reader.Int32(), reader.Int32(), reader.Int32(), reader.Int32()),
            NodeCode.RealAdd => new RealAddNode(name, inputs, output,
                reader.Double(), reader.Double(), reader.Double(), reader.Int32(), reader.Int32()),
            NodeCode.Multiply => new MultiplyNode(name, inputs, output,
                reader.Int32(), reader.Int32(), reader.Int32(), reader.Int32()),
            NodeCode.Concat => new ConcatNode(name, inputs, output),
            NodeCode.Lookup => new LookupNode(name, inputs, output, reader.Bytes()),
            NodeCode.PairLookup => new PairLookupNode(name, inputs, output, reader.Bytes()),
            NodeCode.Reshape => new ReshapeNode(name, inputs, output),
            NodeCode.Slice => new SliceNode(name, inputs, output,
                reader.Int32(), reader.Int32(), reader.Int32(), reader.Int32(), reader.Int32s()),
            NodeCode.Transpose => new TransposeNode(name, inputs, output, reader.Int32s()),
            NodeCode.Softmax => new SoftmaxNode(name, inputs, output, reader.Int32(), reader.Int32(), reader.Int32()),
            _ => throw new PackageFormatException(offset, $"expected a node kind, found code {(byte)code}"),
        };
    }

    private static ConvolutionNode ReadConvolution(ref PackageReader reader, string name, int[] inputs, int output)
    {
        Window window = ReadWindow(ref reader);
        int groups = reader.Int32();
        sbyte[] weights = MemoryMarshal.Cast<byte, sbyte>(reader.Bytes()).ToArray();
        int[] bias = reader.Int32s();
        int weightZeroPoint = reader.Int32();
        var kind = (RequantizationKind)reader.Limited(
            reader.Byte(), (byte)RequantizationKind.Real, "a requantisation");
        int[] shift = reader.Int32s();
        int[] multiplier = reader.Int32s();
        double[] factors = reader.Doubles();
        var requantization = new Requantization(kind, shift, multiplier, reader.Int32(), reader.Int32())
        {
            Factors = factors,
        };
        return new ConvolutionNode(name, inputs, output, window, groups, weights, bias, requantization)
        {
            WeightZeroPoint = weightZeroPoint,
        };
    }

    private static PoolNode ReadPool(ref PackageReader reader, string name, int[] inputs, int output)
    {
        var kind = (PoolKind)reader.Limited(reader.Byte(), (byte)PoolKind.RealAverage, "a kind of pooling");
        Window window = ReadWindow(ref reader);
        int[] multipliers = reader.Int32s();
        return new PoolNode(name, inputs, output, kind, window, multipliers, reader.Int32(), reader.Int32(),
            reader.Int32())
        {
            Factor = reader.Double(),
        };
    }

    private static Window ReadWindow(ref PackageReader reader) => new(
        reader.Int32(), reader.Int32(), reader.Int32(), reader.Int32(), reader.Int32(),
        reader.Int32(), reader.Int32(), reader.Int32(), reader.Int32(), reader.Int32());
}
