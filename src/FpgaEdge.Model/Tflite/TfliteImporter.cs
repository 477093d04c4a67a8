namespace FpgaEdge.Model.Tflite;

/// <summary>
/// Maps TFLite operators to the operators of ONNX. Activations keep the channel last; constant weights are brought into
/// ONNX order (convolution O, I/group, H, W), paddings become explicit, and operands that TFLite keeps in option tables
/// become attributes or constant inputs. Operators without a counterpart are kept under their TFLite number, so that
/// the support check can name them.
/// </summary>
internal sealed partial class TfliteImporter
{
    private readonly string file;
    private readonly TfliteTensor[] tensors;
    private readonly List<GraphNode> nodes = [];
    private readonly Dictionary<string, Tensor> initializers = [];
    private readonly Dictionary<string, QuantizationParameters> quantization = [];

    public TfliteImporter(string file, TfliteTensor[] tensors)
    {
        this.file = file;
        this.tensors = tensors;
        foreach (TfliteTensor tensor in tensors)
        {
            if (tensor.Data is not null)
            {
                initializers[tensor.Name] = tensor.Data;
            }
            if (tensor.Quantization is not null)
            {
                quantization[tensor.Name] = tensor.Quantization;
            }
        }
    }

    /// <summary>The whole subgraph.</summary>
    public Graph Import(string name, int[] inputs, int[] outputs, TfliteOperator[] operators)
    {
        for (int i = 0; i < operators.Length; i++)
        {
            ImportOperator(operators[i], i);
        }
        TensorInfo[] graphInputs = Array.ConvertAll(inputs, Describe);
        TensorInfo[] graphOutputs = Array.ConvertAll(outputs, Describe);
        IReadOnlyList<GraphNode> sorted = GraphOrder.Sort(file, nodes, graphInputs, graphOutputs, initializers);
        return new Graph
        {
            Name = name,
            Format = ModelFormat.Tflite,
            Inputs = graphInputs,
            Outputs = graphOutputs,
            // Shapes are static in the file, so operators that only compute one for RESHAPE are not needed.
            Nodes = GraphOrder.WithoutUnused(sorted, graphOutputs),
            Initializers = initializers,
            Quantization = quantization,
        };
    }

    private TensorInfo Describe(int index) => new(tensors[index].Name, tensors[index].Type, tensors[index].Dims);

    private void ImportOperator(TfliteOperator op, int position)
    {
        Scope scope = new(this, op, position);
        if (op.Outputs.Length == 0)
        {
            throw scope.Error("at least one output", "none");
        }
        bool imported = ImportMovement(scope, op.Code)
            || (HasIntegerForm(scope, op.Code) && (ImportLayer(scope, op.Code) || ImportFunction(scope, op.Code)));
        if (!imported)
        {
            scope.EmitUnknown();
        }
    }

    // Arithmetic on quantised integers must be known; plain arithmetic on them would be silently wrong.
    private static bool HasIntegerForm(Scope scope, int code)
    {
        if (!scope.HasInput(0) || scope.Input(0) is not { Quantization: not null } first || first.Type.IsFloat())
        {
            return true;
        }
        const int Dequantize = 6;
        const int Maximum = 55;
        const int Minimum = 57;
        int[] known = [0, 1, 3, 4, 9, 14, 17, 18, 19, 20, 21, 25, 28, 40, 41, 54, 56, 79, 82, 89, 98, 111, 114, 117];
        return code switch
        {
            Dequantize => true,
            Maximum or Minimum => first.Quantization.Matches(scope.Input(1).Quantization ?? first.Quantization)
                && first.Quantization.Matches(scope.Output().Quantization ?? first.Quantization),
            _ => first.Type is ElementType.Int8 or ElementType.UInt8 && known.Contains(code),
        };
    }

    // Convolutions, dense layers, pools, and what stands between them. False for another operator.
    private bool ImportLayer(Scope scope, int code)
    {
        switch (code)
        {
            case 0: ImportBinary(scope, "Add"); break;
            case 1: ImportPool(scope, "AveragePool"); break;
            case 3: ImportConv(scope, depthwise: false); break;
            case 4: ImportConv(scope, depthwise: true); break;
            case 6: scope.Emit("DequantizeLinear", [scope.In(0)]); break;
            case 9: ImportFullyConnected(scope); break;
            case 17: ImportPool(scope, "MaxPool"); break;
            case 18: ImportBinary(scope, "Mul"); break;
            case 25: ImportSoftmax(scope); break;
            case 40: ImportReduction(scope, "ReduceMean"); break;
            case 41: ImportBinary(scope, "Sub"); break;
            case 42: ImportBinary(scope, "Div"); break;
            case 74: ImportReduction(scope, "ReduceSum"); break;
            case 82: ImportReduction(scope, "ReduceMax"); break;
            case 89: ImportReduction(scope, "ReduceMin"); break;
            case 114: ImportQuantize(scope); break;
            default: return false;
        }
        return true;
    }

    // Operators that only move elements.
    private bool ImportMovement(Scope scope, int code)
    {
        switch (code)
        {
            case 2: ImportConcat(scope); break;
            case 5: ImportDepthToSpace(scope); break;
            case 22 or 43 or 70: ImportReshape(scope); break;
            case 23: ImportResize(scope, linear: true); break;
            case 26: ImportSpaceToDepth(scope); break;
            case 34 or 60: ImportPad(scope, "constant"); break;
            case 36: ImportGather(scope); break;
            case 37: ImportBatchToSpace(scope); break;
            case 38: ImportSpaceToBatch(scope); break;
            case 39: ImportTranspose(scope); break;
            case 45: ImportStridedSlice(scope); break;
            case 49 or 102: ImportSplit(scope, code == 49); break;
            case 65: ImportSlice(scope); break;
            case 83: ImportPack(scope); break;
            case 88: ImportUnpack(scope); break;
            case 97: ImportResize(scope, linear: false); break;
            case 100: ImportPad(scope, scope.Options?.Byte(0, "mode") == 0 ? "reflect" : "symmetric"); break;
            default: return false;
        }
        return true;
    }

