namespace FpgaEdge.Vta;

/// <summary>Polls until something is done or a limit has passed.</summary>
internal sealed class BoundedWait(TimeProvider time, Action wait)
{
    /// <summary>Whether it was done in time.</summary>
    public bool Until(Func<bool> isDone, TimeSpan limit)
    {
        long start = time.GetTimestamp();
        while (!isDone())
        {
            if (time.GetElapsedTime(start) > limit)
            {
                // A last look: the flag may have come while this thread was not running.
                return isDone();
            }
            wait();
        }
        return true;
    }
}
