using System.Net;
using System.Net.Sockets;
using System.Text;
using FpgaEdge.Board;

namespace FpgaEdge.Cli.Commands.Update;

/// <summary>Talks to one board's update server; each command is a connection of its own.</summary>
/// <param name="board">Its address.</param>
/// <param name="keys">The cluster's keys.</param>
/// <param name="way">Where to connect to instead; null for the address itself.</param>
internal sealed class UpdateClient(IPEndPoint board, IReadOnlyList<string> keys, IPEndPoint? way = null)
{
    private static readonly TimeSpan ConnectLimit = TimeSpan.FromSeconds(5);
    private const int PieceBytes = 1 << 20;
    private static readonly TimeSpan AnswerLimit = TimeSpan.FromMinutes(10);

    /// <summary>Where it is.</summary>
    public IPEndPoint Board => board;

    /// <summary>Carries a command out.</summary>
    /// <param name="command">state, confirm or reboot.</param>
    /// <param name="cancellation">To give up.</param>
    /// <returns>The values of the answer.</returns>
    /// <exception cref="CliException">The board cannot be reached, or refuses.</exception>
    public Task<Dictionary<string, string>> AskAsync(string command, CancellationToken cancellation) =>
        ExchangeAsync(command, null, _ => { }, cancellation);

    /// <summary>Gives the board an update.</summary>
    /// <param name="update">Its bytes.</param>
    /// <param name="sent">Told how many of them have gone out.</param>
    /// <param name="cancellation">To give up.</param>
    /// <returns>The slot that is tried at the next start.</returns>
    /// <exception cref="CliException">The board cannot be reached, or refuses.</exception>
    public async Task<string> UpdateAsync(Stream update, Action<long> sent, CancellationToken cancellation) =>
        (await ExchangeAsync("update", update, sent, cancellation))["slot"];

    private async Task<Dictionary<string, string>> ExchangeAsync(
        string command, Stream? update, Action<long> sent, CancellationToken cancellation)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        string answer;
        try
        {
            using var client = new TcpClient();
            limit.CancelAfter(ConnectLimit);
            await client.ConnectAsync(way ?? board, limit.Token);
            // A board that lost its power says nothing, not even that nobody listens.
            client.ReceiveTimeout = (int)ConnectLimit.TotalMilliseconds;
            await using NetworkStream stream = client.GetStream();
            string nonce = UpdateServer.ReadLine(stream);
            limit.CancelAfter(AnswerLimit);
            client.ReceiveTimeout = (int)AnswerLimit.TotalMilliseconds;
            await stream.WriteAsync(Encoding.ASCII.GetBytes($"{command} {UpdateServer.Seal(keys, nonce, command)}\n"), limit.Token);
            if (update is not null)
            {
                byte[] piece = new byte[PieceBytes];
                for (int count; (count = await update.ReadAsync(piece, limit.Token)) > 0;)
                {
                    await stream.WriteAsync(piece.AsMemory(0, count), limit.Token);
                    sent(update.Position);
                }
            }
            answer = UpdateServer.ReadLine(stream);
        }
        catch (Exception e) when (e is SocketException or IOException || (e is OperationCanceledException && !cancellation.IsCancellationRequested))
        {
            throw new CliException(ExitCode.NoBoard, $"{board}: expected a board that takes updates, found none ({e.Message}); " +
                "was its image built with --update-key?");
        }
        return answer.StartsWith("ok ", StringComparison.Ordinal)
            ? answer[3..].Split(' ').Where(word => word.Contains('=')).ToDictionary(word => word[..word.IndexOf('=')], word =>
                word[(word.IndexOf('=') + 1)..])
            : throw new CliException(ExitCode.HardwareRefused,
                $"{board}: {(answer.StartsWith("error ", StringComparison.Ordinal) ? answer[6..] : answer)}");
    }
}
