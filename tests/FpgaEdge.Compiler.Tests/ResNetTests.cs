using FpgaEdge.Compiler.Lowering;
using FpgaEdge.Compiler.Stages;
using FpgaEdge.Model.Integer;

namespace FpgaEdge.Compiler.Tests;

[TestClass]
public class ResNetTests
{
    // Goal: the modelled times of ResNet-18 at 224 × 224 on a Zynq-7020 at 100 MHz stay where they are worth: 3 × 3
    // and 1 × 1 convolutions within 75 ms (66.2 ms is what the multipliers need when they multiply padding too), the
    // first layer within 10 ms, the network within 100 ms. Method: compile a network of that shape with random
    // weights and sum the reports; compiled again with the same cache it must come out the same.
    [TestMethod]
    public void ResNet18IsCloseToTheMultiplierBound()
    {
        IntegerGraph graph = SyntheticResNet.Build();
        StageTarget target = StageTarget.For("virtual-zynq7020", "1x16_i8w8a32_15_15_18_17", 100_000_000, 1 << 26);
        var cache = new ScheduleCache();
        CompiledStage stage = StageCompiler.Compile(graph, 0, graph.Nodes.Count, target, cache);
        NodeReport[] inner = [.. stage.Nodes.Where(
            node => node.OnVta && node.Node != 0 && graph.Nodes[node.Node].Name != "fc")];
        Assert.HasCount(19, inner);
        Assert.IsLessThanOrEqualTo(7_500_000, inner.Sum(node => node.Cycles));
        Assert.IsTrue(stage.Nodes[0].OnVta);
        Assert.IsLessThanOrEqualTo(1_000_000, stage.Nodes[0].Cycles);
        Assert.IsLessThanOrEqualTo(100_000_000, stage.ModelledNs);
        CompiledStage again = StageCompiler.Compile(graph, 0, graph.Nodes.Count, target, cache);
        CollectionAssert.AreEqual(stage.Image.ToArray(), again.Image.ToArray());
    }
}
