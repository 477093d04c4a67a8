using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text.Json;
using FpgaEdge.Board;
using FpgaEdge.Cli.Terminal;
using FpgaEdge.Kernels;
using FpgaEdge.Model.Integer;

namespace FpgaEdge.Cli.Commands.Bench;

/// <summary>Best times of one shape in seconds; null where there is nothing to time.</summary>
internal sealed record KernelTimes(
    BenchShape Shape, double Managed, double? Native, double? Peer, double Float, double? PeerFloat, bool Equal)
{
    /// <summary>How many times as fast as the peer; null without one.</summary>
    public static double? Ratio(double? ours, double? peer) => peer / ours;
}

/// <summary>
/// <c>bench kernels</c>: the managed and native convolutions against ONNX Runtime, one thread each, in turn within one
/// process, so that whatever else the machine does hits all alike; the best sample of each counts.
/// </summary>
internal sealed class KernelBench(string? peerFolder, int samples, string? filter, bool json)
{
    private static readonly TimeSpan WarmUp = TimeSpan.FromMilliseconds(120);

    /// <summary>Length of a sample: far above the clock's resolution, mostly below a scheduler's time slice.</summary>
    private static readonly TimeSpan Sample = TimeSpan.FromMilliseconds(0.8);

    /// <summary>Does it; the result is the exit code.</summary>
    public int Run(CancellationToken cancellation)
    {
        BenchShape[] shapes = [.. BenchShape.All.Where(s => filter is null || s.Name.Contains(filter))];
        if (shapes.Length == 0)
        {
            throw new CliException(ExitCode.Usage,
                $"--shapes {filter}: expected part of a name such as '{BenchShape.All[1].Name}', found no such shape");
        }
        OnnxRuntimePeer? peer = OpenPeer();
        var results = new List<KernelTimes>();
        using (var progress = new ProgressLine())
        {
            foreach (BenchShape shape in shapes)
            {
                cancellation.ThrowIfCancellationRequested();
                progress.Show(shape.Name);
                results.Add(Measure(shape, peer));
            }
        }
        if (json)
        {
            WriteJson(results, peer);
        }
        else
        {
            WriteText(results, peer);
        }
        return results.All(r => r.Equal) ? ExitCode.Ok : ExitCode.VerificationFailed;
    }

    private OnnxRuntimePeer? OpenPeer()
    {
        OnnxRuntimePeer? peer = peerFolder is null ? null : OnnxRuntimePeer.TryOpen(peerFolder);
        return peer is not null || peerFolder is null ? peer : throw new CliException(ExitCode.BadInputFile,
            $"{peerFolder}: expected node_modules/onnxruntime-node with its library for this machine, found none; run " +
            "'npm install --ignore-scripts onnxruntime-node' there");
    }

    private KernelTimes Measure(BenchShape shape, OnnxRuntimePeer? peer)
    {
        var random = new Random(shape.Name.Length);
        ConvolutionNode node = shape.Node(random);
        byte[] input = new byte[shape.Input.ByteCount];
        random.NextBytes(input);
        byte[] managedOutput = new byte[shape.Output.ByteCount];
        byte[] nativeOutput = new byte[shape.Output.ByteCount];
        Action managed = Ours(shape, node, input, managedOutput, KernelInstructionSets.BestManaged);
        Action? native = KernelInstructionSets.IsSupported(KernelInstructions.Native)
            ? Ours(shape, node, input, nativeOutput, KernelInstructions.Native)
            : null;
        using OnnxRuntimePeer.Session? integer = peer?.Open(OnnxBytes.QLinearConvolution(shape, node),
            OnnxRuntimePeer.Session.UInt8, [1, shape.Size, shape.Size, shape.Inputs],
            [1, shape.OutputSize, shape.OutputSize, shape.Outputs]);
        using OnnxRuntimePeer.Session? real = peer?.Open(OnnxBytes.FloatConvolution(shape, node),
            OnnxRuntimePeer.Session.Float, [1, shape.Inputs, shape.Size, shape.Size],
            [1, shape.Outputs, shape.OutputSize, shape.OutputSize]);
        if (integer is not null && real is not null)
        {
            input.CopyTo(integer.Input);
            Span<float> values = MemoryMarshal.Cast<byte, float>(real.Input);
            for (int i = 0; i < values.Length; i++)
            {
                values[i] = FloatInput(input[i]);
            }
        }
        (Action ourFloat, Func<bool> floatEqual) = OurFloat(shape, node, input, real);
        double?[] best = Compete(
            [managed, native, integer is null ? null : integer.Run, ourFloat, real is null ? null : real.Run]);
        bool equal = (native is null || managedOutput.AsSpan().SequenceEqual(nativeOutput))
            && (integer is null || integer.Output.SequenceEqual(managedOutput)) && floatEqual();
        return new KernelTimes(shape, best[0]!.Value, best[1], best[2], best[3]!.Value, best[4], equal);
    }

