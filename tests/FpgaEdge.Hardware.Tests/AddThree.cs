using System.Runtime.InteropServices;
using FpgaEdge.Vta;

namespace FpgaEdge.Hardware.Tests;

/// <summary>The smallest program worth running: loads accumulators, adds 3, stores them as 8-bit values.</summary>
internal sealed class AddThree
{
    private const int Lines = 4;
    private const int InputOffset = 0x10000;
    private const int OutputOffset = 0x20000;

    /// <summary>Physical address of the first instruction.</summary>
    public required uint Address { get; init; }

    /// <summary>Instructions.</summary>
    public required int Count { get; init; }

    /// <summary>What must be stored.</summary>
    public required sbyte[] Expected { get; init; }

    /// <summary>Places program and input in the window; the input depends on <paramref name="seed"/>.</summary>
    public static AddThree Write(DmaWindow dma, int seed)
    {
        var builder = new VtaProgramBuilder(VtaConfiguration.Pynq);
        builder.Load2D(VtaMemoryId.Acc, 0, InputOffset, 1, Lines, Lines);
        var add = new VtaAlu
        {
            Operation = VtaAluOpcode.Add,
            UseImmediate = true,
            Immediate = 3,
            IterOut = 1,
            IterIn = Lines,
            DstFactorIn = 1,
            SrcFactorIn = 1,
            Dependencies = VtaDependencies.PushNext,
        };
        builder.Alu(add, [new VtaMicroOp(0, 0, 0)]);
        builder.Store2D(0, OutputOffset, 1, Lines, Lines, VtaDependencies.PopPrevious | VtaDependencies.PushPrevious);
        builder.Synchronize(VtaQueue.Compute, VtaDependencies.PopNext);
        VtaProgram program = builder.Build(instructionOffset: 0, microOpOffset: 0x8000);
        uint address = program.Place(dma.Span, dma.PhysicalBase);

        var random = new Random(seed);
        int[] input = [.. Enumerable.Range(0, Lines * 16).Select(_ => random.Next(-100, 100))];
        MemoryMarshal.AsBytes<int>(input).CopyTo(dma.Span[InputOffset..]);
        dma.Span.Slice(OutputOffset, Lines * 16).Clear();
        return new AddThree
        {
            Address = address,
            Count = program.InstructionCount,
            Expected = [.. input.Select(value => (sbyte)(value + 3))],
        };
    }

    /// <summary>What was stored.</summary>
    public sbyte[] ReadOutput(DmaWindow dma) =>
        MemoryMarshal.Cast<byte, sbyte>(dma.Span.Slice(OutputOffset, Expected.Length)).ToArray();
}
