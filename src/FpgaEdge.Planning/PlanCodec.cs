using System.Buffers;
using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Security.Cryptography;

namespace FpgaEdge.Planning;

/// <summary>
/// The canonical bytes of a plan and of the options it was made with. Two boards run the same plan exactly when
/// these bytes are equal; their SHA-256 names the plan on the wire. All numbers are big-endian; lists are preceded
/// by a 32-bit count.
/// </summary>
public static class PlanCodec
{
    private const uint Magic = 0x4645504C;
    private const byte Version = 1;
    private const long Absent = -1;

    /// <summary>
    /// Bytes of a plan: magic, version, options, package, strategy, then per stage its nodes, boards with their
    /// incarnations, tensors and modelled times. A board that restarts has a new incarnation and so makes a new plan
    /// of its stages.
    /// </summary>
    public static byte[] Encode(
        PackageHash package, Strategy strategy, ImmutableArray<PlanStage> stages, PlannerOptions options,
        ClusterView view)
    {
        var writer = new Writer();
        writer.UInt32(Magic);
        writer.Byte(Version);
        Write(writer, options);
        writer.UInt64(package.A);
        writer.UInt64(package.B);
        writer.UInt64(package.C);
        writer.UInt64(package.D);
        writer.Byte((byte)strategy);
        writer.Int32(stages.Length);
        foreach (PlanStage stage in stages)
        {
            Write(writer, stage, view);
        }
        return writer.ToArray();
    }

    /// <summary>First 16 bytes of SHA-256 over <see cref="Encode"/>'s bytes.</summary>
    public static PlanHash Hash(ReadOnlySpan<byte> encoded)
    {
        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(encoded, digest);
        return new PlanHash(
            BinaryPrimitives.ReadUInt64BigEndian(digest), BinaryPrimitives.ReadUInt64BigEndian(digest[8..]));
    }

    private static void Write(Writer writer, PlannerOptions options)
    {
        writer.Byte((byte)options.Strategy);
        writer.Byte((byte)options.Objective);
        writer.Int64(options.MaximumLatencyNs ?? Absent);
        writer.Int64(options.MaximumIntervalNs ?? Absent);
        writer.Int64(options.MaximumEnergyNanojoules ?? Absent);
        writer.Int64(options.ClientLinkBitsPerSecond ?? Absent);
        writer.Int32(options.Pins.Length);
        foreach (NodePin pin in options.Pins.OrderBy(pin => pin.Node).ThenBy(pin => pin.Board))
        {
            writer.Int32(pin.Node);
            writer.UInt64(pin.Board.Value);
        }
        writer.Int32(options.Replicas.Length);
        foreach (NodeReplicas demand in options.Replicas.OrderBy(demand => demand.Node).ThenBy(demand => demand.Boards))
        {
            writer.Int32(demand.Node);
            writer.Int32(demand.Boards);
        }
    }

    private static void Write(Writer writer, PlanStage stage, ClusterView view)
    {
        writer.Int32(stage.FirstNode);
        writer.Int32(stage.LastNode);
        writer.Int32(stage.Boards.Length);
        foreach (BoardId board in stage.Boards)
        {
            writer.UInt64(board.Value);
            writer.UInt32(IncarnationOf(board, view));
        }
        Write(writer, stage.InputTensors);
        Write(writer, stage.OutputTensors);
        writer.Int64(stage.ComputeNs);
        writer.Int64(stage.TransferNs);
    }

    private static void Write(Writer writer, ImmutableArray<int> tensors)
    {
        writer.Int32(tensors.Length);
        foreach (int tensor in tensors)
        {
            writer.Int32(tensor);
        }
    }

    private static uint IncarnationOf(BoardId board, ClusterView view)
    {
        foreach (Member member in view.Members)
        {
            if (member.Id == board)
            {
                return member.Incarnation;
            }
        }
        throw new PlanningException($"board {board} is in the plan but not in the view it is hashed with");
    }

    private sealed class Writer
    {
        private readonly ArrayBufferWriter<byte> buffer = new();

        public void Byte(byte value)
        {
            buffer.GetSpan(1)[0] = value;
            buffer.Advance(1);
        }

        public void UInt32(uint value)
        {
            BinaryPrimitives.WriteUInt32BigEndian(buffer.GetSpan(4), value);
            buffer.Advance(4);
        }

        public void UInt64(ulong value)
        {
            BinaryPrimitives.WriteUInt64BigEndian(buffer.GetSpan(8), value);
            buffer.Advance(8);
        }

        public void Int32(int value) => UInt32((uint)value);

        public void Int64(long value) => UInt64((ulong)value);

        public byte[] ToArray() => buffer.WrittenSpan.ToArray();
    }
}
