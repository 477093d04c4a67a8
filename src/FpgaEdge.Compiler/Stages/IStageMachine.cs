namespace FpgaEdge.Compiler.Stages;

/// <summary>What a stage runs on: a DMA window and an accelerator that reads and writes it.</summary>
public interface IStageMachine
{
    /// <summary>The whole DMA window.</summary>
    Span<byte> Window { get; }

    /// <summary>Physical address of the window's first byte.</summary>
    ulong WindowAddress { get; }

    /// <summary>Runs a program to its end.</summary>
    /// <param name="instructionAddress">Physical address of the first instruction.</param>
    /// <param name="instructionCount">Instructions, FINISH included.</param>
    /// <param name="modelledCycles">What the cycle model says it takes, for limits on waiting.</param>
    void RunProgram(uint instructionAddress, uint instructionCount, long modelledCycles);
}
