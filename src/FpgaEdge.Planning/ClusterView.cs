using System.Collections.Immutable;
using System.Globalization;

namespace FpgaEdge.Planning;

/// <summary>
/// What a board believes about its cluster: the members that take part in plans and the packages that can be run.
/// Both lists are sorted, so that boards with the same knowledge hold the same view whatever the order in which
/// they learned it.
/// </summary>
/// <param name="Members">Sorted by <see cref="Member.Id"/>.</param>
/// <param name="Packages">Sorted by hash.</param>
public sealed record ClusterView(ImmutableArray<Member> Members, ImmutableArray<PackageHash> Packages);

/// <summary>
/// Identity of a board: 64 bits from its hardware (or, for a virtual board, from its name), stable over restarts.
/// </summary>
public readonly record struct BoardId(ulong Value) : IComparable<BoardId>
{
    /// <inheritdoc />
    public int CompareTo(BoardId other) => Value.CompareTo(other.Value);

    /// <summary>Sixteen hexadecimal digits.</summary>
    public override string ToString() => Value.ToString("x16");
}

/// <summary>
/// SHA-256 of a package file, the only name by which boards know it. Stored as four big-endian words so that it
/// compares in byte order.
/// </summary>
public readonly record struct PackageHash(ulong A, ulong B, ulong C, ulong D) : IComparable<PackageHash>
{
    /// <inheritdoc />
    public int CompareTo(PackageHash other)
    {
        int order = A.CompareTo(other.A);
        order = order != 0 ? order : B.CompareTo(other.B);
        order = order != 0 ? order : C.CompareTo(other.C);
        return order != 0 ? order : D.CompareTo(other.D);
    }

    /// <summary>Reads sixty-four hexadecimal digits.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out PackageHash hash)
    {
        hash = default;
        if (text.Length != 64 || !Word(text, 0, out ulong a) || !Word(text, 1, out ulong b) || !Word(text, 2, out ulong c)
            || !Word(text, 3, out ulong d))
        {
            return false;
        }

        hash = new PackageHash(a, b, c, d);
        return true;
    }

    /// <summary>Sixty-four hexadecimal digits.</summary>
    public override string ToString() => $"{A:x16}{B:x16}{C:x16}{D:x16}";

    private static bool Word(ReadOnlySpan<char> text, int index, out ulong word) => ulong.TryParse(
        text.Slice(index * 16, 16), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out word);
}

/// <summary>
/// What the planner needs to know of a board. It is announced by the board itself and is part of the view, so every
/// board plans with the same figures.
/// </summary>
/// <param name="Id">Stable identity.</param>
/// <param name="Incarnation">Grows with each start of the board; a restart is a new incarnation.</param>
/// <param name="Board">Board type: the name of its folder in bsp/, for example "virtual-zynq7020".</param>
/// <param name="VtaConfiguration">
/// The accelerator's configuration string, for example "1x16_i8w8a32_15_15_18_17".
/// </param>
/// <param name="ClockHertz">Clock of the accelerator.</param>
/// <param name="LinkBitsPerSecond">Speed of the board's network link.</param>
/// <param name="MemoryBytes">Size of the DMA window.</param>
public sealed record Member(
    BoardId Id, uint Incarnation, string Board, string VtaConfiguration,
    long ClockHertz, long LinkBitsPerSecond, long MemoryBytes)
{
    /// <summary>What people call the board; empty when it has no name. No plan depends on it.</summary>
    public string Name { get; init; } = "";
}
