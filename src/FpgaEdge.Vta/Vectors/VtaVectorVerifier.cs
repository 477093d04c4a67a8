using System.Security.Cryptography;

namespace FpgaEdge.Vta.Vectors;

/// <summary>Verdict on one case.</summary>
/// <param name="Name">The case's name.</param>
/// <param name="Passed">Whether everything the suite states was found.</param>
/// <param name="Reason">What was found instead; for a refused program, why it was refused.</param>
/// <param name="Run">Outcome of the run; null if it was refused.</param>
public sealed record VtaVectorVerdict(string Name, bool Passed, string? Reason, VtaRunResult? Run);

/// <summary>Runs the cases of a suite, each on a fresh device, and compares.</summary>
/// <param name="suite">The suite.</param>
/// <param name="semantics">What to expect. In hardware semantics a case passes if a program that every implementation
/// agrees on gives the reference's result without a portability note, and one on which the HLS model disagrees gives a
/// note.</param>
/// <param name="accelerator">What executes the programs.</param>
public sealed class VtaVectorVerifier(VtaVectorSuite suite, VtaSemantics semantics, IVtaAccelerator accelerator)
{
    private readonly VtaInstructionCodec codec = new(suite.Configuration);

    /// <summary>Verifies the functional simulator.</summary>
    /// <exception cref="VtaException">The suite's configuration is impossible.</exception>
    public VtaVectorVerifier(VtaVectorSuite suite, VtaSimulatorOptions? options = null)
        : this(suite, (options ?? VtaSimulatorOptions.Default).Semantics, new VtaSimulator(suite.Configuration, options))
    {
    }

    /// <summary>Runs one case.</summary>
    public VtaVectorVerdict Verify(VtaVectorCase vectorCase)
    {
        byte[] dram = suite.CreateDram(vectorCase);
        accelerator.Reset();
        VtaRunResult run;
        try
        {
            run = accelerator.Run(
                dram, suite.DramBase, vectorCase.InstructionAddress, vectorCase.InstructionCount);
        }
        catch (VtaProtocolException e)
        {
            return new VtaVectorVerdict(vectorCase.Name, false, e.Message, null);
        }
        catch (VtaException e)
        {
            return new VtaVectorVerdict(vectorCase.Name, vectorCase.ExpectError, e.Message, null);
        }
        string? reason = vectorCase.ExpectError
            ? "expected the program to be refused, but it ran"
            : Compare(vectorCase, dram, run);
        return new VtaVectorVerdict(vectorCase.Name, reason is null, reason, run);
    }

    private string? Compare(VtaVectorCase vectorCase, byte[] dram, VtaRunResult run) =>
        semantics == VtaSemantics.Hardware
            ? CompareHardware(vectorCase, dram, run)
            : CompareDram(vectorCase, dram) ?? CompareCounters(vectorCase, run) ?? CompareEncoding(vectorCase);

    private string? CompareHardware(VtaVectorCase vectorCase, byte[] dram, VtaRunResult run)
    {
        if (vectorCase.HardwareSafe == true)
        {
            return run.Portability.Count > 0
                ? $"expected no portability note, found at instruction {run.Portability[0].InstructionIndex}: " +
                    run.Portability[0].Detail
                : CompareDram(vectorCase, dram);
        }
        return vectorCase.HlsModelMatches == false && run.Portability.Count == 0
            ? "expected a portability note, found none"
            : null;
    }

    private string? CompareDram(VtaVectorCase vectorCase, byte[] dram)
    {
        string actual = Convert.ToHexStringLower(SHA256.HashData(dram));
        if (vectorCase.FinalSha256 is null || actual == vectorCase.FinalSha256)
        {
            return null;
        }
        if (vectorCase.HashOnly)
        {
            return $"expected final DRAM with SHA-256 {vectorCase.FinalSha256}, found {actual}";
        }
        byte[] expected = suite.CreateExpectedDram(vectorCase);
        int different = 0;
        while (different < dram.Length && dram[different] == expected[different])
        {
            different++;
        }
        return different == dram.Length
            ? "final DRAM is as the patches say, but its SHA-256 is not as stated"
            : $"DRAM 0x{suite.DramBase + different:X8}: expected 0x{expected[different]:X2}, " +
                $"found 0x{dram[different]:X2}";
    }

    private static string? CompareCounters(VtaVectorCase vectorCase, VtaRunResult run) =>
        vectorCase.Counters is not VtaCounters expected || expected == run.Counters
            ? null
            : $"expected {expected}, found {run.Counters}";

    /// <summary>Encoding what was decoded must give the stream back, or the two could be wrong in the same
    /// way.</summary>
    private string? CompareEncoding(VtaVectorCase vectorCase)
    {
        ReadOnlySpan<byte> stream = suite.Bytes(vectorCase.Instructions);
        VtaInstruction[] decoded = codec.DecodeAll(stream);
        byte[] encoded = codec.EncodeAll(decoded);
        for (int i = 0; i < decoded.Length; i++)
        {
            if (!codec.Decode(encoded.AsSpan(i * VtaInstructionCodec.InstructionBytes)).Equals(decoded[i]))
            {
                return $"instruction {i} changes when it is encoded again";
            }
        }
        return null;
    }
}
