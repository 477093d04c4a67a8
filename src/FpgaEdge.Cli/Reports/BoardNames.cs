using System.Collections.Concurrent;
using FpgaEdge.Planning;

namespace FpgaEdge.Cli.Reports;

/// <summary>What boards call themselves: everyone who was in the view, also those that have gone since.</summary>
internal sealed class BoardNames
{
    private readonly ConcurrentDictionary<BoardId, string> known = new();

    /// <summary>Takes note of everybody in a view.</summary>
    public void Note(ClusterView view)
    {
        foreach (Member member in view.Members)
        {
            known[member.Id] = NameOf(member);
        }
    }

    /// <summary>The board's name, or its identity where it has none or was never heard.</summary>
    public string Of(BoardId board) => known.GetValueOrDefault(board, $"{board}");

    /// <summary>The member's name, or its identity where it has none.</summary>
    public static string NameOf(Member member) => member.Name.Length > 0 ? member.Name : $"{member.Id}";
}
