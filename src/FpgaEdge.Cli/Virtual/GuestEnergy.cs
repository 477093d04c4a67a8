using System.Globalization;
using System.Text.RegularExpressions;
using FpgaEdge.Hardware;

namespace FpgaEdge.Cli.Virtual;

/// <summary>
/// What a guest's power monitors made of its frames, beside what the modelled sensors' waveform really was. The guest logs
/// the times of each frame by the clock that its sensors' models follow, so the waveform's integral is exact.
/// </summary>
/// <param name="Board">The board's name.</param>
/// <param name="Frames">Frames that it executed.</param>
/// <param name="Measured">Frames whose energy was measured as a whole.</param>
/// <param name="MeasuredJoules">Their energy as the guest measured it.</param>
/// <param name="TrueJoules">Their energy by the waveform.</param>
/// <param name="WorstFrame">Largest deviation of one frame, as a share of its energy.</param>
internal sealed partial record GuestEnergy(
    string Board, int Frames, int Measured, double MeasuredJoules, double TrueJoules, double WorstFrame)
{
    /// <summary>Deviation of the sum, as a share.</summary>
    public double Deviation => TrueJoules == 0 ? 0 : (MeasuredJoules / TrueJoules) - 1;

    /// <summary>Reads a guest's log.</summary>
    /// <param name="board">The board's name.</param>
    /// <param name="log">What it wrote to its serial line, with a line per frame.</param>
    /// <param name="rails">The modelled rails that make up its power.</param>
    public static GuestEnergy Of(string board, string log, IReadOnlyList<PowerWaveform> rails)
    {
        int frames = 0, measured = 0;
        double sum = 0, truth = 0, worst = 0;
        foreach (Match match in ExecutedFrame().Matches(log))
        {
            frames++;
            if (!long.TryParse(match.Groups["energy"].Value, CultureInfo.InvariantCulture, out long nanojoules))
            {
                continue;
            }
            long start = long.Parse(match.Groups["start"].Value, CultureInfo.InvariantCulture);
            long end = long.Parse(match.Groups["end"].Value, CultureInfo.InvariantCulture);
            double expected = rails.Sum(rail => rail.Joules(start, end));
            measured++;
            sum += nanojoules * 1e-9;
            truth += expected;
            worst = Math.Max(worst, Math.Abs((nanojoules * 1e-9 / expected) - 1));
        }
        return new GuestEnergy(board, frames, measured, sum, truth, worst);
    }

    /// <summary>The loads of the rails that make up a modelled board's power.</summary>
    public static PowerWaveform[] LoadsOf(BoardDescription board) =>
    [
        .. board.Rails.Where(rail => rail.InTotal).Select(rail => rail.Monitor).OfType<I2cMonitorDescription>()
            .Select(part => part.Load).OfType<PowerWaveform>(),
    ];

    [GeneratedRegex(@" frame executed .*startNs=(?<start>\d+) endNs=(?<end>\d+) nanojoules=(?<energy>\S+)")]
    private static partial Regex ExecutedFrame();
}
