using System.Net;
using System.Net.Sockets;
using System.Text;
using FpgaEdge.Board;

namespace FpgaEdge.Cli.Commands.Update;

/// <summary>Talks to one board's update server; each command is a connection of its own.</summary>
internal sealed class UpdateClient(IPEndPoint board, IReadOnlyList<string> keys)
{
    private static readonly TimeSpan ConnectLimit = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan AnswerLimit = TimeSpan.FromMinutes(10);

    /// <summary>Where it is.</summary>
    public IPEndPoint Board => board;

    /// <summary>Carries a command out.</summary>
    /// <param name="command">state, update, confirm or reboot.</param>
    /// <param name="update">The update's bytes, for update.</param>
    /// <param name="cancellation">To give up.</param>
    /// <returns>The values of the answer.</returns>
    /// <exception cref="CliException">The board cannot be reached, or refuses.</exception>
    public async Task<Dictionary<string, string>> AskAsync(string command, Stream? update, CancellationToken cancellation)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        string answer;
        try
        {
            using var client = new TcpClient();
            limit.CancelAfter(ConnectLimit);
            await client.ConnectAsync(board, limit.Token);
            limit.CancelAfter(AnswerLimit);
            client.ReceiveTimeout = (int)AnswerLimit.TotalMilliseconds;
            await using NetworkStream stream = client.GetStream();
            string nonce = UpdateServer.ReadLine(stream);
            await stream.WriteAsync(Encoding.ASCII.GetBytes($"{command} {UpdateServer.Seal(keys, nonce, command)}\n"), limit.Token);
            if (update is not null)
            {
                await update.CopyToAsync(stream, limit.Token);
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
