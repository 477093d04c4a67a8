using System.Collections;
using System.Diagnostics.CodeAnalysis;

namespace FpgaEdge;

/// <summary>
/// The part of LINQ that the board's program uses, with the same meaning, for builds ahead of time only.
/// </summary>
/// <remarks>
/// The library's operators are generic virtual methods of each other's iterators, so that an ahead-of-time compiler has to
/// make every combination: a quarter of the program's size. Being in the namespace around all others, these are found
/// before the library's; an operator that is missing here is taken from there and only costs size. Where the library's
/// own size switch exists (.NET 10), this file can go.
/// </remarks>
[SuppressMessage("Style", "IDE0130", Justification = "It has to be in the namespace around all others.")]
internal static class Enumerable
{
    public static IEnumerable<int> Range(int start, int count)
    {
        for (int i = 0; i < count; i++)
        {
            yield return start + i;
        }
    }

    public static IEnumerable<T> Repeat<T>(T element, int count)
    {
        for (int i = 0; i < count; i++)
        {
            yield return element;
        }
    }

    public static IEnumerable<T> Empty<T>() => [];

    public static IEnumerable<T> Reverse<T>(this IEnumerable<T> source)
    {
        T[] items = ToArray(source);
        for (int i = items.Length - 1; i >= 0; i--)
        {
            yield return items[i];
        }
    }

    public static IEnumerable<TResult> Select<T, TResult>(this IEnumerable<T> source, Func<T, TResult> selector)
    {
        foreach (T item in source)
        {
            yield return selector(item);
        }
    }

    public static IEnumerable<TResult> Select<T, TResult>(this IEnumerable<T> source, Func<T, int, TResult> selector)
    {
        int index = 0;
        foreach (T item in source)
        {
            yield return selector(item, index++);
        }
    }

    public static IEnumerable<TResult> SelectMany<T, TResult>(this IEnumerable<T> source, Func<T, IEnumerable<TResult>> selector)
    {
        foreach (T item in source)
        {
            foreach (TResult inner in selector(item))
            {
                yield return inner;
            }
        }
    }

    public static IEnumerable<TResult> SelectMany<T, TInner, TResult>(
        this IEnumerable<T> source, Func<T, IEnumerable<TInner>> selector, Func<T, TInner, TResult> result)
    {
        foreach (T item in source)
        {
            foreach (TInner inner in selector(item))
            {
                yield return result(item, inner);
            }
        }
    }

    public static IEnumerable<T> Where<T>(this IEnumerable<T> source, Func<T, bool> predicate)
    {
        foreach (T item in source)
        {
            if (predicate(item))
            {
                yield return item;
            }
        }
    }

    public static IEnumerable<T> Where<T>(this IEnumerable<T> source, Func<T, int, bool> predicate)
    {
        int index = 0;
        foreach (T item in source)
        {
            if (predicate(item, index++))
            {
                yield return item;
            }
        }
    }

    public static IEnumerable<T> OfType<T>(this IEnumerable source)
    {
        foreach (object? item in source)
        {
            if (item is T wanted)
            {
                yield return wanted;
            }
        }
    }

    public static IEnumerable<T> Concat<T>(this IEnumerable<T> first, IEnumerable<T> second)
    {
        foreach (T item in first)
        {
            yield return item;
        }
        foreach (T item in second)
        {
            yield return item;
        }
    }

    public static IEnumerable<T> Append<T>(this IEnumerable<T> source, T element)
    {
        foreach (T item in source)
        {
            yield return item;
        }
        yield return element;
    }

    public static IEnumerable<T> Prepend<T>(this IEnumerable<T> source, T element)
    {
        yield return element;
        foreach (T item in source)
        {
            yield return item;
        }
    }

    public static IEnumerable<(TFirst First, TSecond Second)> Zip<TFirst, TSecond>(
        this IEnumerable<TFirst> first, IEnumerable<TSecond> second) => Zip(first, second, (a, b) => (a, b));

    public static IEnumerable<TResult> Zip<TFirst, TSecond, TResult>(
        this IEnumerable<TFirst> first, IEnumerable<TSecond> second, Func<TFirst, TSecond, TResult> result)
    {
        using IEnumerator<TFirst> left = first.GetEnumerator();
        using IEnumerator<TSecond> right = second.GetEnumerator();
        while (left.MoveNext() && right.MoveNext())
        {
            yield return result(left.Current, right.Current);
        }
    }

    public static IEnumerable<T> Skip<T>(this IEnumerable<T> source, int count)
    {
        foreach (T item in source)
        {
            if (count-- <= 0)
            {
                yield return item;
            }
        }
    }

    public static IEnumerable<T> Take<T>(this IEnumerable<T> source, int count)
    {
        if (count <= 0)
        {
            yield break;
        }
        foreach (T item in source)
        {
            yield return item;
            if (--count == 0)
            {
                yield break;
            }
        }
    }

