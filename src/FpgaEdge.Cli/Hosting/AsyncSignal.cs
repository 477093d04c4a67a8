namespace FpgaEdge.Cli.Hosting;

/// <summary>Tells everybody who waits that something changed; they look again for themselves.</summary>
internal sealed class AsyncSignal
{
    private volatile TaskCompletionSource changed = New();

    /// <summary>Ends with the next <see cref="Pulse"/>. Take it before looking, so that no change is missed.</summary>
    public Task Next => changed.Task;

    /// <summary>Something changed.</summary>
    public void Pulse() => Interlocked.Exchange(ref changed, New()).SetResult();

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
