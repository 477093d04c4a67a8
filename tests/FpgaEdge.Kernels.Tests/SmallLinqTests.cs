using Library = System.Linq.Enumerable;
using Small = FpgaEdge.Enumerable;

namespace FpgaEdge.Kernels.Tests;

/// <summary>The LINQ operators of ahead-of-time builds mean what the library's mean: boards that are built either way
/// must make the same plan.</summary>
[TestClass]
public sealed class SmallLinqTests
{
    // Goal: every operator gives the library's result, order and ties included. Method: random sequences with many equal
    // keys, both operators side by side.
    [TestMethod]
    public void OperatorsAgreeWithTheLibrary()
    {
        var random = new Random(17);
        for (int round = 0; round < 300; round++)
        {
            (int Key, int Id)[] items = [.. Library.Select(Library.Range(0, random.Next(20)), id => (random.Next(5), id))];
            (int Key, int Id)[] others = [.. Library.Select(Library.Range(0, random.Next(20)), id => (random.Next(5), id % 4))];
            int count = random.Next(-2, 22);
            Same(Library.OrderBy(items, x => x.Key), Small.OrderBy(items, x => x.Key));
            Same(Library.OrderByDescending(items, x => x.Key), Small.OrderByDescending(items, x => x.Key));
            Same(
                Library.ThenByDescending(Library.OrderBy(items, x => x.Key), x => x.Id % 3),
                Small.ThenByDescending(Small.OrderBy(items, x => x.Key), x => x.Id % 3));
            Same(
                Library.ThenBy(Library.OrderByDescending(items, x => x.Key), x => x.Id % 3),
                Small.ThenBy(Small.OrderByDescending(items, x => x.Key), x => x.Id % 3));
            Same(Library.Order(items), Small.Order(items));
            Same(Library.OrderDescending(items), Small.OrderDescending(items));
            Same(Library.Reverse<(int, int)>(items), Small.Reverse<(int, int)>(items));
            Same(Library.Select(items, (x, i) => x.Key * i), Small.Select(items, (x, i) => x.Key * i));
            Same(Library.Where(items, (x, i) => x.Key > i % 4), Small.Where(items, (x, i) => x.Key > i % 4));
            Same(Library.SelectMany(items, x => Library.Repeat(x.Id, x.Key)), Small.SelectMany(items, x => Small.Repeat(x.Id, x.Key)));
            Same(
                Library.SelectMany(items, _ => others, (a, b) => a.Key - b.Id), Small.SelectMany(items, _ => others, (a, b) => a.Key - b.Id));
            Same(Library.Concat(items, others), Small.Concat(items, others));
            Same(Library.Append(Library.Prepend(items, (1, 2)), (3, 4)), Small.Append(Small.Prepend(items, (1, 2)), (3, 4)));
            Same(Library.Zip(items, others), Small.Zip(items, others));
            Same(Library.Skip(items, count), Small.Skip(items, count));
            Same(Library.Take(items, count), Small.Take(items, count));
            Same(Library.TakeWhile(items, x => x.Key < 4), Small.TakeWhile(items, x => x.Key < 4));
            Same(Library.Distinct(others), Small.Distinct(others));
            Same(Library.Union(items, others), Small.Union(items, others));
            Same(Library.Except(items, others), Small.Except(items, others));
            Same(Library.ToDictionary(items, x => x.Id, x => x.Key), Small.ToDictionary(items, x => x.Id, x => x.Key));
            Same(
                Library.Select(Library.GroupBy(items, x => x.Key), g => (g.Key, Library.Sum(g, x => x.Id))),
                Small.Select(Small.GroupBy(items, x => x.Key), g => (g.Key, Small.Sum(g, x => x.Id))));
            Same(Library.OfType<int>(Library.Cast<object>(items.Select(x => x.Id))), Small.OfType<int>(items.Select(x => x.Id)));
            Equal(() => Library.MinBy(items, x => x.Key), () => Small.MinBy(items, x => x.Key));
            Equal(() => Library.MaxBy(items, x => x.Key), () => Small.MaxBy(items, x => x.Key));
            Equal(() => Library.Min(items, x => x.Key), () => Small.Min(items, x => x.Key));
            Equal(() => Library.Max(items, x => (long)x.Id), () => Small.Max(items, x => (long)x.Id));
            Equal(() => Library.Sum(items, x => x.Id), () => Small.Sum(items, x => x.Id));
            Equal(() => Library.Count(items, x => x.Key == 2), () => Small.Count(items, x => x.Key == 2));
            Equal(() => Library.Any(items, x => x.Key == 2), () => Small.Any(items, x => x.Key == 2));
            Equal(() => Library.All(items, x => x.Key > 0), () => Small.All(items, x => x.Key > 0));
            Equal(() => Library.First(items, x => x.Key == 3), () => Small.First(items, x => x.Key == 3));
            Equal(() => Library.FirstOrDefault(items, x => x.Key == 3), () => Small.FirstOrDefault(items, x => x.Key == 3));
            Equal(() => Library.Last(items), () => Small.Last(items));
            Equal(() => Library.LastOrDefault(items, x => x.Key == 3), () => Small.LastOrDefault(items, x => x.Key == 3));
            Equal(() => Library.Single(items, x => x.Id == 1), () => Small.Single(items, x => x.Id == 1));
            Equal(() => Library.Aggregate(items, 7, (a, x) => (a * 3) + x.Key), () => Small.Aggregate(items, 7, (a, x) => (a * 3) + x.Key));
        }
    }

    // Goal: sums that do not fit are errors in both. Method: two numbers that overflow together.
    [TestMethod]
    public void SumsAreChecked()
    {
        Assert.ThrowsExactly<OverflowException>(() => Small.Sum([int.MaxValue, 1]));
        Assert.ThrowsExactly<OverflowException>(() => Small.Sum([long.MinValue, -1L]));
    }

    private static void Same<T>(IEnumerable<T> expected, IEnumerable<T> found) =>
        CollectionAssert.AreEqual(Library.ToArray(expected), Small.ToArray(found));

    /// <summary>The same value, or the same kind of exception.</summary>
    private static void Equal<T>(Func<T> expected, Func<T> found) => Assert.AreEqual(Outcome(expected), Outcome(found));

    private static object? Outcome<T>(Func<T> function)
    {
        try
        {
            return function();
        }
        catch (InvalidOperationException e)
        {
            return e.GetType();
        }
    }
}
