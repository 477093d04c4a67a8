namespace FpgaEdge.Model.Reference;

/// <summary>Truth values, remainders, and powers of operands of two types.</summary>
internal static class Logic
{
    /// <summary>ONNX And, Or, Xor.</summary>
    public static Action<OperatorContext> Binary(Func<bool, bool, bool> function) => context =>
    {
        Bools(context, 0);
        Bools(context, 1);
        Selection.Compare((x, y) => function(x != 0, y != 0))(context);
    };

    /// <summary>ONNX Not.</summary>
    public static void Not(OperatorContext context)
    {
        Tensor x = Bools(context, 0);
        Test(context, x, value => value == 0);
    }

    /// <summary>ONNX IsNaN and IsInf.</summary>
    public static Action<OperatorContext> Test(Func<GraphNode, Func<double, bool>> function) =>
        context => Test(context, context.Input(0), function(context.Node));

    /// <summary>Which infinities IsInf is asked for.</summary>
    public static Func<double, bool> IsInfinity(GraphNode node)
    {
        bool positive = node.Int("detect_positive", 1) != 0;
        bool negative = node.Int("detect_negative", 1) != 0;
        return value => (positive && double.IsPositiveInfinity(value)) || (negative && double.IsNegativeInfinity(value));
    }

    /// <summary>ONNX Mod: the sign of the divisor, or of the dividend with <c>fmod</c>.</summary>
    public static void Mod(OperatorContext context)
    {
        bool truncate = context.Node.Int("fmod", 0) != 0;
        Elementwise.Binary(
            (a, b) => truncate ? a % b : a - (b * MathF.Floor(a / b)),
            (a, b) => b is 0 or -1 ? 0 : truncate || a % b == 0 || (a < 0) == (b < 0) ? a % b : (a % b) + b)(context);
    }

    /// <summary>ONNX Pow: the result has the type of the base, whatever the exponent's.</summary>
    public static void Pow(OperatorContext context)
    {
        Tensor a = context.Input(0);
        Tensor b = context.Input(1);
        Tensor y = context.Output(0, a.Type, Shapes.Broadcast(context, a.Dims, b.Dims));
        if (!y.HasData || y.Length == 0)
        {
            return;
        }
        BroadcastReader left = BroadcastReader.Of(context, a, y.Dims);
        BroadcastReader right = BroadcastReader.Of(context, b, y.Dims);
        for (int i = 0; i < y.Length; i++)
        {
            double value = Math.Pow(a.ValueAt(left.Index(i)), b.ValueAt(right.Index(i)));
            if (a.Type.IsFloat())
            {
                Elements.StoreReal(y, i, value);
            }
            else
            {
                Elements.StoreWrapped(y, i, (long)value);
            }
        }
    }

    private static void Test(OperatorContext context, Tensor x, Func<double, bool> function)
    {
        Tensor y = context.Output(0, ElementType.Bool, x.Dims);
        for (int i = 0; y.HasData && i < y.Length; i++)
        {
            y.Data<bool>()[i] = function(x.ValueAt(i));
        }
    }

    private static Tensor Bools(OperatorContext context, int index) => context.Input(index) is { Type: ElementType.Bool } x
        ? x : throw context.Error($"a Bool in operand {index}", $"{context.Input(index).Type}");
}
