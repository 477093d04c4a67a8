namespace FpgaEdge.Model.Verification;

/// <summary>Makes the input tensors of an entry's cases from their sources.</summary>
internal sealed class CaseInputs
{
    private readonly string folder;
    private readonly CaseInput input;
    private readonly Tensor? raw;

    public CaseInputs(string folder, CaseInput input)
    {
        this.folder = folder;
        this.input = input;
        if (input.Source.Kind == CaseSourceKind.Raw)
        {
            raw = ReadRaw(folder, input.Source.Files[0], input.Source.Type, input.Source.Shape);
            Count = input.Source.Shape[0];
        }
        else
        {
            Count = input.Source.Kind == CaseSourceKind.Ramp ? 1 : input.Source.Files.Count;
        }
    }

    /// <summary>Number of cases.</summary>
    public int Count { get; }

    /// <summary>Raw little-endian values of exactly the given dims.</summary>
    public static Tensor ReadRaw(string folder, string file, ElementType type, IReadOnlyList<int> shape)
    {
        byte[] bytes = ModelReader.ReadFile(Path.Combine(folder, file));
        int[] dims = [.. shape];
        long expected = (long)Tensor.TryCountElements(dims) * type.SizeBytes();
        return bytes.Length == expected
            ? Tensor.FromLittleEndian(type, dims, bytes)
            : throw ModelFormatException.At(
                file, "size", $"{expected} bytes for {type} {Tensor.FormatDims(dims)}", $"{bytes.Length}",
                "check dtype and shape in cases.json");
    }

    /// <summary>The tensor of one case.</summary>
    public Tensor Make(int index)
    {
        (double[] values, int channels) = Load(index);
        CaseConversion convert = input.Convert;
        if (convert.Channels != 0 && convert.Channels != channels)
        {
            throw Error(index, $"{convert.Channels} channels", $"{channels}");
        }
        if (convert.Reverse)
        {
            for (int i = 0; i < values.Length; i += channels)
            {
                values.AsSpan(i, channels).Reverse();
            }
        }
        Step(index, values, channels, convert.Subtract, static (x, by) => x - by);
        Step(index, values, channels, convert.Divide, static (x, by) => x / by);
        if (convert.Quantize is { } parameters)
        {
            QuantizeValues(values, parameters.Scale, parameters.ZeroPoint);
        }
        if (convert.Layout == CaseLayout.Nchw)
        {
            values = ChannelsFirst(values, channels);
        }
        return ToTensor(index, values);
    }

    private (double[] Values, int Channels) Load(int index)
    {
        switch (input.Source.Kind)
        {
            case CaseSourceKind.Images:
                string file = input.Source.Files[index];
                NetpbmImage image = NetpbmImage.Read(ModelReader.ReadFile(Path.Combine(folder, file)), file);
                return (Array.ConvertAll(image.Pixels, value => (double)value), image.Channels);
            case CaseSourceKind.Raw:
                int length = raw!.Length / Count;
                double[] part = new double[length];
                for (int i = 0; i < length; i++)
                {
                    part[i] = raw.ValueAt((index * length) + i);
                }
                return (part, raw.Rank > 1 ? raw.Dims[^1] : 1);
            case CaseSourceKind.TensorProto:
                string proto = input.Source.Files[index];
                Tensor tensor = ModelReader.ReadTensorProto(
                    ModelReader.ReadFile(Path.Combine(folder, proto)), proto);
                double[] all = new double[tensor.Length];
                for (int i = 0; i < all.Length; i++)
                {
                    all[i] = tensor.ValueAt(i);
                }
                return (all, tensor.Rank > 0 ? tensor.Dims[^1] : 1);
            default:
                double[] ramp = new double[Tensor.TryCountElements([.. input.Convert.Shape])];
                for (int i = 0; i < ramp.Length; i++)
                {
                    ramp[i] = (float)((double)i / ramp.Length);
                }
                return (ramp, input.Convert.Shape[^1]);
        }
    }

    private void Step(
        int index, double[] values, int channels, IReadOnlyList<float> operands, Func<float, float, float> step)
    {
        if (operands.Count == 0)
        {
            return;
        }
        if (operands.Count != 1 && operands.Count != channels)
        {
            throw Error(index, $"1 or {channels} numbers in subtract and divide", $"{operands.Count}");
        }
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = step((float)values[i], operands[operands.Count == 1 ? 0 : i % channels]);
        }
    }

    private void QuantizeValues(double[] values, float scale, int zeroPoint)
    {
        (long low, long high) = Reference.Elements.Range(input.Convert.Type);
        for (int i = 0; i < values.Length; i++)
        {
            double steps = MathF.Round((float)values[i] / scale, MidpointRounding.ToEven);
            values[i] = Math.Clamp(steps + zeroPoint, low, high);
        }
    }

    private static double[] ChannelsFirst(double[] values, int channels)
    {
        double[] result = new double[values.Length];
        int plane = values.Length / channels;
        for (int i = 0; i < values.Length; i++)
        {
            result[(i % channels * plane) + (i / channels)] = values[i];
        }
        return result;
    }

    private Tensor ToTensor(int index, double[] values)
    {
        int[] dims = [.. input.Convert.Shape];
        ElementType type = input.Convert.Type;
        int count = Tensor.TryCountElements(dims);
        if (values.Length != count)
        {
            throw Error(index, $"{count} values for {Tensor.FormatDims(dims)}", $"{values.Length}");
        }
        Tensor tensor = Tensor.Create(type, dims);
        (long low, long high) = type.IsFloat() ? (0, 0) : Reference.Elements.Range(type);
        for (int i = 0; i < values.Length; i++)
        {
            if (type.IsFloat())
            {
                Reference.Elements.StoreReal(tensor, i, values[i]);
            }
            else if (values[i] == Math.Truncate(values[i]) && values[i] >= low && values[i] <= high)
            {
                Reference.Elements.StoreWrapped(tensor, i, (long)values[i]);
            }
            else
            {
                throw Error(index, $"whole numbers of {low}…{high} for {type}", $"{values[i]}");
            }
        }
        return tensor;
    }

    private ModelFormatException Error(int index, string expected, string found) => ModelFormatException.At(
        input.Source.Files.Count > index ? input.Source.Files[index] : "cases.json", $"case {index}", expected, found,
        "check source and convert in cases.json");
}
