using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Runtime.InteropServices;
using FpgaEdge.Planning;

namespace FpgaEdge.Cluster.Simulation;

/// <summary>
/// A network that needs no accelerator: modelled times, and cheap bytes in place of results. Its result depends on
/// every byte of every tensor on the way, or each stage's input is compared with what it must be, so a wrong, mixed or
/// missing chunk shows.
/// </summary>
public abstract class ModelledNetwork
{
    /// <summary>Makes the package: random bytes, only their hash matters.</summary>
    private protected ModelledNetwork(SimulationRandom random, int packageBytes = 0)
    {
        Package = new byte[packageBytes > 0 ? packageBytes : random.Between(2_000, 40_000)];
        for (int i = 0; i + 8 <= Package.Length; i += 8)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(Package.AsSpan(i), random.Next());
        }

        Hash = Convert.HashOf(Package);
    }

    /// <summary>The package's bytes.</summary>
    public byte[] Package { get; }

    /// <summary>The package's hash.</summary>
    public PackageHash Hash { get; }

    /// <summary>Nodes of the network.</summary>
    public abstract int NodeCount { get; }

    /// <summary>A chain of random sizes and times.</summary>
    /// <param name="seed">Where sizes and times come from.</param>
    /// <param name="nodes">Nodes of the chain.</param>
    /// <param name="largestTensor">Bytes of the largest tensor.</param>
    /// <param name="largestTimeNs">Modelled time of the slowest node.</param>
    public static ModelledNetwork RandomChain(ulong seed, int nodes, int largestTensor, long largestTimeNs) =>
        new ModelledChain(new SimulationRandom(seed), nodes, largestTensor, largestTimeNs);

    /// <summary>A real network's tensors and times.</summary>
    public static ModelledNetwork FromCosts(ulong seed, SimulatedModel model) =>
        new ModelledCosts(new SimulationRandom(seed), model.Costs, model.PackageBytes);

    /// <summary>Costs for any kinds of boards.</summary>
    public abstract NetworkCosts Costs(ImmutableArray<BoardKind> kinds);

    /// <summary>Executes nodes [first, last).</summary>
    public abstract byte[] Run(int first, int last, ReadOnlySpan<byte> input);

    /// <summary>Input of frame <paramref name="frame"/>.</summary>
    public abstract byte[] Input(uint frame);

    /// <summary>The result that every plan must give.</summary>
    public byte[] Golden(ReadOnlySpan<byte> input) => Run(0, NodeCount, input);
}

/// <summary>A chain of nodes, each a byte function of the one before; a faster clock takes less time.</summary>
internal sealed class ModelledChain : ModelledNetwork
{
    private readonly int[] tensorBytes;
    private readonly long[] timeNs;

    public ModelledChain(SimulationRandom random, int nodes, int largestTensor, long largestTimeNs)
        : this(
            random,
            [.. Enumerable.Range(0, nodes + 1).Select(_ => (int)random.Between(16, largestTensor))],
            [.. Enumerable.Range(0, nodes).Select(_ => random.Between(largestTimeNs / 8, largestTimeNs))])
    {
    }

    private ModelledChain(SimulationRandom random, int[] tensorBytes, long[] timeNs)
        : base(random)
    {
        this.tensorBytes = tensorBytes;
        this.timeNs = timeNs;
    }

    /// <inheritdoc />
    public override int NodeCount => timeNs.Length;

    /// <inheritdoc />
    public override NetworkCosts Costs(ImmutableArray<BoardKind> kinds)
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

    /// <inheritdoc />
    public override byte[] Run(int first, int last, ReadOnlySpan<byte> input)
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

    /// <inheritdoc />
    public override byte[] Input(uint frame)
    {
        byte[] input = new byte[tensorBytes[0]];
        var random = new SimulationRandom(frame + 77);
        for (int i = 0; i < input.Length; i++)
        {
            input[i] = (byte)random.Next();
        }

        return input;
    }
}

/// <summary>
/// A real network's cuts and times. The bytes of what crosses a cut follow from the frame, whose number stands at the
/// start, and from the cut, so a stage's output costs no more than writing it.
/// </summary>
internal sealed class ModelledCosts(SimulationRandom random, NetworkCosts costs, int packageBytes)
    : ModelledNetwork(random, packageBytes)
{
    private readonly int[] cutBytes =
        [.. costs.CutTensors().Select(cut => (int)cut.Sum(tensor => costs.Tensors[tensor].Bytes))];

    /// <inheritdoc />
    public override int NodeCount => costs.Nodes.Length;

    /// <inheritdoc />
    public override NetworkCosts Costs(ImmutableArray<BoardKind> kinds) => costs with { Package = Hash };

    /// <inheritdoc />
    public override byte[] Run(int first, int last, ReadOnlySpan<byte> input) =>
        first == last ? input.ToArray() : Bytes(BinaryPrimitives.ReadUInt32LittleEndian(input), last);

    /// <inheritdoc />
    public override byte[] Input(uint frame) => Bytes(frame, 0);

    private byte[] Bytes(uint frame, int cut)
    {
        byte[] bytes = new byte[Math.Max(cutBytes[cut], sizeof(uint))];
        ulong word = ((ulong)frame << 32) | ((uint)cut + 1);
        foreach (ref ulong at in MemoryMarshal.Cast<byte, ulong>(bytes.AsSpan()))
        {
            word = (word * 6_364_136_223_846_793_005) + 1_442_695_040_888_963_407;
            at = word;
        }

        BinaryPrimitives.WriteUInt32LittleEndian(bytes, frame);
        return bytes;
    }
}
