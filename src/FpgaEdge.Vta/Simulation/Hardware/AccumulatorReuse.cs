namespace FpgaEdge.Vta.Simulation.Hardware;

/// <summary>Finds the smallest distance, in steps of one instruction, between writing an accumulator line and touching
/// it again.</summary>
internal sealed class AccumulatorReuse(int depth)
{
    /// <summary>Step of the last write of each line, counted over all instructions; 0 means never.</summary>
    private readonly long[] written = new long[depth];
    private long step;
    private long first;

    /// <summary>Smallest distance of the current instruction; <see cref="long.MaxValue"/> without reuse.</summary>
    public long Smallest { get; private set; } = long.MaxValue;

    /// <summary>Starts an instruction.</summary>
    public void Begin()
    {
        first = step + 1;
        Smallest = long.MaxValue;
    }

    /// <summary>A step that reads <paramref name="source"/> and reads and writes <paramref
    /// name="destination"/>.</summary>
    public void Step(int destination, int source)
    {
        step++;
        Touch(destination);
        Touch(source);
        written[destination] = step;
    }

    private void Touch(int line)
    {
        if (written[line] >= first)
        {
            Smallest = Math.Min(Smallest, step - written[line]);
        }
    }
}
