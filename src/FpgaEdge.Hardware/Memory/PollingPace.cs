namespace FpgaEdge.Hardware;

/// <summary>
/// How long to wait between two looks at a register: not at all at first, then some microseconds, and after a while so
/// long that waiting costs nothing. One instance per thread.
/// </summary>
/// <remarks>Virtual boards share few processors with their models, so the spinning part is short.</remarks>
public sealed class PollingPace
{
    private const int Spins = 10;
    private const int ShortSleeps = 200;
    private const int MediumSleeps = 4000;
    private const uint ShortestSleepMicroseconds = 60;

    /// <summary>Share of an expected time that is slept through at once, in percent.</summary>
    private const int SleptPercent = 80;

    private int looks;
    private uint expectedMicroseconds;

    /// <summary>Something happened: look again at once, and often.</summary>
    /// <param name="expected">
    /// How long what is waited for should take; most of it is slept through, so that a core does not poll for an
    /// accelerator. Zero where nobody knows.
    /// </param>
    public void Reset(TimeSpan expected = default)
    {
        looks = 0;
        expectedMicroseconds = (uint)Math.Clamp(expected.TotalMicroseconds * SleptPercent / 100, 0, 1_000_000);
    }

    /// <summary>Waits before the next look.</summary>
    public void Wait()
    {
        looks++;
        if (expectedMicroseconds >= ShortestSleepMicroseconds && OperatingSystem.IsLinux())
        {
            _ = LinuxMemory.SleepMicroseconds(expectedMicroseconds);
            expectedMicroseconds = 0;
            return;
        }
        if (looks <= Spins)
        {
            Thread.SpinWait(20);
        }
        else if (!OperatingSystem.IsLinux())
        {
            Thread.Sleep(looks <= ShortSleeps ? 0 : 1);
        }
        else
        {
            uint microseconds = looks <= ShortSleeps ? 20u : looks <= MediumSleeps ? 200u : 2000u;
            _ = LinuxMemory.SleepMicroseconds(microseconds);
        }
    }
}
