namespace FpgaEdge.Planning.References;

/// <summary>
/// The dynamic programme published with PipeEdge, written from its description: h[i][S][u] is the best bottleneck
/// after placing layers 1..i on the devices S of which u is next; a step takes layers i+1..j on u, costs the larger
/// of their compute time and the transfer of the last layer's output to the next device at the slower of the two
/// links, and must fit u's memory. Each device is its own type here, and every device is used at most once.
/// </summary>
internal sealed class PipeEdge
{
    private readonly NetworkCosts costs;
    private readonly Member[] devices;
    private readonly long[] cutBytes;

    public PipeEdge(ClusterView view, NetworkCosts costs)
    {
        this.costs = costs;
        devices = [.. view.Members];
        cutBytes = Networks.CutBytes(costs);
    }

    /// <summary>Bottleneck of its best plan in nanoseconds, or null when it has none.</summary>
    public long? Bottleneck()
    {
        int layers = costs.Nodes.Length;
        int sets = 1 << devices.Length;
        var best = new long[layers + 1, sets, devices.Length];
        for (int i = 0; i <= layers; i++)
        {
            for (int set = 0; set < sets; set++)
            {
                for (int device = 0; device < devices.Length; device++)
                {
                    best[i, set, device] = i == 0 && set == 0 ? First(device) : long.MaxValue;
                }
            }
        }
        long? answer = null;
        for (int i = 0; i < layers; i++)
        {
            for (int set = 0; set < sets; set++)
            {
                for (int device = 0; device < devices.Length; device++)
                {
                    if (best[i, set, device] != long.MaxValue && (set >> device & 1) == 0)
                    {
                        Extend(best, i, set, device, ref answer);
                    }
                }
            }
        }
        return answer;
    }

    private void Extend(long[,,] best, int first, int set, int device, ref long? answer)
    {
        int layers = costs.Nodes.Length;
        long compute = 0;
        long bytes = 2 * cutBytes[first];
        for (int last = first + 1; last <= layers; last++)
        {
            NodeCost node = costs.Nodes[last - 1];
            compute += node.TimeNs[BoardKind.Of(devices[device])];
            bytes += node.WeightBytes + costs.Tensors[node.Output].Bytes;
            if (bytes + cutBytes[last] > devices[device].MemoryBytes)
            {
                continue;
            }
            long here = Math.Max(best[first, set, device], compute);
            int used = set | 1 << device;
            if (last == layers)
            {
                long whole = Math.Max(here, Transfer(last, devices[device].LinkBitsPerSecond));
                answer = Math.Min(answer ?? long.MaxValue, whole);
                continue;
            }
            for (int next = 0; next < devices.Length; next++)
            {
                long link = Math.Min(devices[device].LinkBitsPerSecond, devices[next].LinkBitsPerSecond);
                long reached = Math.Max(here, Transfer(last, link));
                best[last, used, next] = Math.Min(best[last, used, next], reached);
            }
        }
    }

    private long First(int device) => Transfer(0, devices[device].LinkBitsPerSecond);

    private long Transfer(int cut, long link) => LinkCosts.TransferNs(cutBytes[cut], link);
}
