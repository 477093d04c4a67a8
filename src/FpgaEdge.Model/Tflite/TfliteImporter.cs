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
        switch (op.Code)
        {
            case 0: ImportBinary(scope, "Add"); break;
            case 1: ImportPool(scope, "AveragePool"); break;
            case 2: ImportConcat(scope); break;
            case 3: ImportConv(scope, depthwise: false); break;
            case 4: ImportConv(scope, depthwise: true); break;
            case 6: scope.Emit("DequantizeLinear", [scope.In(0)]); break;
            case 9: ImportFullyConnected(scope); break;
            case 14: scope.Emit("Sigmoid", [scope.In(0)]); break;
            case 17: ImportPool(scope, "MaxPool"); break;
            case 18: ImportBinary(scope, "Mul"); break;
            case 19: scope.Emit("Relu", [scope.In(0)]); break;
            case 20: ImportClip(scope, -1, 1); break;
            case 21: ImportClip(scope, 0, 6); break;
            case 22 or 43 or 70: ImportReshape(scope); break;
            case 25: ImportSoftmax(scope); break;
            case 28: scope.Emit("Tanh", [scope.In(0)]); break;
            case 34 or 60: ImportPad(scope); break;
            case 39: ImportTranspose(scope); break;
            case 40: ImportMean(scope); break;
            case 41: ImportBinary(scope, "Sub"); break;
            case 98: ImportLeakyRelu(scope); break;
            case 114: ImportQuantize(scope); break;
            case 117: scope.Emit("HardSwish", [scope.In(0)]); break;
            default: scope.EmitUnknown(); break;
        }
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
            Emit(TfliteOperatorNames.Of(op.Code, op.CustomName), inputs);
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
