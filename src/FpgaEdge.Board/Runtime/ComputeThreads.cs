using FpgaEdge.Cluster;
using FpgaEdge.Planning.Deadlines;

namespace FpgaEdge.Board;

/// <summary>
/// The threads that execute frames: one that uses the accelerator, and one that runs the same layers in software. Frames
/// go by earliest deadline; <see cref="FrameQueue{T}"/> decides which thread takes which. A stage goes only after its
/// last frame.
/// </summary>
internal sealed class ComputeThreads : IDisposable
{
    private static readonly string[] Names = ["compute", "software"];

    private readonly Lock gate = new();
    private readonly FrameQueue<(LoadedStage Stage, FrameWork Work)> queue;
    private readonly Dictionary<LoadedStage, int> pending = [];
    private readonly HashSet<LoadedStage> retiring = [];
    private readonly SemaphoreSlim[] wake = [.. Names.Select(_ => new SemaphoreSlim(0))];
    private readonly Action<LoadedStage, FrameWork, ComputeResourceKind> execute;
    private readonly Action<LoadedStage> retire;
    private readonly Thread[] threads;
    private volatile bool stopping;
    private bool someoneElseIsAlone;
    private int frames;

    /// <summary>Makes and starts the threads.</summary>
    /// <param name="memoryBytes">Memory that stages share.</param>
    /// <param name="execute">Executes a frame, on the thread of the resource; must not throw.</param>
    /// <param name="retire">Called when a stage's last frame is done.</param>
    public ComputeThreads(
        long memoryBytes, Action<LoadedStage, FrameWork, ComputeResourceKind> execute, Action<LoadedStage> retire)
    {
        queue = new FrameQueue<(LoadedStage, FrameWork)>(Names.Length, memoryBytes);
        this.execute = execute;
        this.retire = retire;
        threads = [.. Names.Select((name, resource) => new Thread(() => Run(resource)) { Name = name, IsBackground = true })];
        Array.ForEach(threads, thread => thread.Start());
    }

    /// <summary>Executes a frame, later.</summary>
    public void Submit(LoadedStage stage, in FrameWork work)
    {
        lock (gate)
        {
            pending[stage] = pending.GetValueOrDefault(stage) + 1;
            frames++;
            queue.Add(NodeLoop.NowNs, (stage, work), work.DeadlineNs, stage.Costs);
        }
        WakeAll();
    }

    /// <summary>Frames that wait, and frames in hand.</summary>
    public (int Waiting, int Executing) Load
    {
        get
        {
            lock (gate)
            {
                return (queue.Count, frames - queue.Count);
            }
        }
    }

    /// <summary>Does something, on this thread, while no frame is executed; frames that come meanwhile wait.</summary>
    /// <returns>False, and nothing done, when there are frames.</returns>
    public bool TryAlone(Action work)
    {
        lock (gate)
        {
            if (frames > 0 || someoneElseIsAlone)
            {
                return false;
            }
            someoneElseIsAlone = true;
        }
        try
        {
            work();
            return true;
        }
        finally
        {
            lock (gate)
            {
                someoneElseIsAlone = false;
            }
            WakeAll();
        }
    }

    /// <summary>Ends a stage, after the frames that were submitted before.</summary>
    public void Retire(LoadedStage stage)
    {
        lock (gate)
        {
            if (pending.ContainsKey(stage))
            {
                retiring.Add(stage);
                return;
            }
        }
        retire(stage);
    }

    /// <summary>Stops after the frames in hand; what is still queued is dropped.</summary>
    public void Dispose()
    {
        stopping = true;
        WakeAll();
        Array.ForEach(threads, thread => thread.Join());
        Array.ForEach(wake, semaphore => semaphore.Dispose());
    }

    private void WakeAll() => Array.ForEach(wake, semaphore => semaphore.Release());

    private void Run(int resource)
    {
        while (!stopping)
        {
            if (!TryTake(resource, out (LoadedStage Stage, FrameWork Work) next))
            {
                // What this thread leaves alone now may become its own when the other one is slower than modelled.
                wake[resource].Wait(queue.Count == 0 ? Timeout.Infinite : 1);
                continue;
            }
            execute(next.Stage, next.Work, (ComputeResourceKind)resource);
            Finish(next.Stage);
        }
    }

    private bool TryTake(int resource, out (LoadedStage Stage, FrameWork Work) next)
    {
        lock (gate)
        {
            next = default;
            return !someoneElseIsAlone && queue.TryTake(NodeLoop.NowNs, resource, out next);
        }
    }

    private void Finish(LoadedStage stage)
    {
        lock (gate)
        {
            frames--;
            if (--pending[stage] > 0)
            {
                return;
            }
            pending.Remove(stage);
            if (!retiring.Remove(stage))
            {
                return;
            }
        }
        retire(stage);
    }
}

/// <summary>Who executes a frame, in the order of a stage's costs.</summary>
internal enum ComputeResourceKind
{
    /// <summary>The accelerator, and a core for what it cannot do.</summary>
    Accelerator,

    /// <summary>A core alone.</summary>
    Software,
}
