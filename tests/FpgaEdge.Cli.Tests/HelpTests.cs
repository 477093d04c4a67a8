using System.CommandLine;
using System.Text.RegularExpressions;

namespace FpgaEdge.Cli.Tests;

/// <summary>Help that can be believed: what it shows can be typed.</summary>
[TestClass]
public sealed partial class HelpTests
{
    // Goal: an example in the help is never out of date. Method: each one is parsed, without being run.
    [TestMethod]
    public void EveryExampleParses()
    {
        string[] examples =
        [
            .. AllCommands(Program.CreateRoot())
                .SelectMany(command => ExampleLine().Matches(command.Description ?? "").Select(match => match.Groups[1].Value)),
        ];
        Assert.IsGreaterThan(AllCommands(Program.CreateRoot()).Count(), examples.Length);
        string[] wrong =
        [
            .. from line in examples
               from mistake in Program.Mistakes(Program.CreateRoot().Parse(Words(line)))
               select $"'fpgaedge {line}': {mistake}",
        ];
        Assert.IsEmpty(wrong, string.Join('\n', wrong));
    }

    // Goal: whoever asks a verb for help sees first what to type. Method: every command that does something is looked at.
    [TestMethod]
    public void EveryCommandHasAnExample()
    {
        string[] without =
        [
            .. AllCommands(Program.CreateRoot()).Where(command => command.Description?.Contains("\n\nExample:\n") != true)
                .Select(command => command.Name),
        ];
        Assert.IsEmpty(without, string.Join(", ", without));
    }

    // Goal: help is given to who knows nothing yet. Method: '--help' alone, without what the command requires.
    [TestMethod]
    public void HelpNeedsNothingElse()
    {
        foreach (Command command in AllCommands(Program.CreateRoot()))
        {
            string path = string.Join(' ', PathOf(command));
            ParseResult parsed = Program.CreateRoot().Parse($"{path} --help");
            Assert.IsEmpty(parsed.Errors, path);
            Assert.AreEqual(command.Name, parsed.CommandResult.Command.Name);
        }
    }

    // Goal: the list of verbs can be read at a glance. Method: lines of the root's help below "Commands:".
    [TestMethod]
    public void TheListOfVerbsHasOneLineEach()
    {
        RootCommand root = Program.CreateRoot();
        var output = new StringWriter();
        root.Parse("--help").Invoke(new InvocationConfiguration { Output = output });
        string list = output.ToString().ReplaceLineEndings("\n").Split("Commands:\n")[1].TrimEnd();
        Assert.HasCount(root.Subcommands.Count, list.Split('\n'), list);
    }

    private static IEnumerable<Command> AllCommands(Command command) =>
        command.Subcommands.SelectMany(AllCommands).Prepend(command);

    private static IEnumerable<string> PathOf(Command command) =>
        command is RootCommand ? [] : [.. PathOf(command.Parents.OfType<Command>().Single()), command.Name];

    /// <summary>Words of a shell line; comments, redirections and what follows a pipe are not for the parser.</summary>
    private static string[] Words(string line) =>
    [
        .. Word().Matches(Regex.Replace(line, @"\s(#|>|\|).*$", "")).Select(match => match.Value.Trim('\'')),
    ];

    [GeneratedRegex(@"^  fpgaedge (.+)$", RegexOptions.Multiline)]
    private static partial Regex ExampleLine();

    [GeneratedRegex(@"'[^']*'|\S+")]
    private static partial Regex Word();
}
