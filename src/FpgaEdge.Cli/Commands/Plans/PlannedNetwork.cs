using System.Buffers.Binary;
using System.Collections.Immutable;
using System.IO.Enumeration;
using System.Security.Cryptography;
using FpgaEdge.Board;
using FpgaEdge.Compiler.Packages;
using FpgaEdge.Model;
using FpgaEdge.Model.Integer;
using FpgaEdge.Model.Quantization;
using FpgaEdge.Planning;

namespace FpgaEdge.Cli.Commands.Plans;

/// <summary>A network file with its costs on the kinds of boards of a view.</summary>
/// <param name="File">Name of the file.</param>
/// <param name="Graph">The integer graph.</param>
/// <param name="Costs">What the planner sees of it.</param>
internal sealed record PlannedNetwork(string File, IntegerGraph Graph, NetworkCosts Costs)
{
    private static ReadOnlySpan<byte> PackageMagic => "FEPK"u8;

    /// <summary>Size of the network as boards send it to each other, without schedules.</summary>
    public int PackageBytes =>
        new Package(Graph, new InputPreprocessing(ChannelOrder.AsGiven, [], []), [], Provenance.Unknown).Write().Length;

    /// <summary>
    /// Reads a network, with its own integers where it has them. One that is not quantised yet is quantised on a made-up
    /// input: its modelled times do not depend on the values, so the plan is the one that the properly quantised network
    /// gets.
    /// </summary>
    public static PlannedNetwork Read(string path, ClusterView view, params IReadOnlyList<BoardProfile> profiles)
    {
        byte[] file = ModelReader.ReadFile(path);
        string name = Path.GetFileName(path);
        IntegerGraph graph = file.AsSpan().StartsWith(PackageMagic)
            ? Package.Read(file).Graph
            : Quantize(ModelReader.Read(file, name));
        ImmutableArray<BoardKind> kinds = [.. view.Members.Select(BoardKind.Of).Distinct()];
        return new PlannedNetwork(name, graph, NetworkCostTable.Compute(
            graph, HashOf(file), kinds, measured: target => profiles.Aggregate(target, (at, profile) => profile.Apply(at))));
    }

    /// <summary>The nodes whose name is the text or fits it as a pattern with * and ?.</summary>
    public ImmutableArray<int> Nodes(string option, string pattern)
    {
        ImmutableArray<int> found =
        [
            .. Enumerable.Range(0, Graph.Nodes.Count).Where(
                node => FileSystemName.MatchesSimpleExpression(pattern, Graph.Nodes[node].Name, ignoreCase: false)),
        ];
        if (!found.IsEmpty)
        {
            return found;
        }
        string examples = string.Join(", ", Graph.Nodes.Take(6).Select(node => node.Name));
        throw new CliException(ExitCode.Usage,
            $"{option}: no layer of {File} is called '{pattern}'; " +
            $"its {Graph.Nodes.Count} layers start with {examples}");
    }

    /// <summary>First and last layer of a range, for people.</summary>
    public string Layers(int first, int last) =>
        last - first == 1 ? Graph.Nodes[first].Name : $"{Graph.Nodes[first].Name} … {Graph.Nodes[last - 1].Name}";

    /// <summary>Throughput over that of all boards each running the whole network alone, memory not counted.</summary>
    public double Efficiency(ClusterView view, PlanEstimate estimate) =>
        1e9 / estimate.IntervalNs / view.Members.Sum(OneBoardFps);

    private double OneBoardFps(Member member)
    {
        long time = Costs.Nodes.Sum(node => node.TimeNs.GetValueOrDefault(BoardKind.Of(member), 0));
        long bytes = Math.Max(Bytes(Costs.InputTensors), Bytes(Costs.OutputTensors));
        return 1e9 / Math.Max(1, Math.Max(time, LinkCosts.TransferNs(bytes, member.LinkBitsPerSecond)));
    }

    private long Bytes(ImmutableArray<int> tensors) => tensors.Sum(tensor => Costs.Tensors[tensor].Bytes);

    private static IntegerGraph Quantize(Graph network)
    {
        if (IntegerImporter.IsQuantized(network))
        {
            return IntegerImporter.Import(network);
        }
        var inputs = new Dictionary<string, Tensor>();
        foreach (TensorInfo input in network.Inputs)
        {
            int[] dims = Array.ConvertAll(input.Dims.ToArray(), size => Math.Max(size, 1));
            inputs[input.Name] = Made(input, dims);
        }
        return Quantizer.Quantize(network, [inputs]);
    }

    /// <summary>Values from −1 to 1 that depend on the position only; zeros where the type is not float.</summary>
    private static Tensor Made(TensorInfo input, int[] dims)
    {
        if (input.Type != ElementType.Float32)
        {
            return Tensor.Create(input.Type, dims);
        }
        var values = new float[dims.Aggregate(1, (count, size) => checked(count * size))];
        for (int index = 0; index < values.Length; index++)
        {
            values[index] = ((index * 37L % 255) - 127) / 127f;
        }
        return Tensor.Of(values, dims);
    }

    private static PackageHash HashOf(byte[] file)
    {
        byte[] hash = SHA256.HashData(file);
        ulong Word(int index) => BinaryPrimitives.ReadUInt64BigEndian(hash.AsSpan(index * 8));
        return new PackageHash(Word(0), Word(1), Word(2), Word(3));
    }
}
