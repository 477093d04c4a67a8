using System.Collections.Immutable;
using FpgaEdge.Compiler;
using FpgaEdge.Compiler.Lowering;
using FpgaEdge.Compiler.Packages;
using FpgaEdge.Compiler.Stages;
using FpgaEdge.Hardware;
using FpgaEdge.Model.Integer;
using FpgaEdge.Planning;
using FpgaEdge.Vta;

namespace FpgaEdge.Board;

/// <summary>
/// From a package and a plan to a stage in the DMA window. All work happens on the worker's thread; stages are looked
/// up from any thread.
/// </summary>
/// <param name="board">The board.</param>
/// <param name="accelerator">Where stages run.</param>
/// <param name="log">Told what was loaded.</param>
/// <param name="modelledCompute">
/// Above 0, stages compute nothing and take so many times the plan's modelled time.
/// </param>
internal sealed class StageLoader(BoardDescription board, BoardAccelerator accelerator, BoardLog log, int modelledCompute = 0)
{
    private readonly Lock gate = new();
    private readonly Dictionary<StageKey, LoadedStage> loaded = [];
    private readonly HashSet<StageKey> wanted = [];
    private readonly List<StageRequest> waiting = [];
    private readonly WindowAllocator window = new(board.Dma.ByteCount);
    private readonly ScheduleCache schedules = new();
    private readonly Lock installing = new();
    private bool closed;
    private (PackageHash Hash, Package Package)? latest;

    /// <summary>Memory that stages share.</summary>
    public long MemoryBytes => board.Dma.ByteCount;

    /// <summary>The DMA window is about to go: from now on nothing is written to it.</summary>
    public void Close()
    {
        lock (installing)
        {
            closed = true;
        }
    }

    /// <summary>The stage will be asked for: see <see cref="Load"/>.</summary>
    public void Want(StageKey key)
    {
        lock (gate)
        {
            wanted.Add(key);
        }
    }

    /// <summary>The stage is not needed any more. The result, if any, is to be <see cref="Free"/>d after its last
    /// frame.</summary>
    public LoadedStage? Release(StageKey key)
    {
        lock (gate)
        {
            wanted.Remove(key);
            return loaded.Remove(key, out LoadedStage? stage) ? stage : null;
        }
    }

    /// <summary>The stage, if it is loaded.</summary>
    public LoadedStage? Find(StageKey key)
    {
        lock (gate)
        {
            return loaded.GetValueOrDefault(key);
        }
    }

    /// <summary>Gives a stage's part of the window back, and loads what waited for room.</summary>
    public void Free(LoadedStage stage)
    {
        if (stage.Offset < 0)
        {
            return;
        }
        window.Free(stage.Offset);
        StageRequest[] again = [.. waiting];
        waiting.Clear();
        Array.ForEach(again, Load);
    }

    /// <summary>Every stage that takes frames.</summary>
    public StageAbout[] Loaded()
    {
        lock (gate)
        {
            var stages = new StageAbout[loaded.Count];
            int count = 0;
            foreach (KeyValuePair<StageKey, LoadedStage> entry in loaded)
            {
                stages[count++] = entry.Value.About;
            }
            return stages;
        }
    }

    /// <summary>The costs of a network on several kinds of boards, the same on every board that computes
    /// them.</summary>
    /// <exception cref="PackageFormatException">The bytes are not a package.</exception>
    public NetworkCosts Costs(PackageHash hash, ReadOnlyMemory<byte> bytes, ImmutableArray<BoardKind> kinds)
    {
        IntegerGraph graph = Read(hash, bytes).Graph;
        return NetworkCostTable.Compute(graph, hash, kinds, schedules);
    }

