using FpgaEdge.Tests;
using FpgaEdge.Vta;
using FpgaEdge.Vta.Simulation;
using FpgaEdge.Vta.Tests;
using FpgaEdge.Vta.Vectors;

namespace FpgaEdge.Hardware.Tests;

/// <summary>The gateware under Verilator against the published vectors. The full suites and the other configurations
/// are run by <c>fpgaedge vta verify --accelerator rtl</c>.</summary>
[TestClass]
public sealed class RtlAcceleratorTests
{
    private const string Small = "E_1x4_small_bitfield_packing";

    /// <summary>Faults that firmware/vta/rtl can have planted (VTA_FAULT).</summary>
    private const int Faults = 9;

    // Goal: the gateware computes what the reference computes, whatever the memory does, and keeps the rules of AXI and of
    // the token queues. Method: selected programs with a regular memory and with random latencies and back-pressure.
    [TestMethod]
    [DataRow(Small, 1, 0)]
    [DataRow(Small, 2, 11)]
    [DataRow("A_1x16_pynq", 1, 0)]
    [DataRow("A_1x16_pynq", 1, 5)]
    [DataRow("D_2x16", 2, 3)]
    public void ProgramsGiveTheBytesOfTheReference(string name, int ports, int seed)
    {
        (VtaVectorVerdict[] verdicts, _) = Run(name, new RtlOptions { Ports = ports, Seed = seed });
        Assert.AreEqual("", string.Join('\n', verdicts.Where(v => !v.Passed).Select(v => $"{v.Name}: {v.Reason}")));
        Assert.IsTrue(verdicts.All(v => v.Run!.Measured!.TotalCycles > 0));
    }

    // Goal: back-pressure changes cycles, which shows that it was there. Method: cycles of a suite with and without.
    [TestMethod]
    public void BackPressureChangesCyclesOnly()
    {
        (_, long regular) = Run(Small, new RtlOptions { Ports = 2 });
        (_, long random) = Run(Small, new RtlOptions { Ports = 2, Seed = 12 });
        Assert.AreNotEqual(regular, random);
    }

    // Goal: a waiting accelerator has no clock, and a start has it back at once. Method: cycles with clock, counted by the device,
    // while registers are read for hundreds of cycles between two runs, and over a run, whose bytes and cycles must be right.
    [TestMethod]
    public void AWaitingAcceleratorHasNoClock()
    {
        const uint ClockedCycles = 0x15C;
        VtaVectorSuite suite = Read("A_1x16_pynq");
        using RtlAccelerator accelerator = Open(suite.Configuration, new RtlOptions());
        VtaVectorCase program = suite.Cases.First(c => c.Group == "gemm");
        uint waiting = Wait();
        for (int round = 0; round < 3; round++)
        {
            byte[] dram = suite.CreateDram(program);
            VtaRunResult run = accelerator.Run(dram, suite.DramBase, program.InstructionAddress, program.InstructionCount);
            CollectionAssert.AreEqual(suite.CreateExpectedDram(program), dram);
            uint after = Wait();
            Assert.AreEqual(run.Measured!.TotalCycles, after - waiting, 100.0, $"round {round}");
            waiting = after;
        }

        uint Wait()
        {
            uint before = 0;
            for (int look = 0; look < 100; look++)
            {
                before = accelerator.ReadRegister(ClockedCycles);
            }
            for (int look = 0; look < 100; look++)
            {
                Assert.AreEqual(before, accelerator.ReadRegister(ClockedCycles));
            }
            return before;
        }
    }

    // Goal: an illegal program ends with the error register and not with silence, and the device works afterwards.
    // Method: every program that the reference rejects, each followed by a legal one on the same device.
    [TestMethod]
    public void IllegalProgramsRaiseTheErrorRegister()
    {
        VtaVectorSuite illegal = Read("ERRORS_A_1x16_pynq");
        VtaVectorSuite legal = Read("A_1x16_pynq");
        using RtlAccelerator accelerator = Open(illegal.Configuration, new RtlOptions());
        VtaVectorCase check = legal.Cases.First(c => c.Group == "gemm");
        foreach (VtaVectorCase vectorCase in illegal.Cases)
        {
            var error = Assert.ThrowsExactly<VtaException>(() => accelerator.Run(illegal.CreateDram(vectorCase),
                illegal.DramBase, vectorCase.InstructionAddress, vectorCase.InstructionCount));
            Assert.Contains("error register", error.Message);
            byte[] dram = legal.CreateDram(check);
            accelerator.Run(dram, legal.DramBase, check.InstructionAddress, check.InstructionCount);
            CollectionAssert.AreEqual(legal.CreateExpectedDram(check), dram, vectorCase.Name);
        }
    }

    // Goal: the cycle model says what the gateware takes, within 3 %. Method: layers of ResNet-18 in TVM's schedule, with
    // their padding, on one port. The networks of docs/RESULTS.md are run by "fpgaedge vta network".
    [TestMethod]
    public void CycleModelPredictsTheGateware()
    {
        VtaVectorSuite suite = Read("PERF_A_1x16_pynq");
        using RtlAccelerator accelerator = Open(suite.Configuration, new RtlOptions());
        var codec = new VtaInstructionCodec(suite.Configuration);
        foreach (VtaVectorCase layer in suite.Cases.Where(c => c.Name.Contains("_C3_") || c.Name.Contains("_C4_") || c.Name.Contains("_C11_")))
        {
            long modelled = VtaCycleModel.Estimate(
                suite.Configuration, VtaTiming.Gateware, codec.DecodeAll(suite.Bytes(layer.Instructions))).TotalCycles;
            VtaRunResult run = accelerator.Run(
                suite.CreateDram(layer), suite.DramBase, layer.InstructionAddress, layer.InstructionCount);
            Assert.AreEqual(run.Measured!.TotalCycles, modelled, 0.03 * run.Measured.TotalCycles, layer.Name);
        }
    }

