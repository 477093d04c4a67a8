using FpgaEdge.Planning;

namespace FpgaEdge.Cluster.Simulation;

/// <summary>Watches a simulation and names every promise that is broken.</summary>
internal sealed class SimulationChecks(ClusterSimulation simulation)
{
    private const long DetectNs = 1_500_000_000;
    private const long SettleNs = 3_000_000_000;
    private const long QuietNs = 2_000_000_000;
    private const long AllowedPauseNs = 400_000_000;
    private const int MostViolations = 10;
    private readonly Dictionary<(ulong View, PackageHash Package), PlanHash> planOf = [];
    private readonly Dictionary<(int From, int To), long> linkTroubleUntilNs = [];
    private readonly Dictionary<(int Observer, int Subject), long> lostNs = [];
    private readonly Dictionary<(int Observer, int Life, BoardId Subject), uint> newestLife = [];
    private long disturbedNs;
    private long longPauseUntilNs = long.MinValue / 2;
    private long clogUntilNs;
    private readonly Dictionary<int, long> pluggedNs = [];
    private long otherFaultUntilNs = long.MinValue / 2;
    private long stoppedNs = long.MinValue / 2;
    private long earlierStopNs = long.MinValue / 2;
    private long firstLostNs = -1;
    private bool agreed;

    public List<string> Violations { get; } = [];

    public List<SimulationMeasure> Measures { get; } = [];

    /// <summary>Enough was found.</summary>
    public bool IsOver => Violations.Count >= MostViolations;

    /// <summary>
    /// What the seal kept out, for whatever reason: damage may hit the part of an envelope that names the cluster, and
    /// then looks like a datagram of another one.
    /// </summary>
    public static long Ignored(NodeCounters counters) => counters.IgnoredDamaged + counters.IgnoredForged
        + counters.IgnoredReplayed + counters.IgnoredOtherCluster + counters.IgnoredOtherSeal;

    public void Violate(string text)
    {
        Violations.Add($"{text} (at {simulation.NowNs / 1_000_000} ms)");
        simulation.Note("VIOLATION " + text);
    }

    /// <summary>When something was last done to the cluster, or has its last effect.</summary>
    public long DisturbedNs => Math.Max(disturbedNs, clogUntilNs);

    public void OnDisturbance()
    {
        disturbedNs = simulation.NowNs;
        agreed = false;
    }

    /// <summary>Something besides a crash happens, or has its effect until then.</summary>
    public void OnOtherFault(long untilNs) => otherFaultUntilNs = Math.Max(otherFaultUntilNs, untilNs);

    /// <summary>An interface went or came back.</summary>
    public void OnPlug(int board, bool isPlugged)
    {
        OnOtherFault(simulation.NowNs);
        foreach (int other in Enumerable.Range(0, simulation.Boards.Length + simulation.Clients.Length))
        {
            OnLink(board, other, simulation.NowNs);
            OnLink(other, board, simulation.NowNs);
        }

        pluggedNs.Remove(board);
        if (isPlugged)
        {
            pluggedNs[board] = simulation.NowNs;
        }
    }

    /// <summary>M7: the first that anybody hears of a board after its interface came back.</summary>
    public void OnDelivery(int from)
    {
        if (pluggedNs.Count > 0 && pluggedNs.Remove(from, out long sinceNs))
        {
            Measures.Add(new SimulationMeasure("M7 announce", simulation.NowNs - sinceNs));
        }
    }

    public void OnStop(SimulatedBoard board)
    {
        earlierStopNs = stoppedNs;
        stoppedNs = simulation.NowNs;
        firstLostNs = -1;
        foreach (SimulatedBoard observer in simulation.Boards)
        {
            lostNs.Remove((observer.Index, board.Index));
        }
    }

    public void OnPause(in SimulationFault fault)
    {
        if (fault.DurationNs > AllowedPauseNs)
        {
            longPauseUntilNs = Math.Max(longPauseUntilNs, simulation.NowNs + fault.DurationNs);
        }

        disturbedNs = simulation.NowNs + fault.DurationNs;
        OnOtherFault(disturbedNs);
    }

