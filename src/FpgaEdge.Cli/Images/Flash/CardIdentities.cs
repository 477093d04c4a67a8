using System.CommandLine;
using FpgaEdge.Board;
using FpgaEdge.Hardware;

namespace FpgaEdge.Cli.Images.Flash;

/// <summary>What tells cards of one run apart: patterns in which {n} is the card's number.</summary>
/// <param name="Name">The board's name; null keeps the image's identity.</param>
/// <param name="Cluster">The cluster.</param>
/// <param name="Address">Its address.</param>
/// <param name="First">Number of the first card.</param>
/// <param name="Keys">The cluster's keys.</param>
internal sealed record CardIdentities(string? Name, string Cluster, string Address, int First, IReadOnlyList<string> Keys)
{
    /// <summary>The identity of a card.</summary>
    /// <param name="index">Its place among the devices, from 0.</param>
    public CardIdentity? ForCard(int index) => Name is null
        ? null
        : new CardIdentity(Fill(Name, index), Fill(Cluster, index), Fill(Address, index), Keys);

    private string Fill(string pattern, int index) => pattern.Replace("{n}", $"{First + index}");
}

/// <summary>The options for identities.</summary>
internal sealed class CardIdentityOptions
{
    private readonly Option<string?> name = new("--name") { Description = "The board's name; {n} becomes the card's number" };
    private readonly Option<string> cluster = new("--cluster") { Description = "The cluster's name", DefaultValueFactory = _ => "default" };
    private readonly Option<string> address = new("--address")
    {
        Description = "The board's address with prefix length, or dhcp; {n} becomes the card's number", DefaultValueFactory = _ => "dhcp",
    };
    private readonly Option<string?> key = new("--key-file") { Description = "The cluster's key, made with 'fpgaedge key new'" };
    private readonly Option<int> first = new("--first") { Description = "Number of the first card", DefaultValueFactory = _ => 1 };

    /// <summary>Adds the options to a verb.</summary>
    public void AddTo(Command command)
    {
        command.Options.Add(name);
        command.Options.Add(cluster);
        command.Options.Add(address);
        command.Options.Add(key);
        command.Options.Add(first);
    }

    /// <summary>What was given.</summary>
    /// <exception cref="CliException">It cannot be used.</exception>
    public CardIdentities Read(ParseResult parsed)
    {
        var identities = new CardIdentities(parsed.GetValue(name), parsed.GetValue(cluster)!, parsed.GetValue(address)!,
            parsed.GetValue(first), parsed.GetValue(key) is string file ? ClusterKeys.Read(file).ToText() : []);
        bool others = parsed.GetResult(cluster) is { Implicit: false } || parsed.GetResult(address) is { Implicit: false } ||
            parsed.GetValue(key) is not null;
        if (identities.Name is null && others)
        {
            throw new CliException(ExitCode.Usage,
                "--cluster, --address and --key-file: expected --name as well, found none; a card's identity is given as a whole");
        }
        try
        {
            identities.ForCard(0)?.Encode();
        }
        catch (ArgumentException e)
        {
            throw new CliException(ExitCode.Usage, $"--name, --cluster, --address: {e.Message}");
        }
        return identities;
    }
}
