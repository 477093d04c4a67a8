using FpgaEdge.Board;
using FpgaEdge.Cli.Hosting;

namespace FpgaEdge.Cli.Reports;

/// <summary>
/// Names of the boards that commands start by themselves, board-1 and so on. A virtual board's identity follows from its
/// name, so the names can be told from the identities that plans and results carry; boards with other names are shown by
/// their identity.
/// </summary>
internal static class BoardNames
{
    private static readonly Lazy<Dictionary<string, string>> Known = new(() =>
        Enumerable.Range(1, LocalBoards.Maximum).Select(number => $"board-{number}")
            .ToDictionary(name => $"{BoardIdentity.FromName(name)}"));

    /// <summary>The board's name, or its identity where the name is not known.</summary>
    /// <param name="identity">Sixteen hexadecimal digits.</param>
    public static string Of(string identity) => Known.Value.GetValueOrDefault(identity, identity);
}
