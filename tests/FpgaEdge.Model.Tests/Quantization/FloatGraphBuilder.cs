using FpgaEdge.Model;

namespace FpgaEdge.Tests;

/// <summary>Small float graphs in ONNX terms, with random weights.</summary>
internal sealed class FloatGraphBuilder(int seed)
{
    private readonly Random random = new(seed);
    private readonly List<GraphNode> nodes = [];
    private readonly Dictionary<string, Tensor> initializers = [];
    private readonly List<TensorInfo> inputs = [];

    public string Input(params int[] dims)
    {
        inputs.Add(new TensorInfo($"in{inputs.Count}", ElementType.Float32, dims));
        return inputs[^1].Name;
    }

    public string Weights(params int[] dims)
    {
        Tensor tensor = Tensor.Create(ElementType.Float32, dims);
        foreach (ref float value in tensor.Data<float>())
        {
            value = (float)((random.NextDouble() * 2) - 1);
        }
        return Constant(tensor);
    }

    public string Positive(params int[] dims)
    {
        string name = Weights(dims);
        foreach (ref float value in initializers[name].Data<float>())
        {
            value = 0.5f + Math.Abs(value);
        }
        return name;
    }

    public string Longs(params long[] values) => Constant(Tensor.Vector<long>(values));

    public string Constant(Tensor tensor)
    {
        string name = $"c{initializers.Count}";
        initializers[name] = tensor;
        return name;
    }

    public string Node(string op, string[] operands, params (string Name, AttributeValue Value)[] attributes) =>
        Nodes(op, operands, 1, attributes)[0];

    public string[] Nodes(string op, string[] operands, int results, params (string Name,
        AttributeValue Value)[] attributes)
    {
        string[] outputs = [.. Enumerable.Range(0, results).Select(i => $"{op}{nodes.Count}_{i}")];
        nodes.Add(new GraphNode
        {
            Name = $"{op}{nodes.Count}",
            Operator = op,
            Inputs = operands,
            Outputs = outputs,
            Attributes = attributes.ToDictionary(a => a.Name, a => a.Value),
        });
        return outputs;
    }

    public string Conv(string input, int channels, int filters, int kernel, int pad = 0, int stride = 1,
        int groups = 1) => Node(
        "Conv", [input, Weights(filters, channels / groups, kernel, kernel), Weights(filters)], Ints("pads", pad, pad,
            pad, pad),
        Ints("strides", stride, stride), ("group", AttributeValue.Of((long)groups)), Ints("kernel_shape", kernel,
            kernel));

    public static (string Name, AttributeValue Value) Ints(string name, params long[] values) =>
        (name, AttributeValue.Of(values));

    public Graph Build(params string[] outputs)
    {
        var graph = new Graph
        {
            Name = "test",
            Format = ModelFormat.Onnx,
            Inputs = inputs,
            Outputs = [],
            Nodes = nodes,
            Initializers = initializers,
        };
        IReadOnlyDictionary<string, Tensor> shapes = ShapeInference.Infer(graph);
        return new Graph
        {
            Name = graph.Name,
            Format = graph.Format,
            Inputs = inputs,
            Outputs = [.. outputs.Select(name => new TensorInfo(name, ElementType.Float32, shapes[name].Dims))],
            Nodes = nodes,
            Initializers = initializers,
        };
    }

    public Dictionary<string, Tensor>[] Frames(int count) => [.. Enumerable.Range(0, count).Select(_ =>
        inputs.ToDictionary(input => input.Name, input =>
        {
            Tensor tensor = Tensor.Create(ElementType.Float32, input.Dims);
            foreach (ref float value in tensor.Data<float>())
            {
                value = (float)((random.NextDouble() * 2) - 1);
            }
            return tensor;
        }))];
}
