namespace FpgaEdge.Model;

/// <summary>Name, type and dims of a tensor that has no data yet, such as a graph input.</summary>
public sealed class TensorInfo
{
    private readonly int[] dims;

    /// <summary>A tensor's description.</summary>
    /// <param name="name">Unique within the graph.</param>
    /// <param name="type">Type of every element.</param>
    /// <param name="dims">Extents, outermost first; −1 where the model leaves one open.</param>
    public TensorInfo(string name, ElementType type, ReadOnlySpan<int> dims)
    {
        Name = name;
        Type = type;
        this.dims = dims.ToArray();
    }

    /// <summary>Unique within the graph.</summary>
    public string Name { get; }

    /// <summary>Type of every element.</summary>
    public ElementType Type { get; }

    /// <summary>Extents, outermost first; −1 where the model leaves one open (usually the batch).</summary>
    public ReadOnlySpan<int> Dims => dims;

    /// <inheritdoc/>
    public override string ToString() => $"{Name}: {Type} {Tensor.FormatDims(dims)}";
}
