namespace FpgaEdge.Vta.Simulation.Hardware;

/// <summary>Who wrote an accumulator line last, which decides whether the output buffer follows it.</summary>
internal enum LineWriter : byte
{
    /// <summary>Nobody since the device was reset.</summary>
    Nobody,

    /// <summary>A LOAD, which does not touch the output buffer.</summary>
    Load,

    /// <summary>A GEMM with reset, which leaves other data in the output buffer.</summary>
    Reset,

    /// <summary>A GEMM or ALU step, which writes both.</summary>
    Compute,
}

/// <summary>On-chip memories as the hardware has them, the separate output buffer included; values as plain integers.
/// </summary>
internal sealed class HardwareMemories(VtaConfiguration configuration)
{
    public int InpLanes { get; } = configuration.Batch * configuration.BlockIn;

    public int WgtLanes { get; } = configuration.BlockOut * configuration.BlockIn;

    public int AccLanes { get; } = configuration.Batch * configuration.BlockOut;

    public uint[] Uop { get; } = new uint[configuration.UopDepth];

    /// <summary>[element][row][input channel].</summary>
    public short[] Inp { get; } = new short[configuration.InpDepth * configuration.Batch * configuration.BlockIn];

    /// <summary>[element][output channel][input channel].</summary>
    public short[] Wgt { get; } = new short[configuration.WgtDepth * configuration.BlockOut * configuration.BlockIn];

    /// <summary>[element][row][output channel].</summary>
    public int[] Acc { get; } = new int[configuration.AccDepth * configuration.Batch * configuration.BlockOut];

    /// <summary>Same index space as the accumulators; cut to the output width when stored.</summary>
    public int[] Out { get; } = new int[configuration.AccDepth * configuration.Batch * configuration.BlockOut];

    /// <summary>Per accumulator line.</summary>
    public LineWriter[] Writer { get; } = new LineWriter[configuration.AccDepth];

    public void Clear()
    {
        Array.Clear(Uop);
        Array.Clear(Inp);
        Array.Clear(Wgt);
        Array.Clear(Acc);
        Array.Clear(Out);
        Array.Clear(Writer);
    }
}