    public static IEnumerable<T> TakeWhile<T>(this IEnumerable<T> source, Func<T, bool> predicate)
    {
        foreach (T item in source)
        {
            if (!predicate(item))
            {
                yield break;
            }
            yield return item;
        }
    }

    public static IEnumerable<T> Distinct<T>(this IEnumerable<T> source)
    {
        var seen = new HashSet<T>();
        foreach (T item in source)
        {
            if (seen.Add(item))
            {
                yield return item;
            }
        }
    }

    public static IEnumerable<T> Union<T>(this IEnumerable<T> first, IEnumerable<T> second) => Distinct(Concat(first, second));

    public static IEnumerable<T> Except<T>(this IEnumerable<T> first, IEnumerable<T> second)
    {
        var seen = new HashSet<T>(second);
        foreach (T item in first)
        {
            if (seen.Add(item))
            {
                yield return item;
            }
        }
    }

    public static IEnumerable<IGrouping<TKey, T>> GroupBy<T, TKey>(this IEnumerable<T> source, Func<T, TKey> key)
        where TKey : notnull
    {
        var groups = new List<Grouping<TKey, T>>();
        var known = new Dictionary<TKey, Grouping<TKey, T>>();
        foreach (T item in source)
        {
            TKey value = key(item);
            if (!known.TryGetValue(value, out Grouping<TKey, T>? group))
            {
                group = new Grouping<TKey, T>(value);
                known.Add(value, group);
                groups.Add(group);
            }
            group.Add(item);
        }
        return groups;
    }

    public static Ordered<T> OrderBy<T, TKey>(this IEnumerable<T> source, Func<T, TKey> key) => OrderBy(source, key, null);

    public static Ordered<T> OrderBy<T, TKey>(this IEnumerable<T> source, Func<T, TKey> key, IComparer<TKey>? comparer) =>
        new(source, By(key, comparer));

    public static Ordered<T> OrderByDescending<T, TKey>(this IEnumerable<T> source, Func<T, TKey> key) =>
        new(source, Reversed(By(key, null)));

    public static Ordered<T> Order<T>(this IEnumerable<T> source) => Order(source, null);

    public static Ordered<T> Order<T>(this IEnumerable<T> source, IComparer<T>? comparer) =>
        new(source, (comparer ?? Comparer<T>.Default).Compare);

    public static Ordered<T> OrderDescending<T>(this IEnumerable<T> source) => new(source, Reversed<T>(Comparer<T>.Default.Compare));

    public static Ordered<T> ThenBy<T, TKey>(this Ordered<T> source, Func<T, TKey> key) => source.Then(By(key, null));

    public static Ordered<T> ThenByDescending<T, TKey>(this Ordered<T> source, Func<T, TKey> key) =>
        source.Then(Reversed(By(key, null)));

    public static T[] ToArray<T>(this IEnumerable<T> source) => ToList(source).ToArray();

    public static List<T> ToList<T>(this IEnumerable<T> source) => new(source);

    public static HashSet<T> ToHashSet<T>(this IEnumerable<T> source) => new(source);

    public static Dictionary<TKey, T> ToDictionary<T, TKey>(this IEnumerable<T> source, Func<T, TKey> key)
        where TKey : notnull => ToDictionary(source, key, item => item);

    public static Dictionary<TKey, TValue> ToDictionary<T, TKey, TValue>(
        this IEnumerable<T> source, Func<T, TKey> key, Func<T, TValue> value)
        where TKey : notnull
    {
        var result = new Dictionary<TKey, TValue>();
        foreach (T item in source)
        {
            result.Add(key(item), value(item));
        }
        return result;
    }

    public static bool Any<T>(this IEnumerable<T> source)
    {
        using IEnumerator<T> items = source.GetEnumerator();
        return items.MoveNext();
    }

    public static bool Any<T>(this IEnumerable<T> source, Func<T, bool> predicate)
    {
        foreach (T item in source)
        {
            if (predicate(item))
            {
                return true;
            }
        }
        return false;
    }

    public static bool All<T>(this IEnumerable<T> source, Func<T, bool> predicate)
    {
        foreach (T item in source)
        {
            if (!predicate(item))
            {
                return false;
            }
        }
        return true;
    }

    public static int Count<T>(this IEnumerable<T> source)
    {
        int count = 0;
        foreach (T unused in source)
        {
            count = checked(count + 1);
        }
        return count;
    }

    public static int Count<T>(this IEnumerable<T> source, Func<T, bool> predicate) => Count(Where(source, predicate));

    public static T First<T>(this IEnumerable<T> source)
    {
        foreach (T item in source)
        {
            return item;
        }
        throw NoElements();
    }

    public static T First<T>(this IEnumerable<T> source, Func<T, bool> predicate) => First(Where(source, predicate));

    public static T? FirstOrDefault<T>(this IEnumerable<T> source)
    {
        foreach (T item in source)
        {
            return item;
        }
        return default;
    }

    public static T? FirstOrDefault<T>(this IEnumerable<T> source, Func<T, bool> predicate) => FirstOrDefault(Where(source, predicate));