    // Goal: the vectors and checkers would find a broken gateware. Method: one build with planted faults; each fault must
    // fail at least one case, and no fault must fail none.
    [TestMethod]
    public void PlantedFaultsAreCaught()
    {
        for (int fault = 1; fault <= Faults; fault++)
        {
            (VtaVectorVerdict[] verdicts, _) = Run(Small, new RtlOptions { Fault = fault, Seed = 4 });
            Assert.IsTrue(verdicts.Any(verdict => !verdict.Passed), $"fault {fault} was not caught");
        }
    }

    // Goal: the gateware is the specification for any configuration, not only for those with vectors. Method: random
    // configurations, each built and given random programs that the functional simulator runs too, with random latencies;
    // both finish with the same bytes, or both refuse. FPGAEDGE_RTL_CONFIGURATIONS says how many, 20 to 60 seconds each.
    [TestMethod]
    public void RandomConfigurationsAgreeWithTheSimulator()
    {
        int count = int.TryParse(Environment.GetEnvironmentVariable("FPGAEDGE_RTL_CONFIGURATIONS"), out int asked) ? asked : 1;
        int first = int.TryParse(Environment.GetEnvironmentVariable("FPGAEDGE_RTL_SEED"), out int seed) ? seed : 2;
        int completed = 0;
        for (int i = first; i < first + count; i++)
        {
            var random = new Random(i);
            var programs = new RandomPrograms(random);
            VtaConfiguration configuration = programs.Configuration();
            using RtlAccelerator gateware = Open(configuration, new RtlOptions { Ports = random.Next(1, 3), Seed = i });
            for (int run = 0; run < 150; run++)
            {
                completed += Agree(programs, gateware, $"FPGAEDGE_RTL_SEED={i}, {configuration}, program {run}") ? 1 : 0;
            }
        }
        Assert.IsGreaterThan(count, completed);
    }

    /// <summary>Whether the program was legal; fails where the two differ.</summary>
    private static bool Agree(RandomPrograms programs, RtlAccelerator gateware, string what)
    {
        var codec = new VtaInstructionCodec(gateware.Configuration);
        // Loads of nothing with padding mean nothing to the reference and zeros to hardware (SPEC section 9), so they get none.
        VtaInstruction[] program =
        [
            .. programs.Program(gateware.Configuration, 14).Select(instruction => instruction is VtaLoad { XSize: 0 } load
                ? new VtaLoad { Memory = load.Memory, Dependencies = load.Dependencies } : instruction),
        ];
        byte[] expected = [.. programs.Dram(gateware.Configuration), .. codec.EncodeAll(program)];
        byte[] actual = [.. expected];
        // Both with empty scratchpads: a program may store what it has not loaded.
        gateware.Reset();
        string? simulatorRefuses = Refusal(new VtaSimulator(gateware.Configuration), expected, program.Length);
        string? gatewareRefuses = Refusal(gateware, actual, program.Length);
        Assert.AreEqual(simulatorRefuses is null, gatewareRefuses is null, $"{what}: {simulatorRefuses ?? gatewareRefuses}");
        if (simulatorRefuses is null)
        {
            Assert.AreEqual(expected.Length, expected.AsSpan().CommonPrefixLength(actual), what);
        }
        return simulatorRefuses is null;
    }

    private static string? Refusal(IVtaAccelerator accelerator, byte[] dram, int instructions)
    {
        try
        {
            accelerator.Run(dram, RandomPrograms.DramBase, RandomPrograms.DramBase + RandomPrograms.DramBytes, instructions);
            return null;
        }
        catch (VtaException e) when (e is not VtaProtocolException)
        {
            return e.Message;
        }
    }

    private static (VtaVectorVerdict[] Verdicts, long Cycles) Run(string name, RtlOptions options)
    {
        VtaVectorSuite suite = Read(name);
        using RtlAccelerator accelerator = Open(suite.Configuration, options);
        var verifier = new VtaVectorVerifier(suite, VtaSemantics.Reference, accelerator);
        VtaVectorVerdict[] verdicts = [.. suite.Cases.Select(verifier.Verify)];
        return (verdicts, verdicts.Sum(verdict => verdict.Run?.Measured?.TotalCycles ?? 0));
    }

    private static RtlAccelerator Open(VtaConfiguration configuration, RtlOptions options)
    {
        if (RtlLibrary.MissingReason() is string reason)
        {
            Assert.Inconclusive(reason);
        }
        return RtlAccelerator.Open(configuration, options);
    }

    private static VtaVectorSuite Read(string name)
    {
        string folder = Path.Combine(SharedData.RepositoryRoot, "tests", "FpgaEdge.Vta.Tests", "Vectors");
        return VtaVectorSuite.Read(
            File.ReadAllBytes(Path.Combine(folder, name + ".json")), bin => File.ReadAllBytes(Path.Combine(folder, bin)));
    }
}
