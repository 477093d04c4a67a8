namespace FpgaEdge.Cluster;

/// <summary>
/// A request the cluster cannot accept as it stands: says what was expected, what was found and what to do.
/// </summary>
public sealed class ClusterException : Exception
{
    /// <summary>One line for the user.</summary>
    public ClusterException(string message)
        : base(message)
    {
    }
}
