namespace FpgaEdge.Vta.Simulation;

/// <summary>
/// Contents of the on-chip memories, in the layout the arithmetic wants: activations and weights widened to 16 bits
/// when they are loaded, weights with the two input channels of a pair side by side, because processors multiply and
/// add pairs of 16-bit values in one operation. All start as zero.
/// </summary>
internal sealed class Scratchpads(VtaConfiguration configuration)
{
    /// <summary>Values of an activation element: rows x input channels.</summary>
    public int InpLanes { get; } = configuration.Batch * configuration.BlockIn;

    /// <summary>Values of a weight element in its layout here.</summary>
    public int WgtLanes { get; } = WeightLanes(configuration);

    /// <summary>Values of an accumulator or output element: rows x output channels.</summary>
    public int AccLanes { get; } = configuration.Batch * configuration.BlockOut;

    public AlignedBuffer<uint> Uop { get; } = new(configuration.UopDepth);

    /// <summary>[element][row][input channel].</summary>
    public AlignedBuffer<short> Inp { get; } =
        new((configuration.InpDepth * configuration.Batch * configuration.BlockIn) + 1);

    /// <summary>[element][input channel / 2][output channel][input channel % 2].</summary>
    public AlignedBuffer<short> Wgt { get; } = new(configuration.WgtDepth * WeightLanes(configuration));

    /// <summary>[element][row][output channel], then twice as much again that nothing reads: there land the results
    /// of rows and columns that only fill a block.</summary>
    public AlignedBuffer<int> Acc { get; } = new(3 * BeyondAccumulators(configuration));

    /// <summary>Values from an accumulator to its place in the part that nothing reads.</summary>
    public static int BeyondAccumulators(VtaConfiguration configuration) =>
        configuration.AccDepth * configuration.Batch * configuration.BlockOut;

    /// <summary>Values of a weight element; a single input channel is paired with one that does not exist.</summary>
    public static int WeightLanes(VtaConfiguration configuration) =>
        Math.Max(2, configuration.BlockIn) * configuration.BlockOut;

    public void Clear()
    {
        Uop.Clear();
        Inp.Clear();
        Wgt.Clear();
        Acc.Clear();
    }
}
