using System.Collections.Immutable;
using FpgaEdge.Planning;

namespace FpgaEdge.Cluster.Simulation;

/// <summary>What a simulation is made from; with the same options it always does the same.</summary>
public sealed record SimulationOptions
{
    /// <summary>Everything random comes from it.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>The boards; their incarnation counts from the first start.</summary>
    public required ImmutableArray<Member> Boards { get; init; }

    /// <summary>Clients, each with a request of its own.</summary>
    public int Clients { get; init; } = 1;

    /// <summary>Networks; client i uses network i mod this.</summary>
    public int Networks { get; init; } = 1;

    /// <summary>Real networks; client i uses number i mod how many there are. Random ones if empty.</summary>
    public ImmutableArray<SimulatedModel> Models { get; init; } = [];

    /// <summary>
    /// Datagrams occupy the links of sender and receiver for as long as the speed that boards announce gives; the
    /// client's link is as fast as the fastest board's. Otherwise the network has no limit.
    /// </summary>
    public bool LinksHaveSpeed { get; init; }

    /// <summary>Nodes of each network.</summary>
    public int Nodes { get; init; } = 12;

    /// <summary>Bytes of the largest tensor.</summary>
    public int LargestTensor { get; init; } = 6000;

    /// <summary>Modelled time of the slowest node at 100 MHz.</summary>
    public long LargestNodeNs { get; init; } = 2_000_000;

    /// <summary>Frames of each client.</summary>
    public int Frames { get; init; } = 60;

    /// <summary>When greater than 0, clients submit frames until then, however many; <see cref="Frames"/> does not
    /// count.</summary>
    public long StreamUntilNs { get; init; }

    /// <summary>How often each client asks a board something; 0 for never.</summary>
    public long CommandPeriodNs { get; init; }

    /// <summary>Time each frame has.</summary>
    public long DeadlineNs { get; init; } = 60_000_000_000;

    /// <summary>Shortest time to prepare a stage.</summary>
    public long CompileAtLeastNs { get; init; } = 1;

    /// <summary>Longest time to prepare a stage.</summary>
    public long CompileNs { get; init; } = 50_000_000;

    /// <summary>Time to compute the costs of a network.</summary>
    public long CostsNs { get; init; } = 10_000_000;

    /// <summary>Slots of each stage.</summary>
    public int SlotsPerStage { get; init; } = 4;

    /// <summary>Last start of a board at the beginning.</summary>
    public long LastStartNs { get; init; } = 1_000_000_000;

    /// <summary>When clients start.</summary>
    public long ClientStartNs { get; init; } = 500_000_000;

    /// <summary>Nothing may be left to do by then.</summary>
    public long LimitNs { get; init; } = 120_000_000_000;

    /// <summary>The simulation goes on at least until then, even when all frames have ended.</summary>
    public long AtLeastNs { get; init; }

    /// <summary>The scenario leaves every frame enough time to end in a result: an error is a violation too.</summary>
    public bool ExpectResults { get; init; }

    /// <summary>False: no multicast, everybody knows the address of board 0.</summary>
    public bool Multicast { get; init; } = true;

    /// <summary>A key for authenticated encryption; empty for the plain checksum.</summary>
    public ImmutableArray<byte> ClusterKey { get; init; } = [];

    /// <summary>What the network does from the beginning.</summary>
    public NetworkFaults Faults { get; init; } = new();

    /// <summary>What happens when.</summary>
    public ImmutableArray<SimulationFault> Events { get; init; } = [];

    /// <summary>Options of the planner.</summary>
    public PlannerOptions Planning { get; init; } = PlannerOptions.Pipelined;

    /// <summary>Keep <see cref="SimulationResult.History"/>.</summary>
    public bool KeepsHistory { get; init; }

    /// <summary>Told the simulated time now and then; may throw to end the simulation.</summary>
    public Action<long>? Progress { get; init; }

    internal PlantedBug PlantedBug { get; init; }
}

/// <summary>A real network in a simulation.</summary>
/// <param name="Costs">Tensors, cuts and times.</param>
/// <param name="PackageBytes">Size of its package; 0 for a small one of random size.</param>
public sealed record SimulatedModel(NetworkCosts Costs, int PackageBytes = 0);

/// <summary>Something that happens to the simulated cluster.</summary>
/// <param name="AtNs">When.</param>
/// <param name="Kind">What.</param>
/// <param name="Board">To which board, by number from 0; for links, from which node.</param>
/// <param name="Other">For links: to which node (clients come after the boards).</param>
/// <param name="DurationNs">For pauses and clogs.</param>
public readonly record struct SimulationFault(
    long AtNs, SimulationFaultKind Kind, int Board = 0, int Other = 0, long DurationNs = 0);

/// <summary>Kinds of <see cref="SimulationFault"/>.</summary>
public enum SimulationFaultKind : byte
{
    /// <summary>The board stops without a word.</summary>
    Kill,

    /// <summary>The board says goodbye and stops.</summary>
    Leave,

    /// <summary>The board starts, for the first time or again.</summary>
    Start,

    /// <summary>The board does nothing for a while; what arrives waits.</summary>
    Pause,

    /// <summary>Nothing gets from one node to the other any more.</summary>
    Cut,

    /// <summary>The opposite of <see cref="Cut"/>.</summary>
    Mend,

    /// <summary>What one node sends to the other is held back for a while.</summary>
    Clog,

    /// <summary>From now on the board computes ten times as long.</summary>
    Slow,

    /// <summary>The board's only interface goes: every send is refused, nothing arrives.</summary>
    Unplug,

    /// <summary>The board's interface comes back.</summary>
    Plug,

    /// <summary>All links work, all boards run, nothing is slow.</summary>
    Heal,
}

/// <summary>What a simulation found.</summary>
/// <param name="Seed">Its seed.</param>
/// <param name="Violations">Broken promises, each with its name first; empty is good.</param>
/// <param name="Completed">Frames that ended in a result.</param>
/// <param name="Failed">Frames that ended in an error.</param>
/// <param name="Datagrams">Datagrams sent.</param>
/// <param name="EndNs">Simulated time.</param>
/// <param name="Measures">What was measured, in nanoseconds, by name.</param>
/// <param name="Timeline">What happened, in order.</param>
/// <param name="ResultsNs">When the first client had the result of each of its frames.</param>
/// <param name="Answers">Commands that boards answered.</param>
/// <param name="Deadlines">For each client, frames that missed their deadline, by board.</param>
/// <param name="History">What happened, when it was to be kept; else null.</param>
public sealed record SimulationResult(
    ulong Seed, ImmutableArray<string> Violations, int Completed, int Failed, long Datagrams, long EndNs,
    ImmutableArray<SimulationMeasure> Measures, ImmutableArray<string> Timeline, ImmutableArray<long> ResultsNs, int Answers,
    ImmutableArray<DeadlineReport> Deadlines, SimulationHistory? History = null);

/// <summary>A measured time.</summary>
/// <param name="Name">For example "M2 detect".</param>
/// <param name="Ns">Nanoseconds.</param>
public readonly record struct SimulationMeasure(string Name, long Ns);
