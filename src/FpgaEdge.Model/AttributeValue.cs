namespace FpgaEdge.Model;

/// <summary>Which of the values an <see cref="AttributeValue"/> holds.</summary>
public enum AttributeKind
{
    /// <summary>A 64-bit integer.</summary>
    Int,

    /// <summary>A 32-bit float.</summary>
    Float,

    /// <summary>UTF-8 text.</summary>
    String,

    /// <summary>A constant tensor.</summary>
    Tensor,

    /// <summary>A list of 64-bit integers.</summary>
    Ints,

    /// <summary>A list of 32-bit floats.</summary>
    Floats,

    /// <summary>A list of texts.</summary>
    Strings,

    /// <summary>Something that was read over and not kept: a subgraph, a sparse tensor, a type.</summary>
    Other,
}

/// <summary>Value of a node's attribute.</summary>
public sealed class AttributeValue
{
    private readonly object value;

    private AttributeValue(AttributeKind kind, object value)
    {
        Kind = kind;
        this.value = value;
    }

    /// <summary>Which of the <c>As…</c> properties may be read.</summary>
    public AttributeKind Kind { get; }

    /// <summary>Value of kind <see cref="AttributeKind.Int"/>.</summary>
    public long AsInt => (long)value;

    /// <summary>Value of kind <see cref="AttributeKind.Float"/>.</summary>
    public float AsFloat => (float)value;

    /// <summary>Value of kind <see cref="AttributeKind.String"/>.</summary>
    public string AsString => (string)value;

    /// <summary>Value of kind <see cref="AttributeKind.Tensor"/>.</summary>
    public Tensor AsTensor => (Tensor)value;

    /// <summary>Value of kind <see cref="AttributeKind.Ints"/>.</summary>
    public IReadOnlyList<long> AsInts => (long[])value;

    /// <summary>Value of kind <see cref="AttributeKind.Floats"/>.</summary>
    public IReadOnlyList<float> AsFloats => (float[])value;

    /// <summary>Value of kind <see cref="AttributeKind.Strings"/>.</summary>
    public IReadOnlyList<string> AsStrings => (string[])value;

    /// <summary>An integer.</summary>
    public static AttributeValue Of(long value) => new(AttributeKind.Int, value);

    /// <summary>A float.</summary>
    public static AttributeValue Of(float value) => new(AttributeKind.Float, value);

    /// <summary>A text.</summary>
    public static AttributeValue Of(string value) => new(AttributeKind.String, value);

    /// <summary>A constant tensor.</summary>
    public static AttributeValue Of(Tensor value) => new(AttributeKind.Tensor, value);

    /// <summary>A list of integers.</summary>
    public static AttributeValue Of(params long[] values) => new(AttributeKind.Ints, values);

    /// <summary>A list of floats.</summary>
    public static AttributeValue Of(float[] values) => new(AttributeKind.Floats, values);

    /// <summary>A list of texts.</summary>
    public static AttributeValue Of(string[] values) => new(AttributeKind.Strings, values);

    /// <summary>
    /// Something whose presence matters but whose content is not kept; <paramref name="what"/> names it.
    /// </summary>
    public static AttributeValue Other(string what) => new(AttributeKind.Other, what);

    /// <inheritdoc/>
    public override string ToString() => value switch
    {
        long[] ints => $"[{string.Join(',', ints)}]",
        float[] floats => $"[{string.Join(',', floats)}]",
        string[] strings => $"[{string.Join(',', strings)}]",
        _ => value.ToString() ?? "",
    };
}
