using System.CommandLine;
using System.CommandLine.Parsing;
using System.Runtime.InteropServices;
using FpgaEdge.Board;
using FpgaEdge.Cli.Commands;
using FpgaEdge.Cli.Terminal;

namespace FpgaEdge.Cli;

/// <summary>Entry point of the host tool: the list of verbs, and the one place where failures become exit codes.</summary>
internal static class Program
{
    /// <summary>The verbs, in the order in which people meet them. One file each, in Commands/.</summary>
    private static readonly Func<Command>[] Verbs =
    [
        DemoCommand.Create,
        RunCommand.Create,
        BoardsCommand.Create,
        TopCommand.Create,
        BoardCommand.Create,
        KeyCommand.Create,
        ImageCommand.Create,
        UpdateCommand.Create,
        ConsoleCommand.Create,
        DiagCommand.Create,
        CompileCommand.Create,
        PlanCommand.Create,
        SimCommand.Create,
        ModelCommand.Create,
        VtaCommand.Create,
        BenchCommand.Create,
        VirtualCommand.Create,
        DoctorCommand.Create,
    ];

    private static async Task<int> Main(string[] args)
    {
        if (args.Length == 2 && args.Contains("--version") && args.Contains("--verbose"))
        {
            Console.Out.WriteLine(VersionReport.VersionOf(typeof(Program).Assembly));
            VersionReport.PrintLimits(Console.Out);
            return ExitCode.Ok;
        }
        RootCommand root = CreateRoot();
        // A token that starts with @ is a file name like any other, never a response file.
        var parser = new ParserConfiguration { ResponseFileTokenReplacer = null };
        ParseResult parsed = root.Parse(args.Length == 0 ? ["--help"] : args, parser);
        string[] mistakes = Mistakes(parsed);
        if (mistakes.Length > 0)
        {
            return ReportUsage(parsed, mistakes);
        }
        // The library cancels on both signals alike; which one it was decides the exit code.
        bool terminated = false;
        using var onTerminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, _ => terminated = true);
        try
        {
            // Our own handler prints one line; the library's prints a stack trace.
            return await parsed.InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false });
        }
        catch (OperationCanceledException)
        {
            return terminated ? ExitCode.Terminated : ExitCode.Interrupted;
        }
        catch (Exception exception) when (!Failures.ShowStackTraces)
        {
            return Failures.Report(exception, parsed.Tokens.Any(token => token.Value == "--json"));
        }
    }

    internal static RootCommand CreateRoot()
    {
        var root = new RootCommand(
            "A shelf of Zynq boards as one inference machine.\n\n" +
            "Example:\n  fpgaedge demo\n  fpgaedge run model.onnx --input photos/ --calibrate photos/ --boards 4\n\n" +
            "Fixed limits of the protocol: fpgaedge --version --verbose\n\n" +
            "Exit codes: 0 ok, 1 bug, 2 usage, 3 bad input file, 4 no board reachable, 5 hardware refused, " +
            "6 verification failed, 7 deadline or quality gate missed, 130/143 interrupted.");
        foreach (Func<Command> verb in Verbs)
        {
            root.Subcommands.Add(verb());
        }
        BriefHelp.Use(root);
        return root;
    }

    /// <summary>What cannot be used of a command line. An option that takes several values would swallow an option that
    /// does not exist.</summary>
    internal static string[] Mistakes(ParseResult parsed)
    {
        if (parsed.Errors.Count > 0)
        {
            return [.. parsed.Errors.Select(error => error.Message.ReplaceLineEndings(" "))];
        }
        bool help = parsed.Action is BriefHelp;
        return [.. parsed.Tokens.Where(token => !help && token.Type == TokenType.Argument && token.Value.StartsWith("--"))
            .Select(token => $"Unrecognized command or argument '{token.Value}'.")];
    }

    private static int ReportUsage(ParseResult parsed, string[] mistakes)
    {
        // "vta bench", not "bench": what is printed can be typed.
        string verb = "";
        for (CommandResult? at = parsed.CommandResult; at?.Command is not (null or RootCommand); at = at.Parent as CommandResult)
        {
            verb = $" {at.Command.Name}{verb}";
        }
        Console.Error.WriteLine($"fpgaedge{verb}: {string.Join(' ', mistakes)} Type 'fpgaedge{verb} --help' for what is accepted.");
        return ExitCode.Usage;
    }
}