    public static T Last<T>(this IEnumerable<T> source)
    {
        T[] items = ToArray(source);
        return items.Length > 0 ? items[^1] : throw NoElements();
    }

    public static T? LastOrDefault<T>(this IEnumerable<T> source)
    {
        T[] items = ToArray(source);
        return items.Length > 0 ? items[^1] : default;
    }

    public static T? LastOrDefault<T>(this IEnumerable<T> source, Func<T, bool> predicate) => LastOrDefault(Where(source, predicate));

    public static T Single<T>(this IEnumerable<T> source)
    {
        T[] items = ToArray(source);
        return items.Length == 1 ? items[0] : throw new InvalidOperationException($"expected one element, found {items.Length}");
    }

    public static T Single<T>(this IEnumerable<T> source, Func<T, bool> predicate) => Single(Where(source, predicate));

    public static T Aggregate<T>(this IEnumerable<T> source, Func<T, T, T> function)
    {
        using IEnumerator<T> items = source.GetEnumerator();
        T result = items.MoveNext() ? items.Current : throw NoElements();
        while (items.MoveNext())
        {
            result = function(result, items.Current);
        }
        return result;
    }

    public static TResult Aggregate<T, TResult>(this IEnumerable<T> source, TResult seed, Func<TResult, T, TResult> function)
    {
        foreach (T item in source)
        {
            seed = function(seed, item);
        }
        return seed;
    }

    public static int Sum(this IEnumerable<int> source) => Aggregate(source, 0, (sum, item) => checked(sum + item));

    public static long Sum(this IEnumerable<long> source) => Aggregate(source, 0L, (sum, item) => checked(sum + item));

    public static int Sum<T>(this IEnumerable<T> source, Func<T, int> selector) => Sum(Select(source, selector));

    public static long Sum<T>(this IEnumerable<T> source, Func<T, long> selector) => Sum(Select(source, selector));

    public static int Max(this IEnumerable<int> source) => Aggregate(source, Math.Max);

    public static long Max(this IEnumerable<long> source) => Aggregate(source, Math.Max);

    public static int Max<T>(this IEnumerable<T> source, Func<T, int> selector) => Max(Select(source, selector));

    public static long Max<T>(this IEnumerable<T> source, Func<T, long> selector) => Max(Select(source, selector));

    public static int Min(this IEnumerable<int> source) => Aggregate(source, Math.Min);

    public static long Min(this IEnumerable<long> source) => Aggregate(source, Math.Min);

    public static int Min<T>(this IEnumerable<T> source, Func<T, int> selector) => Min(Select(source, selector));

    public static long Min<T>(this IEnumerable<T> source, Func<T, long> selector) => Min(Select(source, selector));

    /// <summary>The first of the largest; null for no element of a reference type, as in the library.</summary>
    public static T? MaxBy<T, TKey>(this IEnumerable<T> source, Func<T, TKey> key) => Extreme(source, key, 1);

    /// <summary>The first of the smallest.</summary>
    public static T? MinBy<T, TKey>(this IEnumerable<T> source, Func<T, TKey> key) => Extreme(source, key, -1);

    private static T? Extreme<T, TKey>(IEnumerable<T> source, Func<T, TKey> key, int sign)
    {
        using IEnumerator<T> items = source.GetEnumerator();
        if (!items.MoveNext())
        {
            return default(T) is null ? default : throw NoElements();
        }
        T best = items.Current;
        TKey bestKey = key(best);
        while (items.MoveNext())
        {
            TKey next = key(items.Current);
            if (Comparer<TKey>.Default.Compare(next, bestKey) * sign > 0)
            {
                (best, bestKey) = (items.Current, next);
            }
        }
        return best;
    }

    private static Comparison<T> By<T, TKey>(Func<T, TKey> key, IComparer<TKey>? comparer)
    {
        IComparer<TKey> order = comparer ?? Comparer<TKey>.Default;
        return (a, b) => order.Compare(key(a), key(b));
    }

    private static Comparison<T> Reversed<T>(Comparison<T> comparison) => (a, b) => comparison(b, a);

    private static InvalidOperationException NoElements() => new("the sequence has no elements");

    private sealed class Grouping<TKey, T>(TKey key) : List<T>, IGrouping<TKey, T>
    {
        public TKey Key => key;
    }

    /// <summary>A sequence in an order that keeps equal elements as they were.</summary>
    internal sealed class Ordered<T>(IEnumerable<T> source, Comparison<T> comparison) : IEnumerable<T>
    {
        public Ordered<T> Then(Comparison<T> next) => new(source, (a, b) => comparison(a, b) is int first and not 0 ? first : next(a, b));

        public IEnumerator<T> GetEnumerator()
        {
            T[] items = ToArray(source);
            int[] order = new int[items.Length];
            for (int i = 0; i < order.Length; i++)
            {
                order[i] = i;
            }
            Array.Sort(order, (a, b) => comparison(items[a], items[b]) is int first and not 0 ? first : a - b);
            foreach (int index in order)
            {
                yield return items[index];
            }
        }

        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
    }
}
