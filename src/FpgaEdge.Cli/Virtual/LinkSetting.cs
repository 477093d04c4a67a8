using System.Globalization;

namespace FpgaEdge.Cli.Virtual;

/// <summary>What the user wants of the link between two machines.</summary>
/// <param name="A">Number of a board, 0 for this process, null for all.</param>
/// <param name="B">The other end, likewise.</param>
/// <param name="Rule">What happens there.</param>
internal sealed record LinkSetting(int? A, int? B, LinkRule Rule)
{
    private const string Form = "expected A-B:loss=PERCENT,delay=MILLISECONDS or A-B:cut, where A and B are board numbers, " +
        "'client' or 'all', for example 1-2:loss=5,delay=20";

    /// <summary>Reads "1-2:loss=5,delay=20", "all-all:delay=10", "1-client:cut".</summary>
    /// <param name="text">What was typed.</param>
    /// <param name="boards">Number of boards.</param>
    /// <exception cref="CliException">It cannot be read.</exception>
    public static LinkSetting Parse(string text, int boards)
    {
        string[] halves = text.Split(':');
        string[] ends = halves[0].Split('-');
        if (halves.Length != 2 || ends.Length != 2)
        {
            throw Refused(text);
        }
        var rule = default(LinkRule);
        foreach (string part in halves[1].Split(','))
        {
            rule = part.Split('=') switch
            {
                ["cut"] => rule with { IsCut = true },
                ["loss", string percent] => rule with { Loss = Number(text, percent, 100) / 100 },
                ["delay", string milliseconds] => rule with { Delay = TimeSpan.FromMilliseconds(Number(text, milliseconds, 10_000)) },
                _ => throw Refused(text),
            };
        }
        return new LinkSetting(End(text, ends[0], boards), End(text, ends[1], boards), rule);
    }

    private static int? End(string text, string end, int boards) => end switch
    {
        "all" => null,
        "client" => 0,
        _ when int.TryParse(end, NumberStyles.None, null, out int number) && number >= 1 && number <= boards => number,
        _ => throw Refused(text),
    };

    private static double Number(string text, string value, double maximum) =>
        double.TryParse(value, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double number) && number <= maximum
            ? number
            : throw Refused(text);

    private static CliException Refused(string text) => new(ExitCode.Usage, $"--link: {Form}; found '{text}'");
}
