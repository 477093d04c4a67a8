using System.Numerics;
using System.Text;
using FpgaEdge.Wire;

namespace FpgaEdge.Cluster;

/// <content>What people ask of one board. A command is carried out once, however often its question arrives: the answer is
/// kept until the client gives its next command or goes, and sent in the pieces that the client asks for.</content>
public sealed partial class BoardNode
{
    private const int ChunksPerQuestion = 16;
    private readonly CommandTable commands = new();

    /// <summary>The answer to <see cref="IBoardEffects.CommandGiven"/>.</summary>
    /// <param name="nowNs">Now.</param>
    /// <param name="token">From the question.</param>
    /// <param name="answer">1 to <see cref="WireLimits.AnswerBytes"/> bytes; must not change any more.</param>
    /// <param name="effects">Sink.</param>
    public void OnCommandDone(long nowNs, in CommandToken token, byte[] answer, IBoardEffects effects)
    {
        if (answer.Length is 0 or > WireLimits.AnswerBytes)
        {
            throw new ArgumentException($"expected an answer of 1 to {WireLimits.AnswerBytes} bytes, found {answer.Length}");
        }

        if (commands.Find(token.Client, token.ClientIncarnation) is { } command && command.Token == token)
        {
            command.Answer = answer;
            if (clients.Find(token.Client) is { } client)
            {
                SendAnswer(client, command, ulong.MaxValue, effects);
            }
        }
    }

    private bool OnCommand(in MessageHeader header, ref MessagePackReader reader, int elements, IBoardEffects effects)
    {
        if (!CommandMessage.TryRead(ref reader, elements, out CommandMessage message) || !reader.End)
        {
            return false;
        }

        if (clients.Find(header.Sender) is not { } client || client.Incarnation != header.Incarnation)
        {
            Counters.IgnoredStranger++;
            return true;
        }

        GivenCommand? known = commands.Find(client.Id, client.Incarnation);
        var token = new CommandToken(client.Id, client.Incarnation, message.Number);
        if (message.BoardIncarnation != port.Incarnation || message.Number < known?.Token.Number)
        {
            Counters.IgnoredOldIncarnation++;
        }
        else if (message.Number == known?.Token.Number && options.PlantedBug != PlantedBug.RepeatCommands)
        {
            SendAnswer(client, known, message.Mask, effects);
        }
        else if (commands.TryAdd(token))
        {
            effects.CommandGiven(token, Encoding.ASCII.GetString(message.Text));
        }

        return true;
    }

    /// <summary>The first of the wanted chunks, or the news that there is no answer yet.</summary>
    private void SendAnswer(ClientLink client, GivenCommand command, ulong mask, IBoardEffects effects)
    {
        byte[] answer = command.Answer ?? [];
        mask = answer.Length == 0 ? 1 : mask & CommandAnswerMessage.AllChunks(answer.Length);
        for (int sent = 0; mask != 0 && sent < ChunksPerQuestion; sent++, mask &= mask - 1)
        {
            int index = BitOperations.TrailingZeroCount(mask);
            int at = index * WireLimits.ChunkBytes;
            MessagePackWriter writer = port.Begin();
            new CommandAnswerMessage
            {
                Number = command.Token.Number,
                TotalBytes = answer.Length,
                Index = index,
                Payload = answer.AsSpan(at, Math.Min(WireLimits.ChunkBytes, answer.Length - at)),
            }.Write(ref writer, port.Header(MessageKind.CommandAnswer));
            port.Send(writer, client.Address, effects);
        }
    }
}
