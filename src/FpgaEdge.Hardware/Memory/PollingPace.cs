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

    private int looks;

    /// <summary>Something happened: look again at once, and often.</summary>
    public void Reset() => looks = 0;

    /// <summary>Waits before the next look.</summary>
    public void Wait()
    {
        looks++;
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
