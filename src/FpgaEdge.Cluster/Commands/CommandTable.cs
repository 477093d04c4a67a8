using FpgaEdge.Wire;

namespace FpgaEdge.Cluster;

/// <summary>Names one command of one client, until its answer.</summary>
/// <param name="Client">Who asked.</param>
/// <param name="ClientIncarnation">Which start of it.</param>
/// <param name="Number">Number of the command at that client.</param>
public readonly record struct CommandToken(ulong Client, uint ClientIncarnation, uint Number);

/// <summary>The newest command of one client.</summary>
internal sealed class GivenCommand(CommandToken token)
{
    public CommandToken Token { get; } = token;

    /// <summary>Null while the command is carried out.</summary>
    public byte[]? Answer { get; set; }
}

/// <summary>
/// The newest command of each client, with its answer. It outlives a silence of the client, so that a question which comes
/// again after it is not carried out twice.
/// </summary>
internal sealed class CommandTable
{
    private readonly List<GivenCommand> newest = new(WireLimits.Clients);

    public GivenCommand? Find(ulong client, uint incarnation) =>
        newest.Find(command => command.Token.Client == client && command.Token.ClientIncarnation == incarnation);

    /// <summary>Takes in a command: in the place of the same client's last one, or of the one that was given longest ago.
    /// False while those are still under way.</summary>
    public bool TryAdd(CommandToken token)
    {
        int place = newest.FindIndex(command => command.Token.Client == token.Client);
        if (place < 0 && newest.Count == WireLimits.Clients)
        {
            place = newest.FindIndex(command => command.Answer is not null);
        }

        if (place < 0 ? newest.Count == WireLimits.Clients : newest[place].Answer is null)
        {
            return false;
        }

        if (place >= 0)
        {
            newest.RemoveAt(place);
        }

        newest.Add(new GivenCommand(token));
        return true;
    }

    /// <summary>The client said goodbye and wants no answer any more. What is under way keeps its place until it is done.</summary>
    public void Forget(ulong client) =>
        newest.RemoveAll(command => command.Token.Client == client && command.Answer is not null);
}
