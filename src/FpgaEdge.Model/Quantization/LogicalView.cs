namespace FpgaEdge.Model.Quantization;

/// <summary>A run of elements: <paramref name="Extent"/> of them, <paramref name="Stride"/> elements apart.</summary>
internal readonly record struct Atom(int Extent, int Stride);

/// <summary>
/// How a tensor of the source graph is found in a stored value: each of its dims runs over some atoms of the storage,
/// the slowest first; dims of extent 1 have none. Transposing and reshaping only change the view; no data moves.
/// </summary>
internal sealed class LogicalView(FloatValue value, int[] dims, Atom[][] atoms, bool singleUse)
{
    public FloatValue Value { get; } = value;

    public int[] Dims { get; } = dims;

    public Atom[][] Atoms { get; } = atoms;

    /// <summary>Whether the value is read through this view only, and once.</summary>
    public bool SingleUse { get; } = singleUse;

    /// <summary>
    /// The height, width and channel dims of a tensor: (batch,) channels and up to two spatial dims; −1 for a missing
    /// one. Null when the batch is not one or there are more dims.
    /// </summary>
    public static (int Height, int Width, int Channel)? Spatial(ReadOnlySpan<int> dims, ChannelLayout layout)
    {
        if (dims.Length == 1)
        {
            return (-1, -1, 0);
        }
        if (dims.Length is 0 or > 4 || dims[0] != 1)
        {
            return null;
        }
        int channel = layout == ChannelLayout.ChannelsFirst ? 1 : dims.Length - 1;
        int firstSpatial = layout == ChannelLayout.ChannelsFirst ? 2 : 1;
        return dims.Length switch
        {
            2 => (-1, -1, channel),
            3 => (-1, firstSpatial, channel),
            _ => (firstSpatial, firstSpatial + 1, channel),
        };
    }

    /// <summary>
    /// A new value for a tensor, stored height × width × channels, and its view; null when it cannot be stored so.
    /// </summary>
    public static LogicalView? Create(string tensor, ReadOnlySpan<int> dims, ChannelLayout layout, bool singleUse)
    {
        if (Spatial(dims, layout) is not { } at)
        {
            return null;
        }
        int height = at.Height < 0 ? 1 : dims[at.Height];
        int width = at.Width < 0 ? 1 : dims[at.Width];
        int channels = dims[at.Channel];
        Atom[][] atoms = new Atom[dims.Length][];
        for (int i = 0; i < atoms.Length; i++)
        {
            int stride = i == at.Channel ? 1 : i == at.Height ? width * channels : channels;
            atoms[i] = dims[i] == 1 ? [] : [new Atom(dims[i], stride)];
        }
        return Over(new FloatValue(tensor, height, width, channels), dims.ToArray(), atoms, singleUse);
    }

    /// <summary>A view of a new value; names the value's channels after the view.</summary>
    public static LogicalView Over(FloatValue value, int[] dims, Atom[][] atoms, bool singleUse)
    {
        var view = new LogicalView(value, dims, atoms, singleUse);
        value.ChannelMap = view.MakeChannelMap();
        return view;
    }

    /// <summary>The view under other dims of the same product; null when the dims cut an atom unevenly.</summary>
    public LogicalView? Reshape(ReadOnlySpan<int> newDims, bool singleUse)
    {
        var rest = new Stack<Atom>(Atoms.SelectMany(atom => atom).Reverse());
        Atom[][] newAtoms = new Atom[newDims.Length][];
        for (int i = 0; i < newAtoms.Length; i++)
        {
            var taken = new List<Atom>();
            int open = newDims[i];
            while (open > 1)
            {
                if (rest.Count == 0)
                {
                    return null;
                }
                Atom atom = rest.Pop();
                if (atom.Extent > open && atom.Extent % open == 0)
                {
                    int inner = atom.Extent / open;
                    rest.Push(new Atom(inner, atom.Stride));
                    atom = new Atom(open, atom.Stride * inner);
                }
                if (open % atom.Extent != 0)
                {
                    return null;
                }
                taken.Add(atom);
                open /= atom.Extent;
            }
            newAtoms[i] = [.. taken];
        }
        return rest.Count == 0 ? new LogicalView(Value, newDims.ToArray(), newAtoms, SingleUse && singleUse) : null;
    }

    /// <summary>The view with its dims in another order.</summary>
    public LogicalView Transpose(IReadOnlyList<long> permutation, bool singleUse) => new(
        Value, [.. permutation.Select(p => Dims[p])], [.. permutation.Select(p => Atoms[p])], SingleUse && singleUse);

    /// <summary>Neighbouring atoms joined where the first continues where the second ends.</summary>
    public static List<Atom> Merge(IEnumerable<Atom> atoms)
    {
        var merged = new List<Atom>();
        foreach (Atom atom in atoms)
        {
            if (merged.Count > 0 && merged[^1].Stride == atom.Stride * atom.Extent)
            {
                merged[^1] = new Atom(merged[^1].Extent * atom.Extent, atom.Stride);
            }
            else
            {
                merged.Add(atom);
            }
        }
        return merged;
    }

    /// <summary>The dim that runs over exactly the stored channels, or −1.</summary>
    public int ChannelDim()
    {
        for (int i = 0; i < Dims.Length; i++)
        {
            List<Atom> merged = Merge(Atoms[i]);
            if (merged.Count == 1 && merged[0] == new Atom(Value.Channels, 1))
            {
                return i;
            }
        }
        return -1;
    }

    /// <summary>Whether both views see storage of the same shape in the same way.</summary>
    public bool Matches(LogicalView other) =>
        Value.Height == other.Value.Height && Value.Width == other.Value.Width
        && Value.Channels == other.Value.Channels && Dims.SequenceEqual(other.Dims)
        && Merge(Atoms.SelectMany(a => a)).SequenceEqual(Merge(other.Atoms.SelectMany(a => a)));

    /// <summary>For every element of the tensor, its index in the stored value.</summary>
    public int[] StoredIndices()
    {
        Atom[] order = [.. Atoms.SelectMany(atom => atom)];
        int[] result = new int[Value.ElementCount];
        int[] position = new int[order.Length];
        int stored = 0;
        for (int i = 0; i < result.Length; i++)
        {
            result[i] = stored;
            for (int k = order.Length - 1; k >= 0; k--)
            {
                stored += order[k].Stride;
                if (++position[k] < order[k].Extent)
                {
                    break;
                }
                stored -= order[k].Stride * order[k].Extent;
                position[k] = 0;
            }
        }
        return result;
    }

    /// <summary>From this tensor's element order to stored channels.</summary>
    public ChannelMap MakeChannelMap()
    {
        int dim = Value.Channels == 1 ? Dims.Length - 1 : ChannelDim();
        if (dim < 0)
        {
            return new ChannelMap(1, Value.Channels, [.. StoredIndices().Select(index => index % Value.Channels)]);
        }
        int inner = 1;
        for (int i = dim + 1; i < Dims.Length; i++)
        {
            inner *= Dims[i];
        }
        return new ChannelMap(inner, Value.Channels);
    }
}
