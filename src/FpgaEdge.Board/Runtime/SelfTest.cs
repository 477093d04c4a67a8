using System.Buffers.Binary;
using FpgaEdge.Compiler;
using FpgaEdge.Compiler.Stages;
using FpgaEdge.Hardware;
using FpgaEdge.Model.Integer;
using FpgaEdge.Vta;

namespace FpgaEdge.Board;

/// <summary>What a board finds out about itself, before it joins and when somebody asks.</summary>
/// <param name="IsFit">Whether it can compute.</param>
/// <param name="IsHealthy">Whether, besides, all its sensors answer.</param>
/// <param name="Verdict">One line for people.</param>
internal sealed record SelfTest(bool IsFit, bool IsHealthy, string Verdict)
{
    private const int PageBytes = 4096;
    private const uint Pattern = 0xA5A5_5A50;

    private static readonly uint[] BaseRegisters =
    [
        VtaRegisters.LoadInpBase, VtaRegisters.LoadWgtBase, VtaRegisters.ComputeUopBase, VtaRegisters.ComputeAccBase,
        VtaRegisters.StoreOutBase,
    ];

    /// <summary>Tests registers, DMA window and accelerator, and counts the sensors. Nothing else may use them meanwhile; the
    /// window holds afterwards what it held before.</summary>
    /// <param name="board">The board.</param>
    /// <param name="memory">Its registers and its DMA window.</param>
    /// <param name="sensors">Rails whose sensor was validated, and all rails.</param>
    /// <param name="accelerator">The accelerator, where somebody has it already.</param>
    public static SelfTest Run(
        BoardDescription board, BoardMemory memory, (int Validated, int All) sensors, BoardAccelerator? accelerator = null)
    {
        string? fault = TestRegisters(memory.Registers) ?? TestWindow(memory.Dma)
            ?? TestInference(board, memory, accelerator ?? new BoardAccelerator(board, memory));
        // Stages that are loaded already count on it that what was put back is in memory.
        memory.Dma.GiveToAccelerator(0, memory.Dma.Length);
        string measured = sensors.All == 0 ? "no sensors" : $"sensors {sensors.Validated} of {sensors.All}";
        bool healthy = fault is null && sensors.Validated == sensors.All;
        string verdict = fault is null
            ? $"self-test passed: registers, DMA window of {memory.Dma.Length >> 20} MiB, golden inference; {measured}"
            : $"self-test FAILED: {fault}; {measured}";
        return new SelfTest(fault is null, healthy, verdict);
    }

    private static string? TestRegisters(RegisterWindow registers)
    {
        string? fault = null;
        foreach (uint register in BaseRegisters)
        {
            registers.Write(register, Pattern);
            uint found = registers.Read(register);
            registers.Write(register, 0);
            fault ??= found == Pattern ? null : $"register 0x{register:X4}: expected 0x{Pattern:X8}, found 0x{found:X8}";
        }
        return fault;
    }

    /// <summary>Each page holds its own address, so that lines that are stuck or crossed show.</summary>
    private static string? TestWindow(DmaWindow window)
    {
        var kept = new uint[(window.Length + PageBytes - 1) / PageBytes];
        for (int at = 0; at < window.Length; at += PageBytes)
        {
            kept[at / PageBytes] = BinaryPrimitives.ReadUInt32LittleEndian(window.Span[at..]);
            BinaryPrimitives.WriteUInt32LittleEndian(window.Span[at..], window.PhysicalBase + (uint)at);
        }
        string? fault = null;
        for (int at = 0; at < window.Length; at += PageBytes)
        {
            uint expected = window.PhysicalBase + (uint)at;
            uint found = BinaryPrimitives.ReadUInt32LittleEndian(window.Span[at..]);
            fault ??= found == expected ? null : $"DMA window at 0x{expected:X8}: found 0x{found:X8}";
            BinaryPrimitives.WriteUInt32LittleEndian(window.Span[at..], kept[at / PageBytes]);
        }
        return fault;
    }

    /// <summary>One convolution on the accelerator, from its own instructions to the bytes of its result.</summary>
    private static string? TestInference(BoardDescription board, BoardMemory memory, BoardAccelerator accelerator)
    {
        IntegerGraph graph = Network();
        VtaConfiguration vta = board.Accelerator.Configuration;
        byte[] input = [.. Enumerable.Range(0, graph.Tensors[graph.Inputs[0]].ByteCount).Select(i => (byte)((i * 37) + 11))];
        byte[] expected = GoldenInterpreter.Run(graph, [input])[0];
        try
        {
            StageTarget target = StageTarget.For(
                board.Name, vta.BitstreamName, board.Accelerator.ClockHertz, board.Dma.ByteCount, vta.Isa);
            CompiledStage compiled = StageCompiler.Compile(graph, 0, graph.Nodes.Count, target);
            byte[] output = new byte[expected.Length];
            byte[] kept = memory.Dma.Span[..(int)compiled.WindowBytes].ToArray();
            try
            {
                new StageExecutorOn(compiled, accelerator).Execute(input, output);
            }
            finally
            {
                kept.CopyTo(memory.Dma.Span);
            }
            int same = output.AsSpan().CommonPrefixLength(expected);
            return same == expected.Length
                ? null
                : $"golden inference: byte {same} of {expected.Length}: expected {expected[same]}, found {output[same]}";
        }
        catch (Exception e) when (e is VtaException or HardwareException or CompilerException)
        {
            return $"golden inference: {e.Message}";
        }
    }

    /// <summary>A stage at the start of the window.</summary>
    private sealed class StageExecutorOn(CompiledStage stage, BoardAccelerator accelerator) : IStageMachine
    {
        public Span<byte> Window => accelerator.Dma.Span[..(int)stage.WindowBytes];

        public ulong WindowAddress => accelerator.Dma.PhysicalBase;

        public void Execute(byte[] input, byte[] output)
        {
            var executor = new StageExecutor(stage, this);
            executor.Load();
            executor.Execute(input, output);
        }

        public void RunProgram(uint instructionAddress, uint instructionCount, long modelledCycles) =>
            accelerator.Run(instructionAddress, (int)instructionCount, modelledCycles, (0, (int)stage.WindowBytes));
    }

    private static IntegerGraph Network()
    {
        const int Channels = 16;
        const int Kernel = 3;
        var builder = new IntegerGraphBuilder("self-test");
        int input = builder.AddInput("input", 8, 8, Channels);
        sbyte[] weights = [.. Enumerable.Range(0, Channels * Kernel * Kernel * Channels).Select(i => (sbyte)((i * 73 % 251) - 125))];
        int[] bias = [.. Enumerable.Range(0, Channels).Select(i => (i * 511) - 4000)];
        int[] shift = [.. Enumerable.Repeat(9, Channels)];
        builder.AddOutput(builder.AddConvolution(
            "convolution", input, new Window(Kernel, Kernel, 1, 1, 1, 1, 1, 1), 1, weights, bias,
            new Requantization(RequantizationKind.Shift, shift, [], -128, 127)));
        return builder.Build();
    }
}
