using System.Security.Cryptography;
using FpgaEdge.Cli.Inputs;
using FpgaEdge.Compiler.Packages;
using FpgaEdge.Model;
using FpgaEdge.Model.Integer;
using FpgaEdge.Model.Quantization;

namespace FpgaEdge.Cli.Hosting;

/// <summary>A network ready for boards.</summary>
/// <param name="Graph">The integer graph.</param>
/// <param name="File">The package file's bytes.</param>
internal sealed record PreparedNetwork(IntegerGraph Graph, byte[] File);

/// <summary>From a network file of any kind to a package.</summary>
internal static class NetworkPreparation
{
    private static ReadOnlySpan<byte> PackageMagic => "FEPK"u8;

    /// <summary>Reads a package as it is; imports and quantises everything else.</summary>
    /// <param name="path">The network file.</param>
    /// <param name="calibration">Opens typical cases; asked only when the network has to be quantised.</param>
    /// <param name="preprocessing">From cases to the network's input.</param>
    /// <param name="progress">Told what goes on, with the share done of the total.</param>
    /// <exception cref="ModelFormatException">The file is damaged.</exception>
    /// <exception cref="UnsupportedModelException">It has operators that are not supported.</exception>
    /// <exception cref="InputException">A calibration case does not fit.</exception>
    public static PreparedNetwork Prepare(
        string path, Func<InputSet> calibration, Preprocessing preprocessing, Action<string, int, int> progress)
    {
        byte[] file = ModelReader.ReadFile(path);
        if (file.AsSpan().StartsWith(PackageMagic))
        {
            return new PreparedNetwork(Package.Read(file).Graph, file);
        }
        string name = Path.GetFileName(path);
        Graph network = ModelReader.Read(file, name);
        InputSet cases = calibration();
        Tensor[] inputs = [.. Enumerable.Range(0, cases.Count).Select(index => Read(cases, index, preprocessing, network))];
        IntegerGraph graph = Quantizer.Quantize(network, inputs, progress: (done, total) => progress("quantising", done, total));
        var provenance = new Provenance(name, [.. SHA256.HashData(file)], $"{cases.Count} cases", "");
        return new PreparedNetwork(graph, new Package(graph, Information(preprocessing), [], provenance).Write());
    }

    /// <summary>One case as the float network wants it.</summary>
    private static Tensor Read(InputSet cases, int index, Preprocessing preprocessing, Graph network)
    {
        if (network.Inputs.Count != 1)
        {
            throw new CliException(ExitCode.BadInputFile,
                $"{network.Name}: expected a network with one input, found {network.Inputs.Count}; such networks cannot be run yet");
        }
        int[] dims = network.Inputs[0].Dims.ToArray();
        bool channelsFirst = dims.Length == 4 && network.Format == ModelFormat.Onnx;
        InputShape shape = dims.Length == 4
            ? channelsFirst ? new InputShape(dims[2], dims[3], dims[1]) : new InputShape(dims[1], dims[2], dims[3])
            : new InputShape(1, 1, dims.Skip(1).Aggregate(1, (product, size) => product * size));
        if (shape.Height < 1 || shape.Width < 1 || shape.Channels < 1)
        {
            throw new CliException(ExitCode.BadInputFile,
                $"{network.Name}: expected an input of fixed size, found {network.Inputs[0]}; export the network with fixed sizes");
        }
        float[] values = cases.Read(index, preprocessing, shape);
        dims[0] = 1;
        return Tensor.Of(channelsFirst ? Inputs.TensorLayout.ToChannelsFirst(values, shape) : values, dims);
    }

    private static InputPreprocessing Information(Preprocessing preprocessing) => new(
        preprocessing.Channels switch
        {
            Inputs.ChannelOrder.Rgb => Compiler.Packages.ChannelOrder.Rgb,
            Inputs.ChannelOrder.Bgr => Compiler.Packages.ChannelOrder.Bgr,
            _ => Compiler.Packages.ChannelOrder.AsGiven,
        },
        [.. preprocessing.Subtract.Select(value => (double)value)],
        [.. preprocessing.Divide.Select(value => (double)value)]);
}
