using FpgaEdge.Compiler.Stages;
using FpgaEdge.Vta;

namespace FpgaEdge.Compiler.Tests;

/// <summary>A stage's machine made of an array and the functional simulator with hardware semantics.</summary>
internal sealed class SimulatedMachine(CompiledStage stage) : IStageMachine
{
    /// <summary>As on a real board: far from zero, so that forgotten relocations show.</summary>
    private const uint Base = 0x1800_0000;

    private readonly byte[] window = Fill(stage.WindowBytes);
    private readonly VtaSimulator simulator = new(
        stage.Target.Configuration, new VtaSimulatorOptions { Semantics = VtaSemantics.Hardware });

    public Span<byte> Window => window;

    public ulong WindowAddress => Base;

    /// <summary>Everything programs relied on that not all hardware does.</summary>
    public List<VtaPortabilityNote> Notes { get; } = [];

    public int ProgramsRun { get; private set; }

    public void RunProgram(uint instructionAddress, uint instructionCount, long modelledCycles)
    {
        ProgramsRun++;
        Assert.IsGreaterThan(0, modelledCycles);
        VtaRunResult result = simulator.Run(window, Base, instructionAddress, (int)instructionCount);
        Notes.AddRange(result.Portability);
        Assert.AreEqual(0, result.TokensLeft.Total);
    }

    private static byte[] Fill(long bytes)
    {
        byte[] window = new byte[bytes];
        Array.Fill(window, (byte)0xA5); // activations start as rubbish, as real memory does
        return window;
    }
}
