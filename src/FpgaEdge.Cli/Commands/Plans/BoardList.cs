using System.Globalization;
using FpgaEdge.Planning;

namespace FpgaEdge.Cli.Commands.Plans;

/// <summary>
/// Boards that are only imagined: a list such as <c>zynq7020:4,ultra96:2</c> as the view that such a cluster would
/// have.
/// </summary>
internal sealed class BoardList
{
    /// <summary>Most boards of one cluster.</summary>
    private const int MostBoards = 64;

    private const string Published = "1x16_i8w8a32_15_15_18_17";

    // VTA's published configurations: 100 MHz on Zynq-7000, 333 MHz on UltraScale+ (tvm-vta, config/ and
    // pkg_config.py).
    private static readonly (string Name, long ClockHertz)[] Kinds =
    [
        ("zynq7020", 100_000_000), ("pynq-z1", 100_000_000), ("pynq-z2", 100_000_000), ("zedboard", 100_000_000),
        ("zc702", 100_000_000), ("ultra96", 333_000_000), ("zcu102", 333_000_000), ("zcu104", 333_000_000),
        ("kv260", 333_000_000),
    ];

    private readonly string[] names;

    private BoardList(ClusterView view, string[] names) => (View, this.names) = (view, names);

    /// <summary>Kinds that can be named.</summary>
    public static IEnumerable<string> KindNames => Kinds.Select(kind => kind.Name);

    /// <summary>The imagined cluster; identities are 1, 2, … in the order of the list.</summary>
    public ClusterView View { get; }

    /// <summary>Reads a list.</summary>
    public static BoardList Parse(string list, long linkBitsPerSecond, long memoryBytes)
    {
        var members = new List<Member>();
        var names = new List<string>();
        foreach (string entry in list.Split(',', StringSplitOptions.TrimEntries))
        {
            string[] parts = entry.Split(':');
            (string name, long clock) = Kinds.FirstOrDefault(kind => kind.Name == parts[0]);
            int count = 1;
            bool counted = parts.Length == 1 || (parts.Length == 2
                && int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out count));
            if (name is null || !counted || count < 1 || members.Count + count > MostBoards)
            {
                throw new CliException(ExitCode.Usage, $"--boards {list}: expected kind:count,… with at most " +
                    $"{MostBoards} boards of {string.Join(", ", KindNames)}; '{entry}' does not fit");
            }
            for (int board = 1; board <= count; board++)
            {
                names.Add($"{name}-{board}");
                members.Add(new Member(
                    new BoardId((ulong)names.Count), 1, name, Published, clock, linkBitsPerSecond, memoryBytes));
            }
        }
        return new BoardList(new ClusterView([.. members], []), [.. names]);
    }

    /// <summary>The name by which people know a board.</summary>
    public string NameOf(BoardId board) => names[(int)board.Value - 1];

    /// <summary>Several boards, runs of neighbours shortened: zynq7020-1 … zynq7020-11.</summary>
    public string NamesOf(IReadOnlyList<BoardId> several)
    {
        var parts = new List<string>();
        for (int start = 0, end; start < several.Count; start = end)
        {
            end = start + 1;
            while (end < several.Count && several[end].Value == several[end - 1].Value + 1)
            {
                end++;
            }
            parts.Add(end - start > 2
                ? $"{NameOf(several[start])} … {NameOf(several[end - 1])}"
                : string.Join(' ', several.Skip(start).Take(end - start).Select(NameOf)));
        }
        return string.Join(' ', parts);
    }

    /// <summary>A board by name (ultra96-2), by position (board7 or 7).</summary>
    public BoardId Find(string option, string text)
    {
        int named = Array.IndexOf(names, text);
        string digits = text.StartsWith("board", StringComparison.Ordinal) ? text[5..] : text;
        if (named < 0 && int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out int position)
            && position >= 1 && position <= names.Length)
        {
            named = position - 1;
        }
        return named >= 0
            ? new BoardId((ulong)named + 1)
            : throw new CliException(ExitCode.Usage,
                $"{option}: no board '{text}'; expected board1 to board{names.Length}, or {names[0]} …");
    }
}
