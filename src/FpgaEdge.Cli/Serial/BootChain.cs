using System.Text;

namespace FpgaEdge.Cli.Serial;

/// <summary>How far a board has come.</summary>
internal enum BootStage
{
    /// <summary>Nothing was heard.</summary>
    Silent = 0,

    /// <summary>Something that no stage prints.</summary>
    Unknown = 1,

    /// <summary>The vendor's first loader.</summary>
    Fsbl = 2,

    /// <summary>U-Boot's first loader, or GRUB's.</summary>
    Spl = 3,

    /// <summary>U-Boot or GRUB.</summary>
    Loader = 4,

    /// <summary>The kernel was started.</summary>
    Kernel = 5,

    /// <summary>The first process.</summary>
    System = 6,

    /// <summary>The board's program.</summary>
    Program = 7,
}

/// <summary>What is wrong, and what helps.</summary>
/// <param name="Id">Short name, stable.</param>
/// <param name="Stage">Where in the chain.</param>
/// <param name="Explanation">What it means.</param>
/// <param name="Next">What to do.</param>
/// <param name="Evidence">The line it was seen from.</param>
/// <param name="Line">Its number, from 1; 0 when there is none.</param>
internal sealed record BootFinding(string Id, BootStage Stage, string Explanation, string Next, string Evidence, int Line);

/// <summary>
/// Reads a console from power-up on and explains why a board does not come up. Takes any bytes; remembers no more than the
/// current line and one finding per kind.
/// </summary>
internal sealed class BootChain
{
    private const int LongestLine = 512;
    private const int EnoughBytes = 64;
    private const int ManyStarts = 3;
    private static readonly (string Text, BootStage Stage)[] Banners =
    [
        ("Xilinx First Stage Boot Loader", BootStage.Fsbl), ("Xilinx Zynq MP First Stage Boot Loader", BootStage.Fsbl),
        ("U-Boot SPL ", BootStage.Spl), ("GRUB loading", BootStage.Spl), ("U-Boot 20", BootStage.Loader),
        ("fpgaedge boot: slot", BootStage.Loader), ("Starting kernel ...", BootStage.Kernel), ("Booting Linux on physical CPU", BootStage.Kernel),
        ("Linux version ", BootStage.Kernel), ("systemd[1]:", BootStage.System), ("INIT: version", BootStage.System),
        ("fpgaedge: slot ", BootStage.System), (" listening address=", BootStage.Program),
    ];

    private readonly StringBuilder line = new();
    private readonly List<(BootRule Rule, string Line, int Number)> seen = [];
    private long bytes;
    private long strange;
    private int number;
    private int starts;

    /// <summary>How far the board has come since it was last switched on.</summary>
    public BootStage Stage { get; private set; }

    /// <summary>How often it was started.</summary>
    public int Starts => starts;

    /// <summary>Takes bytes from the console; the result is a finding that was not known before.</summary>
    public BootFinding? Take(ReadOnlySpan<byte> input)
    {
        BootFinding? found = null;
        foreach (byte value in input)
        {
            bytes++;
            strange += value is >= 0x80 or 0 or (> 0 and < 0x20 and not ((byte)'\r' or (byte)'\n' or (byte)'\t' or 0x08 or 0x1B or 0x1E)) ? 1 : 0;
            if (value == '\n' || line.Length >= LongestLine)
            {
                found = EndLine() ?? found;
            }
            else if (value is >= 0x20 and < 0x7F)
            {
                line.Append((char)value);
            }
        }
        return found;
    }

    /// <summary>What is wrong, judged by everything so far; null when nothing is.</summary>
    public BootFinding? Explain()
    {
        EndLine();
        if (bytes == 0)
        {
            return BootRules.Silent;
        }
        if (bytes >= EnoughBytes && strange * 4 > bytes)
        {
            return BootRules.Garbled;
        }
        if (Stage == BootStage.Program && !seen.Any(entry => entry.Rule.Stage == BootStage.Program))
        {
            return null;
        }
        // The cause comes before what follows from it; a symptom counts only where no cause was seen.
        (BootRule Rule, string Line, int Number)[] byWeight = [.. seen.OrderBy(entry => entry.Rule.IsSymptom).ThenBy(entry => entry.Number)];
        if (byWeight.Length > 0)
        {
            return byWeight[0].Rule.Finding(byWeight[0].Line, byWeight[0].Number);
        }
        return starts >= ManyStarts ? BootRules.Loop(starts) : BootRules.Stopped(Stage);
    }

    private BootFinding? EndLine()
    {
        if (line.Length == 0)
        {
            return null;
        }
        string text = line.ToString();
        line.Clear();
        number++;
        NoteStage(text);
        foreach (BootRule rule in BootRules.All)
        {
            if (rule.Matches(text, Stage))
            {
                bool known = seen.Any(entry => entry.Rule == rule);
                if (!known)
                {
                    seen.Add((rule, text, number));
                    return rule.Finding(text, number);
                }
                return null;
            }
        }
        return null;
    }

    private void NoteStage(string text)
    {
        foreach ((string banner, BootStage stage) in Banners)
        {
            if (!text.Contains(banner, StringComparison.Ordinal))
            {
                continue;
            }
            bool again = stage <= BootStage.Spl && (Stage >= stage || Stage == BootStage.Silent);
            if (again)
            {
                starts++;
            }
            if (stage == BootStage.Program || (again && Stage == BootStage.Program))
            {
                // It came up: what went wrong before is history.
                seen.Clear();
            }
            Stage = again || stage > Stage ? stage : Stage;
            return;
        }
        Stage = Stage == BootStage.Silent ? BootStage.Unknown : Stage;
    }
}
