using System.Buffers.Binary;
using System.Security.Cryptography;
using FpgaEdge.Planning;
using FpgaEdge.Wire;

namespace FpgaEdge.Cluster;

/// <summary>Between the wire's numbers and the planner's names.</summary>
internal static class Convert
{
    public static Hash256 ToWire(this PackageHash hash) => new(hash.A, hash.B, hash.C, hash.D);

    public static PackageHash ToPackage(this Hash256 hash) => new(hash.A, hash.B, hash.C, hash.D);

    public static Hash128 ToWire(this PlanHash hash) => new(hash.High, hash.Low);

    public static PlanHash ToPlan(this Hash128 hash) => new(hash.High, hash.Low);

    /// <summary>The part of a plan's name that hellos carry; never 0.</summary>
    public static ulong Tag(this PlanHash hash) => hash.High == 0 ? 1 : hash.High;

    public static PackageHash HashOf(ReadOnlySpan<byte> package)
    {
        Span<byte> digest = stackalloc byte[32];
        SHA256.HashData(package, digest);
        return new PackageHash(BinaryPrimitives.ReadUInt64BigEndian(digest),
            BinaryPrimitives.ReadUInt64BigEndian(digest[8..]), BinaryPrimitives.ReadUInt64BigEndian(digest[16..]),
            BinaryPrimitives.ReadUInt64BigEndian(digest[24..]));
    }
}
