using System.Globalization;

namespace FpgaEdge.Cli.Inputs;

/// <summary>The channels that a network wants.</summary>
public enum ChannelOrder
{
    /// <summary>By the network's number of channels: 1 is grey, 3 is red, green, blue.</summary>
    Auto,

    /// <summary>Red, green, blue; a grey picture is repeated three times.</summary>
    Rgb,

    /// <summary>Blue, green, red.</summary>
    Bgr,

    /// <summary>One channel; a colour picture is weighed as in ITU-R BT.601.</summary>
    Gray,
}

/// <summary>
/// How a stored case becomes the network's input: resize, choose channels, (x − subtract) / divide in float32. Read
/// from the file beside the model (<see cref="PreprocessingFile"/>) and overridden by options.
/// </summary>
public sealed record Preprocessing
{
    /// <summary>Values as stored; pictures of another size are refused.</summary>
    public static Preprocessing Default { get; } = new();

    /// <summary>Channel order of the network.</summary>
    public ChannelOrder Channels { get; init; }

    /// <summary>Nothing, one number, or one per channel in the network's order.</summary>
    public IReadOnlyList<float> Subtract { get; init; } = [];

    /// <summary>Nothing, one number, or one per channel in the network's order; never zero.</summary>
    public IReadOnlyList<float> Divide { get; init; } = [];

    /// <summary>For pictures of another size than the network's.</summary>
    public ResizePolicy Resize { get; init; } = ResizePolicy.None;

    /// <summary>The same with the values of options in place; null leaves a value as it is.</summary>
    /// <param name="channels"><c>--channels</c>: rgb, bgr, gray, auto.</param>
    /// <param name="subtract"><c>--subtract</c>: "127.5" or "104,117,123".</param>
    /// <param name="divide"><c>--divide</c>: the same form, not zero.</param>
    /// <param name="resize"><c>--resize</c>: none, stretch, crop, or the shorter side before cropping ("256").</param>
    /// <exception cref="InputException">A value that is not understood; exit code 2.</exception>
    public Preprocessing Override(string? channels, string? subtract, string? divide, string? resize)
    {
        Preprocessing result = this;
        if (channels is not null)
        {
            result = TryParseChannels(channels, out ChannelOrder order)
                ? result with { Channels = order }
                : throw InputException.Usage("--channels", "rgb, bgr, gray or auto", channels);
        }
        if (resize is not null)
        {
            result = ResizePolicy.TryParse(resize, out ResizePolicy policy)
                ? result with { Resize = policy }
                : throw InputException.Usage("--resize", "none, stretch, crop or the shorter side in pixels", resize);
        }
        result = subtract is null ? result : result with { Subtract = ParseNumbers("--subtract", subtract, false) };
        return divide is null ? result : result with { Divide = ParseNumbers("--divide", divide, true) };
    }

    /// <summary>Makes the network's input of one case: height × width × channels, row-major.</summary>
    /// <exception cref="InputException">The case does not fit the network, or the preprocessing does not.</exception>
    public float[] Apply(DecodedInput input, InputShape network)
    {
        float[] values = input.Pixels is null ? FromTensor(input, network) : FromPicture(input, network);
        int channels = network.Channels;
        float[] subtract = PerChannel("subtract", Subtract, channels, 0f);
        float[] divide = PerChannel("divide", Divide, channels, 1f);
        for (int i = 0; i < values.Length; i += channels)
        {
            for (int c = 0; c < channels; c++)
            {
                values[i + c] = (values[i + c] - subtract[c]) / divide[c];
            }
        }
        return values;
    }

    internal static bool TryParseChannels(string text, out ChannelOrder order)
    {
        string value = text.Trim().ToLowerInvariant();
        order = value switch
        {
            "rgb" => ChannelOrder.Rgb,
            "bgr" => ChannelOrder.Bgr,
            "gray" or "grey" => ChannelOrder.Gray,
            _ => ChannelOrder.Auto,
        };
        return order != ChannelOrder.Auto || value == "auto";
    }

    private static float[] ParseNumbers(string option, string text, bool divisor)
    {
        string[] parts = text.Split(',');
        var numbers = new float[parts.Length];
        for (int i = 0; i < parts.Length; i++)
        {
            bool good = float.TryParse(parts[i], NumberStyles.Float, CultureInfo.InvariantCulture, out numbers[i])
                && float.IsFinite(numbers[i]) && !(divisor && numbers[i] == 0f);
            if (!good)
            {
                string kind = divisor ? "numbers other than 0" : "numbers";
                throw InputException.Usage(option, $"{kind} separated by commas, for example 104,117,123", text);
            }
        }
        return numbers;
    }

    private static float[] PerChannel(string field, IReadOnlyList<float> numbers, int channels, float missing)
    {
        var result = new float[channels];
        if (numbers.Count > 1 && numbers.Count != channels)
        {
            throw InputException.Usage(
                $"preprocessing: {field}", $"one number or {channels}, one per channel of the network",
                string.Join(",", numbers.Select(number => number.ToString(CultureInfo.InvariantCulture))));
        }
        for (int c = 0; c < channels; c++)
        {
            result[c] = numbers.Count == 0 ? missing : numbers[numbers.Count == 1 ? 0 : c];
        }
        return result;
    }

    private float[] FromPicture(DecodedInput input, InputShape network)
    {
        bool gray = Channels == ChannelOrder.Gray || (Channels == ChannelOrder.Auto && network.Channels == 1);
        if (network.Channels != (gray ? 1 : 3))
        {
            throw new InputException(
                input.Name, $"a case of {network} (height x width x channels, the network's input)",
                gray ? "a picture and channels gray" : "a picture and channels rgb or bgr",
                "give raw tensors with --input-shape, or --channels as the network wants them");
        }
        byte[] pixels = Resize.Apply(input, network.Height, network.Width);
        var values = new float[network.ElementCount];
        int stored = input.Shape[2];
        for (int pixel = 0; pixel < network.Height * network.Width; pixel++)
        {
            ReadOnlySpan<byte> from = pixels.AsSpan(pixel * stored, stored);
            if (gray)
            {
                values[pixel] = stored == 1 ? from[0] : Luma(from);
                continue;
            }
            for (int c = 0; c < 3; c++)
            {
                int wanted = Channels == ChannelOrder.Bgr ? 2 - c : c;
                values[(pixel * 3) + c] = from[stored == 1 ? 0 : wanted];
            }
        }
        return values;
    }

    /// <summary>ITU-R BT.601 luma of a red, green, blue pixel, rounded to nearest.</summary>
    private static int Luma(ReadOnlySpan<byte> rgb) => ((299 * rgb[0]) + (587 * rgb[1]) + (114 * rgb[2]) + 500) / 1000;

    private float[] FromTensor(DecodedInput input, InputShape network)
    {
        int[] wanted = [network.Height, network.Width, network.Channels];
        if (!input.Shape.Where(size => size != 1).SequenceEqual(wanted.Where(size => size != 1)))
        {
            throw new InputException(
                input.Name, $"a case of {network} (height x width x channels, the network's input)",
                string.Join("x", input.Shape), "give --input-shape the size of one case, without the number of cases");
        }
        float[] values = [.. input.Values!];
        if (Channels == ChannelOrder.Bgr)
        {
            for (int i = 0; i < values.Length; i += network.Channels)
            {
                Array.Reverse(values, i, network.Channels);
            }
        }
        return values;
    }
}
