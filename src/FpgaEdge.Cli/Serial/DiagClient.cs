using System.Diagnostics;
using System.Text;
using FpgaEdge.Hardware;

namespace FpgaEdge.Cli.Serial;

/// <summary>
/// The host's end of the diagnostic protocol: sends a command, collects the pieces of the reply among whatever else comes on
/// the console, and asks again for pieces that something wrote into.
/// </summary>
internal sealed class DiagClient(ISerialLine line, BootChain chain)
{
    private static readonly TimeSpan Quiet = TimeSpan.FromMilliseconds(400);
    private readonly DiagFrameReader reader = new();
    private int lastId = Random.Shared.Next(0x1000, 0xF000);

    /// <summary>Lines that were damaged on the way.</summary>
    public int Damaged => reader.Damaged;

    /// <summary>Carries a command out on the board.</summary>
    /// <param name="command">One of the board's commands.</param>
    /// <param name="limit">How long it may take in all.</param>
    /// <param name="cancellation">To give up earlier.</param>
    /// <returns>The answer, or null when none came in time; what the console said instead is in the chain.</returns>
    public string? Ask(string command, TimeSpan limit, CancellationToken cancellation)
    {
        int id = ++lastId & 0xFFFF;
        var pieces = new SortedDictionary<int, byte[]>();
        int count = 0;
        var request = new DiagFrame('R', id, 0, 1, Encoding.UTF8.GetBytes(command));
        long start = Stopwatch.GetTimestamp();
        long lastPiece = 0;
        long asked = 0;
        byte[] buffer = new byte[4096];
        while (Stopwatch.GetElapsedTime(start) < limit)
        {
            cancellation.ThrowIfCancellationRequested();
            bool stalled = lastPiece == 0
                ? asked == 0 || Stopwatch.GetElapsedTime(asked) > TimeSpan.FromSeconds(2)
                : Stopwatch.GetElapsedTime(Math.Max(lastPiece, asked)) > Quiet;
            if (stalled)
            {
                asked = Stopwatch.GetTimestamp();
                // A line end first: whatever stands half-typed on the console is not part of the request.
                line.Write([(byte)'\n', .. (count == 0 ? request : Missing(id, count, pieces)).Encode()]);
            }
            int read = line.Read(buffer, TimeSpan.FromMilliseconds(100));
            if (read < 0)
            {
                return null;
            }
            chain.Take(buffer.AsSpan(0, read));
            reader.Take(buffer.AsSpan(0, read), frame =>
            {
                if (frame.Kind == 'A' && frame.Id == id && frame.Index < frame.Count)
                {
                    count = frame.Count;
                    pieces[frame.Index] = frame.Payload;
                    lastPiece = Stopwatch.GetTimestamp();
                }
            }, _ => { });
            if (count > 0 && pieces.Count == count)
            {
                return Encoding.UTF8.GetString([.. pieces.Values.SelectMany(piece => piece)]);
            }
        }
        return null;
    }

    private static DiagFrame Missing(int id, int count, SortedDictionary<int, byte[]> pieces)
    {
        byte[] wanted = [.. Enumerable.Range(0, count).Where(index => !pieces.ContainsKey(index)).Take(DiagFrame.PieceBytes / 2)
            .SelectMany(index => (byte[])[(byte)(index >> 8), (byte)index])];
        return new DiagFrame('M', id, 0, 1, wanted);
    }
}
