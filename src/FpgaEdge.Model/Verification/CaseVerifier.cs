namespace FpgaEdge.Model.Verification;

/// <summary>Runs the entries of a folder of cases and checks each in the way that it states itself.</summary>
public sealed class CaseVerifier
{
    private readonly string folder;

    /// <summary>A verifier of a folder that holds <c>cases.json</c>.</summary>
    /// <exception cref="ModelFormatException"><c>cases.json</c> is missing or not of the known schema.</exception>
    public CaseVerifier(string folder)
    {
        this.folder = folder;
        Entries = CaseReader.Read(folder);
    }

    /// <summary>The folder's entries.</summary>
    public IReadOnlyList<CaseEntry> Entries { get; }

    /// <summary>Checks one entry. Files that cannot be read count as a failure of that entry.</summary>
    /// <param name="entry">One of <see cref="Entries"/>.</param>
    /// <param name="progress">Called before every case with its index and the number of cases.</param>
    public CaseResult Verify(CaseEntry entry, Action<int, int>? progress = null)
    {
        try
        {
            return entry.IsOperatorGroup
                ? new OperatorGroupVerifier(folder, entry).Verify(progress)
                : VerifyNetwork(entry, progress);
        }
        catch (Exception error) when (error is ModelFormatException or UnsupportedModelException)
        {
            return new CaseResult
            {
                Name = entry.Name, Passed = false, Reference = entry.Reference, Detail = error.Message,
            };
        }
    }

    private CaseResult VerifyNetwork(CaseEntry entry, Action<int, int>? progress)
    {
        Graph graph = ModelReader.Read(Path.Combine(folder, entry.File));
        CaseInputs[] inputs = [.. entry.Inputs.Select(input => new CaseInputs(folder, input))];
        int count = inputs.Length > 0 ? inputs[0].Count : 1;
        if (Array.Exists(inputs, input => input.Count != count) || (entry.Labels is { } given && given.Count != count))
        {
            throw Error(entry, "as many cases in every input and in labels", "different numbers");
        }
        Tensor expected = ReadExpected(entry, count);
        NetworkEvaluator evaluator = new(graph);
        CaseComparison comparison = new(entry.Check);
        CaseScore score = new(entry.Labels);
        int failed = 0;
        for (int index = 0; index < count; index++)
        {
            progress?.Invoke(index, count);
            IReadOnlyDictionary<string, Tensor> outputs = evaluator.Run(MakeInputs(entry, graph, inputs, index));
            Tensor output = PickOutput(entry, graph, outputs);
            score.Count(index, output);
            failed += Matches(output, expected, index, count, comparison) ? 0 : 1;
        }
        return new CaseResult
        {
            Name = entry.Name,
            Passed = failed == 0,
            IsGolden = evaluator.IsGolden,
            Samples = count,
            FailedSamples = failed,
            MaxAbsoluteError = comparison.MaxAbsoluteError,
            Top1 = score.Top1,
            Top5 = score.Top5,
            Reference = entry.Reference,
            Detail = comparison.FirstFailure,
        };
    }

    private static bool Matches(Tensor output, Tensor expected, int index, int count, CaseComparison comparison)
    {
        // Half floats are stored widened; every other output has the stored type.
        bool sameType = output.Type == expected.Type
            || (output.Type == ElementType.Float16 && expected.Type == ElementType.Float32);
        if (!sameType || (long)output.Length * count != expected.Length)
        {
            comparison.Fail($"case {index}: expected {expected} for {count} cases, found {output} for one");
            return false;
        }
        return comparison.Compare(output, expected, index * output.Length, $"case {index}");
    }

    private Tensor ReadExpected(CaseEntry entry, int count)
    {
        CaseExpectation expected = entry.Expected!;
        Tensor tensor = expected.Type is { } type
            ? CaseInputs.ReadRaw(folder, expected.File, type, expected.Shape)
            : ModelReader.ReadTensorProto(ModelReader.ReadFile(Path.Combine(folder, expected.File)), expected.File);
        int elements = Tensor.TryCountElements([.. expected.Shape]);
        if (expected.Shape[0] != count || tensor.Length != elements)
        {
            throw Error(
                entry, $"stored outputs for {count} cases", $"{Tensor.FormatDims([.. expected.Shape])} over {tensor}");
        }
        return tensor;
    }

    private static Dictionary<string, Tensor> MakeInputs(
        CaseEntry entry, Graph graph, CaseInputs[] inputs, int index)
    {
        if (inputs.Length != graph.Inputs.Count)
        {
            throw Error(entry, $"{graph.Inputs.Count} inputs", $"{inputs.Length}");
        }
        Dictionary<string, Tensor> tensors = [];
        for (int i = 0; i < inputs.Length; i++)
        {
            tensors[entry.Inputs[i].Name ?? graph.Inputs[i].Name] = inputs[i].Make(index);
        }
        return tensors;
    }

    private static Tensor PickOutput(
        CaseEntry entry, Graph graph, IReadOnlyDictionary<string, Tensor> outputs)
    {
        string name = entry.Expected!.Output
            ?? (graph.Outputs.Count > 0 ? graph.Outputs[0].Name : throw Error(entry, "an output", "none"));
        return outputs.TryGetValue(name, out Tensor? output)
            ? output : throw Error(entry, $"an output '{name}'", string.Join(", ", outputs.Keys));
    }

    private static ModelFormatException Error(CaseEntry entry, string expected, string found) =>
        ModelFormatException.At("cases.json", entry.Name, expected, found, "correct the entry");
}
