using System.Buffers.Binary;
using System.Text;
using FpgaEdge.Hardware;

namespace FpgaEdge.Board;

/// <summary>
/// The board's end of <c>fpgaedge diag</c>: answers requests that come on the serial console. A process of its own, so that
/// it works when neither network nor <c>fpgaedged</c> does. It never writes anything that was not asked for.
/// </summary>
internal sealed class DiagShell(ISerialLine line, DiagCommands commands)
{
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(500);
    private readonly DiagFrameReader reader = new();
    private IReadOnlyList<DiagFrame> lastReply = [];

    /// <summary>Serves until the line is gone or it is told to stop.</summary>
    public void Run(CancellationToken stop)
    {
        byte[] buffer = new byte[1024];
        while (!stop.IsCancellationRequested)
        {
            int count = line.Read(buffer, Patience);
            if (count < 0)
            {
                return;
            }
            reader.Take(buffer.AsSpan(0, count), Serve, _ => { });
        }
    }

    private void Serve(DiagFrame request)
    {
        if (request.Kind == 'R')
        {
            // The same request again means that its reply was lost: it is not carried out twice.
            if (lastReply.Count == 0 || lastReply[0].Id != request.Id)
            {
                lastReply = DiagFrame.Reply(request.Id, commands.Run(Encoding.UTF8.GetString(request.Payload)));
            }
            Send(lastReply);
        }
        else if (request.Kind == 'M' && lastReply.Count > 0 && lastReply[0].Id == request.Id)
        {
            Send([.. Enumerable.Range(0, request.Payload.Length / 2)
                .Select(i => BinaryPrimitives.ReadUInt16BigEndian(request.Payload.AsSpan(2 * i)))
                .Where(index => index < lastReply.Count).Select(index => lastReply[index])]);
        }
    }

    private void Send(IReadOnlyList<DiagFrame> frames)
    {
        foreach (DiagFrame frame in frames)
        {
            line.Write(frame.Encode());
        }
    }
}
