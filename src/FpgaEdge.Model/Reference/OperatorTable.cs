using static FpgaEdge.Model.Reference.TfliteIntegers;

namespace FpgaEdge.Model.Reference;

/// <summary>Every operator that the reference evaluates, by domain and name.</summary>
internal static class OperatorTable
{
    private static readonly Action<OperatorContext> Add = Elementwise.Binary((a, b) => a + b, (a, b) => a + b);
    private static readonly Action<OperatorContext> Sub = Elementwise.Binary((a, b) => a - b, (a, b) => a - b);
    private static readonly Action<OperatorContext> Mul = Elementwise.Binary((a, b) => a * b, (a, b) => a * b);
    private static readonly Action<OperatorContext> Max = Elementwise.Fold(Math.Max, Math.Max);
    private static readonly Action<OperatorContext> Min = Elementwise.Fold(Math.Min, Math.Min);
    private static readonly Action<OperatorContext> Sigmoid = Elementwise.Unary(RealFunctions.Sigmoid);
    private static readonly Action<OperatorContext> Tanh = Elementwise.Unary(MathF.Tanh);
    private static readonly Action<OperatorContext> HardSwish = Elementwise.Unary(RealFunctions.HardSwish);
    private static readonly Action<OperatorContext> LeakyRelu = Elementwise.Unary(RealFunctions.LeakyRelu);

    private static readonly Dictionary<string, Action<OperatorContext>> Onnx = new()
    {
        ["Abs"] = Elementwise.Unary(MathF.Abs),
        ["Add"] = Add,
        ["ArgMax"] = Normalization.Arg(1),
        ["ArgMin"] = Normalization.Arg(-1),
        ["AveragePool"] = Pooling.AveragePool,
        ["BatchNormalization"] = Normalization.BatchNormalization,
        ["Cast"] = ShapeOperators.Cast,
        ["Ceil"] = Elementwise.Unary(MathF.Ceiling),
        ["Clip"] = Elementwise.Clip,
        ["Concat"] = Movement.Concat,
        ["Constant"] = ShapeOperators.Constant,
        ["ConstantOfShape"] = ShapeOperators.ConstantOfShape,
        ["Conv"] = FloatOperators.Conv,
        ["ConvInteger"] = QuantizedOnnx.ConvInteger,
        ["ConvTranspose"] = Resampling.ConvTranspose,
        ["DepthToSpace"] = ShapeOperators.DepthToSpace,
        ["DequantizeLinear"] = QuantizedOnnx.DequantizeLinear,
        ["Div"] = Elementwise.Binary((a, b) => a / b, (a, b) => b == 0 ? 0 : b == -1 ? -a : a / b),
        ["Dropout"] = Movement.Identity,
        ["DynamicQuantizeLinear"] = QuantizedOnnx.DynamicQuantizeLinear,
        ["Elu"] = Elementwise.Unary(RealFunctions.Elu),
        ["Equal"] = Selection.Compare((a, b) => a == b),
        ["Erf"] = Elementwise.Unary(RealFunctions.Erf),
        ["Exp"] = Elementwise.Unary(MathF.Exp),
        ["Expand"] = ShapeOperators.Expand,
        ["Flatten"] = Movement.Flatten,
        ["Floor"] = Elementwise.Unary(MathF.Floor),
        ["Gather"] = Slicing.Gather,
        ["Gelu"] = Elementwise.Unary(RealFunctions.Gelu),
        ["Gemm"] = FloatOperators.Gemm,
        ["GlobalAveragePool"] = Pooling.GlobalAveragePool,
        ["GlobalMaxPool"] = Pooling.GlobalMaxPool,
        ["Greater"] = Selection.Compare((a, b) => a > b),
        ["GreaterOrEqual"] = Selection.Compare((a, b) => a >= b),
        ["HardSigmoid"] = Elementwise.Unary(RealFunctions.HardSigmoid),
        ["HardSwish"] = HardSwish,
        ["Identity"] = Movement.Identity,
        ["InstanceNormalization"] = Selection.InstanceNormalization,
        ["LRN"] = Normalization.Lrn,
        ["LayerNormalization"] = Selection.LayerNormalization,
        ["LeakyRelu"] = LeakyRelu,
        ["Less"] = Selection.Compare((a, b) => a < b),
        ["LessOrEqual"] = Selection.Compare((a, b) => a <= b),
        ["Log"] = Elementwise.Unary(MathF.Log),
        ["LogSoftmax"] = FloatOperators.LogSoftmax,
        ["MatMul"] = FloatOperators.MatMul,
        ["MatMulInteger"] = QuantizedOnnx.MatMulInteger,
        ["Max"] = Max,
        ["MaxPool"] = Pooling.MaxPool,
        ["Min"] = Min,
        ["Mul"] = Mul,
        ["Neg"] = Elementwise.Unary(value => -value),
        ["PRelu"] = Elementwise.PRelu,
        ["Pad"] = Slicing.Pad,
        ["Pow"] = Elementwise.Binary(MathF.Pow, (a, b) => (long)Math.Pow(a, b)),
        ["QLinearConv"] = QuantizedOnnx.QLinearConv,
        ["QLinearMatMul"] = QuantizedOnnx.QLinearMatMul,
        ["QuantizeLinear"] = QuantizedOnnx.QuantizeLinear,
        ["Reciprocal"] = Elementwise.Unary(value => 1 / value),
        ["ReduceMax"] = Normalization.Extreme(1),
        ["ReduceMean"] = Normalization.Reduce(mean: true),
        ["ReduceMin"] = Normalization.Extreme(-1),
        ["ReduceSum"] = Normalization.Reduce(mean: false),
        ["Relu"] = Elementwise.Relu,
        ["Reshape"] = Movement.Reshape,
        ["Resize"] = Resampling.Resize,
        ["Round"] = Elementwise.Unary(value => MathF.Round(value, MidpointRounding.ToEven)),
        ["Selu"] = Elementwise.Unary(RealFunctions.Selu),
        ["Shape"] = ShapeOperators.Shape,
        ["Sigmoid"] = Sigmoid,
        ["Slice"] = Slicing.Slice,
        ["Sign"] = Elementwise.Unary(value => MathF.Sign(value)),
        ["Softmax"] = FloatOperators.Softmax,
        ["Softsign"] = Elementwise.Unary(value => value / (1 + MathF.Abs(value))),
        ["Softplus"] = Elementwise.Unary(value => MathF.Log(1 + MathF.Exp(value))),
        ["SpaceToDepth"] = ShapeOperators.SpaceToDepth,
        ["Split"] = Slicing.Split,
        ["Sqrt"] = Elementwise.Unary(MathF.Sqrt),
        ["Squeeze"] = ShapeOperators.Squeeze,
        ["Sub"] = Sub,
        ["Sum"] = Elementwise.Fold((a, b) => a + b, (a, b) => a + b),
        ["Tanh"] = Tanh,
        ["Tile"] = Selection.Tile,
        ["Transpose"] = Movement.Transpose,
        ["Unsqueeze"] = ShapeOperators.Unsqueeze,
        ["Upsample"] = Resampling.Upsample,
        ["Where"] = Selection.Where,
    };

