using FpgaEdge.Hardware;
using FpgaEdge.Model.Integer;

namespace FpgaEdge.Board.Tests;

/// <summary><c>fpgaedge vta dhm</c>: a layer as a circuit of its own.</summary>
[TestClass]
public sealed class DirectMappingTests
{
    // Goal: a directly mapped layer gives the golden interpreter's bytes, one pixel per clock, frame after frame. Method: the
    // first layer of a small network with random weights, six frames in one stream under Verilator.
    [TestMethod]
    public async Task MappedLayerIsTheGoldenOne()
    {
        if (RtlLibrary.MissingReason() is string reason)
        {
            Assert.Inconclusive(reason);
        }
        string folder = Directory.CreateTempSubdirectory("fpgaedge-test-").FullName;
        try
        {
            IntegerGraph graph = SampleNetwork.Create(31);
            string network = Path.Combine(folder, "sample.package");
            File.WriteAllBytes(network, SampleNetwork.Package(graph));
            string cases = Path.Combine(folder, "cases.bin");
            File.WriteAllBytes(cases, [.. SampleNetwork.Inputs(graph, 6, seed: 32).SelectMany(bytes => bytes)]);
            HostProcess run = await HostProcess.RunAsync("vta", "dhm", network, "--input", cases, "--input-shape", "12,12,3",
                "--input-type", "int8", "-o", Path.Combine(folder, "layer.sv"), "--json");
            Assert.AreEqual(0, run.Code, run.Complaint);
            Assert.AreEqual(6, run.Json.GetProperty("frames").GetInt32());
            Assert.AreEqual(6, run.Json.GetProperty("identical").GetInt32());
            long pixels = run.Json.GetProperty("pixels").GetInt64();
            Assert.AreEqual(6 * 12 * 12, pixels);
            Assert.AreEqual(pixels + run.Json.GetProperty("latencyPixels").GetInt32() - 1, run.Json.GetProperty("clocks").GetInt64());
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
