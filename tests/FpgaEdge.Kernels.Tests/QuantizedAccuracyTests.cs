using FpgaEdge.Model.Quantization;
using FpgaEdge.Tests;

namespace FpgaEdge.Kernels.Tests;

[TestClass]
public sealed class QuantizedAccuracyTests
{
    [TestMethod]
    public void QuantisedNetworksKeepTheirAccuracy()
    {
        // Goal: at most one point, or one sample of fewer than 100, lost against float. Method: every labelled float
        // network, quantised with half of its inputs, all inputs evaluated with the kernels.
        string folder = SharedData.Require("data");
        var names = new List<string>();
        foreach (LabelledInputs network in AccuracyReport.ReadCases(folder))
        {
            NetworkAccuracy accuracy = AccuracyReport.Measure(network, graph => new KernelExecutor(graph).Run);
            Assert.IsTrue(accuracy.Passed, accuracy.ToString());
            names.Add(network.Name);
        }
        Assert.Contains("squeezenet1.0_fp32/photos", names);
        Assert.Contains("mlperf_tiny/kws_dscnn_float", names);
        Assert.IsGreaterThanOrEqualTo(9, names.Count);
    }
}
