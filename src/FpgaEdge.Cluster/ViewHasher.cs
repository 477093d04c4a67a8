using System.Buffers.Binary;
using FpgaEdge.Planning;
using FpgaEdge.Wire;

namespace FpgaEdge.Cluster;

/// <summary>
/// Eight bytes that say whether two views are equal: XXH64 over identity and incarnation of each member, then the
/// packages' hashes, all big-endian and in order.
/// </summary>
internal static class ViewHasher
{
    public static ulong Hash(ClusterView view)
    {
        byte[] bytes = new byte[(12 * view.Members.Length) + (32 * view.Packages.Length)];
        Span<byte> rest = bytes;
        foreach (Member member in view.Members)
        {
            BinaryPrimitives.WriteUInt64BigEndian(rest, member.Id.Value);
            BinaryPrimitives.WriteUInt32BigEndian(rest[8..], member.Incarnation);
            rest = rest[12..];
        }

        foreach (PackageHash package in view.Packages)
        {
            BinaryPrimitives.WriteUInt64BigEndian(rest, package.A);
            BinaryPrimitives.WriteUInt64BigEndian(rest[8..], package.B);
            BinaryPrimitives.WriteUInt64BigEndian(rest[16..], package.C);
            BinaryPrimitives.WriteUInt64BigEndian(rest[24..], package.D);
            rest = rest[32..];
        }

        return XxHash64.Hash(bytes);
    }
}
