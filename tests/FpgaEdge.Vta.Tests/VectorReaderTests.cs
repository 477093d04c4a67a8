using System.Text;
using FpgaEdge.Tests;
using FpgaEdge.Vta.Vectors;

namespace FpgaEdge.Vta.Tests;

[TestClass]
public sealed class VectorReaderTests
{
    [TestMethod]
    public void ADamagedIndexIsReadOrRefusedButNeverCrashes()
    {
        // Goal: hostile files end in a suite or in one named error. Method: flip, cut and exchange bytes of a real
        // index, read it, and run the cases that still read.
        string folder = Path.Combine(SharedData.RepositoryRoot, "tests", "FpgaEdge.Vta.Tests", "Vectors");
        byte[] index = File.ReadAllBytes(Path.Combine(folder, "ERRORS_A_1x16_pynq.json"));
        byte[] blob = File.ReadAllBytes(Path.Combine(folder, "ERRORS_A_1x16_pynq.bin"));
        var random = new Random(5);
        int read = 0;
        int refused = 0;
        for (int i = 0; i < 3000; i++)
        {
            byte[] damaged = Damage(index, random);
            try
            {
                VtaVectorSuite suite = VtaVectorSuite.Read(damaged, _ => blob);
                var verifier = new VtaVectorVerifier(suite);
                foreach (VtaVectorCase vectorCase in suite.Cases.Where(c => c.DramSize < 1 << 20))
                {
                    verifier.Verify(vectorCase);
                }
                read++;
            }
            catch (VtaException e)
            {
                Assert.IsFalse(e.Message.Contains('\n', StringComparison.Ordinal));
                refused++;
            }
        }
        Assert.IsGreaterThan(100, read);
        Assert.IsGreaterThan(100, refused);
    }

    [TestMethod]
    public void ComplaintsSayWhere()
    {
        // Goal: the path of the value at fault. Method: one defect each in a minimal suite.
        Complains("{}", "vector suite: format is missing");
        Complains("[1]", "vector suite: expected an object, found [1]");
        Complains("""{"format":"other"}""", "format: expected vta-vectors-1, found other");
        Complains(Suite("../x.bin", "0"), "bin: expected the name of a file beside the index, found ../x.bin");
        Complains(Suite("x.bin", "99"), "vector suite.cases[0].insn: 99 + 16 bytes is outside the blob of 16");
        Complains(Suite("x.bin", "-1"), "vector suite.cases[0].insn[0]: expected an integer 0..");
    }

    private static string Suite(string bin, string offset) => $$"""
        {"format":"vta-vectors-1","config_name":"A","isa":"current-3bit","dram_base":4096,"bin":"{{bin}}",
        "config":{"LOG_INP_WIDTH":3,"LOG_WGT_WIDTH":3,"LOG_ACC_WIDTH":5,"LOG_BATCH":0,"LOG_BLOCK":4,
        "LOG_UOP_BUFF_SIZE":15,"LOG_INP_BUFF_SIZE":15,"LOG_WGT_BUFF_SIZE":18,"LOG_ACC_BUFF_SIZE":17},
        "cases":[{"name":"a","group":"g","dram_size":4096,"segments":[],"insn":[{{offset}},16],"insn_addr":4096,
        "insn_count":1}]}
        """;

    private static void Complains(string json, string expected)
    {
        VtaException e = Assert.ThrowsExactly<VtaException>(
            () => VtaVectorSuite.Read(Encoding.UTF8.GetBytes(json), _ => new byte[16]));
        StringAssert.Contains(e.Message, expected);
    }

    private static byte[] Damage(byte[] index, Random random)
    {
        byte[] damaged = [.. index];
        for (int edits = random.Next(1, 4); edits > 0; edits--)
        {
            int at = random.Next(damaged.Length);
            switch (random.Next(4))
            {
                case 0:
                    damaged[at] = (byte)random.Next(256);
                    break;
                case 1:
                    damaged[at] = (byte)('0' + random.Next(10));
                    break;
                case 2:
                    damaged[at] ^= (byte)(1 << random.Next(8));
                    break;
                default:
                    int from = random.Next(damaged.Length);
                    int length = Math.Min(random.Next(1, 8), damaged.Length - Math.Max(at, from));
                    damaged.AsSpan(from, length).CopyTo(damaged.AsSpan(at));
                    break;
            }
        }
        return random.Next(20) == 0 ? damaged[..random.Next(damaged.Length)] : damaged;
    }
}
