using System.Collections.Immutable;
using FpgaEdge.Planning;

namespace FpgaEdge.Cluster.Simulation;

/// <summary>
/// One promise under exactly its own conditions, as often as somebody has time for: what the swarm does not tell, because
/// there everything goes wrong at once.
/// </summary>
/// <param name="Promise">For example M2.</param>
/// <param name="Conditions">In words.</param>
/// <param name="Measure">What is measured in nanoseconds; empty where only violations count.</param>
/// <param name="P99Ns">Bar of the 99th percentile, or long.MaxValue.</param>
/// <param name="MostNs">Bar of the worst.</param>
/// <param name="Share">Runs of it for each thousand that are asked for: long ones have fewer.</param>
/// <param name="Scenario">The run of a seed.</param>
public sealed record PromiseSweep(
    string Promise, string Conditions, string Measure, long P99Ns, long MostNs, int Share,
    Func<ulong, SimulationOptions> Scenario)
{
    private const long MsNs = 1_000_000;
    private const long SecondNs = 1000 * MsNs;
    private const int AllRuns = 1000;

    /// <summary>All of them, in the order of their names.</summary>
    public static ImmutableArray<PromiseSweep> All { get; } =
    [
        .. new[] { 1, 2, 3, 4, 8, 16 }.Select(boards => Join(boards, 50, 3)),
        Join(8, 100, 5),
        new("M2", "5 boards, one crashes, 5 % loss, 20 ms jitter", "M2 detect", SecondNs, 1500 * MsNs, AllRuns,
            seed => Crash(seed, 5)),
        new("M2", "16 boards, one crashes, 5 % loss, 20 ms jitter", "M2 detect", SecondNs, 1500 * MsNs, 100,
            seed => Crash(seed, 16)),
        new("M3", "4 boards, 1 h each, 5 % loss, 50 ms jitter, 1790 stops of 400 ms", "", 0, 0, 10, Pauses),
        new("M4", "4 boards, each ordered pair cut one way, 2 % loss", "", 0, 0, AllRuns, OneWayCut),
        new("M5", "4 boards, quick restarts and departures, 3 % repeated", "", 0, 0, AllRuns, Ghosts),
        new("M6", "4 boards, cuts in random order and back in another, frames under way", "M1 agree", long.MaxValue,
            3 * SecondNs, AllRuns, Partition),
        new("M7", "4 boards, one interface comes and goes at random for 5 s", "M7 announce", long.MaxValue, SecondNs, AllRuns,
            Interfaces),
        new("P4", "3 boards, all of them crash in mid-stream", "", 0, 0, AllRuns, EverybodyDies),
        new("P5", "4 boards, one crashes in mid-stream, 1 % loss, weights at hand", "P5 replan", long.MaxValue, 500 * MsNs,
            AllRuns, Replan),
        new("P6", "a fourth board joins in mid-stream", "", 0, 0, AllRuns, JoinInMidStream),
        new("P9", "a tenth of all datagrams damaged, a fifth repeated, 10 ms jitter", "", 0, 0, AllRuns, Damage),
    ];

    private static PromiseSweep Join(int boards, int loss, int seconds) => new("M1",
        $"{boards} boards start within a second, {loss / 10} % loss, 20 ms jitter", "M1 agree", long.MaxValue,
        seconds * SecondNs, AllRuns, seed => Quiet(seed, boards, loss, 20) with { AtLeastNs = 7 * SecondNs });

    private static SimulationOptions Quiet(ulong seed, int boards, int loss, int jitterMs) => new()
    {
        Seed = seed,
        Boards = [.. Enumerable.Range(0, boards).Select(number => ClusterSimulation.Board(number))],
        Frames = 0,
        Faults = new NetworkFaults { Loss = loss, JitterNs = jitterMs * MsNs },
    };

    private static SimulationOptions Crash(ulong seed, int boards) => Quiet(seed, boards, 50, 20) with
    {
        AtLeastNs = 7 * SecondNs,
        Events =
        [
            new SimulationFault((4 * SecondNs) + ((long)(seed % 211) * 7 * MsNs), SimulationFaultKind.Kill,
                (int)(seed % (ulong)boards)),
        ],
    };

    private static SimulationOptions Pauses(ulong seed) => Quiet(seed, 4, 50, 50) with
    {
        AtLeastNs = 3600 * SecondNs,
        LimitNs = 3700 * SecondNs,
        Events =
        [
            .. Enumerable.Range(2, 1790).Select(i => new SimulationFault(
                2 * i * SecondNs, SimulationFaultKind.Pause, (int)(((ulong)i + seed) % 4), 0, 400 * MsNs)),
        ],
    };

    private static SimulationOptions OneWayCut(ulong seed)
    {
        int pair = (int)(seed % 12);
        int from = pair / 3;
        int to = (from + 1 + (pair % 3)) % 4;
        return Quiet(seed, 4, 20, 1) with
        {
            AtLeastNs = 10 * SecondNs,
            Events = [new SimulationFault(2 * SecondNs, SimulationFaultKind.Cut, from, to)],
        };
    }

    private static SimulationOptions Ghosts(ulong seed) => Quiet(seed, 4, 20, 30) with
    {
        Frames = 20,
        AtLeastNs = 12 * SecondNs,
        Faults = new NetworkFaults { Loss = 20, Duplicate = 30, JitterNs = 30 * MsNs },
        Events =
        [
            new SimulationFault(2000 * MsNs, SimulationFaultKind.Kill, 1),
            new SimulationFault((2010 + ((long)seed % 300)) * MsNs, SimulationFaultKind.Start, 1),
            new SimulationFault(4000 * MsNs, SimulationFaultKind.Leave, 2),
            new SimulationFault(6000 * MsNs, SimulationFaultKind.Start, 2),
        ],
    };

    private static SimulationOptions Partition(ulong seed)
    {
        var random = new SimulationRandom(seed);
        ImmutableArray<SimulationFault>.Builder events = ImmutableArray.CreateBuilder<SimulationFault>();
        for (int from = 0; from < 4; from++)
        {
            for (int to = 0; to < 4; to++)
            {
                if (from != to && random.Chance(500))
                {
                    events.Add(new SimulationFault(
                        random.Between(1500, 4000) * MsNs, SimulationFaultKind.Cut, from, to));
                    events.Add(new SimulationFault(
                        random.Between(4500, 7000) * MsNs, SimulationFaultKind.Mend, from, to));
                }
            }
        }

        return Quiet(seed, 4, 10, 5) with
        {
            Frames = 80,
            LargestNodeNs = 25 * MsNs,
            AtLeastNs = 12 * SecondNs,
            ExpectResults = true,
            Events = events.ToImmutable(),
        };
    }

    private static SimulationOptions Interfaces(ulong seed)
    {
        var random = new SimulationRandom(seed);
        ImmutableArray<SimulationFault>.Builder events = ImmutableArray.CreateBuilder<SimulationFault>();
        int board = (int)random.Below(4);
        long atNs = 2 * SecondNs;
        while (atNs < 7 * SecondNs)
        {
            events.Add(new SimulationFault(atNs, SimulationFaultKind.Unplug, board));
            atNs += random.Between(1, 1500) * MsNs;
            events.Add(new SimulationFault(atNs, SimulationFaultKind.Plug, board));
            atNs += random.Between(1, 1500) * MsNs;
        }

        return Quiet(seed, 4, 10, 5) with { AtLeastNs = 14 * SecondNs, Events = events.ToImmutable() };
    }

    private static SimulationOptions EverybodyDies(ulong seed) => Quiet(seed, 3, 10, 5) with
    {
        Frames = 50,
        LargestNodeNs = 20 * MsNs,
        DeadlineNs = 4 * SecondNs,
        Events =
        [
            .. Enumerable.Range(0, 3).Select(board => new SimulationFault(
                (1500 + ((long)seed % 1000)) * MsNs, SimulationFaultKind.Kill, board)),
        ],
    };

    private static SimulationOptions Replan(ulong seed) => Quiet(seed, 4, 10, 1) with
    {
        Frames = 600,
        LargestNodeNs = 5 * MsNs,
        CompileNs = MsNs,
        ExpectResults = true,
        Events =
        [
            new SimulationFault((3500 + ((long)seed % 200)) * MsNs, SimulationFaultKind.Kill, (int)(seed % 4)),
        ],
    };

    private static SimulationOptions JoinInMidStream(ulong seed) => Quiet(seed, 4, 0, 1) with
    {
        Frames = 150,
        LargestNodeNs = 10 * MsNs,
        ExpectResults = true,
        Events = [new SimulationFault(2500 * MsNs, SimulationFaultKind.Start, 3)],
    };

    private static SimulationOptions Damage(ulong seed) => Quiet(seed, 3, 0, 10) with
    {
        Frames = 60,
        ExpectResults = true,
        Faults = new NetworkFaults { Corrupt = 100, Duplicate = 200, JitterNs = 10 * MsNs },
    };
}
