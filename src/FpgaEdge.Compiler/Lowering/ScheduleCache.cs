using FpgaEdge.Vta;

namespace FpgaEdge.Compiler.Lowering;

/// <summary>
/// Schedules found so far, by layer shape, configuration and timing. Networks repeat shapes, and plans compile the same layers again, so
/// whoever compiles more than once keeps one of these. Not safe for concurrent use.
/// </summary>
public sealed class ScheduleCache
{
    private readonly Dictionary<(ConvolutionProblem, VtaConfiguration, VtaTiming), ScheduleChoice?> known = [];

    /// <summary>Number of shapes known.</summary>
    public int Count => known.Count;

    internal ScheduleChoice? Find(ConvolutionProblem problem, VtaConfiguration configuration, VtaTiming timing)
    {
        if (!known.TryGetValue((problem, configuration, timing), out ScheduleChoice? choice))
        {
            choice = ScheduleSearch.Find(problem, configuration, timing);
            known.Add((problem, configuration, timing), choice);
        }
        return choice;
    }
}
