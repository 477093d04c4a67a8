using System.Runtime.InteropServices;
using FpgaEdge.Model.Integer;

namespace FpgaEdge.Compiler.Packages;

/// <summary>Codes of node kinds in a package; never reused for another kind.</summary>
internal enum NodeCode : byte
{
    Convolution = 1,
    Pool = 2,
    Add = 3,
    TfliteAdd = 4,
    RealAdd = 5,
    Multiply = 6,
    Concat = 7,
    Lookup = 8,
    Reshape = 9,
    Slice = 10,
    Transpose = 11,
    Softmax = 12,
    PairLookup = 13,
}

/// <summary>Nodes to bytes; the mirror of <see cref="NodeReader"/>.</summary>
internal static class NodeWriter
{
    public static void Write(PackageWriter writer, IntegerNode node)
    {
        writer.Byte((byte)CodeOf(node));
        writer.Text(node.Name);
        writer.Int32s([.. node.Inputs]);
        writer.Int32(node.Output);
        switch (node)
        {
            case ConvolutionNode convolution:
                WriteConvolution(writer, convolution);
                break;
            case PoolNode pool:
                WritePool(writer, pool);
                break;
            case AddNode add:
                Write(writer, add.MultiplierA, add.MultiplierB, add.Shift, add.Minimum, add.Maximum);
                break;
            case TfliteAddNode add:
                Write(writer, add.MultiplierA, add.ShiftA, add.MultiplierB, add.ShiftB);
                Write(writer, add.OutputMultiplier, add.OutputShift, add.Minimum, add.Maximum);
                break;
            case RealAddNode add:
                writer.Double(add.ScaleA);
                writer.Double(add.ScaleB);
                writer.Double(add.ScaleOutput);
                Write(writer, add.Minimum, add.Maximum);
                break;
            case MultiplyNode multiply:
                Write(writer, multiply.Multiplier, multiply.Shift, multiply.Minimum, multiply.Maximum);
                break;
            case LookupNode lookup:
                writer.Bytes(lookup.Table);
                break;
            case PairLookupNode lookup:
                writer.Bytes(lookup.Table);
                break;
            case SliceNode slice:
                Write(writer, slice.OffsetHeight, slice.OffsetWidth, slice.StrideHeight, slice.StrideWidth);
                writer.Int32s(slice.Channels);
                break;
            case TransposeNode transpose:
                writer.Int32s(transpose.Permutation);
                break;
            case SoftmaxNode softmax:
                Write(writer, softmax.InputMultiplier, softmax.InputLeftShift, softmax.DifferenceMinimum);
                break;
        }
    }

    private static NodeCode CodeOf(IntegerNode node) => node switch
    {
        ConvolutionNode => NodeCode.Convolution,
        PoolNode => NodeCode.Pool,
        AddNode => NodeCode.Add,
        TfliteAddNode => NodeCode.TfliteAdd,
        RealAddNode => NodeCode.RealAdd,
        MultiplyNode => NodeCode.Multiply,
        ConcatNode => NodeCode.Concat,
        LookupNode => NodeCode.Lookup,
        ReshapeNode => NodeCode.Reshape,
        SliceNode => NodeCode.Slice,
        TransposeNode => NodeCode.Transpose,
        SoftmaxNode => NodeCode.Softmax,
        PairLookupNode => NodeCode.PairLookup,
        _ => throw new ArgumentException($"node {node.Name}: the package format has no code for {node.GetType().Name}"),
    };

    private static void WriteConvolution(PackageWriter writer, ConvolutionNode node)
    {
        WriteWindow(writer, node.Window);
        writer.Int32(node.Groups);
        writer.Bytes(MemoryMarshal.AsBytes(node.Weights.AsSpan()));
        writer.Int32s(node.Bias);
        writer.Int32(node.WeightZeroPoint);
        Requantization requantization = node.Requantization;
        writer.Byte((byte)requantization.Kind);
        writer.Int32s(requantization.Shift);
        writer.Int32s(requantization.Multiplier);
        writer.Doubles(requantization.Factors);
        Write(writer, requantization.Minimum, requantization.Maximum);
    }

    private static void WritePool(PackageWriter writer, PoolNode node)
    {
        writer.Byte((byte)node.Kind);
        WriteWindow(writer, node.Window);
        writer.Int32s(node.Multipliers);
        Write(writer, node.Shift, node.Minimum, node.Maximum);
        writer.Double(node.Factor);
    }

    private static void WriteWindow(PackageWriter writer, Window window)
    {
        Write(writer, window.KernelHeight, window.KernelWidth, window.StrideHeight, window.StrideWidth);
        Write(writer, window.PadTop, window.PadLeft, window.PadBottom, window.PadRight);
        Write(writer, window.DilationHeight, window.DilationWidth);
    }

    private static void Write(PackageWriter writer, params ReadOnlySpan<int> values)
    {
        foreach (int value in values)
        {
            writer.Int32(value);
        }
    }
}
