namespace FpgaEdge.Model;

/// <summary>
/// Puts nodes in topological order and checks that every tensor that is read is written exactly once.
/// </summary>
internal static class GraphOrder
{
    /// <summary>
    /// The nodes, each after everything it reads; nodes that are already in order keep it.
    /// </summary>
    /// <exception cref="ModelFormatException">A tensor is never written, written twice, or depends on
    /// itself.</exception>
    public static IReadOnlyList<GraphNode> Sort(
        string file,
        IReadOnlyList<GraphNode> nodes,
        IReadOnlyList<TensorInfo> inputs,
        IReadOnlyList<TensorInfo> outputs,
        IReadOnlyDictionary<string, Tensor> initializers)
    {
        Dictionary<string, int> producers = FindProducers(file, nodes, inputs, initializers);
        int[] missing = new int[nodes.Count];
        List<int>[] readers = new List<int>[nodes.Count];
        for (int i = 0; i < nodes.Count; i++)
        {
            readers[i] = [];
        }
        for (int i = 0; i < nodes.Count; i++)
        {
            foreach (string input in nodes[i].Inputs)
            {
                int producer = FindProducer(file, producers, input, nodes[i].ToString());
                if (producer >= 0)
                {
                    readers[producer].Add(i);
                    missing[i]++;
                }
            }
        }
        foreach (TensorInfo tensor in inputs.Concat(outputs))
        {
            if (tensor.Name.Length == 0)
            {
                throw Error(file, "the graph's inputs and outputs", "a name for each", "none");
            }
        }
        foreach (TensorInfo output in outputs)
        {
            FindProducer(file, producers, output.Name, "the graph's outputs");
        }
        return Order(file, nodes, missing, readers);
    }

    /// <summary>The nodes that the outputs depend on; the others, whose results nobody reads, are left out.</summary>
    public static IReadOnlyList<GraphNode> WithoutUnused(
        IReadOnlyList<GraphNode> sorted, IReadOnlyList<TensorInfo> outputs)
    {
        HashSet<string> needed = [.. outputs.Select(output => output.Name)];
        List<GraphNode> kept = [];
        for (int i = sorted.Count - 1; i >= 0; i--)
        {
            if (sorted[i].Outputs.Any(needed.Contains))
            {
                kept.Add(sorted[i]);
                needed.UnionWith(sorted[i].Inputs);
            }
        }
        kept.Reverse();
        return kept;
    }

    private static List<GraphNode> Order(
        string file, IReadOnlyList<GraphNode> nodes, int[] missing, List<int>[] readers)
    {
        PriorityQueue<int, int> ready = new();
        for (int i = 0; i < nodes.Count; i++)
        {
            if (missing[i] == 0)
            {
                ready.Enqueue(i, i);
            }
        }
        List<GraphNode> sorted = new(nodes.Count);
        while (ready.TryDequeue(out int index, out _))
        {
            sorted.Add(nodes[index]);
            foreach (int reader in readers[index])
            {
                if (--missing[reader] == 0)
                {
                    ready.Enqueue(reader, reader);
                }
            }
        }
        if (sorted.Count < nodes.Count)
        {
            GraphNode stuck = nodes[Array.FindIndex(missing, count => count > 0)];
            throw Error(file, stuck.ToString(), "a graph without cycles", "a node that depends on its own result");
        }
        return sorted;
    }

    private static Dictionary<string, int> FindProducers(
        string file,
        IReadOnlyList<GraphNode> nodes,
        IReadOnlyList<TensorInfo> inputs,
        IReadOnlyDictionary<string, Tensor> initializers)
    {
        Dictionary<string, int> producers = new() { [""] = -1 };
        foreach (string name in initializers.Keys)
        {
            producers[name] = -1;
        }
        foreach (TensorInfo input in inputs)
        {
            producers[input.Name] = -1;
        }
        for (int i = 0; i < nodes.Count; i++)
        {
            foreach (string output in nodes[i].Outputs)
            {
                if (output.Length > 0 && !producers.TryAdd(output, i))
                {
                    throw Error(file, nodes[i].ToString(), "every tensor written once", $"'{output}' written again");
                }
            }
        }
        return producers;
    }

    private static int FindProducer(string file, Dictionary<string, int> producers, string name, string reader) =>
        producers.TryGetValue(name, out int producer)
            ? producer
            : throw Error(file, reader, $"a tensor named '{name}'", "nothing that makes it");

    private static ModelFormatException Error(string file, string place, string expected, string found) =>
        ModelFormatException.At(file, place, expected, found, "the file is damaged; export the model again");
}