    // The same numbers as the peer's float session, channels last; sums in another order differ by rounding alone.
    private static (Action Run, Func<bool> IsEqual) OurFloat(
        BenchShape shape, ConvolutionNode node, byte[] input, OnnxRuntimePeer.Session? real)
    {
        const float tolerance = 1e-3f;
        int plane = shape.Size * shape.Size;
        Memory<float> values = AtCacheLine(input.Length);
        for (int i = 0; i < values.Length; i++)
        {
            values.Span[i] = FloatInput(input[(i % shape.Inputs * plane) + (i / shape.Inputs)]);
        }
        var layer = new FloatConvolution(node.Window, shape.Size, shape.Size, shape.Inputs,
            Array.ConvertAll(node.Weights, OnnxBytes.FloatWeight), Array.ConvertAll(node.Bias, OnnxBytes.FloatBias), shape.Depthwise);
        Memory<float> output = AtCacheLine(shape.Output.ElementCount);
        Memory<float> scratch = AtCacheLine(layer.ScratchLength);
        return (() => layer.Execute(values.Span, output.Span, scratch.Span), () =>
        {
            ReadOnlySpan<float> expected = real is null ? [] : MemoryMarshal.Cast<byte, float>(real.Output);
            int outputs = shape.OutputSize * shape.OutputSize;
            for (int i = 0; i < expected.Length; i++)
            {
                float found = output.Span[(i % outputs * shape.Outputs) + (i / outputs)];
                if (!(MathF.Abs(found - expected[i]) <= tolerance * (1 + MathF.Abs(expected[i]))))
                {
                    return false;
                }
            }
            return true;
        });
    }