    public void OnLink(int from, int to, long untilNs)
    {
        linkTroubleUntilNs[(from, to)] = Math.Max(
            untilNs, linkTroubleUntilNs.GetValueOrDefault((from, to), long.MinValue / 2));
        disturbedNs = Math.Max(disturbedNs, untilNs);
        clogUntilNs = Math.Max(clogUntilNs, untilNs);
        OnOtherFault(untilNs);
    }

    /// <summary>P1: the same view and network give the same plan, whoever makes it.</summary>
    public void OnPlan(ClusterView view, Plan plan)
    {
        (ulong, PackageHash) key = (ViewHasher.Hash(new ClusterView(view.Members, [])), plan.Package);
        if (planOf.TryGetValue(key, out PlanHash known) && known != plan.Hash)
        {
            Violate($"P1 one view, two plans: {Describe(known)} and {Describe(plan.Hash)}");
        }

        planOf[key] = plan.Hash;
    }

    private string Describe(PlanHash hash)
    {
        IEnumerable<string> stages = simulation.PlanByHash(hash)!.Stages.Select(stage =>
            $"{stage.FirstNode}..{stage.LastNode} on {string.Join(',', stage.Boards)}, {stage.ComputeNs} ns");
        return $"{hash} ({string.Join("; ", stages)})";
    }

    /// <summary>P9: what one start of a frame needs is executed once; P3: with the right input.</summary>
    public void OnExecution(SimulatedBoard board, in FrameWork work, int count)
    {
        ulong owner = work.Key.Client;
        SimulatedClient? client = Array.Find(simulation.Clients, entry => 0xC000 + (ulong)entry.Index == owner);
        if (client is not null && count > 1 + client.Node.Counters.FramesResent)
        {
            Violate($"P9 board {board.Index} executed frame {work.Key.Frame} {count} times");
        }

        if (client is null || simulation.PlanByHash(work.Plan) is not { } plan)
        {
            Violate($"P3 board {board.Index} executes a frame of nobody");
            return;
        }

        byte[] input = client.Network.Input(work.Key.Frame);
        byte[] expected = client.Network.Run(0, plan.Stages[work.Stage].FirstNode, input);
        if (!work.Input.Span.SequenceEqual(expected))
        {
            Violate($"P3 board {board.Index} was given wrong bytes for frame {work.Key.Frame} stage {work.Stage}");
        }
    }

    public void OnResult(SimulatedClient client, in FrameResult result)
    {
        CheckOrder(client, result.Key);
        if (!result.Output.SequenceEqual(client.Network.Golden(client.Network.Input(result.Key.Frame))))
        {
            Violate($"P3 frame {result.Key.Frame} has a wrong result");
        }

        client.Completed++;
        client.ResultsNs.Add(simulation.NowNs);
        simulation.History?.OnResult(client, result);
        if (firstLostNs >= 0)
        {
            bool alone = WasAlone(stoppedNs) && stoppedNs - earlierStopNs > QuietNs;
            Measures.Add(new SimulationMeasure(
                alone ? "P5 replan" : "P5 replan, other faults too", simulation.NowNs - firstLostNs));
            firstLostNs = -1;
        }
    }

    public void OnFailure(SimulatedClient client, FrameKey key, FrameErrorCode code)
    {
        CheckOrder(client, key);
        client.Failed++;
        simulation.History?.OnFailure(client, key, code);
        if (simulation.Options.ExpectResults)
        {
            Violate($"P4 frame {key.Frame} ended in {code} although there was time to send it again");
        }

        simulation.Note($"frame {key.Frame}: {code}");
    }

