using System.Text;
using FpgaEdge.Planning;
using FpgaEdge.Wire;

namespace FpgaEdge.Cluster;

/// <content>Commands to single boards: asked again until the answer is whole. One command per board is under way, the others
/// wait for their turn.</content>
public sealed partial class ClientNode
{
    private const long AskAgainNs = 100_000_000;
    private const int ChunksPerQuestion = 16;
    private readonly List<ClientCommand> commands = [];
    private uint newestCommand;

    /// <summary>Asks a board that is in the view. The answer, or the board's end, is told by
    /// <see cref="IClientEffects.CommandEnded"/>; how long that may take is the caller's business.</summary>
    /// <returns>Number of the command.</returns>
    /// <exception cref="ClusterException">The board is not in the view, the command is too long, or too many are open.</exception>
    public uint Ask(long nowNs, BoardId board, string command, IClientEffects effects)
    {
        byte[] text = Encoding.UTF8.GetBytes(command);
        if (membership.Peers.Find(board.Value) is not { } peer || !NameText.IsValid(text) || commands.Count >= WireLimits.Boards)
        {
            throw new ClusterException(
                $"expected a board of the view, a command of at most {WireLimits.NameBytes} printable characters and at most "
                + $"{WireLimits.Boards} at once, found board {board}, \"{command}\" and {commands.Count} others");
        }

        commands.Add(new ClientCommand(++newestCommand, board, peer.Member.Incarnation, text) { NextAskNs = nowNs });
        OnCommandTimer(nowNs, effects);
        return newestCommand;
    }

    /// <summary>Forgets a command; what the board does is not undone.</summary>
    public void GiveUp(uint number) => commands.RemoveAll(command => command.Number == number);

    private long NextCommandTimerNs()
    {
        long next = long.MaxValue;
        foreach (ClientCommand command in commands)
        {
            next = Math.Min(next, command.NextAskNs);
        }

        return next;
    }

    private void OnCommandTimer(long nowNs, IClientEffects effects)
    {
        for (int i = 0; i < commands.Count; i++)
        {
            ClientCommand command = commands[i];
            if (nowNs < command.NextAskNs)
            {
                continue;
            }

            command.NextAskNs = nowNs + AskAgainNs;
            if (membership.Peers.Find(command.Board.Value) is not { } peer)
            {
                continue;
            }

            if (peer.Member.Incarnation != command.BoardIncarnation)
            {
                commands.RemoveAt(i--);
                effects.CommandEnded(command.Number, []);
            }
            else if (IsFirstOfItsBoard(i))
            {
                Ask(command, peer, effects);
            }
        }
    }

    private bool IsFirstOfItsBoard(int index)
    {
        for (int i = 0; i < index; i++)
        {
            if (commands[i].Board == commands[index].Board)
            {
                return false;
            }
        }

        return true;
    }

    private void Ask(ClientCommand command, Peer peer, IClientEffects effects)
    {
        MessagePackWriter writer = port.Begin();
        new CommandMessage
        {
            Number = command.Number,
            BoardIncarnation = command.BoardIncarnation,
            Mask = command.AskFor(ChunksPerQuestion),
            Text = command.Text,
        }.Write(ref writer, port.Header(MessageKind.Command));
        port.Send(writer, peer.Address, effects);
    }

    private bool OnCommandAnswer(
        long nowNs, in MessageHeader header, ref MessagePackReader reader, int elements, IClientEffects effects)
    {
        if (!CommandAnswerMessage.TryRead(ref reader, elements, out CommandAnswerMessage message) || !reader.End)
        {
            return false;
        }

        uint number = message.Number;
        if (commands.Find(open => open.Number == number) is not { } command || command.Board.Value != header.Sender
            || command.BoardIncarnation != header.Incarnation || message.TotalBytes == 0)
        {
            return true;
        }

        if (command.Add(message))
        {
            commands.Remove(command);
            effects.CommandEnded(command.Number, command.Answer);
            foreach (ClientCommand next in commands)
            {
                next.NextAskNs = next.Board == command.Board ? nowNs : next.NextAskNs;
            }

            OnCommandTimer(nowNs, effects);
        }
        else if (command.HasAllAskedFor)
        {
            command.NextAskNs = nowNs;
            OnCommandTimer(nowNs, effects);
        }

        return true;
    }
}
