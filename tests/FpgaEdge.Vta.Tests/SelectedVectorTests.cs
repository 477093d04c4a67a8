using FpgaEdge.Tests;
using FpgaEdge.Vta.Simulation.Gemm;
using FpgaEdge.Vta.Vectors;

namespace FpgaEdge.Vta.Tests;

[TestClass]
public sealed class SelectedVectorTests
{
    private static IEnumerable<string> Indexes => Directory.GetFiles(
        Path.Combine(SharedData.RepositoryRoot, "tests", "FpgaEdge.Vta.Tests", "Vectors"), "*.json").Order();

    [TestMethod]
    [DataRow(VtaKernel.Scalar)]
    [DataRow(VtaKernel.Vector128)]
    [DataRow(VtaKernel.Avx2)]
    [DataRow(VtaKernel.Avx512)]
    public void EveryKernelIsBitTrue(VtaKernel kernel)
    {
        // Goal: a plain clone proves conformity, on every kind of processor it may run on.
        // Method: the selection of vectors in the repository, all suites, one kernel at a time.
        if (!GemmKernels.IsSupported(kernel))
        {
            Assert.Inconclusive($"this processor has no {kernel}");
        }
        foreach (string index in Indexes)
        {
            // The large workloads take seconds without vectors; the other suites have the same instructions.
            if (kernel != VtaKernel.Scalar || !Path.GetFileName(index).StartsWith("PERF", StringComparison.Ordinal))
            {
                VectorSuiteTests.AssertAllPass(
                    VectorSuiteTests.Read(index), new VtaSimulatorOptions { Kernel = kernel });
            }
        }
    }

    [TestMethod]
    public void HardwareSemanticsClassifyAsMeasured()
    {
        // Goal: as above for hardware semantics. Method: agreeing programs get no note, differing ones get one.
        foreach (string index in Indexes.Where(i => !Path.GetFileName(i).StartsWith("PERF", StringComparison.Ordinal)))
        {
            VectorSuiteTests.AssertAllPass(
                VectorSuiteTests.Read(index), new VtaSimulatorOptions { Semantics = VtaSemantics.Hardware });
        }
    }

    [TestMethod]
    public void StreamsAreEncodedAsTheReferenceEncodesThem()
    {
        // Goal: our encoder writes the bits the reference's compiler wrote. Method: decode and encode every stream of
        // the selection and compare bytes.
        foreach (string index in Indexes)
        {
            VtaVectorSuite suite = VectorSuiteTests.Read(index);
            var codec = new VtaInstructionCodec(suite.Configuration);
            foreach (VtaVectorCase vectorCase in suite.Cases.Where(c => !c.ExpectError))
            {
                byte[] stream = suite.Bytes(vectorCase.Instructions).ToArray();
                CollectionAssert.AreEqual(stream, codec.EncodeAll(codec.DecodeAll(stream)), vectorCase.Name);
            }
        }
    }
}
