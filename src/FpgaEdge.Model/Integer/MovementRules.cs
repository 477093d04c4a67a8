using static FpgaEdge.Model.Integer.IntegerNodeRules;

namespace FpgaEdge.Model.Integer;

/// <summary>Rules of the nodes that only move or look up elements.</summary>
internal static class MovementRules
{
    /// <summary>Checks one node.</summary>
    public static void Check(IntegerNode node, IntegerTensor[] inputs, IntegerTensor output)
    {
        if (node is ConcatNode)
        {
            CheckConcat(node, inputs, output);
            return;
        }
        RequireInputs(node, inputs, 1);
        IntegerTensor input = inputs[0];
        if (node is LookupNode lookup)
        {
            RequireBytes(node, inputs, output);
            RequireSameShape(node, output, input);
            Require(node, lookup.Table?.Length == 256, "a table of 256 entries", lookup.Table?.Length ?? 0);
            return;
        }
        Require(node, input.Type == output.Type, $"output type {input.Type}", output.Type);
        Require(node, input.ZeroPoint == output.ZeroPoint, $"output zero point {input.ZeroPoint}", output.ZeroPoint);
        switch (node)
        {
            case ReshapeNode:
                Require(node, input.ElementCount == output.ElementCount, $"{input.ElementCount} elements",
                    output.ElementCount);
                break;
            case SliceNode slice:
                CheckSlice(slice, input, output);
                break;
            case TransposeNode transpose:
                CheckTranspose(transpose, input, output);
                break;
            default:
                throw new ModelFormatException($"node {node.Name} has the unknown kind {node.GetType().Name}");
        }
    }

    private static void CheckConcat(IntegerNode node, IntegerTensor[] inputs, IntegerTensor output)
    {
        int channels = 0;
        foreach (IntegerTensor input in inputs)
        {
            Require(node, input.Type == output.Type, $"inputs of type {output.Type}", input.Type);
            Require(node, input.ZeroPoint == output.ZeroPoint, $"inputs with zero point {output.ZeroPoint}",
                input.ZeroPoint);
            Require(node, input.Height == output.Height && input.Width == output.Width,
                $"inputs of {output.Height} × {output.Width}", Shape(input));
            channels += input.Channels;
        }
        Require(node, channels == output.Channels, $"{channels} output channels", output.Channels);
    }

    private static void CheckSlice(SliceNode node, IntegerTensor input, IntegerTensor output)
    {
        const int limit = IntegerGraphLimits.Dimension;
        foreach (int stride in (ReadOnlySpan<int>)[node.StrideHeight, node.StrideWidth])
        {
            Require(node, stride is >= 1 and <= limit, $"strides of 1 … {limit}", stride);
        }
        foreach (int offset in (ReadOnlySpan<int>)[node.OffsetHeight, node.OffsetWidth])
        {
            Require(node, offset is >= -limit and <= limit, $"offsets of −{limit} … {limit}", offset);
        }
        long furthest = Math.Max((long)output.Height * node.StrideHeight, (long)output.Width * node.StrideWidth);
        Require(node, furthest <= int.MaxValue - limit, "strides that stay within 31 bits", furthest);
        Require(node, node.Channels?.Length == output.Channels, $"{output.Channels} channel indices",
            node.Channels?.Length ?? 0);
        Require(node, Array.TrueForAll(node.Channels!, c => c >= -1 && c < input.Channels),
            $"channel indices of −1 … {input.Channels - 1}");
    }

    private static void CheckTranspose(TransposeNode node, IntegerTensor input, IntegerTensor output)
    {
        int[] permutation = node.Permutation ?? [];
        bool valid = permutation.Length == 3 && permutation.Order().ToArray().AsSpan().SequenceEqual([0, 1, 2]);
        Require(node, valid, "a permutation of 0, 1, 2", string.Join(", ", permutation));
        int[] from = [input.Height, input.Width, input.Channels];
        int[] expected = permutation.Select(axis => from[axis]).ToArray();
        Require(node, expected.SequenceEqual([output.Height, output.Width, output.Channels]),
            $"output {string.Join(" × ", expected)}", Shape(output));
    }
}
