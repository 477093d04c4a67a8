using System.Security.Cryptography;
using FpgaEdge.Wire;

namespace FpgaEdge.Cluster;

/// <summary>
/// The digests of a package's blocks, and the root that names them: what a holder claims of its copy, so that each block
/// can be checked as it comes. Only the hash of the whole package proves anything; a claim that it disproves was a lie.
/// </summary>
internal static class PackageOutline
{
    /// <summary>Chunks of a block; the last one may have fewer.</summary>
    public const int BlockChunks = 16;

    /// <summary>Bytes of a block.</summary>
    public const int BlockBytes = BlockChunks * WireLimits.ChunkBytes;

    /// <summary>Blocks of a package.</summary>
    public static int BlocksOf(int packageBytes) => (packageBytes + BlockBytes - 1) / BlockBytes;

    /// <summary>Bytes of one block.</summary>
    public static int Length(int packageBytes, int block) => Math.Min(BlockBytes, packageBytes - (block * BlockBytes));

    /// <summary>First 16 bytes of the SHA-256 of each block, one after the other.</summary>
    public static byte[] Of(ReadOnlySpan<byte> package)
    {
        byte[] digests = new byte[BlocksOf(package.Length) * WireLimits.BlockDigestBytes];
        for (int block = 0; block < BlocksOf(package.Length); block++)
        {
            Digest(package.Slice(block * BlockBytes, Length(package.Length, block)),
                digests.AsSpan(block * WireLimits.BlockDigestBytes, WireLimits.BlockDigestBytes));
        }

        return digests;
    }

    /// <summary>The name of a list of digests.</summary>
    public static Hash256 RootOf(ReadOnlySpan<byte> digests) => Convert.HashOf(digests).ToWire();

    /// <summary>Whether a block is what the digests say.</summary>
    public static bool Fits(ReadOnlySpan<byte> digests, int block, ReadOnlySpan<byte> bytes)
    {
        Span<byte> digest = stackalloc byte[WireLimits.BlockDigestBytes];
        Digest(bytes, digest);
        return digests.Slice(block * WireLimits.BlockDigestBytes, WireLimits.BlockDigestBytes).SequenceEqual(digest);
    }

    private static void Digest(ReadOnlySpan<byte> block, Span<byte> digest)
    {
        Span<byte> whole = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(block, whole);
        whole[..digest.Length].CopyTo(digest);
    }
}