    private static readonly Dictionary<string, Action<OperatorContext>> Microsoft = new()
    {
        ["QGemm"] = QuantizedOnnx.QGemm,
        ["QLinearAdd"] = QuantizedOnnx.Binary((a, b) => a + b),
        ["QLinearAveragePool"] = QuantizedOnnx.AveragePool,
        ["QLinearConcat"] = QuantizedOnnx.Concat,
        ["QLinearGlobalAveragePool"] = QuantizedOnnx.GlobalAveragePool,
        ["QLinearLeakyRelu"] = QuantizedOnnx.Unary(node => RealFunctions.LeakyReluDouble(node)),
        ["QLinearMul"] = QuantizedOnnx.Binary((a, b) => a * b),
        ["QLinearSigmoid"] = QuantizedOnnx.Unary(_ => value => 1 / (1 + Math.Exp(-value))),
        ["QuantizeLinear"] = QuantizedOnnx.QuantizeLinear,
        ["DequantizeLinear"] = QuantizedOnnx.DequantizeLinear,
    };

    private static readonly Dictionary<string, Action<OperatorContext>> Tflite = new()
    {
        ["Abs"] = Elementwise.Unary(MathF.Abs),
        ["Add"] = Either(Add, TfliteIntegerElementwise.Add),
        ["ArgMax"] = Normalization.Arg(1),
        ["ArgMin"] = Normalization.Arg(-1),
        ["AveragePool"] = Either(Pooling.AveragePool, TfliteIntegerLayers.AveragePool),
        ["Cast"] = ShapeOperators.Cast,
        ["Ceil"] = Elementwise.Unary(MathF.Ceiling),
        ["Clip"] = Either(Elementwise.Clip, TfliteIntegerElementwise.Clamp(node =>
            new ActivationRange(node.Float("min", float.NegativeInfinity), node.Float("max", float.PositiveInfinity)))),
        ["Concat"] = Either(Movement.Concat, TfliteIntegerElementwise.Concat),
        ["Conv"] = Either(FloatOperators.Conv, TfliteIntegerLayers.Conv),
        ["DequantizeLinear"] = TfliteIntegerElementwise.Dequantize,
        ["Div"] = Elementwise.Binary((a, b) => a / b, (a, b) => b == 0 ? 0 : b == -1 ? -a : a / b),
        ["Elu"] = Either(Elementwise.Unary(RealFunctions.Elu), TfliteIntegerElementwise.Table(RealFunctions.Elu)),
        ["Exp"] = Elementwise.Unary(MathF.Exp),
        ["Floor"] = Elementwise.Unary(MathF.Floor),
        ["Gather"] = Slicing.Gather,
        ["Gemm"] = Either(FloatOperators.Gemm, TfliteIntegerLayers.Gemm),
        ["HardSwish"] = Either(HardSwish, TfliteIntegerFunctions.HardSwish),
        ["LeakyRelu"] = Either(LeakyRelu, TfliteIntegerElementwise.LeakyRelu),
        ["Log"] = Elementwise.Unary(MathF.Log),
        ["LogSoftmax"] = FloatOperators.LogSoftmax,
        ["Max"] = Max,
        ["MaxPool"] = Pooling.MaxPool,
        ["Min"] = Min,
        ["Mul"] = Either(Mul, TfliteIntegerElementwise.Mul),
        ["Neg"] = Elementwise.Unary(value => -value),
        ["PRelu"] = Either(Elementwise.PRelu, TfliteIntegerFunctions.PRelu),
        ["Pad"] = Either(Slicing.Pad, TfliteIntegerElementwise.Pad),
        ["Pow"] = Elementwise.Binary(MathF.Pow, (a, b) => (long)Math.Pow(a, b)),
        ["QuantizeLinear"] = TfliteIntegerElementwise.Quantize,
        ["ReduceMax"] = Normalization.Extreme(1),
        ["ReduceMean"] = Either(Normalization.Reduce(mean: true), TfliteIntegerLayers.ReduceMean),
        ["ReduceMin"] = Normalization.Extreme(-1),
        ["ReduceSum"] = Normalization.Reduce(mean: false),
        ["Relu"] = Either(Elementwise.Relu, TfliteIntegerElementwise.Clamp(_ => ActivationRange.Relu)),
        ["Reshape"] = Movement.Reshape,
        ["Resize"] = Either(Resampling.Resize, TfliteIntegerFunctions.Resize),
        ["Sigmoid"] = Either(Sigmoid, TfliteIntegerElementwise.Table(_ => RealFunctions.Sigmoid)),
        ["Slice"] = Slicing.Slice,
        ["Softmax"] = Either(FloatOperators.Softmax, TfliteIntegerLayers.Softmax),
        ["Split"] = Slicing.Split,
        ["Sqrt"] = Elementwise.Unary(MathF.Sqrt),
        ["Sub"] = Either(Sub, TfliteIntegerElementwise.Sub),
        ["Sum"] = Elementwise.Fold((a, b) => a + b, (a, b) => a + b),
        ["Tanh"] = Either(Tanh, TfliteIntegerElementwise.Table(_ => MathF.Tanh)),
        ["Transpose"] = Movement.Transpose,
    };

    /// <summary>The operator's code, or null when it is not supported.</summary>
    public static Action<OperatorContext>? Find(GraphNode node) =>
        Domain(node.Domain)?.GetValueOrDefault(node.Operator);

    /// <summary>Names of the supported operators of a domain, sorted.</summary>
    public static IEnumerable<string> Names(string domain) =>
        (Domain(domain) ?? Onnx).Keys.Order(StringComparer.Ordinal);

    private static Dictionary<string, Action<OperatorContext>>? Domain(string domain) => domain switch
    {
        GraphNode.OnnxDomain => Onnx,
        GraphNode.MicrosoftDomain => Microsoft,
        GraphNode.TfliteDomain => Tflite,
        _ => null,
    };
}
