using FpgaEdge.Cluster;

namespace FpgaEdge.Board;

/// <summary>
/// The one thread that uses the accelerator. Frames and the end of stages pass through it in the order in which they
/// were handed over, so a stage goes only after its last frame.
/// </summary>
internal sealed class ComputeThread : IDisposable
{
    private readonly Queue<(LoadedStage Stage, FrameWork? Work)> queue = new(64);
    private readonly Action<LoadedStage, FrameWork> execute;
    private readonly Action<LoadedStage> retire;
    private readonly Thread thread;
    private bool stopping;

    /// <summary>Makes and starts the thread.</summary>
    /// <param name="execute">Executes a frame; must not throw.</param>
    /// <param name="retire">Called when a stage's last frame is done.</param>
    public ComputeThread(Action<LoadedStage, FrameWork> execute, Action<LoadedStage> retire)
    {
        this.execute = execute;
        this.retire = retire;
        thread = new Thread(Run) { Name = "compute", IsBackground = true };
        thread.Start();
    }

    /// <summary>Executes a frame, later.</summary>
    public void Submit(LoadedStage stage, in FrameWork work) => Enqueue(stage, work);

    /// <summary>Ends a stage, after the frames that were submitted before.</summary>
    public void Retire(LoadedStage stage) => Enqueue(stage, null);

    /// <summary>Stops after the frame in hand; what is still queued is dropped.</summary>
    public void Dispose()
    {
        lock (queue)
        {
            stopping = true;
            Monitor.Pulse(queue);
        }
        thread.Join();
    }

    private void Enqueue(LoadedStage stage, FrameWork? work)
    {
        lock (queue)
        {
            queue.Enqueue((stage, work));
            Monitor.Pulse(queue);
        }
    }

    private void Run()
    {
        while (Next() is (LoadedStage stage, var work))
        {
            if (work is FrameWork frame)
            {
                execute(stage, frame);
            }
            else
            {
                retire(stage);
            }
        }
    }

    private (LoadedStage Stage, FrameWork? Work)? Next()
    {
        lock (queue)
        {
            while (queue.Count == 0 && !stopping)
            {
                Monitor.Wait(queue);
            }
            return stopping ? null : queue.Dequeue();
        }
    }
}
