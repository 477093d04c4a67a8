namespace FpgaEdge.Wire;

/// <summary>
/// What turns a message into a datagram and back. Everything that arrives passes <see cref="TryOpen"/> before a single
/// field is believed. One seal belongs to one node and is used by one thread at a time.
/// </summary>
public interface IDatagramSeal
{
    /// <summary>
    /// Seals <paramref name="message"/> into <paramref name="datagram"/>, which is at least
    /// <see cref="WireLimits.SealBytes"/> longer and does not overlap it.
    /// </summary>
    /// <returns>Bytes of the datagram.</returns>
    int Seal(ReadOnlySpan<byte> message, Span<byte> datagram);

    /// <summary>Checks a datagram and finds the message in it. Never throws.</summary>
    /// <param name="datagram">What arrived.</param>
    /// <param name="scratch">At least <see cref="WireLimits.DatagramBytes"/> bytes that the message may be put
    /// into.</param>
    /// <param name="message">A part of <paramref name="datagram"/> or of <paramref name="scratch"/>.</param>
    /// <returns><see cref="SealVerdict.Ok"/>, or why the datagram is not believed.</returns>
    SealVerdict TryOpen(ReadOnlySpan<byte> datagram, Span<byte> scratch, out ReadOnlySpan<byte> message);
}

/// <summary>What became of a datagram at the seal.</summary>
public enum SealVerdict : byte
{
    /// <summary>Whole and, with a key, authentic.</summary>
    Ok = 0,

    /// <summary>Too short, too long, or damaged.</summary>
    Damaged = 1,

    /// <summary>Not made with this cluster's key.</summary>
    Forged = 2,

    /// <summary>Seen before, or too old to tell.</summary>
    Replayed = 3,

    /// <summary>Sealed for a cluster with another name. Not authenticated: it is only counted.</summary>
    OtherCluster = 4,

    /// <summary>Sealed with a key where this node has none, or without one where this node has one.</summary>
    OtherSeal = 5,
}
