namespace FpgaEdge.Cli.Inputs;

/// <summary>The two orders in which networks and files keep an image.</summary>
public static class TensorLayout
{
    /// <summary>From height, width, channel to channel, height, width (what an NCHW network reads).</summary>
    public static float[] ToChannelsFirst(ReadOnlySpan<float> values, InputShape shape)
    {
        var result = new float[values.Length];
        int area = shape.Height * shape.Width;
        for (int pixel = 0; pixel < area; pixel++)
        {
            for (int c = 0; c < shape.Channels; c++)
            {
                result[(c * area) + pixel] = values[(pixel * shape.Channels) + c];
            }
        }
        return result;
    }

    /// <summary>From channel, height, width to height, width, channel.</summary>
    public static float[] ToChannelsLast(ReadOnlySpan<float> values, InputShape shape)
    {
        var result = new float[values.Length];
        int area = shape.Height * shape.Width;
        for (int pixel = 0; pixel < area; pixel++)
        {
            for (int c = 0; c < shape.Channels; c++)
            {
                result[(pixel * shape.Channels) + c] = values[(c * area) + pixel];
            }
        }
        return result;
    }
}
