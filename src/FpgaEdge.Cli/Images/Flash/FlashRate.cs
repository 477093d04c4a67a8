using System.Diagnostics;

namespace FpgaEdge.Cli.Images.Flash;

/// <summary>Turns progress into a line with rate and time left; each phase has a rate of its own.</summary>
internal sealed class FlashRate
{
    private readonly Lock gate = new();
    private string phase = "";
    private long start;

    /// <summary>For example "verifying 41 % of 75 MiB, 38.2 MB/s, 2 s left".</summary>
    public string Describe(FlashProgress at)
    {
        lock (gate)
        {
            if (at.Phase != phase)
            {
                phase = at.Phase;
                start = Stopwatch.GetTimestamp();
            }
        }
        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        double rate = seconds > 0.05 ? at.Done / seconds : 0;
        string left = rate > 0 ? $", {rate / 1e6:F1} MB/s, {(at.Total - at.Done) / rate:F0} s left" : "";
        return $"{at.Phase} {(at.Total == 0 ? 100 : 100 * at.Done / at.Total)} % of {at.Total >> 20} MiB{left}";
    }
}
