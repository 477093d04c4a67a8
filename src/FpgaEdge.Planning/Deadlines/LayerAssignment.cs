using System.Collections.Immutable;

namespace FpgaEdge.Planning.Deadlines;

/// <summary>
/// Which resource each layer of each network prefers, and whether waiting units have their clocks stopped.
/// </summary>
public sealed class LayerAssignment
{
    private readonly DeadlineWorkload workload;
    private readonly ImmutableArray<ImmutableArray<int>> resources;
    private readonly long[][] remainingNs;

    /// <param name="workload">The workload.</param>
    /// <param name="resources">For each network and layer the index of a resource that can run it.</param>
    /// <param name="stopsIdleClocks">Whether units that wait are stopped.</param>
    public LayerAssignment(
        DeadlineWorkload workload, ImmutableArray<ImmutableArray<int>> resources, bool stopsIdleClocks)
    {
        this.workload = workload;
        this.resources = resources;
        StopsIdleClocks = stopsIdleClocks;
        remainingNs = [.. resources.Select((_, network) => Remaining(network))];
    }

    /// <summary>Whether units that wait are stopped; they then take their wake time before the next layer.</summary>
    public bool StopsIdleClocks { get; }

    /// <summary>
    /// Every layer on the resource that runs it fastest, clocks always on: what others are measured against.
    /// </summary>
    public static LayerAssignment Fastest(DeadlineWorkload workload) => new(
        workload,
        [
            .. workload.Networks.Select(network => network.Layers.Select(
                layer => Least(layer, resource => layer.TimeNs[resource])).ToImmutableArray()),
        ],
        stopsIdleClocks: false);

    /// <summary>The resource of a layer.</summary>
    public int Resource(int network, int layer) => resources[network][layer];

    /// <summary>
    /// Time from the start of a layer to the end of its request if nothing has to wait, waking included.
    /// </summary>
    public long RemainingNs(int network, int layer) => remainingNs[network][layer];

    /// <summary>The same with other resources for some layers.</summary>
    public LayerAssignment With(IEnumerable<(int Network, int Layer, int Resource)> moves)
    {
        int[][] changed = [.. resources.Select(layers => layers.ToArray())];
        foreach ((int network, int layer, int resource) in moves)
        {
            changed[network][layer] = resource;
        }
        return new LayerAssignment(workload, [.. changed.Select(layers => layers.ToImmutableArray())], StopsIdleClocks);
    }

    /// <summary>The same with the clocks of waiting units stopped.</summary>
    public LayerAssignment WithStoppedClocks() => new(workload, resources, stopsIdleClocks: true);

    /// <summary>The resource of least value among those that can run a layer; the first of equals.</summary>
    internal static int Least(DeadlineLayer layer, Func<int, long> value) =>
        Enumerable.Range(0, layer.TimeNs.Length).Where(resource => layer.TimeNs[resource] >= 0).MinBy(value);

    private long[] Remaining(int network)
    {
        ImmutableArray<DeadlineLayer> layers = workload.Networks[network].Layers;
        var remaining = new long[layers.Length];
        long sum = 0;
        for (int layer = layers.Length - 1; layer >= 0; layer--)
        {
            int resource = resources[network][layer];
            long wake = StopsIdleClocks ? workload.Resources[resource].WakeNs : 0;
            remaining[layer] = sum += layers[layer].TimeNs[resource] + wake;
        }
        return remaining;
    }
}
