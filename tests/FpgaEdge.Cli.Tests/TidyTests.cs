using System.Text.RegularExpressions;
using FpgaEdge.Tests;

namespace FpgaEdge.Cli.Tests;

/// <summary>The house rules that a machine can check; each message names what to use instead.</summary>
[TestClass]
public sealed partial class TidyTests
{
    private const long MaximumFileBytes = 1 << 20;
    private const int MaximumLineLength = 150;

    /// <summary>Projects that hold the pure core: time, randomness, sockets and threads are passed in.</summary>
    private static readonly string[] CoreProjects =
        ["Vta", "Model", "Kernels", "Compiler", "Planning", "Wire", "Cluster"];

    private static readonly (string Pattern, string Instead)[] BannedInCore =
    [
        (@"\bDateTime(Offset)?\.(UtcNow|Now)\b", "a time passed in (nowNs or TimeProvider)"),
        (@"\bStopwatch\b", "a time passed in (nowNs or TimeProvider)"),
        (@"\bTimeProvider\.System\b", "a TimeProvider passed in"),
        (@"\bRandom\.Shared\b|\bnew Random\(\)", "a seeded generator passed in"),
        (@"\bRandomNumberGenerator\b", "random bytes passed in"),
        (@"\bnew Socket\(|\bUdpClient\b", "a transport passed in"),
        (@"\bnew Thread\(|\bTask\.Run\b|\bThread\.Sleep\b", "a step function; threads belong to the edge"),
        (@"\bConsole\.", "a value or an exception; printing belongs to the edge"),
    ];

    private static readonly (string Pattern, string Instead)[] BannedEverywhere =
    [
        (@"\bEnvironment\.Exit\b", "an exit code returned from Main"),
        (@"\bFIXME\b|\bXXX\b|\bHACK\b", "a finished thought"),
        (@"(?<![\w/])/(work|root|home)/\w", "a path relative to the checkout"),
    ];

    // Goal: the pure core stays pure. Method: a ban list over the sources, comments left out.
    [TestMethod]
    public void CoreProjectsUseNoClockNoSocketNoThread()
    {
        var findings = CoreProjects.SelectMany(project => Sources($"src/FpgaEdge.{project}"))
            .SelectMany(file => Findings(file, BannedInCore));
        AssertNone(findings);
    }

    // Goal: nothing in any source that belongs to one machine or is unfinished. Method: as above, over all sources.
    [TestMethod]
    public void NoSourceHoldsMachinePathsOrUnfinishedThoughts()
    {
        var files = new[] { "src", "tests", "samples" }.SelectMany(Sources).Where(file => !file.EndsWith("TidyTests.cs"));
        AssertNone(files.SelectMany(file => Findings(file, BannedEverywhere)));
    }

    // Goal: lines that can be read side by side. Method: length of every source line.
    [TestMethod]
    public void LinesAreShortEnoughToRead()
    {
        var findings = new[] { "src", "tests", "samples" }.SelectMany(Sources)
            .SelectMany(file => File.ReadLines(file).Select((line, i) => (file, line, number: i + 1)))
            .Where(entry => entry.line.Length > MaximumLineLength)
            .Select(entry =>
                $"{Relative(entry.file)}:{entry.number}: {entry.line.Length} columns; at most {MaximumLineLength}");
        AssertNone(findings);
    }

    // Goal: the repository stays small enough to clone anywhere. Method: size of every file that git would take.
    [TestMethod]
    public void NoFileIsLarge()
    {
        var findings = AllFiles(SharedData.RepositoryRoot)
            .Where(file => new FileInfo(file).Length > MaximumFileBytes)
            .Select(file => $"{Relative(file)}: {new FileInfo(file).Length} bytes; at most {MaximumFileBytes}");
        AssertNone(findings);
    }

