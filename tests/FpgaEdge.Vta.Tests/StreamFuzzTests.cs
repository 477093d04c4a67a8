using System.Diagnostics;

namespace FpgaEdge.Vta.Tests;

[TestClass]
public sealed class StreamFuzzTests
{
    private const int Guard = 4096;

    /// <summary>Set FPGAEDGE_FUZZ_COUNT to run more streams than the default; a million take a few minutes.</summary>
    private static int Count =>
        int.TryParse(Environment.GetEnvironmentVariable("FPGAEDGE_FUZZ_COUNT"), out int count) ? count : 30_000;

    [TestMethod]
    public void EveryMutatedStreamEndsInAResultOrANamedError()
    {
        // Goal: no stream hangs the simulator, escapes with another exception, or writes outside its window.
        // Method: legal random programs with mutated bits, bytes and order, and pure noise, on windows with guarded
        // surroundings; an independent token walk says which ones must be refused.
        int results = 0;
        int errors = 0;
        long slowest = 0;
        var random = new Random(2024);
        for (int batch = 0; batch * 100 < Count; batch++)
        {
            var target = new Target(random, batch);
            for (int i = 0; i < 100; i++)
            {
                long start = Stopwatch.GetTimestamp();
                bool finished = target.RunMutated(random);
                slowest = Math.Max(slowest, Stopwatch.GetTimestamp() - start);
                results += finished ? 1 : 0;
                errors += finished ? 0 : 1;
            }
            target.AssertGuardsUntouched();
        }
        Console.WriteLine($"{results} results, {errors} errors, slowest {Stopwatch.GetElapsedTime(0, slowest)}");
        Assert.IsGreaterThan(Count / 100, results);
        Assert.IsGreaterThan(Count / 100, errors);
    }

    /// <summary>A device with a legal program and a guarded window.</summary>
    private sealed class Target
    {
        private readonly VtaSimulator simulator;
        private readonly VtaInstructionCodec codec;
        private readonly byte[] memory = new byte[Guard + RandomPrograms.DramBytes + Guard];
        private readonly byte[] stream;
        private readonly string name;

        public Target(Random random, int batch)
        {
            var programs = new RandomPrograms(random);
            VtaConfiguration configuration = programs.Configuration();
            simulator = new VtaSimulator(configuration, new VtaSimulatorOptions
            {
                Semantics = batch % 4 == 3 ? VtaSemantics.Hardware : VtaSemantics.Reference,
                MaxSteps = 5_000,
            });
            codec = new VtaInstructionCodec(configuration);
            programs.Dram(configuration).CopyTo(memory, Guard);
            Array.Fill(memory, (byte)0xA5, 0, Guard);
            Array.Fill(memory, (byte)0xA5, memory.Length - Guard, Guard);
            stream = codec.EncodeAll(programs.Program(configuration, 8));
            name = $"batch {batch}, {configuration.BitstreamName}";
        }

        /// <summary>Whether the program ran to its end.</summary>
        public bool RunMutated(Random random)
        {
            byte[] mutated = Mutate(random);
            VtaInstruction[] program = codec.DecodeAll(mutated);
            bool finishes = PlainMachine.Finishes(program);
            simulator.Reset();
            try
            {
                simulator.Run(memory.AsSpan(Guard, RandomPrograms.DramBytes), RandomPrograms.DramBase, program);
            }
            catch (VtaException e)
            {
                Assert.IsNotNull(e.InstructionIndex, $"{name}: {e.Message}");
                Assert.IsLessThan(Math.Max(1, program.Length), e.InstructionIndex.Value);
                return false;
            }
            Assert.IsTrue(finishes, $"{name}: ran although its tokens do not let it finish");
            return true;
        }

        public void AssertGuardsUntouched()
        {
            Assert.AreEqual(Guard, memory.AsSpan(0, Guard).Count((byte)0xA5), name);
            Assert.AreEqual(Guard, memory.AsSpan(memory.Length - Guard).Count((byte)0xA5), name);
        }

        private byte[] Mutate(Random random)
        {
            byte[] mutated = [.. stream];
            int instructions = mutated.Length / 16;
            switch (random.Next(6))
            {
                case 0:
                    random.NextBytes(mutated);
                    break;
                case 1:
                    random.NextBytes(mutated.AsSpan(random.Next(instructions) * 16, 16));
                    break;
                case 2:
                    int one = random.Next(instructions) * 16;
                    int other = random.Next(instructions) * 16;
                    mutated.AsSpan(one, 16).CopyTo(mutated.AsSpan(other));
                    break;
                case 3:
                    return mutated[..(random.Next(instructions + 1) * 16)];
                default:
                    for (int flips = random.Next(1, 5); flips > 0; flips--)
                    {
                        mutated[random.Next(mutated.Length)] ^= (byte)(1 << random.Next(8));
                    }
                    break;
            }
            return mutated;
        }
    }
}
