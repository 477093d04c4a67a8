using System.Collections.Immutable;
using FpgaEdge.Planning;

namespace FpgaEdge.Cluster.Simulation;

/// <summary>
/// Draws everything about a simulation from its seed: how many boards of which kinds, what the network does, what
/// happens when. First comes the safety phase, in which anything may break; after the healing at seven seconds the
/// cluster has to recover (liveness).
/// </summary>
public static class SwarmScenario
{
    private const long SecondNs = 1_000_000_000;
    private const long HealNs = 7 * SecondNs;
    private static readonly int[] Losses = [0, 0, 10, 50, 100];
    private static readonly int[] Rates = [0, 0, 10, 50];
    private static readonly long[] Jitters = [20_000, 200_000, 1_000_000, 10_000_000, 50_000_000];

    /// <summary>The scenario of a seed; boards may be given instead of drawn.</summary>
    public static SimulationOptions Of(ulong seed, ImmutableArray<Member> boards = default) =>
        Of(seed, boards, PlantedBug.None);

    internal static SimulationOptions Of(ulong seed, ImmutableArray<Member> boards, PlantedBug bug)
    {
        var random = new SimulationRandom(seed ^ 0x5EED);
        if (boards.IsDefaultOrEmpty)
        {
            boards = DrawBoards(random);
        }

        int clients = random.Chance(300) ? 2 : 1;
        return new SimulationOptions
        {
            Seed = seed,
            Boards = boards,
            Clients = clients,
            Networks = random.Chance(500) ? clients : 1,
            Nodes = (int)random.Between(3, 14),
            LargestTensor = random.Chance(200) ? 60_000 : 5_000,
            LargestNodeNs = random.Between(1_000_000, 25_000_000),
            Frames = (int)random.Between(20, 60),
            SlotsPerStage = (int)random.Between(2, 5),
            Multicast = !random.Chance(150),
            Faults = new NetworkFaults
            {
                Loss = Losses[random.Below(Losses.Length)],
                Duplicate = Rates[random.Below(Rates.Length)],
                Corrupt = Rates[random.Below(Rates.Length)],
                DelayNs = random.Between(50_000, 2_000_000),
                JitterNs = Jitters[random.Below(Jitters.Length)],
            },
            Events = DrawEvents(random, boards.Length, clients),
            ExpectResults = true,
            AtLeastNs = HealNs + (5 * SecondNs),
            CommandPeriodNs = random.Chance(300) ? random.Between(20_000_000, SecondNs) : 0,
            PlantedBug = bug,
        };
    }

    private static ImmutableArray<Member> DrawBoards(SimulationRandom random)
    {
        int count = (int)random.Between(1, 6);
        bool mixed = random.Chance(300);
        return
        [
            .. Enumerable.Range(0, count).Select(number => mixed && number % 2 == 1
                ? ClusterSimulation.Board(number, "virtual-ultra96", 300_000_000) : ClusterSimulation.Board(number)),
        ];
    }

    private static ImmutableArray<SimulationFault> DrawEvents(SimulationRandom random, int boards, int clients)
    {
        ImmutableArray<SimulationFault>.Builder events = ImmutableArray.CreateBuilder<SimulationFault>();
        if (boards > 1 && random.Chance(300))
        {
            events.Add(new SimulationFault(random.Between(2, 5) * SecondNs, SimulationFaultKind.Start, boards - 1));
            boards--;
        }

        for (long count = random.Below(6); count > 0; count--)
        {
            DrawEvent(random, boards, boards + clients, events);
        }

        events.Add(new SimulationFault(HealNs, SimulationFaultKind.Heal));
        return events.DrainToImmutable();
    }

    private static void DrawEvent(
        SimulationRandom random, int boards, int nodes, ImmutableArray<SimulationFault>.Builder events)
    {
        long atNs = random.Between(1_500_000_000, 6 * SecondNs);
        int board = (int)random.Below(boards);
        int other = (int)random.Below(nodes);
        switch (random.Below(6))
        {
            case 0 or 1:
                DrawKill(random, atNs, board, other, events);
                break;
            case 2:
                events.Add(new SimulationFault(atNs, SimulationFaultKind.Pause, board, 0,
                    random.Between(50_000_000, random.Chance(700) ? 400_000_000 : 2 * SecondNs)));
                break;
            case 3:
                events.Add(new SimulationFault(atNs, SimulationFaultKind.Cut, board, other));
                break;
            case 4:
                for (int i = 0; i < 4; i++)
                {
                    events.Add(new SimulationFault(atNs + random.Below(SecondNs), SimulationFaultKind.Clog,
                        (int)random.Below(nodes), (int)random.Below(nodes), random.Between(10_000_000, SecondNs)));
                }

                break;
            default:
                events.Add(new SimulationFault(atNs, SimulationFaultKind.Slow, board));
                break;
        }
    }

    private static void DrawKill(
        SimulationRandom random, long atNs, int board, int other, ImmutableArray<SimulationFault>.Builder events)
    {
        SimulationFaultKind kind = random.Chance(800) ? SimulationFaultKind.Kill : SimulationFaultKind.Leave;
        long startNs = atNs + random.Between(10_000_000, random.Chance(500) ? 3 * SecondNs : SecondNs / 5);
        events.Add(new SimulationFault(atNs, kind, board));
        events.Add(new SimulationFault(startNs, SimulationFaultKind.Start, board));
        if (random.Chance(400))
        {
            // What the board said before it died arrives only after it was started again.
            events.Add(new SimulationFault(
                atNs - 300_000_000, SimulationFaultKind.Clog, board, other, random.Between(1, 2) * SecondNs));
            events.Add(new SimulationFault(startNs, SimulationFaultKind.Clog, board, other, 0));
        }
    }
}
