namespace FpgaEdge.Vta.Simulation;

/// <summary>Contents of the on-chip memories, widened to what the arithmetic works on. All start as zero.</summary>
internal sealed class Scratchpads(VtaConfiguration configuration)
{
    /// <summary>Lanes of an activation element: rows x input channels.</summary>
    public int InpLanes { get; } = configuration.Batch * configuration.BlockIn;

    /// <summary>Lanes of a weight element: output x input channels.</summary>
    public int WgtLanes { get; } = configuration.BlockOut * configuration.BlockIn;

    /// <summary>Lanes of an accumulator or output element: rows x output channels.</summary>
    public int AccLanes { get; } = configuration.Batch * configuration.BlockOut;

    public uint[] Uop { get; } = new uint[configuration.UopDepth];

    /// <summary>[element][row][input channel].</summary>
    public short[] Inp { get; } = new short[configuration.InpDepth * configuration.Batch * configuration.BlockIn];

    /// <summary>[element][output channel][input channel].</summary>
    public short[] Wgt { get; } =
        new short[configuration.WgtDepth * configuration.BlockOut * configuration.BlockIn];

    /// <summary>[element][row][output channel].</summary>
    public int[] Acc { get; } = new int[configuration.AccDepth * configuration.Batch * configuration.BlockOut];

    public void Clear()
    {
        Array.Clear(Uop);
        Array.Clear(Inp);
        Array.Clear(Wgt);
        Array.Clear(Acc);
    }
}
