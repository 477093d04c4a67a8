using System.Collections.Immutable;
using FpgaEdge.Cli.Commands.Plans;
using FpgaEdge.Model;
using FpgaEdge.Planning;

namespace FpgaEdge.Cli.Commands.Bench.Papers;

/// <summary>A network by its usual name; null where its file is missing, and then why.</summary>
internal sealed record PaperNetwork(string Name, PlannedNetwork? Planned, string Missing = "");

/// <summary>The five networks of the strategy tables, from the folder of public networks.</summary>
internal static class PaperNetworks
{
    private static readonly (string Name, string File, Func<Graph, Graph> Change)[] Files =
    [
        ("ResNet-18", "arch/resnet18_synth_int8w.onnx", graph => graph),
        ("ResNet-50", "arch/light_resnet50.onnx", graph => graph),
        ("MobileNetV2", "imagenet/mobilenet_v2_qlinear_uint8.onnx", graph => graph),
        ("SqueezeNet", "imagenet/squeezenet1.0_fp32.onnx", graph => graph),
        ("VGG-16", "arch/light_vgg19.onnx", ToVgg16),
    ];

    /// <summary>Reads them, with their times on all kinds of boards of a view.</summary>
    public static ImmutableArray<PaperNetwork> Read(string folder, ClusterView view, Action<string> progress)
    {
        var networks = ImmutableArray.CreateBuilder<PaperNetwork>();
        foreach ((string name, string file, Func<Graph, Graph> change) in Files)
        {
            progress($"reading {name}");
            string path = Path.Combine(folder, file);
            networks.Add(File.Exists(path)
                ? new PaperNetwork(name, PlannedNetwork.Read(path, view, change))
                : new PaperNetwork(name, null, $"no {file} in {folder}"));
        }
        return networks.ToImmutable();
    }

    /// <summary>
    /// VGG-16 is VGG-19 without the fourth convolution of its last three blocks, which has as many inputs as outputs
    /// (Simonyan and Zisserman, 2015, table 1: columns D and E).
    /// </summary>
    private static Graph ToVgg16(Graph vgg19)
    {
        var renamed = new Dictionary<string, string>();
        var nodes = new List<GraphNode>();
        int convolution = 0;
        bool dropping = false;
        foreach (GraphNode node in vgg19.Nodes)
        {
            convolution += node.Operator == "Conv" ? 1 : 0;
            dropping = node.Operator == "Conv" ? convolution is 8 or 12 or 16 : dropping && node.Operator == "Relu";
            if (dropping)
            {
                renamed[node.Outputs[0]] = renamed.GetValueOrDefault(node.Inputs[0], node.Inputs[0]);
                continue;
            }
            nodes.Add(node.With(inputs: [.. node.Inputs.Select(input => renamed.GetValueOrDefault(input, input))]));
        }
        return convolution == 16
            ? vgg19.With(nodes: nodes)
            : throw new CliException(ExitCode.BadInputFile, $"VGG-19: expected 16 convolutions, found {convolution}");
    }
}
