using System.Collections.Immutable;
using FpgaEdge.Cli.Terminal;

namespace FpgaEdge.Cli.Commands.Bench.Papers;

/// <summary>What was typed after <c>bench papers</c>.</summary>
internal sealed record PapersArguments
{
    /// <summary>Folder of the public networks and inputs.</summary>
    public required string Data { get; init; }

    /// <summary>Only these sections; empty for all.</summary>
    public required string[] Only { get; init; }

    /// <summary>Enumerate every instance of the exactness families.</summary>
    public bool Full { get; init; }

    /// <summary>Write the report here.</summary>
    public string? HtmlFile { get; init; }

    /// <summary>Replace the part between the markers of this document.</summary>
    public string? DocumentFile { get; init; }

    /// <summary>JSON on stdout instead of text.</summary>
    public bool Json { get; init; }
}

/// <summary><c>bench papers</c>: every table that compares plans with the founding papers, from scratch.</summary>
internal sealed class PapersBench(PapersArguments arguments)
{
    /// <summary>Names of the sections, as --only takes them.</summary>
    public static readonly string[] Sections =
        ["strategies", "execution", "joint", "pins", "deadlines", "hybrid", "exactness", "time", "processes"];

    /// <summary>Takes minutes and the machine for itself, so it is made only when it is named.</summary>
    private const string OnlyWhenNamed = "processes";

    /// <summary>Made from formulas and seeds alone.</summary>
    private static readonly string[] WithoutData = ["hybrid", "exactness"];

    private const string Begin = "<!-- bench papers: begin -->";
    private const string End = "<!-- bench papers: end -->";

    public async Task<int> RunAsync(CancellationToken cancellation)
    {
        bool needsData = arguments.Only.Length == 0 || arguments.Only.Except(WithoutData).Any();
        if (needsData && !Directory.Exists(arguments.Data))
        {
            throw new CliException(ExitCode.Usage,
                $"--data {arguments.Data}: expected the folder of public networks (arch/, imagenet/, eeg/ …); name it with --data");
        }
        string? document = arguments.DocumentFile is { } file ? ReadDocument(file) : null;
        using var progress = new ProgressLine();
        var report = new PaperReport(await MakeAsync(progress, cancellation), $"fpgaedge bench papers{OnlyText}");
        progress.Clear();
        if (arguments.HtmlFile is { } html)
        {
            File.WriteAllText(html, report.ToHtml());
        }
        if (document is not null)
        {
            int begin = document.IndexOf(Begin, StringComparison.Ordinal) + Begin.Length;
            int end = document.IndexOf(End, StringComparison.Ordinal);
            File.WriteAllText(arguments.DocumentFile!, $"{document[..begin]}\n\n{report.ToMarkdown().TrimEnd()}\n\n{document[end..]}");
        }
        if (arguments.Json)
        {
            report.WriteJson(Console.OpenStandardOutput());
        }
        else
        {
            Console.Out.Write(report.ToText());
        }
        return report.AllHold ? ExitCode.Ok : ExitCode.QualityGateMissed;
    }

    private string OnlyText =>
        (arguments.Only.Length == 0 ? "" : $" --only {string.Join(' ', arguments.Only)}") + (arguments.Full ? " --full" : "");

    private async Task<List<PaperSection>> MakeAsync(ProgressLine progress, CancellationToken cancellation)
    {
        var sections = new List<PaperSection>();
        bool Wants(string name) => arguments.Only.Contains(name) || (arguments.Only.Length == 0 && name != OnlyWhenNamed);
        if (((string[])["strategies", "execution", "joint", "pins", "processes"]).Any(Wants))
        {
            ImmutableArray<PaperNetwork> networks =
                PaperNetworks.Read(arguments.Data, StrategyPlans.AllKinds, progress.Show);
            ImmutableArray<StrategyPlan> plans = Wants("strategies") || Wants("execution")
                ? StrategyPlans.Make(networks, progress.Show, cancellation)
                : [];
            Add("strategies", () => StrategySection.Of(networks, plans));
            Add("execution", () => ExecutionSection.Of(plans, progress.Show, cancellation));
            Add("joint", () => JointSection.Of(networks, cancellation));
            Add("pins", () => PinSection.Of(networks[0]));
            if (Wants(OnlyWhenNamed))
            {
                sections.Add(await ProcessSection.OfAsync(networks[0], progress.Show, cancellation));
            }
        }
        Add("deadlines", () => DeadlineSection.Of(arguments.Data, progress.Show, cancellation));
        Add("hybrid", HybridSection.Of);
        Add("exactness", () => ExactnessSection.Of(arguments.Full, progress.Show, cancellation));
        Add("time", () => TimeSection.Of(arguments.Data, progress.Show, cancellation));
        return sections;

        void Add(string name, Func<PaperSection> make)
        {
            if (Wants(name))
            {
                progress.Show(name);
                sections.Add(make());
            }
        }
    }

    /// <summary>The document as it is; found before any work, so that nothing is lost at the end.</summary>
    private static string ReadDocument(string file)
    {
        string text = File.Exists(file) ? File.ReadAllText(file) : "";
        int begin = text.IndexOf(Begin, StringComparison.Ordinal);
        return begin >= 0 && text.IndexOf(End, StringComparison.Ordinal) > begin
            ? text
            : throw new CliException(ExitCode.Usage, $"--write {file}: expected a document with the lines '{Begin}' and '{End}'");
    }
}
