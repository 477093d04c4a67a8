using FpgaEdge.Planning;
using FpgaEdge.Wire;

namespace FpgaEdge.Cluster;

/// <content>Whose fault it was when a frame missed its deadline.</content>
public sealed partial class ClientNode
{
    private readonly DeadlineAccount deadlines = new();

    /// <summary>Frames that missed their deadline since the start, by the board that made them late.</summary>
    public DeadlineReport Deadlines() => deadlines.Report(membership.Peers);

    private bool OnFrameMissed(in MessageHeader header, ref MessagePackReader reader, int elements)
    {
        if (!FrameMissedMessage.TryRead(ref reader, elements, out FrameMissedMessage late) || !reader.End
            || late.Address.Client != options.ClientId)
        {
            return false;
        }

        if (membership.Peers.Find(header.Sender) is null || FindPlan(late.PlanTag) is not { } plan)
        {
            Counters.IgnoredStranger++;
            return true;
        }

        for (int at = 0; at < late.Statistics.Length; at += WireLimits.StageStatisticsBytes)
        {
            StageStatistics took = StatisticsCodec.Read(late.Statistics[at..]);
            deadlines.Learn(plan, took);
            if (took.ComputeNs < 0 && took.Board.Value == header.Sender)
            {
                deadlines.OnHeld(late.Address.Request, late.Address.Frame, took.Board, took.QueueNs);
            }
        }

        return true;
    }

    private ClientPlan? FindPlan(ulong tag)
    {
        foreach (ClientPackage package in packages)
        {
            if (package.Find(tag) is { } plan)
            {
                return plan;
            }
        }

        return null;
    }
}
