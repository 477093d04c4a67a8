using System.Collections.Immutable;

namespace FpgaEdge.Planning;

/// <summary>One assumed figure of a model, with the range that its source allows.</summary>
/// <param name="Name">What it is.</param>
/// <param name="Unit">Its unit.</param>
/// <param name="Low">Least value that the source allows.</param>
/// <param name="Value">The value used.</param>
/// <param name="High">Largest value that the source allows.</param>
/// <param name="Source">Where it comes from; "estimate" where no source was found.</param>
public sealed record Assumption(string Name, string Unit, long Low, long Value, long High, string Source);

/// <summary>
/// Everything that a model assumes and nobody here has measured; each figure can be moved within its range to see what
/// depends on it.
/// </summary>
public sealed class AssumptionSet(ImmutableArray<Assumption> all)
{
    /// <summary>All figures.</summary>
    public ImmutableArray<Assumption> All { get; } = all;

    /// <summary>The value of a figure.</summary>
    public long this[string name] => All.First(assumption => assumption.Name == name).Value;

    /// <summary>The same with one figure at another value of its range.</summary>
    /// <exception cref="PlanningException">The value is outside the range, or there is no such figure.</exception>
    public AssumptionSet With(string name, long value)
    {
        Assumption? found = All.FirstOrDefault(assumption => assumption.Name == name)
            ?? throw new PlanningException($"the model has no assumption '{name}'");
        if (value < found.Low || value > found.High)
        {
            throw new PlanningException(
                $"{name} = {value} {found.Unit} is outside its sourced range of {found.Low} to {found.High}");
        }
        return new AssumptionSet(All.Replace(found, found with { Value = value }));
    }
}
