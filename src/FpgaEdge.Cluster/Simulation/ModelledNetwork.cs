using System.Buffers.Binary;
using System.Collections.Immutable;
using FpgaEdge.Planning;

namespace FpgaEdge.Cluster.Simulation;

/// <summary>
/// A network that needs no accelerator: a chain of nodes, each a cheap byte function of the one before, with modelled
/// times. Its result depends on every byte of every tensor on the way, so a wrong, mixed or missing chunk shows.
/// </summary>
public sealed class ModelledNetwork
{
    private readonly int[] tensorBytes;
    private readonly long[] timeNs;

    /// <summary>A network of <paramref name="nodes"/> nodes drawn from a seed.</summary>
    /// <param name="seed">Where sizes and times come from.</param>
    /// <param name="nodes">Nodes of the chain.</param>
    /// <param name="largestTensor">Bytes of the largest tensor.</param>
    /// <param name="largestTimeNs">Modelled time of the slowest node.</param>
    public ModelledNetwork(ulong seed, int nodes, int largestTensor, long largestTimeNs)
    {
        var random = new SimulationRandom(seed);
        tensorBytes = new int[nodes + 1];
        timeNs = new long[nodes];
        for (int i = 0; i <= nodes; i++)
        {
            tensorBytes[i] = (int)random.Between(16, largestTensor);
        }

        for (int i = 0; i < nodes; i++)
        {
            timeNs[i] = random.Between(largestTimeNs / 8, largestTimeNs);
        }

        Package = new byte[random.Between(2_000, 40_000)];
        for (int i = 0; i + 8 <= Package.Length; i += 8)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(Package.AsSpan(i), random.Next());
        }

        Hash = Convert.HashOf(Package);
    }

    /// <summary>The package's bytes: random, only their hash matters.</summary>
    public byte[] Package { get; }

    /// <summary>The package's hash.</summary>
    public PackageHash Hash { get; }

    /// <summary>Bytes of the network's input.</summary>
    public int InputBytes => tensorBytes[0];

    /// <summary>Costs for any kinds of boards; a faster clock takes less time.</summary>
    public NetworkCosts Costs(ImmutableArray<BoardKind> kinds)
    {
        ImmutableArray<NodeCost>.Builder nodes = ImmutableArray.CreateBuilder<NodeCost>(timeNs.Length);
        for (int i = 0; i < timeNs.Length; i++)
        {
            long time = timeNs[i];
            nodes.Add(new NodeCost([i], i + 1, 1000, kinds.ToImmutableSortedDictionary(
                kind => kind, kind => Math.Max(1, time * 100_000_000 / kind.ClockHertz))));
        }

        return new NetworkCosts(Hash, nodes.MoveToImmutable(),
            [.. tensorBytes.Select(bytes => new TensorCost(bytes))], [0], [timeNs.Length]);
    }

    /// <summary>Executes nodes [first, last).</summary>
    public byte[] Run(int first, int last, ReadOnlySpan<byte> input)
    {
        byte[] current = input.ToArray();
        for (int node = first; node < last; node++)
        {
            byte[] next = new byte[tensorBytes[node + 1]];
            uint carry = (uint)(node + 1) * 2_654_435_761;
            for (int i = 0; i < Math.Max(next.Length, current.Length); i++)
            {
                carry = (carry * 31) + current[i % current.Length];
                next[i % next.Length] ^= (byte)(carry >> 11);
            }

            current = next;
        }

        return current;
    }

    /// <summary>The result that every plan must give.</summary>
    public byte[] Golden(ReadOnlySpan<byte> input) => Run(0, timeNs.Length, input);

    /// <summary>Input of frame <paramref name="frame"/>.</summary>
    public byte[] Input(uint frame)
    {
        byte[] input = new byte[InputBytes];
        var random = new SimulationRandom(frame + 77);
        for (int i = 0; i < input.Length; i++)
        {
            input[i] = (byte)random.Next();
        }

        return input;
    }
}
