using System.Collections.Concurrent;

namespace FpgaEdge.Board;

/// <summary>The thread for what takes long and is not urgent: reading packages, estimating costs, compiling
/// stages.</summary>
internal sealed class Worker : IDisposable
{
    private static readonly TimeSpan StopLimit = TimeSpan.FromMilliseconds(200);

    private readonly BlockingCollection<Action> jobs = [];
    private readonly Thread thread;
    private readonly Action<Exception> failed;
    private volatile bool stopping;

    /// <summary>Makes and starts the thread.</summary>
    /// <param name="failed">Told of an exception that a job did not handle: a defect.</param>
    public Worker(Action<Exception> failed)
    {
        this.failed = failed;
        thread = new Thread(Run) { Name = "worker", IsBackground = true, Priority = ThreadPriority.BelowNormal };
        thread.Start();
    }

    /// <summary>Does something, later.</summary>
    public void Post(Action job)
    {
        if (!stopping)
        {
            jobs.Add(job);
        }
    }

    /// <summary>
    /// Stops after the job in hand; what is still queued is dropped. A compilation takes seconds and does no harm, so a
    /// job is not waited for: it ends with the process.
    /// </summary>
    public void Dispose()
    {
        stopping = true;
        jobs.Add(() => { });
        thread.Join(StopLimit);
    }

    private void Run()
    {
        try
        {
            while (!stopping)
            {
                jobs.Take()();
            }
        }
        catch (Exception e)
        {
            if (!stopping)
            {
                failed(e);
            }
        }
    }
}
