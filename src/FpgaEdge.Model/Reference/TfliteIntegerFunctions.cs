using static FpgaEdge.Model.Integer.FixedPointArithmetic;

namespace FpgaEdge.Model.Reference;

/// <summary>TFLite's integer HARD_SWISH, PRELU and RESIZE_BILINEAR.</summary>
internal static class TfliteIntegerFunctions
{
    /// <summary>HARD_SWISH in 16-bit fixed point: x · relu6(x + 3) / 6.</summary>
    public static void HardSwish(OperatorContext context)
    {
        Tensor x = context.Input(0);
        Tensor y = context.Output(0, x.Type, x.Dims);
        if (!y.HasData)
        {
            return;
        }
        QuantizationParameters input = TfliteIntegers.PerTensor(context, context.InputQuantization(0));
        QuantizationParameters output = TfliteIntegers.PerTensor(context, context.OutputQuantization(0));
        float fineScale = 1.0f / 128.0f * input.Scale;
        (int multiplier, int exponent) = TfliteIntegers.Multiplier(context, fineScale / output.Scale);
        (int gate, int gateExponent) = TfliteIntegers.Multiplier(context, fineScale / (3.0f / 32768.0f));
        (short outputFactor, short gateFactor) = (To16(multiplier), To16(gate));
        if (exponent > 0)
        {
            throw context.Error("a result scale of at least 1/128 of the operand's", $"{output.Scale}");
        }
        int[] values = TfliteIntegers.Centred(x, input.ZeroPoint);
        for (int i = 0; i < values.Length; i++)
        {
            short fine = (short)(values[i] * 128);
            short scaled = RoundingHigh(fine, outputFactor);
            short gated = fine;
            if (gateExponent > 0)
            {
                gated = ShiftLeft(gated, gateExponent - 1);
            }
            gated = RoundingHigh(gated, gateFactor);
            if (gateExponent > 0)
            {
                gated = ShiftLeft(gated, 1);
            }
            else if (gateExponent < 0)
            {
                gated = (short)RoundingDivideByPowerOfTwo(gated, -gateExponent);
            }
            gated = (short)((gated + (1 << 15)) >> 1);
            // Without rounding here, against the bias of the rounding before.
            int product = gated == short.MinValue && scaled == short.MinValue
                ? short.MaxValue : gated * scaled / (1 << 15);
            int result = RoundingDivideByPowerOfTwo((short)product, -exponent);
            TfliteIntegers.Store(y, i, (long)(short)result + output.ZeroPoint);
        }
    }

    /// <summary>PRELU: one multiplier for positive operands, another for the product with the slope.</summary>
    public static void PRelu(OperatorContext context)
    {
        Tensor x = context.Input(0);
        Tensor slope = context.Input(1);
        Tensor y = context.Output(0, x.Type, x.Dims);
        if (!y.HasData)
        {
            return;
        }
        QuantizationParameters input = TfliteIntegers.PerTensor(context, context.InputQuantization(0));
        QuantizationParameters slopes = TfliteIntegers.PerTensor(context, context.InputQuantization(1));
        QuantizationParameters output = TfliteIntegers.PerTensor(context, context.OutputQuantization(0));
        (int positive, int positiveExponent) =
            TfliteIntegers.Multiplier(context, (double)input.Scale / output.Scale);
        (int negative, int negativeExponent) =
            TfliteIntegers.Multiplier(context, (double)input.Scale * slopes.Scale / output.Scale);
        int[] values = TfliteIntegers.Centred(x, input.ZeroPoint);
        int[] factors = TfliteIntegers.Centred(slope, slopes.ZeroPoint);
        BroadcastReader reader = BroadcastReader.Of(context, slope, x.Dims);
        for (int i = 0; i < values.Length; i++)
        {
            int scaled = values[i] >= 0
                ? MultiplyByQuantizedMultiplier(values[i], positive, positiveExponent)
                : MultiplyByQuantizedMultiplier(values[i] * factors[reader.Index(i)], negative, negativeExponent);
            TfliteIntegers.Store(y, i, (long)scaled + output.ZeroPoint);
        }
    }

    /// <summary>RESIZE_BILINEAR with 10-bit fractions; nearest goes the common way.</summary>
    public static void Resize(OperatorContext context)
    {
        Tensor x = context.Input(0);
        if (context.Node.String("mode", "") != "linear")
        {
            Resampling.Resize(context);
            return;
        }
        int[] dims = Array.ConvertAll(context.Integers(3), dim => (int)Math.Clamp(dim, -1, int.MaxValue));
        if (x.Rank != 4 || dims.Length != 4 || dims[0] != x.Dims[0] || dims[3] != x.Dims[3] || x.Length == 0)
        {
            throw context.Error("sizes for an image of rank 4", $"{Tensor.FormatDims(dims)} for {x}");
        }
        Tensor y = context.Output(0, x.Type, dims);
        if (!y.HasData)
        {
            return;
        }
        string transform = context.Node.String("coordinate_transformation_mode", "");
        (int Low, int High, int Part)[] rows = Samples(x.Dims[1], dims[1], transform);
        (int Low, int High, int Part)[] columns = Samples(x.Dims[2], dims[2], transform);
        int[] values = TfliteIntegers.Centred(x, 0);
        int channels = dims[3];
        for (int i = 0; i < y.Length; i++)
        {
            (int pixel, int channel) = Math.DivRem(i, channels);
            (int line, int column) = Math.DivRem(pixel, dims[2]);
            (int image, int row) = Math.DivRem(line, dims[1]);
            (int top, int bottom, int down) = rows[row];
            (int left, int right, int across) = columns[column];
            long At(int h, int w) =>
                values[(((((image * x.Dims[1]) + h) * x.Dims[2]) + w) * channels) + channel];
            long sum = (At(top, left) * (1024 - down) * (1024 - across)) + (At(bottom, left) * down * (1024 - across))
                + (At(top, right) * (1024 - down) * across) + (At(bottom, right) * down * across);
            long half = sum > 0 ? 1 << 19 : -(1 << 19);
            TfliteIntegers.Store(y, i, (sum + half) / (1 << 20));
        }
    }

    private static (int Low, int High, int Part)[] Samples(int extent, int output, string transform)
    {
        long step = transform == "align_corners" && output > 1
            ? ((1024L * (extent - 1)) + ((output - 1) / 2)) / (output - 1)
            : ((1024L * extent) + (output / 2)) / output;
        (int, int, int)[] samples = new (int, int, int)[output];
        for (int i = 0; i < output; i++)
        {
            long at = transform == "half_pixel" ? (i * step) + (step / 2) - 512 : i * step;
            int low = (int)Math.Max(at / 1024, 0);
            samples[i] = (Math.Min(low, extent - 1), Math.Min(low + 1, extent - 1), (int)(at - (1024L * low)));
        }
        return samples;
    }

    private static short To16(int multiplier) =>
        multiplier >= int.MaxValue - (1 << 15) ? short.MaxValue : (short)((multiplier + (1 << 15)) >> 16);

    private static short RoundingHigh(short a, short b)
    {
        if (a == short.MinValue && b == short.MinValue)
        {
            return short.MaxValue;
        }
        int product = a * b;
        return (short)((product + (product >= 0 ? 1 << 14 : 1 - (1 << 14))) / (1 << 15));
    }

    private static short ShiftLeft(short value, int amount) =>
        (short)Math.Clamp((long)value << Math.Min(amount, 31), short.MinValue, short.MaxValue);
}
