namespace FpgaEdge.Model;

/// <summary>One node that cannot be evaluated or compiled.</summary>
/// <param name="Node">The node's name.</param>
/// <param name="Operator">Operator, with its domain when it is not ONNX's own.</param>
/// <param name="Reason">Why it cannot.</param>
/// <param name="Remedy">What would make it work.</param>
public sealed record UnsupportedNode(string Node, string Operator, string Reason, string Remedy)
{
    /// <summary>The report's line for this node.</summary>
    public override string ToString() => SingleLine.Of($"node '{Node}' ({Operator}): {Reason}; {Remedy}");
}

/// <summary>
/// A well-formed model uses something that is not supported. All offending nodes are listed, before any work is done.
/// The message is one line; it shows the first node and the number of the others.
/// </summary>
public sealed class UnsupportedModelException : Exception
{
    /// <summary>The report of a whole file.</summary>
    public UnsupportedModelException(string file, IReadOnlyList<UnsupportedNode> nodes)
        : base(SingleLine.Of(Compose(file, nodes))) => Nodes = nodes;

    /// <summary>Every offending node.</summary>
    public IReadOnlyList<UnsupportedNode> Nodes { get; }

    private static string Compose(string file, IReadOnlyList<UnsupportedNode> nodes) => nodes.Count switch
    {
        0 => $"{file}: unsupported model",
        1 => $"{file}: {nodes[0]}",
        _ => $"{file}: {nodes[0]} (and {nodes.Count - 1} more)",
    };
}
