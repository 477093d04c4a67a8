namespace FpgaEdge.Model.Integer;

/// <summary>
/// The rules of each node kind: shapes, parameter lengths and ranges. Tensor indices have been checked before.
/// </summary>
internal static class IntegerNodeRules
{
    /// <summary>Checks one node and returns the operations it costs for one frame.</summary>
    /// <exception cref="ModelFormatException">A rule is broken.</exception>
    public static long Check(IntegerGraph graph, IntegerNode node)
    {
        IntegerTensor output = graph.Tensors[node.Output];
        IntegerTensor[] inputs = node.Inputs.Select(i => graph.Tensors[i]).ToArray();
        switch (node)
        {
            case ConvolutionNode convolution:
                RequireInputs(node, inputs, 1);
                return ConvolutionRules.Check(convolution, inputs[0], output);
            case PoolNode pool:
                RequireInputs(node, inputs, 1);
                return WindowRules.CheckPool(pool, inputs[0], output);
            case AddNode add:
                CheckSum(node, inputs, output, add.Minimum, add.Maximum);
                RequireShift(node, add.Shift, 0, 62);
                break;
            case TfliteAddNode add:
                CheckSum(node, inputs, output, add.Minimum, add.Maximum);
                CheckMultiplier(node, add.MultiplierA, add.ShiftA);
                CheckMultiplier(node, add.MultiplierB, add.ShiftB);
                CheckMultiplier(node, add.OutputMultiplier, add.OutputShift);
                break;
            case RealAddNode add:
                CheckSum(node, inputs, output, add.Minimum, add.Maximum);
                Require(node, double.IsFinite(add.ScaleA) && double.IsFinite(add.ScaleB), "finite scales");
                Require(node, double.IsFinite(add.ScaleOutput) && add.ScaleOutput > 0,
                    "a positive finite output scale");
                break;
            case MultiplyNode multiply:
                CheckProduct(multiply, inputs, output);
                break;
            case PairLookupNode lookup:
                CheckPairShapes(node, inputs, output);
                Require(node, lookup.Table?.Length == 1 << 16, "a table of 65536 entries", lookup.Table?.Length ?? 0);
                break;
            case SoftmaxNode softmax:
                CheckSoftmax(softmax, inputs, output);
                break;
            default:
                MovementRules.Check(node, inputs, output);
                break;
        }
        return output.ElementCount;
    }

    /// <summary>The node has exactly this many inputs.</summary>
    public static void RequireInputs(IntegerNode node, IntegerTensor[] inputs, int count) =>
        Require(node, inputs.Length == count, $"{count} inputs", inputs.Length);

    /// <summary>All tensors are Int8 or UInt8.</summary>
    public static void RequireBytes(IntegerNode node, IntegerTensor[] inputs, IntegerTensor output)
    {
        foreach (IntegerTensor tensor in inputs.Append(output))
        {
            Require(node, tensor.Type != IntegerType.Int32, "8-bit tensors", $"{tensor.Type} in {tensor.Name}");
        }
    }

    /// <summary>The clamp is a range inside the output's type.</summary>
    public static void CheckClamp(IntegerNode node, IntegerTensor output, int minimum, int maximum)
    {
        (int lowest, int highest) = IntegerGraphValidator.TypeRange(output.Type, output.Name);
        Require(node, minimum >= lowest && minimum <= maximum && maximum <= highest,
            $"a clamp inside {lowest} … {highest}", $"{minimum} … {maximum}");
    }

    /// <summary>A Q31 multiplier and TFLite's exponent.</summary>
    public static void CheckMultiplier(IntegerNode node, int multiplier, int exponent)
    {
        Require(node, multiplier >= 0, "a multiplier of 0 or more", multiplier);
        RequireShift(node, exponent, -31, 30);
    }

    /// <summary>The shift lies in a range.</summary>
    public static void RequireShift(IntegerNode node, int shift, int minimum, int maximum) =>
        Require(node, shift >= minimum && shift <= maximum, $"a shift of {minimum} … {maximum}", shift);

    /// <summary>The two tensors have the same height, width and channels.</summary>
    public static void RequireSameShape(IntegerNode node, IntegerTensor a, IntegerTensor b) =>
        Require(node, a.Height == b.Height && a.Width == b.Width && a.Channels == b.Channels,
            $"equal shapes ({Shape(a)})", Shape(b));

    /// <summary>Throws unless the rule holds.</summary>
    public static void Require(IntegerNode node, bool rule, string expected, object? found = null)
    {
        if (!rule)
        {
            throw new ModelFormatException(
                $"node {node.Name}: expected {expected}" + (found is null ? "" : $", found {found}"));
        }
    }

    /// <summary>A shape for messages.</summary>
    public static string Shape(IntegerTensor tensor) => $"{tensor.Height} × {tensor.Width} × {tensor.Channels}";

    private static void CheckSum(
        IntegerNode node, IntegerTensor[] inputs, IntegerTensor output, int minimum, int maximum)
    {
        RequireInputs(node, inputs, 2);
        RequireBytes(node, inputs, output);
        RequireSameShape(node, output, inputs[0]);
        RequireSameShape(node, output, inputs[1]);
        CheckClamp(node, output, minimum, maximum);
    }

    private static void CheckProduct(MultiplyNode node, IntegerTensor[] inputs, IntegerTensor output)
    {
        CheckPairShapes(node, inputs, output);
        RequireShift(node, node.Shift, 0, 62);
        CheckClamp(node, output, node.Minimum, node.Maximum);
    }

    private static void CheckPairShapes(IntegerNode node, IntegerTensor[] inputs, IntegerTensor output)
    {
        RequireInputs(node, inputs, 2);
        RequireBytes(node, inputs, output);
        RequireSameShape(node, output, inputs[0]);
        IntegerTensor b = inputs[1];
        bool perChannel = b.Height == 1 && b.Width == 1 && b.Channels == output.Channels;
        if (!perChannel)
        {
            RequireSameShape(node, output, b);
        }
    }

    private static void CheckSoftmax(SoftmaxNode node, IntegerTensor[] inputs, IntegerTensor output)
    {
        RequireInputs(node, inputs, 1);
        RequireBytes(node, inputs, output);
        RequireSameShape(node, output, inputs[0]);
        Require(node, output.Channels <= IntegerGraphLimits.SoftmaxChannels,
            $"at most {IntegerGraphLimits.SoftmaxChannels} channels", output.Channels);
        Require(node, node.InputMultiplier >= 0, "a multiplier of 0 or more", node.InputMultiplier);
        RequireShift(node, node.InputLeftShift, 0, 30);
        Require(node, node.DifferenceMinimum <= 0, "a smallest difference of at most 0", node.DifferenceMinimum);
    }
}
