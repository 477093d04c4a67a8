using FpgaEdge.Cli.Inputs;

namespace FpgaEdge.Cli.Tests.Inputs;

/// <summary>Damages small files in every way that is cheap to enumerate.</summary>
internal static class Hostile
{
    /// <summary>Every prefix, and every single-bit change.</summary>
    public static IEnumerable<byte[]> Variants(byte[] file)
    {
        for (int length = 0; length < file.Length; length++)
        {
            yield return file[..length];
        }
        for (int bit = 0; bit < file.Length * 8; bit++)
        {
            byte[] changed = [.. file];
            changed[bit / 8] ^= (byte)(1 << (bit % 8));
            yield return changed;
        }
    }

    /// <summary>
    /// Runs a reader: it gives a value or an <see cref="InputException"/> of one line; anything else fails the test,
    /// and so does memory beyond the limit.
    /// </summary>
    /// <returns>Whether there was a value.</returns>
    public static bool Survives(Action read, long maxBytes, string what)
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        bool value = true;
        try
        {
            read();
        }
        catch (InputException error)
        {
            value = false;
            Assert.IsFalse(error.Message.Contains('\n'), $"{what}: more than one line");
        }
        long used = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.IsLessThanOrEqualTo(maxBytes, used, $"{what}: allocated {used} bytes");
        return value;
    }
}
