using System.Text;
using FpgaEdge.Board;
using FpgaEdge.Hardware;

namespace FpgaEdge.Cli.Images.Flash;

/// <summary>A table (CSV, RFC 4180) with one line per card, to print labels from.</summary>
internal static class LabelSheet
{
    /// <summary>Writes the sheet.</summary>
    /// <exception cref="CliException">It cannot be written.</exception>
    public static void Write(string file, ImageSource image, IReadOnlyList<CardOutcome> outcomes, CardIdentities identities)
    {
        var text = new StringBuilder("device,name,board id,cluster,address,image,state\r\n");
        for (int i = 0; i < outcomes.Count; i++)
        {
            CardIdentity? identity = identities.ForCard(i);
            string[] cells =
            [
                outcomes[i].Plan.Device.Name, identity?.Name ?? "", identity is null ? "" : $"{BoardIdentity.FromName(identity.Name)}",
                identity?.Cluster ?? "", identity?.Address ?? "", Path.GetFileName(image.File), outcomes[i].Failure?.Message ?? "verified",
            ];
            text.Append(string.Join(',', cells.Select(Quoted))).Append("\r\n");
        }
        try
        {
            File.WriteAllText(file, text.ToString());
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CliException(ExitCode.BadInputFile, $"--labels {file}: {e.Message}; the cards are written, only the sheet is not");
        }
    }

    private static string Quoted(string cell) => cell.AsSpan().ContainsAny(",\"\r\n") ? $"\"{cell.Replace("\"", "\"\"")}\"" : cell;
}
