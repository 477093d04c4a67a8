using System.Collections.Immutable;

namespace FpgaEdge.Planning.Deadlines;

/// <summary>Units of one kind that execute layers one at a time: the accelerator, or the software workers.</summary>
/// <param name="Name">For people.</param>
/// <param name="Units">How many of them a board has.</param>
/// <param name="BusyMilliwatts">Drawn by one unit while it executes.</param>
/// <param name="ReadyMilliwatts">Drawn by one unit that is clocked and waits.</param>
/// <param name="WakeNs">Time until a unit whose clock was stopped can execute; a stopped unit draws nothing.</param>
public sealed record ComputeResource(string Name, int Units, int BusyMilliwatts, int ReadyMilliwatts, long WakeNs)
{
    /// <summary>VTA in the fabric of a Zynq-7020.</summary>
    public static ComputeResource Accelerator(AssumptionSet assume) => new(
        "VTA", 1, (int)assume["VTA busy power"], (int)(assume["VTA busy power"] * assume["VTA ready share"] / 1000),
        assume["VTA wake"]);

    /// <summary>The two Cortex-A9 cores as workers; the operating system stops a waiting core by itself.</summary>
    public static ComputeResource Workers(AssumptionSet assume) =>
        new("Cortex-A9 worker", 2, (int)assume["core busy power"], 0, 0);
}

/// <summary>What the deadline study assumes of a Zynq-7020 board of the PYNQ-Z2 class.</summary>
public static class DeadlineAssumptions
{
    private const string Tiny = "MLPerf Tiny v0.7/v1.0 result files, hls4ml-finn, PYNQ-Z2";

    /// <summary>The values used for reports.</summary>
    public static AssumptionSet Default { get; } = new(
    [
        new("board idle power", "mW", 940, BoardPower.Zynq7020.IdleMilliwatts, 1270,
            $"{Tiny}: 1.59 to 1.77 W while computing, less 350 mW of the accelerator and 150 to 300 mW of the core that polls for it " +
            "there (submitter_implemented.cpp)"),
        new("VTA busy power", "mW", 180, BoardPower.Zynq7020.BusyMilliwatts, 500,
            $"low: what designs of {Tiny} differ by; value and high: estimates for 256 multipliers at 100 MHz"),
        new("VTA ready share", "permille", 200, 333, 600, "estimate: clock tree and enabled memories of a waiting design"),
        new("VTA wake", "ns", 10, 2_000, 20_000,
            "low: our gateware's gate, a cycle; value and high: estimates for designs that software stops by the PS clock register"),
        new("core busy power", "mW", 150, 280, 300,
            "high: ARM's power-optimised dual Cortex-A9 macro, 0.5 W at 800 MHz in 40 nm, from memory; value: estimate"),
    ]);
}

/// <summary>One layer of a periodic network.</summary>
/// <param name="TimeNs">Time on a unit of each resource, in the workload's order; negative where it cannot run.</param>
/// <param name="MemoryBytes">Bytes it holds while it runs.</param>
public sealed record DeadlineLayer(ImmutableArray<long> TimeNs, long MemoryBytes);

/// <summary>A network that is asked for again and again; its layers run one after the other.</summary>
/// <param name="Name">For people.</param>
/// <param name="PeriodNs">Time between two requests.</param>
/// <param name="DeadlineNs">Time a request may take; at most the period.</param>
/// <param name="Layers">In order.</param>
public sealed record PeriodicNetwork(
    string Name, long PeriodNs, long DeadlineNs, ImmutableArray<DeadlineLayer> Layers);

/// <summary>Everything one board has to do, and with what.</summary>
/// <param name="Resources">The kinds of units.</param>
/// <param name="Networks">The periodic networks; all of them start at time 0.</param>
/// <param name="IdleMilliwatts">What the board draws besides its units.</param>
/// <param name="MemoryBytes">Memory that layers share.</param>
public sealed record DeadlineWorkload(
    ImmutableArray<ComputeResource> Resources, ImmutableArray<PeriodicNetwork> Networks, int IdleMilliwatts,
    long MemoryBytes)
{
    /// <summary>
    /// The same with all periods and deadlines multiplied by parts per thousand: a lower or higher rate.
    /// </summary>
    public DeadlineWorkload AtRate(int periodPermille) => this with
    {
        Networks =
        [
            .. Networks.Select(network => network with
            {
                PeriodNs = Math.Max(1, network.PeriodNs * periodPermille / 1000),
                DeadlineNs = Math.Max(1, network.DeadlineNs * periodPermille / 1000),
            }),
        ],
    };

    /// <summary>Checks what the scheduler relies on.</summary>
    /// <exception cref="PlanningException">One line that names the network and what is wrong.</exception>
    public void EnsureValid()
    {
        foreach (PeriodicNetwork network in Networks)
        {
            if (network.PeriodNs < 1 || network.DeadlineNs < 1 || network.DeadlineNs > network.PeriodNs)
            {
                throw new PlanningException(
                    $"network {network.Name}: expected 0 < deadline <= period, found a deadline of "
                    + $"{network.DeadlineNs} ns and a period of {network.PeriodNs} ns");
            }
            for (int layer = 0; layer < network.Layers.Length; layer++)
            {
                ImmutableArray<long> times = network.Layers[layer].TimeNs;
                if (times.Length != Resources.Length || times.All(time => time < 0))
                {
                    throw new PlanningException(
                        $"network {network.Name}, layer {layer}: expected {Resources.Length} times, "
                        + "one of them at least 0");
                }
            }
            if (network.Layers.IsEmpty)
            {
                throw new PlanningException($"network {network.Name} has no layers");
            }
        }
    }
}