    public void OnBoardEvent(SimulatedBoard observer, in ClusterEvent entry)
    {
        if (entry.Kind is not (ClusterEventKind.BoardLost or ClusterEventKind.BoardLeft)
            || simulation.BoardOf(entry.Board) is not { } subject)
        {
            return;
        }

        if (!subject.IsRunning)
        {
            if (lostNs.TryAdd((observer.Index, subject.Index), simulation.NowNs))
            {
                Measures.Add(new SimulationMeasure(
                    WasAlone(subject.StoppedNs) ? "M2 detect" : "M2 detect, other faults too",
                    simulation.NowNs - subject.StoppedNs));
                firstLostNs = firstLostNs < 0 ? simulation.NowNs : firstLostNs;
            }

            return;
        }

        if (entry.Kind == ClusterEventKind.BoardLost && IsFalseAlarm(observer, subject))
        {
            Violate($"M3 board {observer.Index} removed board {subject.Index}, which lives and can be reached");
        }
    }

    /// <summary>The conditions under which detection and planning have their limits: at most 5 % loss and 50 ms jitter,
    /// and since shortly before the crash nothing went wrong but crashes.</summary>
    private bool WasAlone(long crashNs) => simulation.Wires.Faults is { Loss: <= 50, JitterNs: <= 50_000_000 }
        && otherFaultUntilNs < crashNs - QuietNs && !AnyCut();

    private bool AnyCut()
    {
        foreach (((int from, int to), _) in linkTroubleUntilNs)
        {
            if (simulation.Wires.IsCut(from, to))
            {
                return true;
            }
        }

        return false;
    }

    public void OnTick()
    {
        foreach (SimulatedClient client in simulation.Clients)
        {
            CheckDeadlines(client);
        }

        foreach (SimulatedBoard board in simulation.Boards)
        {
            if (board.Node is { } node && simulation.NowNs - board.StartedNs > DetectNs)
            {
                CheckGhosts(board, node);
            }
        }

        CheckAgreement();
    }

    public void AtEnd()
    {
        simulation.Commands.AtEnd();
        foreach (SimulatedClient client in simulation.Clients)
        {
            if (!client.IsFinished && !IsOver)
            {
                Violate($"P4 client {client.Index}: {client.Ended} of {client.Frames} frames ended, then silence");
            }
        }

        int most = simulation.Options.SlotsPerStage * 5 * simulation.Networks;
        foreach (SimulatedBoard board in simulation.Boards)
        {
            if (board.LongestQueue > most)
            {
                Violate($"P7 board {board.Index} had {board.LongestQueue} frames waiting, at most {most} have slots");
            }
        }
    }

    /// <summary>P4: exactly one end per frame, in the order of the frames.</summary>
    private void CheckOrder(SimulatedClient client, FrameKey key)
    {
        if (key.Request != client.Request || key.Frame != client.Ended)
        {
            Violate($"P4 frame {key.Frame} ended when frame {client.Ended} was due");
        }

        client.Ended++;
    }

    private void CheckDeadlines(SimulatedClient client)
    {
        for (uint frame = client.Ended; frame < client.Submitted; frame++)
        {
            if (simulation.NowNs > client.TimesOf(frame).DeadlineNs + 200_000_000)
            {
                Violate($"P4 frame {frame} did not end by its deadline");
                return;
            }
        }
    }

    /// <summary>M2 and M5: nobody keeps a board that stopped, nor an earlier life of one that runs.</summary>
    private void CheckGhosts(SimulatedBoard observer, BoardNode node)
    {
        if (simulation.NowNs - longPauseUntilNs < QuietNs || simulation.NowNs - observer.PausedUntilNs < QuietNs)
        {
            return;
        }

        BoardId last = default;
        foreach (Member member in node.View.Members)
        {
            if (member.Id.CompareTo(last) <= 0 && last != default)
            {
                Violate($"M5 board {observer.Index} lists board {member.Id} twice");
            }

            last = member.Id;
            CheckNewest(observer, member);
            if (simulation.BoardOf(member.Id) is not { } subject)
            {
                continue;
            }

            long latestNs = simulation.Wires.Faults.DelayNs + simulation.Wires.Faults.JitterNs;
            long sinceNs = simulation.NowNs - Math.Max(subject.StoppedNs, clogUntilNs) - latestNs;
            if (!subject.IsRunning && sinceNs > DetectNs)
            {
                Violate($"M2 board {observer.Index} still lists board {subject.Index}, "
                    + $"stopped {sinceNs / 1_000_000} ms ago");
            }

            if (subject.IsRunning && member.Incarnation != subject.Description.Incarnation
                && simulation.NowNs - Math.Max(Math.Max(subject.StartedNs, disturbedNs), clogUntilNs) > 2_500_000_000)
            {
                Violate($"M5 board {observer.Index} lists an earlier life of board {subject.Index}");
            }
        }
    }

