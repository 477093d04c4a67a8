using FpgaEdge.Vta.Simulation;
using FpgaEdge.Vta.Simulation.Gemm;

namespace FpgaEdge.Vta.Tests;

[TestClass]
public sealed class SimulatorPropertyTests
{
    [TestMethod]
    [DataRow(VtaKernel.Scalar)]
    [DataRow(VtaKernel.Vector128)]
    [DataRow(VtaKernel.Avx2)]
    [DataRow(VtaKernel.Avx512)]
    public void RandomProgramsAgreeWithThePlainMachine(VtaKernel kernel)
    {
        // Goal: the fast simulator computes what the specification says, for any configuration and any kernel.
        // Method: random programs in one order of execution, on both machines, comparing all of DRAM or the refusal.
        if (!GemmKernels.IsSupported(kernel))
        {
            Assert.Inconclusive($"this processor has no {kernel}");
        }
        int completed = 0;
        int refused = 0;
        for (int seed = 0; seed < 1500; seed++)
        {
            var random = new Random(seed);
            var programs = new RandomPrograms(random);
            VtaConfiguration configuration = programs.Configuration();
            byte[] expected = programs.Dram(configuration);
            byte[] actual = [.. expected];
            List<VtaInstruction> program = programs.Program(configuration, 14);
            var simulator = new VtaSimulator(configuration, new VtaSimulatorOptions { Kernel = kernel });
            bool plainRefuses = !RunPlain(configuration, expected, program);
            bool refuses = !Run(simulator, actual, program, out string? why);
            Assert.AreEqual(plainRefuses, refuses, $"seed {seed}, {configuration.BitstreamName}: {why}");
            completed += refuses ? 0 : 1;
            refused += refuses ? 1 : 0;
            if (!refuses)
            {
                int different = expected.AsSpan().CommonPrefixLength(actual);
                Assert.AreEqual(expected.Length, different, $"seed {seed}, {configuration.BitstreamName}");
            }
        }
        Assert.IsGreaterThan(300, completed);
        Assert.IsGreaterThan(20, refused);
    }

    [TestMethod]
    public void MatrixProductsInAnyLoopOrderAgreeWithThePlainMachine()
    {
        // Goal: rows, columns, terms and outer loops are recognised rightly, whichever loop does which.
        // Method: one large GEMM per case on a buffer of distinct numbers, with random factors; compare accumulators.
        VtaConfiguration configuration = VtaConfiguration.Pynq with { LogAccBufferSize = 15, LogWgtBufferSize = 15 };
        foreach (VtaKernel kernel in Enum.GetValues<VtaKernel>().Where(GemmKernels.IsSupported))
        {
            var random = new Random(7);
            for (int i = 0; i < 60; i++)
            {
                VtaGemm gemm = RandomProduct(random);
                CompareGemm(configuration, kernel, gemm, random);
            }
        }
    }

    private static VtaGemm RandomProduct(Random random) => new()
    {
        UopBegin = 0,
        UopEnd = random.Next(1, 40),
        IterOut = random.Next(1, 20),
        IterIn = random.Next(1, 9),
        DstFactorOut = random.Next(3) * random.Next(8),
        DstFactorIn = random.Next(2) * random.Next(8),
        SrcFactorOut = random.Next(4),
        SrcFactorIn = random.Next(4),
        WgtFactorOut = random.Next(2) * random.Next(3),
        WgtFactorIn = random.Next(2) * random.Next(3),
    };

    private static void CompareGemm(VtaConfiguration c, VtaKernel kernel, VtaGemm gemm, Random random)
    {
        const uint Base = 0x10_0000;
        byte[] expected = new byte[1 << 18];
        random.NextBytes(expected);
        var codec = new VtaInstructionCodec(c);
        int pattern = random.Next(3);
        for (int u = 0; u < gemm.UopEnd; u++)
        {
            // Convolution-like, product-like and irregular micro-ops.
            VtaMicroOp op = pattern switch
            {
                0 => new VtaMicroOp(u % 8 * 20, u % 8 + (u / 8), u / 8),
                1 => new VtaMicroOp(u, 3, u % 30),
                _ => new VtaMicroOp(random.Next(60), random.Next(60), random.Next(30)),
            };
            BitConverter.TryWriteBytes(expected.AsSpan(u * 4), codec.EncodeMicroOp(op));
        }
        VtaInstruction[] program =
        [
            new VtaLoad { Memory = VtaMemoryId.Inp, DramBase = (Base + 4096) / 16, YSize = 1, XSize = 256 },
            new VtaLoad
            {
                Memory = VtaMemoryId.Wgt, DramBase = (Base + 8192) / 256, YSize = 1, XSize = 128,
                Dependencies = VtaDependencies.PushNext,
            },
            new VtaLoad { Memory = VtaMemoryId.Uop, DramBase = Base / 4, YSize = 1, XSize = gemm.UopEnd },
            new VtaLoad { Memory = VtaMemoryId.Acc, DramBase = (Base + 65536) / 64, YSize = 1, XSize = 512 },
            gemm with { Dependencies = VtaDependencies.PopPrevious | VtaDependencies.PushNext },
            new VtaStore
            {
                Memory = VtaMemoryId.Out, DramBase = (Base + 131072) / 16, YSize = 1, XSize = 512,
                Dependencies = VtaDependencies.PopPrevious | VtaDependencies.PushPrevious,
            },
            new VtaLoad { Memory = VtaMemoryId.Uop, Dependencies = VtaDependencies.PopNext },
            new VtaFinish(),
        ];
        byte[] actual = [.. expected];
        new PlainMachine(c).Execute(expected, Base, program);
        new VtaSimulator(c, new VtaSimulatorOptions { Kernel = kernel }).Run(actual, Base, program);
        Assert.AreEqual(expected.Length, expected.AsSpan().CommonPrefixLength(actual), $"{kernel}: {gemm}");
    }

    private static bool RunPlain(VtaConfiguration configuration, byte[] dram, List<VtaInstruction> program)
    {
        try
        {
            Assert.IsTrue(PlainMachine.Finishes(program));
            new PlainMachine(configuration).Execute(dram, RandomPrograms.DramBase, program);
            return true;
        }
        catch (PlainMachine.Refused)
        {
            return false;
        }
    }

    private static bool Run(VtaSimulator simulator, byte[] dram, List<VtaInstruction> program, out string? why)
    {
        why = null;
        try
        {
            // Through the binary form, so that encoding and decoding take part.
            var codec = new VtaInstructionCodec(simulator.Configuration);
            simulator.Run(dram, RandomPrograms.DramBase, codec.DecodeAll(codec.EncodeAll(program)));
            return true;
        }
        catch (VtaException e)
        {
            why = e.Message;
            return false;
        }
    }
}
