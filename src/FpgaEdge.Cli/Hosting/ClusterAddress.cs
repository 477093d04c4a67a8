using System.Collections.Immutable;
using System.Net;
using FpgaEdge.Board;

namespace FpgaEdge.Cli.Hosting;

/// <summary>Where a cluster is to be found.</summary>
/// <param name="Name">The cluster's name.</param>
/// <param name="Peers">Boards to greet; may be empty where multicast works.</param>
/// <param name="Multicast">The group in which boards meet; null not to use it.</param>
/// <param name="Interface">Address of the interface towards the boards; null is loopback.</param>
/// <param name="Keys">The cluster's keys; null for a cluster without one.</param>
/// <param name="Segment">Where the segment of virtual boards is that another program powers; null for the real network.</param>
internal sealed record ClusterAddress(
    string Name, ImmutableArray<IPEndPoint> Peers, IPEndPoint? Multicast, IPAddress? Interface = null,
    ClusterKeys? Keys = null, IPEndPoint? Segment = null);
