using FpgaEdge.Model.Integer;

namespace FpgaEdge.Compiler.Packages;

/// <summary>The section that is not the graph: preparation of inputs, labels, provenance.</summary>
internal static class InformationCodec
{
    public static byte[] Write(Package package)
    {
        var writer = new PackageWriter();
        writer.Byte((byte)package.Preprocessing.Order);
        writer.Doubles(package.Preprocessing.Subtract);
        writer.Doubles(package.Preprocessing.Divide);
        writer.Int32(package.Labels.Length);
        foreach (string label in package.Labels)
        {
            writer.Text(label);
        }
        writer.Text(package.Provenance.SourceFile);
        writer.Bytes(package.Provenance.SourceSha256.AsSpan());
        writer.Text(package.Provenance.Calibration);
        writer.Text(package.Provenance.Accuracy);
        return writer.ToArray();
    }

    public static Package Read(ref PackageReader reader, IntegerGraph graph)
    {
        var order = (ChannelOrder)reader.Limited(reader.Byte(), (byte)ChannelOrder.Bgr, "a channel order");
        var preprocessing = new InputPreprocessing(order, [.. reader.Doubles()], [.. reader.Doubles()]);
        string[] labels = new string[reader.Count(4)];
        for (int i = 0; i < labels.Length; i++)
        {
            labels[i] = reader.Text();
        }
        string source = reader.Text();
        byte[] hash = reader.Bytes();
        if (hash.Length is not (0 or Package.HashBytes))
        {
            throw new PackageFormatException(reader.Offset,
                $"expected a hash of {Package.HashBytes} bytes, found {hash.Length}");
        }
        var provenance = new Provenance(source, [.. hash], reader.Text(), reader.Text());
        return reader.AtEnd
            ? new Package(graph, preprocessing, [.. labels], provenance)
            : throw new PackageFormatException(reader.Offset, "expected the end of the section, found more bytes");
    }
}
