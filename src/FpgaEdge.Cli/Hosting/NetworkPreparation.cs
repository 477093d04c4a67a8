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

    /// <summary>
    /// Reads a package as it is; imports everything else, with its own integers where it has them, else quantised.
    /// </summary>
    /// <param name="path">The network file.</param>
    /// <param name="calibration">Opens typical cases; asked only when the network has to be quantised.</param>
    /// <param name="preprocessing">From cases to the network's input.</param>
    /// <param name="progress">Told what goes on, with the share done of the total.</param>
    /// <exception cref="ModelFormatException">The file is damaged.</exception>
    /// <exception cref="UnsupportedModelException">It has operators that are not supported.</exception>
    /// <exception cref="InputException">A calibration case does not fit.</exception>
    public static PreparedNetwork Prepare(
        string path, Func<InputSet> calibration, Preprocessing preprocessing, Action<string, int, int> progress) =>
        Prepare(ModelReader.ReadFile(path), Path.GetFileName(path), calibration, preprocessing, progress);

    /// <summary>The same from memory.</summary>
    /// <inheritdoc cref="Prepare(string, Func{InputSet}, Preprocessing, Action{string, int, int})"/>
    /// <param name="file">The network file's bytes.</param>
    /// <param name="name">The file's name.</param>
    public static PreparedNetwork Prepare(
        byte[] file, string name, Func<InputSet> calibration, Preprocessing preprocessing, Action<string, int, int> progress)
    {
        if (file.AsSpan().StartsWith(PackageMagic))
        {
            return new PreparedNetwork(Package.Read(file).Graph, file);
        }
        Graph network = ModelReader.Read(file, name);
        if (IntegerImporter.IsQuantized(network))
        {
            IntegerGraph own = IntegerImporter.Import(network);
            var origin = new Provenance(name, [.. SHA256.HashData(file)], "the network's own scales", "");
            return new PreparedNetwork(own, new Package(own, Information(preprocessing), [], origin).Write());
        }
        InputSet cases = calibration();
        NetworkInput input = NetworkInput.Of(network);
        Tensor[] inputs = [.. Enumerable.Range(0, cases.Count)
            .Select(index => input.ToTensor(cases.Read(index, preprocessing, input.Shape)))];
        IntegerGraph graph = Quantizer.Quantize(network, inputs, progress: (done, total) => progress("quantising", done, total));
        var provenance = new Provenance(name, [.. SHA256.HashData(file)], $"{cases.Count} cases", "");
        return new PreparedNetwork(graph, new Package(graph, Information(preprocessing), [], provenance).Write());
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
