using System.Diagnostics.CodeAnalysis;

namespace System.Linq;

/// <summary>
/// What the compiler calls for <c>[.. sequence]</c>: it looks for this name, and finds it here before it finds the library's,
/// which keeps pools of arrays for every type. For builds ahead of time only; see Enumerable.cs.
/// </summary>
[SuppressMessage("Style", "IDE0130", Justification = "The name that the compiler looks for.")]
internal static class Enumerable
{
    public static T[] ToArray<T>(IEnumerable<T> source) => new List<T>(source).ToArray();
}
