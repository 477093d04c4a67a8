using System.Diagnostics;
using FpgaEdge.Kernels.Native;
using FpgaEdge.Model.Integer;
using FpgaEdge.Tests;

namespace FpgaEdge.Kernels.Tests;

/// <summary>The NEON kernels, cross-compiled and executed by QEMU.</summary>
[TestClass]
public sealed class NeonKernelTests
{
    private const int Layers = 600;

    // Goal: the kernels of the boards' processors are the golden interpreter, only faster. Method: random convolutions of all
    // kinds with extreme weights, inputs and shifts are packed as on the board; a program for that processor executes the
    // recorded calls under QEMU's user mode; every byte compared.
    [TestMethod]
    [DataRow("aarch64-linux-gnu-gcc", "qemu-aarch64", "")]
    [DataRow("arm-linux-gnueabihf-gcc", "qemu-arm", "-march=armv7-a -mfpu=neon -mfloat-abi=hard")]
    public void NeonGivesTheGoldenBytes(string compiler, string emulator, string flags)
    {
        string program = Build(Tool(compiler), compiler, flags);
        var recorder = new CallRecorder();
        var expected = new MemoryStream();
        int layers = 0;
        var names = new List<(int Seed, int Bytes)>();
        for (int seed = 0; seed < Layers; seed++)
        {
            var random = new Random(seed);
            IntegerGraph graph = RandomIntegerGraphs.CreateSingle(random, seed % 3);
            graph = seed % 2 == 0 ? graph : WithoutMinimum(graph);
            byte[] input = RandomIntegerGraphs.Inputs(graph, random)[0];
            if (!recorder.TryRecord(graph, input))
            {
                continue;
            }
            byte[] golden = GoldenInterpreter.Run(graph, [input])[0];
            expected.Write(golden);
            names.Add((seed, golden.Length));
            layers++;
        }
        Assert.IsGreaterThan(Layers / 2, layers);
        byte[] found = Execute(Tool(emulator), program, recorder.Bytes);
        Assert.HasCount((int)expected.Length, found);
        int at = 0;
        foreach ((int seed, int bytes) in names)
        {
            bool equal = expected.ToArray().AsSpan(at, bytes).SequenceEqual(found.AsSpan(at, bytes));
            Assert.IsTrue(equal, $"seed {seed}");
            at += bytes;
        }
    }

    // Where no weight is -128 the kernels add two products in 16 bits.
    private static IntegerGraph WithoutMinimum(IntegerGraph graph)
    {
        var node = (ConvolutionNode)graph.Nodes[0];
        sbyte[] weights = Array.ConvertAll(node.Weights, w => w == sbyte.MinValue ? (sbyte)-127 : w);
        return new IntegerGraph
        {
            Name = graph.Name, Tensors = graph.Tensors, Inputs = graph.Inputs, Outputs = graph.Outputs,
            Nodes = [node with { Weights = weights }],
        };
    }

    private static string Tool(string name)
    {
        string? path = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':')
            .Select(folder => Path.Combine(folder, name)).FirstOrDefault(File.Exists);
        if (path is null)
        {
            Assert.Inconclusive($"{name} is not installed");
        }
        return path;
    }

    private static string Build(string compiler, string name, string flags)
    {
        string native = Path.Combine(SharedData.RepositoryRoot, "src", "FpgaEdge.Kernels", "Native");
        string runner = Path.Combine(
            SharedData.RepositoryRoot, "tests", "FpgaEdge.Kernels.Tests", "Neon", "kernel_runner.c");
        string program = Path.Combine(AppContext.BaseDirectory, $"kernel_runner_{name}");
        string arguments = $"-O3 -static -ffp-contract=off -Wall -Wextra -Werror -Wno-unknown-pragmas {flags} -I {native} " +
            $"-o {program} {runner} {Path.Combine(native, "kernels_neon.c")}";
        using var process = Process.Start(new ProcessStartInfo(compiler, arguments) { RedirectStandardError = true })!;
        string errors = process.StandardError.ReadToEnd();
        process.WaitForExit();
        Assert.AreEqual(0, process.ExitCode, errors);
        return program;
    }

    private static byte[] Execute(string emulator, string program, byte[] input)
    {
        using var process = Process.Start(new ProcessStartInfo(emulator, program)
        {
            RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true,
        })!;
        var output = new MemoryStream();
        Task reading = process.StandardOutput.BaseStream.CopyToAsync(output);
        process.StandardInput.BaseStream.Write(input);
        process.StandardInput.Close();
        reading.Wait();
        process.WaitForExit();
        Assert.AreEqual(0, process.ExitCode, process.StandardError.ReadToEnd());
        return output.ToArray();
    }

    /// <summary>Writes calls as kernel_runner.c reads them.</summary>
    private sealed unsafe class CallRecorder : INativeRecorder
    {
        private const int Pointers = 11;

        private readonly MemoryStream stream = new();
        private int freshOutput;
        private bool last;

        public byte[] Bytes => stream.ToArray();

        /// <summary>The only node of a graph; false where the C kernels leave it to the managed ones.</summary>
        public bool TryRecord(IntegerGraph graph, byte[] input)
        {
            var node = (ConvolutionNode)graph.Nodes[0];
            IntegerTensor to = graph.Tensors[node.Output];
            if (NativeConvolution.TryPack(node, graph.Tensors[node.Inputs[0]], to, NativeLayout.Neon) is not { } parts)
            {
                return false;
            }
            byte[] output = new byte[to.ByteCount];
            freshOutput = output.Length;
            for (int i = 0; i < parts.Length; i++)
            {
                last = i + 1 == parts.Length;
                parts[i].Execute(input, output, new short[parts[i].ScratchLength], this);
            }
            return true;
        }

        public void Record(bool depthwise, in NativeCall call, NativeBytes bytes)
        {
            Write(depthwise ? 1 : 0);
            fixed (NativeCall* start = &call)
            {
                stream.Write(new ReadOnlySpan<byte>(start, sizeof(NativeCall))[(Pointers * sizeof(void*))..][..(21 * 4)]);
            }
            Array(call.Input, bytes.Input);
            Array(call.Weights, bytes.Weights);
            Array(call.Bias, bytes.Channels * 4);
            Array(call.Left, bytes.Channels * 4);
            Array(call.Right, bytes.Channels * 4);
            Array(call.Multiplier, bytes.Channels * 4);
            Array(call.Factor, bytes.Factors * 8);
            Array(null, 0);
            Array(call.Offsets, bytes.Offsets * 4);
            Array(call.Zeros, bytes.Zeros);
            Write(bytes.FirstOutputByte);
            Write(freshOutput);
            Write(last ? 1 : 0);
            freshOutput = 0;
        }

        private void Array(void* start, int length)
        {
            Write(length);
            stream.Write(new ReadOnlySpan<byte>(start, length));
        }

        private void Write(int value) => stream.Write(BitConverter.GetBytes(value));
    }
}
