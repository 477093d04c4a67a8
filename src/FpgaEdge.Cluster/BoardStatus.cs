using FpgaEdge.Planning;

namespace FpgaEdge.Cluster;

/// <summary>What a node knows of another board, for people who ask why something is or is not there.</summary>
/// <param name="Member">What the board announces of itself.</param>
/// <param name="Address">Where its datagrams come from; none when only others hear it.</param>
/// <param name="SilentNs">Time since its last datagram; long.MaxValue when only others hear it.</param>
/// <param name="EvidenceNs">Time since the newest evidence that it lives, own or another board's.</param>
/// <param name="IsSuspect">It is being pinged because there was no evidence for too long.</param>
/// <param name="ViewHash">Hash of the view it announces: equal hashes, equal views.</param>
/// <param name="Packages">Packages it announces as whole.</param>
public readonly record struct BoardStatus(
    Member Member, PeerAddress Address, long SilentNs, long EvidenceNs, bool IsSuspect, ulong ViewHash, int Packages);