    /// <summary>M5: who has seen a board's new life never goes back to an earlier one.</summary>
    private void CheckNewest(SimulatedBoard observer, Member member)
    {
        (int, int, BoardId) key = (observer.Index, observer.Life, member.Id);
        uint newest = newestLife.GetValueOrDefault(key);
        if (member.Incarnation < newest)
        {
            Violate($"M5 board {observer.Index} went back to an earlier life of board {member.Id}");
        }

        newestLife[key] = Math.Max(newest, member.Incarnation);
    }

    /// <summary>M1 and M6: some time after the last disturbance all views are what is really there.</summary>
    private void CheckAgreement()
    {
        long sinceNs = simulation.NowNs - Math.Max(disturbedNs, clogUntilNs);
        if (agreed || sinceNs < 0 || AnyCut())
        {
            return;
        }

        bool all = true;
        foreach (SimulatedBoard board in simulation.Boards)
        {
            all &= board.Node is null || SeesAll(board.Node);
        }

        if (all)
        {
            agreed = true;
            Measures.Add(new SimulationMeasure("M1 agree", sinceNs));
            return;
        }

        long allowedNs = simulation.Wires.Faults.Loss <= 50 ? SettleNs : 5_000_000_000;
        if (sinceNs > allowedNs && simulation.Wires.Faults.Loss <= 100)
        {
            Violate($"M1 views differ {sinceNs / 1_000_000} ms after the last disturbance");
            agreed = true;
        }
    }

    private bool SeesAll(BoardNode node)
    {
        int found = 0;
        foreach (SimulatedBoard board in simulation.Boards)
        {
            if (!board.IsRunning)
            {
                continue;
            }

            found++;
            if (!node.View.Members.Contains(board.Description))
            {
                return false;
            }
        }

        return node.View.Members.Length == found;
    }

    /// <summary>
    /// M3 and M4: an eviction is false when the subject runs, neither was stopped for long, loss is low, and a path for
    /// evidence has worked for a while: directly, or over one other board.
    /// </summary>
    private bool IsFalseAlarm(SimulatedBoard observer, SimulatedBoard subject)
    {
        long nowNs = simulation.NowNs;
        if (simulation.Wires.Faults.Loss > 100 || simulation.Wires.Faults.JitterNs > 50_000_000
            || nowNs - longPauseUntilNs < QuietNs || nowNs - subject.StartedNs < QuietNs
            || nowNs - observer.StartedNs < QuietNs)
        {
            return false;
        }

        if (Hears(observer.Index, subject.Index))
        {
            return true;
        }

        return simulation.Boards.Any(helper => helper != subject && helper != observer && helper.IsRunning
            && nowNs - helper.StartedNs >= QuietNs && Hears(helper.Index, subject.Index)
            && Hears(observer.Index, helper.Index));
    }

    /// <summary>Without multicast a board only greets whom it knows, so it must be able to hear them.</summary>
    private bool Hears(int who, int whom) => Works(whom, who) && (simulation.Options.Multicast || Works(who, whom));

    private bool Works(int from, int to) => !simulation.Wires.IsCut(from, to)
        && simulation.NowNs - linkTroubleUntilNs.GetValueOrDefault((from, to), long.MinValue / 2) >= QuietNs;
}
