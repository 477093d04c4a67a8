using System.Collections.Immutable;
using FpgaEdge.Planning.Hybrid;

namespace FpgaEdge.Planning.Tests;

/// <summary>The model of a GPU beside direct hardware mapping.</summary>
[TestClass]
public sealed class HybridTests
{
    // Goal: the published example figures of the generator's structure come out. Method: a 56 × 56 layer at 100 MHz
    // takes 31 µs whatever its channels; 64 to 64 channels of 3 × 3 need 36,864 multipliers and do not fit the
    // device.
    [TestMethod]
    public void DirectMappingMatchesItsDescription()
    {
        AssumptionSet assume = HybridAssumptions.Default;
        var layer = new HybridLayer("x", 56, 64, 64, 3);
        Assert.AreEqual(31_360, DirectHardware.FrameNs(layer, assume));
        Assert.AreEqual(31_360, DirectHardware.FrameNs(layer with { Inputs = 512, Outputs = 512 }, assume));
        Assert.AreEqual(36_864, layer.Weights);
        Assert.AreEqual(64 * 2 * 56 * 8, DirectHardware.MemoryBits(layer));
        Assert.IsTrue(DirectHardware.Alms(layer, assume) > DirectHardware.DeviceAlms(assume));
    }

    // Goal: a pixel is multiplied once by each constant, whatever the number of output channels. Method: counts by hand: 15 %
    // of the weights are free; 64 outputs need 54.4 products per pixel, 256 outputs the 63 odd constants from 3 to 127.
    [TestMethod]
    public void EqualConstantsShareAMultiplier()
    {
        AssumptionSet assume = HybridAssumptions.Default;
        Assert.AreEqual(10 * 544 / 10, DirectHardware.Multipliers(new HybridLayer("few", 8, 10, 64, 1), assume));
        Assert.AreEqual(10 * 9 * 63, DirectHardware.Multipliers(new HybridLayer("many", 8, 10, 256, 3), assume));
        Assert.AreEqual(100 * 9 * 85 / 100, DirectHardware.Multipliers(new HybridLayer("own", 8, 100, 100, 3, IsDepthwise: true), assume));
    }

    // Goal: a split is taken only when it saves energy and is not slower, and it fits the device. Method: all
    // modules of the three networks.
    [TestMethod]
    public void SplitsAreNeverWorseThanTheGpu()
    {
        var planner = new HybridPlanner(HybridAssumptions.Default);
        foreach (HybridModule module in AllModules())
        {
            HybridResult result = planner.Plan(module);
            Assert.IsTrue(result.Hybrid.EnergyNanojoules <= result.GpuOnly.EnergyNanojoules, module.Name);
            Assert.IsTrue(result.Hybrid.LatencyNs <= result.GpuOnly.LatencyNs, module.Name);
            Assert.IsTrue(result.Hybrid.Alms <= DirectHardware.DeviceAlms(HybridAssumptions.Default), module.Name);
        }
        Assert.IsTrue(AllModules().Any(module => planner.Plan(module).EnergyReductionPermille > 100));
    }

    // Goal: what costs more energy or time never makes the best split better. Method: figures that only hurt the
    // FPGA side, raised to the end of their ranges.
    [TestMethod]
    [DataRow("fpga static power")]
    [DataRow("fpga busy power")]
    [DataRow("link start")]
    [DataRow("ALMs per constant multiplier")]
    public void DearerAssumptionsNeverHelp(string name)
    {
        Assumption assumption = HybridAssumptions.Default.All.Single(assumption => assumption.Name == name);
        var low = new HybridPlanner(HybridAssumptions.Default.With(name, assumption.Low));
        var high = new HybridPlanner(HybridAssumptions.Default.With(name, assumption.High));
        foreach (HybridModule module in AllModules())
        {
            Assert.IsTrue(
                low.Plan(module).Hybrid.EnergyNanojoules <= high.Plan(module).Hybrid.EnergyNanojoules, module.Name);
        }
    }

    // Goal: no figure can be tuned beyond its range, and every figure has a range that holds its value and a source.
    // Method: all figures, one step outside.
    [TestMethod]
    public void AssumptionsStayInTheirRanges()
    {
        foreach (Assumption assumption in HybridAssumptions.Default.All)
        {
            Assert.IsTrue(assumption.Low <= assumption.Value && assumption.Value <= assumption.High, assumption.Name);
            Assert.AreNotEqual("", assumption.Source);
            Assert.ThrowsExactly<PlanningException>(
                () => HybridAssumptions.Default.With(assumption.Name, assumption.High + 1));
        }
        Assert.ThrowsExactly<PlanningException>(() => HybridAssumptions.Default.With("no such figure", 1));
    }

    // Goal: modules that share one device never use more of it than there is. Method: the three networks.
    [TestMethod]
    public void ANetworkSharesOneDevice()
    {
        var planner = new HybridPlanner(HybridAssumptions.Default);
        foreach (ImmutableArray<HybridModule> modules in Networks())
        {
            HybridResult result = planner.PlanNetwork("network", modules);
            Assert.IsTrue(result.Hybrid.Alms <= DirectHardware.DeviceAlms(HybridAssumptions.Default));
            Assert.IsTrue(result.Hybrid.LatencyNs <= result.GpuOnly.LatencyNs);
        }
    }

    private static ImmutableArray<HybridModule>[] Networks() =>
        [HybridNetworks.SqueezeNet, HybridNetworks.MobileNetV2, HybridNetworks.ShuffleNetV2];

    private static IEnumerable<HybridModule> AllModules() => Networks().SelectMany(modules => modules);
}
