using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace FpgaEdge.Cli.Terminal;

/// <summary>Help that gives each verb below the asked one a line; a verb's examples are in its own help.</summary>
internal sealed class BriefHelp(HelpAction full) : SynchronousCommandLineAction
{
    /// <summary>Puts it in the place of the library's, for a command and all below it.</summary>
    public static void Use(RootCommand root)
    {
        HelpOption option = root.Options.OfType<HelpOption>().Single();
        option.Action = new BriefHelp((HelpAction)option.Action!);
    }

    /// <summary>Who asks for help need not know yet what is required.</summary>
    public override bool ClearsParseErrors => true;

    /// <inheritdoc/>
    public override int Invoke(ParseResult parseResult)
    {
        foreach (Command verb in parseResult.CommandResult.Command.Subcommands)
        {
            verb.Description = verb.Description?.Split("\n\n")[0];
        }
        return full.Invoke(parseResult);
    }
}