    // Functions element by element.
    private static bool ImportFunction(Scope scope, int code)
    {
        switch (code)
        {
            case 14: scope.Emit("Sigmoid", [scope.In(0)]); break;
            case 19: scope.Emit("Relu", [scope.In(0)]); break;
            case 20: ImportClip(scope, -1, 1); break;
            case 21: ImportClip(scope, 0, 6); break;
            case 28: scope.Emit("Tanh", [scope.In(0)]); break;
            case 50: scope.Emit("LogSoftmax", [scope.In(0)]); break;
            case 53: ImportCast(scope); break;
            case 54: scope.Emit("PRelu", [scope.In(0), scope.In(1)]); break;
            case 55: scope.Emit("Max", [scope.In(0), scope.In(1)]); break;
            case 56: ImportArg(scope, "ArgMax"); break;
            case 57: scope.Emit("Min", [scope.In(0), scope.In(1)]); break;
            case 79: ImportArg(scope, "ArgMin"); break;
            case 98: ImportLeakyRelu(scope); break;
            case 111: scope.Emit("Elu", [scope.In(0)]); break;
            case 117: scope.Emit("HardSwish", [scope.In(0)]); break;
            default: return ImportRealFunction(scope, code);
        }
        return true;
    }

    private string AddConstant(string name, Tensor value)
    {
        string unique = name;
        for (int i = 1; initializers.ContainsKey(unique); i++)
        {
            unique = $"{name}#{i}";
        }
        initializers[unique] = value;
        return unique;
    }

    /// <summary>One operator while it is mapped: names its operands and adds the nodes that it becomes.</summary>
    private sealed class Scope(TfliteImporter importer, TfliteOperator op, int position)
    {
        /// <summary>Option table of the operator, if any.</summary>
        public FlatTable? Options => op.Options;

        /// <summary>The name that the nodes of this operator share.</summary>
        public string Name { get; } = $"{TfliteOperatorNames.Of(op.Code, op.CustomName)}_{position}";

        /// <summary>Number of operands that the file lists.</summary>
        public int InputCount => op.Inputs.Length;

        /// <summary>Number of results that the file lists.</summary>
        public int OutputCount => op.Outputs.Length;

        /// <summary>True when operand <paramref name="index"/> is there.</summary>
        public bool HasInput(int index) => index < op.Inputs.Length && op.Inputs[index] >= 0;

        /// <summary>Operand <paramref name="index"/>, which must be there.</summary>
        public TfliteTensor Input(int index) => HasInput(index)
            ? importer.tensors[op.Inputs[index]]
            : throw Error($"operand {index}", $"{op.Inputs.Length} operands");

        /// <summary>Name of operand <paramref name="index"/>.</summary>
        public string In(int index) => Input(index).Name;

        /// <summary>Result <paramref name="index"/>.</summary>
        public TfliteTensor Output(int index = 0) => index < op.Outputs.Length
            ? importer.tensors[op.Outputs[index]]
            : throw Error($"result {index}", $"{op.Outputs.Length} results");

        /// <summary>A constant operand as integers; null when it is missing or computed.</summary>
        public long[]? ConstantInts(int index) =>
            HasInput(index) && Input(index).Data is { } data && !data.Type.IsFloat() ? data.ToLongs() : null;

        /// <summary>Adds a node that writes the operator's results.</summary>
        public void Emit(
            string name,
            string[] inputs,
            Dictionary<string, AttributeValue>? attributes = null,
            ActivationRange? activation = null)
        {
            string[] outputs = Array.ConvertAll(op.Outputs, index => importer.tensors[index].Name);
            EmitTo(name, inputs, outputs, attributes, activation);
        }

        /// <summary>Adds a node that writes the given tensors.</summary>
        public void EmitTo(
            string name,
            string[] inputs,
            string[] outputs,
            Dictionary<string, AttributeValue>? attributes = null,
            ActivationRange? activation = null) => importer.nodes.Add(new GraphNode
            {
                Name = Name,
                Operator = name,
                Domain = GraphNode.TfliteDomain,
                Version = op.Version,
                Inputs = inputs,
                Outputs = outputs,
                Attributes = attributes ?? [],
                Layout = ChannelLayout.ChannelsLast,
                Activation = activation ?? ActivationRange.None,
            });

        /// <summary>Keeps the operator under its TFLite name, which the support check then refuses.</summary>
        public void EmitUnknown()
        {
            string[] inputs = Array.ConvertAll(op.Inputs, index => index < 0 ? "" : importer.tensors[index].Name);
            string type = HasInput(0) ? $" of {Input(0).Type}" : "";
            Emit(TfliteOperatorNames.Of(op.Code, op.CustomName) + type, inputs);
        }

        /// <summary>
        /// The fused activation in option field <paramref name="field"/>; null when it is not a clamp.
        /// </summary>
        public ActivationRange? Activation(int field) => (Options?.Byte(field, "fused_activation_function") ?? 0) switch
        {
            0 => ActivationRange.None,
            1 => ActivationRange.Relu,
            2 => new ActivationRange(-1, 1),
            3 => ActivationRange.Relu6,
            _ => null,
        };

        /// <summary>An error at this operator.</summary>
        public ModelFormatException Error(string expected, string found) => ModelFormatException.At(
            importer.file, $"operator {position} ({TfliteOperatorNames.Of(op.Code, op.CustomName)})", expected, found,
            "the file is damaged; fetch it again");
    }
}
