namespace FpgaEdge.Board;

/// <summary>
/// Notices that the process which started this one is gone, however it ended: a killed demonstration must not
/// leave boards behind.
/// </summary>
internal static class ParentGuard
{
    private static readonly TimeSpan Period = TimeSpan.FromMilliseconds(250);

    /// <summary>Calls <paramref name="gone"/> once, from a timer thread, when the process has ended. Dispose of the
    /// result to stop.</summary>
    public static IDisposable Watch(int processId, Action gone)
    {
        // A parent that died but was not reaped still exists; whose child we are tells the truth at once.
        bool isParent = OperatingSystem.IsLinux() && UnixProcesses.ParentId() == processId;
        Timer? timer = null;
        timer = new Timer(_ =>
        {
            if (isParent ? UnixProcesses.ParentId() != processId : !UnixProcesses.Exists(processId))
            {
                timer?.Dispose();
                gone();
            }
        });
        timer.Change(TimeSpan.Zero, Period);
        return timer;
    }
}
