using System.Diagnostics;
using System.Text;
using FpgaEdge.Hardware;

namespace FpgaEdge.Cli.Serial;

/// <summary>
/// A serial terminal: shows what the board says, passes keys on, keeps a log, connects again when the line goes and comes,
/// and says in a line of its own what it recognises. Never blocks on the board: bytes that are no text are shown as dots.
/// </summary>
/// <param name="open">Opens the line; called again after it went away.</param>
/// <param name="screen">Where the board's words go.</param>
/// <param name="notes">Where the tool's own words go.</param>
/// <param name="log">Every byte as it came; null for no log.</param>
internal sealed class ConsoleSession(Func<ISerialLine> open, TextWriter screen, TextWriter notes, Stream? log)
{
    /// <summary>Ctrl-], which starts a command to the tool.</summary>
    public const byte Escape = 0x1D;

    /// <summary>The commands.</summary>
    public const string Menu = "Ctrl-] then: q quit, t time stamps, b send break, d diagnose what came so far, Ctrl-] send Ctrl-], ? this";

    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan Again = TimeSpan.FromMilliseconds(500);
    private readonly DiagFrameReader frames = new();
    private readonly Decoder decoder = new UTF8Encoding(false, false).GetDecoder();
    private readonly StringBuilder text = new();
    private readonly long start = Stopwatch.GetTimestamp();
    private ISerialLine? line;
    private bool atLineStart = true;
    private bool escaped;

    /// <summary>What was recognised.</summary>
    public BootChain Chain { get; } = new();

    /// <summary>Whether each line starts with the seconds since the session's start.</summary>
    public bool TimeStamps { get; set; }

    /// <summary>Whether findings are said as they are seen.</summary>
    public bool Explains { get; init; } = true;

    /// <summary>Shows the board's words until told to stop; false when the line could not be opened at first.</summary>
    public void Run(TimeSpan? limit, CancellationToken stop)
    {
        byte[] buffer = new byte[4096];
        using ISerialLine first = open();
        line = first;
        try
        {
            while (!stop.IsCancellationRequested && !(Stopwatch.GetElapsedTime(start) > limit))
            {
                int count = line?.Read(buffer, Patience) ?? -1;
                if (count > 0)
                {
                    Show(buffer.AsSpan(0, count));
                }
                else if (count < 0)
                {
                    Reconnect(stop);
                }
            }
        }
        finally
        {
            line?.Dispose();
        }
    }

    /// <summary>Takes keys from the user; true when the user wants to end.</summary>
    public bool Type(ReadOnlySpan<byte> keys)
    {
        foreach (byte key in keys)
        {
            if (escaped)
            {
                escaped = false;
                if (Command(key))
                {
                    return true;
                }
            }
            else if (key == Escape)
            {
                escaped = true;
            }
            else
            {
                line?.Write([key]);
            }
        }
        return false;
    }

    private bool Command(byte key)
    {
        switch ((char)key)
        {
            case 'q': return true;
            case 't': TimeStamps = !TimeStamps; break;
            case 'b': (line as SerialPort)?.SendBreak(); break;
            case 'd': Note(Describe(Chain.Explain())); break;
            case (char)Escape: line?.Write([Escape]); break;
            default: Note(Menu); break;
        }
        return false;
    }

    /// <summary>A finding in words.</summary>
    public static string Describe(BootFinding? finding) => finding is null
        ? "nothing wrong was seen"
        : $"{finding.Explanation}; {finding.Next}";

    private void Show(ReadOnlySpan<byte> bytes)
    {
        log?.Write(bytes);
        log?.Flush();
        if (Chain.Take(bytes) is BootFinding finding && Explains)
        {
            Note(Describe(finding));
        }
        frames.Take(bytes, _ => { }, value => Put(value));
        screen.Write(text);
        screen.Flush();
        text.Clear();
    }

    private void Put(byte value)
    {
        Span<char> characters = stackalloc char[4];
        int count = decoder.GetChars([value], characters, flush: false);
        foreach (char c in characters[..count])
        {
            if (atLineStart && TimeStamps && c is not ('\r' or '\n'))
            {
                text.Append($"[{Stopwatch.GetElapsedTime(start).TotalSeconds,9:F3}] ");
                atLineStart = false;
            }
            atLineStart |= c == '\n';
            // Escape sequences pass, so that a shell on the board can be used; other control characters could spoil the terminal.
            text.Append(c is '\r' or '\n' or '\t' or '\b' or '\u001b' || !(char.IsControl(c) || c == '\ufffd') ? c : '.');
        }
    }

    private void Reconnect(CancellationToken stop)
    {
        line?.Dispose();
        line = null;
        Note("the line is gone; waiting for it to come back");
        while (!stop.WaitHandle.WaitOne(Again))
        {
            try
            {
                line = open();
                Note("the line is back");
                return;
            }
            catch (HardwareException)
            {
                // Not yet.
            }
        }
    }

    private void Note(string words) => notes.Write($"\r\n[fpgaedge] {words}\r\n");
}
