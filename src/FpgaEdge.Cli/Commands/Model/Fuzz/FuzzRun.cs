namespace FpgaEdge.Cli.Commands.Model.Fuzz;

/// <summary>What came of many damaged files.</summary>
internal sealed class FuzzRun
{
    private const int Attempts = 3;

    private readonly List<string> problems = [];

    /// <summary>Files tried.</summary>
    public int Count { get; private set; }

    /// <summary>Those that are still networks.</summary>
    public int Succeeded { get; private set; }

    /// <summary>Those refused with one line and the exit code of bad files.</summary>
    public int Refused { get; private set; }

    /// <summary>The longest processor time, and whose it was.</summary>
    public double LongestSeconds { get; private set; }

    /// <summary>See <see cref="LongestSeconds"/>.</summary>
    public string Longest { get; private set; } = "none";

    /// <summary>The most bytes allocated, and for which file.</summary>
    public long MostAllocatedBytes { get; private set; }

    /// <summary>See <see cref="MostAllocatedBytes"/>.</summary>
    public string Largest { get; private set; } = "none";

    /// <summary>One text per file that ended otherwise.</summary>
    public IReadOnlyList<string> Problems => problems;

    /// <summary>Tries a file; one that was slow gets two more chances, since the first use of code compiles it.</summary>
    public void Try(MutatedFile file)
    {
        ProbeResult result = FileProbe.Run(file.Bytes);
        for (int attempt = 1; attempt < Attempts && result.Seconds > FileProbe.MaximumSeconds; attempt++)
        {
            result = FileProbe.Run(file.Bytes);
        }
        Count++;
        if (result.Problem is not null)
        {
            problems.Add($"{file.What}: {result.Problem}");
        }
        else if (result.ExitCode == ExitCode.Ok)
        {
            Succeeded++;
        }
        else
        {
            Refused++;
        }
        if (result.Seconds > LongestSeconds)
        {
            (LongestSeconds, Longest) = (result.Seconds, file.What);
        }
        if (result.AllocatedBytes > MostAllocatedBytes)
        {
            (MostAllocatedBytes, Largest) = (result.AllocatedBytes, file.What);
        }
    }
}