    // Goal: the references between projects are those of docs/ARCHITECTURE.md. Method: read every project file.
    [TestMethod]
    public void ReferencesPointDownwards()
    {
        var allowed = new Dictionary<string, string[]>
        {
            ["Vta"] = [],
            ["Model"] = [],
            ["Wire"] = [],
            ["Kernels"] = ["Model"],
            ["Compiler"] = ["Model", "Vta", "Kernels"],
            ["Planning"] = ["Model", "Vta"],
            ["Cluster"] = ["Wire", "Planning"],
            ["Hardware"] = ["Vta"],
            ["Board"] = ["Compiler", "Cluster", "Hardware", "Model", "Vta", "Kernels", "Planning", "Wire"],
        };
        var findings = allowed.SelectMany(entry =>
            ProjectReference().Matches(File.ReadAllText(InRoot($"src/FpgaEdge.{entry.Key}/FpgaEdge.{entry.Key}.csproj")))
                .Select(match => match.Groups[1].Value)
                .Where(reference => !entry.Value.Contains(reference))
                .Select(reference => $"FpgaEdge.{entry.Key} must not reference FpgaEdge.{reference}"));
        AssertNone(findings);
    }

    // Goal: every verb and every exit code is documented. Method: the command tree against the documents' text.
    [TestMethod]
    public void EveryVerbIsInTheReadmeAndEveryExitCodeInErrors()
    {
        string readme = File.ReadAllText(InRoot("README.md"));
        string errors = File.ReadAllText(InRoot("docs/ERRORS.md"));
        var findings = Program.CreateRoot().Subcommands.Where(verb => !readme.Contains($"fpgaedge {verb.Name}"))
            .Select(verb => $"README.md does not mention 'fpgaedge {verb.Name}'")
            .Concat(Enumerable.Range(0, 8).Where(code => !Regex.IsMatch(errors, $@"(?m)^\| {code} \|"))
                .Select(code => $"docs/ERRORS.md has no row for exit code {code}"));
        AssertNone(findings);
    }

    // Goal: the walk through the code stays walkable. Method: every source file that the document names in full exists.
    [TestMethod]
    public void FilesNamedInTheArchitectureExist()
    {
        string document = File.ReadAllText(InRoot("docs/ARCHITECTURE.md"));
        string[] named = [.. SourceName().Matches(document).Select(match => match.Groups[1].Value).Distinct()];
        Assert.IsGreaterThan(10, named.Length);
        AssertNone(named.Where(name => !File.Exists(InRoot($"src/FpgaEdge.{name}")))
            .Select(name => $"docs/ARCHITECTURE.md names {name}, which is not there"));
    }

    private static IEnumerable<string> Findings(string file, (string Pattern, string Instead)[] rules)
    {
        int number = 0;
        foreach (string line in File.ReadLines(file))
        {
            number++;
            string code = line.TrimStart().StartsWith("//") ? "" : line;
            foreach ((string pattern, string instead) in rules)
            {
                if (Regex.IsMatch(code, pattern))
                {
                    yield return $"{Relative(file)}:{number}: {code.Trim()}; use {instead}";
                }
            }
        }
    }

    private static IEnumerable<string> Sources(string folder)
    {
        string path = InRoot(folder);
        return Directory.Exists(path) ? AllFiles(path).Where(file => file.EndsWith(".cs")) : [];
    }

    private static IEnumerable<string> AllFiles(string folder) =>
        Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories)
            .Where(file => !Relative(file).Split('/', '\\').Any(part => part is "bin" or "obj" or ".git" or "out"));

    private static string InRoot(string relative) => Path.Combine(SharedData.RepositoryRoot, relative);

    private static string Relative(string file) => Path.GetRelativePath(SharedData.RepositoryRoot, file);

    private static void AssertNone(IEnumerable<string> findings)
    {
        string text = string.Join(Environment.NewLine, findings.Take(40));
        Assert.AreEqual("", text);
    }

    [GeneratedRegex(@"`((?:Model|Vta|Kernels|Compiler|Planning|Wire|Cluster|Hardware|Board|Cli)/[\w/.]+\.cs)`")]
    private static partial Regex SourceName();

    [GeneratedRegex(@"FpgaEdge\.(\w+)\.csproj")]
    private static partial Regex ProjectReference();
}
