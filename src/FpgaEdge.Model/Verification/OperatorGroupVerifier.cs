using System.Globalization;
using System.IO.Compression;

namespace FpgaEdge.Model.Verification;

/// <summary>
/// Runs a zip of ONNX operator tests: one folder per test with <c>model.onnx</c> and
/// <c>test_data_set_K/input_I.pb</c>, <c>output_I.pb</c>.
/// </summary>
internal sealed class OperatorGroupVerifier(string folder, CaseEntry entry)
{
    private const long MaxEntryBytes = 64 << 20;
    private readonly CaseComparison comparison = new(entry.Check);

    /// <summary>Runs every test.</summary>
    public CaseResult Verify(Action<int, int>? progress)
    {
        byte[] bytes = ModelReader.ReadFile(Path.Combine(folder, entry.File));
        SortedDictionary<string, Dictionary<string, byte[]>> tests = ReadTests(bytes);
        List<string> failures = [];
        int index = 0;
        foreach ((string name, Dictionary<string, byte[]> files) in tests)
        {
            progress?.Invoke(index++, tests.Count);
            if (RunTest(name, files) is { } reason && !entry.ExpectedFailures.Contains(name))
            {
                failures.Add($"{name}: {reason}");
            }
        }
        return new CaseResult
        {
            Name = entry.Name,
            Passed = failures.Count == 0 && tests.Count > 0,
            Samples = tests.Count,
            FailedSamples = failures.Count,
            MaxAbsoluteError = comparison.MaxAbsoluteError,
            Reference = entry.Reference,
            Detail = tests.Count == 0 ? "no tests in the zip" : string.Join(" | ", failures),
        };
    }

    // Test name, then path below the test's folder.
    private SortedDictionary<string, Dictionary<string, byte[]>> ReadTests(byte[] bytes)
    {
        SortedDictionary<string, Dictionary<string, byte[]>> tests = new(StringComparer.Ordinal);
        try
        {
            using ZipArchive zip = new(new MemoryStream(bytes), ZipArchiveMode.Read);
            foreach (ZipArchiveEntry file in zip.Entries)
            {
                int slash = file.FullName.IndexOf('/', StringComparison.Ordinal);
                if (slash <= 0 || file.Name.Length == 0)
                {
                    continue;
                }
                string test = file.FullName[..slash];
                if (!tests.TryGetValue(test, out Dictionary<string, byte[]>? files))
                {
                    tests[test] = files = [];
                }
                files[file.FullName[(slash + 1)..]] = ReadEntry(file);
            }
        }
        catch (InvalidDataException error)
        {
            throw ModelFormatException.At(entry.File, "zip", "a readable archive", error.Message, "fetch it again");
        }
        return tests;
    }

    private byte[] ReadEntry(ZipArchiveEntry file)
    {
        using Stream stream = file.Open();
        using MemoryStream copy = new();
        byte[] buffer = new byte[1 << 16];
        for (int read; (read = stream.Read(buffer)) > 0;)
        {
            copy.Write(buffer, 0, read);
            if (copy.Length > MaxEntryBytes)
            {
                throw ModelFormatException.At(
                    entry.File, file.FullName, $"at most {MaxEntryBytes} bytes", "more", "leave the test out");
            }
        }
        return copy.ToArray();
    }

    // Null when the test passes, else the reason.
    private string? RunTest(string name, Dictionary<string, byte[]> files)
    {
        try
        {
            if (!files.TryGetValue("model.onnx", out byte[]? model))
            {
                return "no model.onnx";
            }
            Graph graph = ModelReader.Read(model, name);
            ReferenceInterpreter evaluator = new(graph);
            for (int set = 0; ; set++)
            {
                string prefix = $"test_data_set_{set.ToString(CultureInfo.InvariantCulture)}/";
                if (!files.Keys.Any(key => key.StartsWith(prefix, StringComparison.Ordinal)))
                {
                    return set > 0 ? null : "no test_data_set_0";
                }
                if (RunSet(graph, evaluator, files, prefix) is { } reason)
                {
                    return reason;
                }
            }
        }
        catch (Exception error) when (error is ModelFormatException or UnsupportedModelException)
        {
            return error.Message;
        }
    }

    private string? RunSet(Graph graph, ReferenceInterpreter evaluator, Dictionary<string, byte[]> files, string prefix)
    {
        Dictionary<string, Tensor> inputs = [];
        for (int i = 0; i < graph.Inputs.Count; i++)
        {
            string file = $"{prefix}input_{i.ToString(CultureInfo.InvariantCulture)}.pb";
            inputs[graph.Inputs[i].Name] = files.TryGetValue(file, out byte[]? bytes)
                ? ModelReader.ReadTensorProto(bytes, file)
                : throw ModelFormatException.At(graph.Name, file, "an input", "no such file", "add it");
        }
        IReadOnlyDictionary<string, Tensor> outputs = evaluator.Run(inputs);
        int compared = 0;
        for (int i = 0; i < graph.Outputs.Count; i++)
        {
            string file = $"{prefix}output_{i.ToString(CultureInfo.InvariantCulture)}.pb";
            if (!files.TryGetValue(file, out byte[]? bytes))
            {
                continue;
            }
            Tensor expected = ModelReader.ReadTensorProto(bytes, file);
            Tensor output = outputs[graph.Outputs[i].Name];
            if (output.Type != expected.Type || !output.Dims.SequenceEqual(expected.Dims))
            {
                return $"output {i}: expected {expected}, found {output}";
            }
            CaseComparison own = new(entry.Check);
            if (!own.Compare(output, expected, 0, $"output {i}"))
            {
                return own.FirstFailure;
            }
            comparison.Compare(output, expected, 0, graph.Name);
            compared++;
        }
        return compared > 0 ? null : "no stored output";
    }
}
