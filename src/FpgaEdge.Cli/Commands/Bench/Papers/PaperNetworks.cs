using System.Collections.Immutable;
using FpgaEdge.Board;
using FpgaEdge.Cli.Commands.Plans;
using FpgaEdge.Model.Integer;
using FpgaEdge.Planning;

namespace FpgaEdge.Cli.Commands.Bench.Papers;

/// <summary>A network by its usual name; null where its file is missing, and then why.</summary>
internal sealed record PaperNetwork(string Name, PlannedNetwork? Planned, string Missing = "");

/// <summary>The five networks of the strategy tables: four from the folder of public networks, and VGG-16 by its shape.</summary>
internal static class PaperNetworks
{
    private static readonly (string Name, string File)[] Files =
    [
        ("ResNet-18", "arch/resnet18_synth_int8w.onnx"), ("ResNet-50", "arch/light_resnet50.onnx"),
        ("MobileNetV2", "imagenet/mobilenet_v2_qlinear_uint8.onnx"), ("SqueezeNet", "imagenet/squeezenet1.0_fp32.onnx"),
    ];

    /// <summary>Channels and convolutions of VGG-16's blocks (Simonyan and Zisserman, 2015, table 1, column D).</summary>
    private static readonly (int Channels, int Convolutions)[] Vgg16Blocks = [(64, 2), (128, 2), (256, 3), (512, 3), (512, 3)];

    /// <summary>Reads them, with their times on all kinds of boards of a view.</summary>
    public static ImmutableArray<PaperNetwork> Read(string folder, ClusterView view, Action<string> progress)
    {
        var networks = ImmutableArray.CreateBuilder<PaperNetwork>();
        foreach ((string name, string file) in Files)
        {
            progress($"reading {name}");
            string path = Path.Combine(folder, file);
            networks.Add(File.Exists(path)
                ? new PaperNetwork(name, PlannedNetwork.Read(path, view))
                : new PaperNetwork(name, null, $"no {file} in {folder}"));
        }
        progress("making VGG-16");
        IntegerGraph vgg = Vgg16();
        networks.Add(new PaperNetwork("VGG-16", new PlannedNetwork("vgg16", vgg, NetworkCostTable.Compute(
            vgg, new PackageHash(16, 0, 0, 0), [.. view.Members.Select(BoardKind.Of).Distinct()]))));
        return networks.ToImmutable();
    }

    /// <summary>VGG-16 with weights of zero: modelled times depend on shapes only.</summary>
    private static IntegerGraph Vgg16()
    {
        var builder = new IntegerGraphBuilder("vgg16");
        int x = builder.AddInput("image", 224, 224, 3);
        for (int block = 0; block < Vgg16Blocks.Length; block++)
        {
            for (int convolution = 0; convolution < Vgg16Blocks[block].Convolutions; convolution++)
            {
                x = Convolution(builder, $"conv{block + 1}_{convolution + 1}", x, Vgg16Blocks[block].Channels, 3);
            }
            x = builder.AddMaximumPool($"pool{block + 1}", x, new Window(2, 2, 2, 2, 0, 0, 0, 0));
        }
        x = builder.AddReshape("flatten", x, 1, 1, builder[x].ElementCount);
        x = Convolution(builder, "fc6", x, 4096, 1);
        x = Convolution(builder, "fc7", x, 4096, 1);
        x = Convolution(builder, "fc8", x, 1000, 1);
        builder.AddOutput(x);
        return builder.Build();
    }

    private static int Convolution(IntegerGraphBuilder builder, string name, int input, int outputs, int kernel)
    {
        int pad = kernel / 2;
        sbyte[] weights = new sbyte[(long)outputs * kernel * kernel * builder[input].Channels];
        var requantization = new Requantization(RequantizationKind.Shift, [8], [], 0, 127);
        return builder.AddConvolution(
            name, input, new Window(kernel, kernel, 1, 1, pad, pad, pad, pad), 1, weights, new int[outputs], requantization);
    }
}