    /// <summary>Compiles and loads a stage, unless it is no longer wanted; waits for room if another stage
    /// goes.</summary>
    public void Load(StageRequest request)
    {
        if (!IsWanted(request.Key))
        {
            return;
        }
        if (Find(request.Key) is not null)
        {
            request.Ready();
            return;
        }
        try
        {
            if (modelledCompute > 0)
            {
                LoadModelled(request);
                return;
            }
            long start = TimeProvider.System.GetTimestamp();
            CompiledStage stage = Compile(request);
            CompiledStage software = Compile(request, [.. Enumerable.Range(stage.FirstNode, stage.LastNode - stage.FirstNode)]);
            if (!window.TryTake(stage.WindowBytes, out long offset))
            {
                Postpone(request, stage.WindowBytes);
                return;
            }
            if (!Install(request, stage, software, offset))
            {
                return;
            }
            log.Write("stage ready", ("plan", request.Plan.Hash), ("stage", $"{request.Index + 1} of {request.Plan.Stages.Length}"),
                ("nodes", $"{stage.FirstNode}..{stage.LastNode - 1}"), ("windowBytes", stage.WindowBytes),
                ("modelledNs", stage.ModelledNs),
                ("compileMs", (long)TimeProvider.System.GetElapsedTime(start).TotalMilliseconds));
            request.Ready();
        }
        catch (Exception e) when (e is CompilerException or PackageFormatException or VtaException or HardwareException)
        {
            log.Write("stage failed", ("plan", request.Plan.Hash), ("reason", e.Message));
            request.Failed(e.Message);
        }
    }

    private void LoadModelled(StageRequest request)
    {
        StageAbout about = About(request);
        lock (gate)
        {
            if (!wanted.Contains(request.Key))
            {
                return;
            }
            loaded.Add(request.Key,
                new ModelledStage(request.Plan.Stages[request.Index].ComputeNs * modelledCompute) { About = about });
        }
        request.Ready();
    }

    private CompiledStage Compile(StageRequest request, HashSet<int>? onCores = null)
    {
        Package package = Read(request.Plan.Package, request.PackageBytes);
        PlanStage stage = request.Plan.Stages[request.Index];
        VtaConfiguration vta = board.Accelerator.Configuration;
        StageTarget target = StageTarget.For(
            board.Name, vta.BitstreamName, board.Accelerator.ClockHertz, board.Dma.ByteCount, vta.Isa);
        return StageCompiler.Compile(package.Graph, stage.FirstNode, stage.LastNode, target, schedules, onCores);
    }

    /// <summary>Writes the stage into the window; false when nobody wants it any more.</summary>
    private bool Install(StageRequest request, CompiledStage compiled, CompiledStage software, long offset)
    {
        lock (installing)
        {
            if (!closed)
            {
                var stage = new ExecutableStage(compiled, software, accelerator, offset) { About = About(request) };
                lock (gate)
                {
                    if (wanted.Contains(request.Key))
                    {
                        loaded.Add(request.Key, stage);
                        return true;
                    }
                }
            }
        }
        window.Free(offset);
        return false;
    }

    private StageAbout About(StageRequest request)
    {
        PlanStage stage = request.Plan.Stages[request.Index];
        return new StageAbout
        {
            Network = Read(request.Plan.Package, request.PackageBytes).Graph.Name,
            Stage = request.Index + 1,
            Stages = request.Plan.Stages.Length,
            FirstLayer = stage.FirstNode,
            Layers = stage.LastNode - stage.FirstNode,
        };
    }

    private void Postpone(StageRequest request, long bytes)
    {
        if (window.IsEmpty)
        {
            throw new CompilerException(
                $"expected a stage of at most {board.Dma.ByteCount} bytes of DMA window, found {bytes}; add boards");
        }
        waiting.Add(request);
    }

    private bool IsWanted(StageKey key)
    {
        lock (gate)
        {
            return wanted.Contains(key);
        }
    }

    /// <summary>Costs and stage of a package are asked for one after the other: the latest one is kept.</summary>
    private Package Read(PackageHash hash, ReadOnlyMemory<byte> bytes)
    {
        if (latest is not (PackageHash known, Package package) || known != hash)
        {
            package = Package.Read(bytes.Span);
            latest = (hash, package);
        }
        return package;
    }
}

/// <summary>Names a stage of a plan.</summary>
internal readonly record struct StageKey(PlanHash Plan, int Index);

/// <summary>A stage to load, and whom to tell.</summary>
internal sealed record StageRequest(
    Plan Plan, int Index, ReadOnlyMemory<byte> PackageBytes, Action Ready, Action<string> Failed)
{
    /// <summary>The stage's name.</summary>
    public StageKey Key => new(Plan.Hash, Index);
}