    // Where the peer's tensors begin too: vectors that straddle two lines would be the arrays' cost, not the kernel's.
    private static unsafe Memory<float> AtCacheLine(int length)
    {
        const int lineBytes = 64;
        float[] array = GC.AllocateArray<float>(length + (lineBytes / sizeof(float)), pinned: true);
        nuint past = (nuint)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(array)) % lineBytes;
        return array.AsMemory((int)((lineBytes - past) % lineBytes / sizeof(float)), length);
    }

    private static float FloatInput(byte value) => (value - 128) / 128f;

    private static Action Ours(
        BenchShape shape, ConvolutionNode node, byte[] input, byte[] output, KernelInstructions instructions)
    {
        var packed = new PackedConvolution(node, shape.Input, shape.Output, instructions);
        short[] scratch = new short[packed.ScratchLength];
        return () => packed.Execute(input, output, scratch);
    }

    // Seconds per call, the best of all samples, competitors taking turns.
    private double?[] Compete(Action?[] competitors)
    {
        int[] calls = [.. competitors.Select(CallsPerSample)];
        var best = new double?[competitors.Length];
        for (int sample = 0; sample < samples; sample++)
        {
            for (int c = 0; c < competitors.Length; c++)
            {
                if (competitors[c] is not { } action)
                {
                    continue;
                }
                action(); // brings its data back into the caches
                long start = Stopwatch.GetTimestamp();
                for (int i = 0; i < calls[c]; i++)
                {
                    action();
                }
                double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds / calls[c];
                best[c] = Math.Min(best[c] ?? seconds, seconds);
            }
        }
        return best;
    }

    // Also warms up: by then the just-in-time compiler has produced its best code.
    private static int CallsPerSample(Action? action)
    {
        if (action is null)
        {
            return 0;
        }
        TimeSpan fastest = TimeSpan.MaxValue;
        var warmUp = Stopwatch.StartNew();
        for (int i = 0; warmUp.Elapsed < WarmUp || i < 60; i++)
        {
            long start = Stopwatch.GetTimestamp();
            action();
            TimeSpan elapsed = Stopwatch.GetElapsedTime(start);
            fastest = elapsed < fastest ? elapsed : fastest;
        }
        return Math.Max(1, (int)(Sample / fastest));
    }

    private static void WriteText(List<KernelTimes> results, OnnxRuntimePeer? peer)
    {
        Console.WriteLine($"one thread each; managed kernels: {KernelInstructionSets.BestManaged}; " +
            $"native: {(results[0].Native is null ? "not built" : "built")}; " +
            $"ONNX Runtime: {peer?.Version ?? "n/a (see --onnxruntime)"}");
        var table = new TextTable("shape", "managed us", "GMAC/s", "native us", "GMAC/s", "QLinearConv us", "managed/ORT",
            "native/ORT", "fp32 us", "fp32 ORT us", "fp32/ORT", "results");
        foreach (KernelTimes r in results)
        {
            table.Add(r.Shape.Name, Micro(r.Managed), Rate(r, r.Managed), Micro(r.Native), Rate(r, r.Native),
                Micro(r.Peer), Text(KernelTimes.Ratio(r.Managed, r.Peer)), Text(KernelTimes.Ratio(r.Native, r.Peer)),
                Micro(r.Float), Micro(r.PeerFloat), Text(KernelTimes.Ratio(r.Float, r.PeerFloat)), r.Equal ? "equal" : "DIFFER");
        }
        Console.Write(table);
        if (peer is not null)
        {
            foreach (IGrouping<string, KernelTimes> kind in results.GroupBy(r => r.Shape.Kind))
            {
                Console.WriteLine($"{kind.Key}: {kind.Count()} shapes; managed at least 0.33x on " +
                    $"{kind.Count(r => r.Peer / r.Managed >= 0.33)}, native at least 1.0x on " +
                    $"{kind.Count(r => r.Peer / r.Native >= 1)}, fp32 at least 0.95x on " +
                    $"{kind.Count(r => r.PeerFloat / r.Float >= 0.95)}");
            }
        }
    }

    private static string Micro(double? seconds) => seconds is { } s ? $"{s * 1e6:0.0}" : "n/a";

    private static string Text(double? ratio) => ratio is { } r ? $"{r:0.00}" : "n/a";

    private static string Rate(KernelTimes r, double? seconds) =>
        seconds is { } s ? $"{r.Shape.Macs / s / 1e9:0.0}" : "n/a";

    private static void WriteJson(List<KernelTimes> results, OnnxRuntimePeer? peer)
    {
        using var writer = new Utf8JsonWriter(Console.OpenStandardOutput());
        writer.WriteStartObject();
        writer.WriteNumber("schema", 1);
        writer.WriteString("managed", KernelInstructionSets.BestManaged.ToString());
        writer.WriteString("onnxRuntime", peer?.Version);
        writer.WriteStartArray("shapes");
        foreach (KernelTimes r in results)
        {
            writer.WriteStartObject();
            writer.WriteString("name", r.Shape.Name);
            writer.WriteString("kind", r.Shape.Kind);
            writer.WriteNumber("macs", r.Shape.Macs);
            writer.WriteOptional("managedSeconds", r.Managed);
            writer.WriteOptional("nativeSeconds", r.Native);
            writer.WriteOptional("qlinearConvSeconds", r.Peer);
            writer.WriteOptional("floatSeconds", r.Float);
            writer.WriteOptional("floatConvSeconds", r.PeerFloat);
            writer.WriteOptional("managedRatio", KernelTimes.Ratio(r.Managed, r.Peer));
            writer.WriteOptional("nativeRatio", KernelTimes.Ratio(r.Native, r.Peer));
            writer.WriteOptional("floatRatio", KernelTimes.Ratio(r.Float, r.PeerFloat));
            writer.WriteBoolean("equal", r.Equal);
            writer.WriteEndObject();
        }
        writer.WriteEndArray();
        writer.WriteEndObject();
    }
}
