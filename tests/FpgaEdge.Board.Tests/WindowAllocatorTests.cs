namespace FpgaEdge.Board.Tests;

[TestClass]
public sealed class WindowAllocatorTests
{
    // Goal: ranges never overlap, never leave the window, and what is given back is used again. Method: a seeded random
    // sequence of takes and frees against a map of pages.
    [TestMethod]
    public void RangesNeverOverlap()
    {
        const int Pages = 64;
        const long PageBytes = 4096;
        var allocator = new WindowAllocator(Pages * PageBytes);
        var owner = new bool[Pages];
        var taken = new List<(int First, int Count)>();
        var random = new Random(5);
        int refused = 0;
        for (int step = 0; step < 5000; step++)
        {
            if (taken.Count > 0 && random.Next(2) == 0)
            {
                (int first, int count) = taken[random.Next(taken.Count)];
                taken.Remove((first, count));
                allocator.Free(first * PageBytes);
                owner.AsSpan(first, count).Clear();
                continue;
            }
            int pages = random.Next(1, 20);
            bool fits = LongestGap(owner) >= pages;
            long bytes = (pages * PageBytes) - random.Next((int)PageBytes);
            Assert.AreEqual(fits, allocator.TryTake(bytes, out long offset));
            refused += fits ? 0 : 1;
            if (fits)
            {
                int first = (int)(offset / PageBytes);
                Assert.IsFalse(owner.AsSpan(first, pages).Contains(true));
                owner.AsSpan(first, pages).Fill(true);
                taken.Add((first, pages));
            }
        }
        Assert.IsGreaterThan(100, refused);
        Assert.AreEqual(taken.Count == 0, allocator.IsEmpty);
    }

    private static int LongestGap(bool[] owner)
    {
        int longest = 0;
        int current = 0;
        foreach (bool taken in owner)
        {
            current = taken ? 0 : current + 1;
            longest = Math.Max(longest, current);
        }
        return longest;
    }
}
