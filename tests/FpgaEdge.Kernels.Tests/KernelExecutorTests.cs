using FpgaEdge.Model.Integer;
using FpgaEdge.Tests;

namespace FpgaEdge.Kernels.Tests;

[TestClass]
public sealed class KernelExecutorTests
{
    [TestMethod]
    [DataRow(KernelInstructions.Scalar)]
    [DataRow(KernelInstructions.AdvSimd)]
    [DataRow(KernelInstructions.Avx2)]
    [DataRow(KernelInstructions.Avx512)]
    [DataRow(KernelInstructions.Native)]
    public void EveryKindOfNodeGivesTheGoldenBytes(KernelInstructions instructions)
    {
        // Goal: kernels are the golden interpreter, only faster. Method: random single nodes of every kind with extreme
        // weights, inputs, shifts and clamps; every byte compared.
        if (!KernelInstructionSets.IsSupported(instructions))
        {
            Assert.Inconclusive(instructions == KernelInstructions.Native
                ? "the C kernels are not built (Native/build.sh), or this processor lacks AVX512-VNNI"
                : $"this processor has no {instructions}");
        }
        for (int seed = 0; seed < 3000; seed++)
        {
            // The later half is convolutions only: most of what there is to get wrong.
            var random = new Random(seed);
            IntegerGraph graph = RandomIntegerGraphs.CreateSingle(random, seed < 1500 ? seed : seed % 3);
            byte[][] inputs = RandomIntegerGraphs.Inputs(graph, random);
            byte[] expected = GoldenInterpreter.Run(graph, inputs)[0];
            byte[] found = new KernelExecutor(graph, instructions).Run(inputs)[0];
            Assert.IsTrue(expected.AsSpan().SequenceEqual(found), $"seed {seed}: {graph.Nodes[0].GetType().Name}");
        }
    }

    [TestMethod]
    public void WholeGraphsGiveTheGoldenBytesForEveryFrame()
    {
        // Goal: kept weights, tables and buffers do not leak from frame to frame. Method: three frames through one
        // executor.
        for (int seed = 0; seed < 200; seed++)
        {
            var random = new Random(seed);
            IntegerGraph graph = RandomIntegerGraphs.Create(random, 8);
            var executor = new KernelExecutor(graph);
            for (int frame = 0; frame < 3; frame++)
            {
                byte[][] inputs = RandomIntegerGraphs.Inputs(graph, random);
                IReadOnlyList<byte[]> expected = GoldenInterpreter.Run(graph, inputs);
                IReadOnlyList<byte[]> found = executor.Run(inputs);
                for (int i = 0; i < expected.Count; i++)
                {
                    Assert.IsTrue(expected[i].AsSpan().SequenceEqual(found[i]), $"seed {seed}, output {i}");
                }
            }
        }
    }

    [TestMethod]
    public void RepeatedCallsDoNotAllocate()
    {
        // Goal: no garbage per frame on the board. Method: count allocated bytes of a second run of every node kind.
        for (int kind = 0; kind < 15; kind++)
        {
            IntegerGraph graph = RandomIntegerGraphs.CreateSingle(new Random(kind + 40), kind);
            var executor = new KernelExecutor(graph);
            byte[]?[] tensors = GoldenInterpreter.PlaceInputs(graph, RandomIntegerGraphs.Inputs(graph, new Random(1)));
            executor.Execute(0, tensors);
            long before = GC.GetAllocatedBytesForCurrentThread();
            executor.Execute(0, tensors);
            long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            Assert.IsLessThanOrEqualTo(200L, allocated, graph.Nodes[0].GetType().Name); // an enumerator, not a tensor
        }
    }
}
