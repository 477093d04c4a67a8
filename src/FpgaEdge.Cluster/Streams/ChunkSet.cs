using System.Numerics;

namespace FpgaEdge.Cluster;

/// <summary>Which chunks of a transfer are there: a bit each, reused from transfer to transfer.</summary>
internal sealed class ChunkSet
{
    private ulong[] words = [];

    /// <summary>Chunks of the transfer.</summary>
    public int Count { get; private set; }

    /// <summary>Chunks that are there.</summary>
    public int Present { get; private set; }

    /// <summary>All chunks before this one are there.</summary>
    public int Base { get; private set; }

    /// <summary>One past the highest chunk that is there.</summary>
    public int End { get; private set; }

    public bool IsComplete => Present == Count;

    /// <summary>Empties the set; grows the storage only beyond what was ever needed.</summary>
    public void Reset(int count)
    {
        int needed = (count + 63) / 64;
        if (words.Length < needed)
        {
            words = new ulong[needed];
        }
        else
        {
            Array.Clear(words, 0, needed);
        }

        Count = count;
        Present = 0;
        Base = 0;
        End = 0;
    }

    public bool Contains(int index) => (words[index >> 6] & (1UL << (index & 63))) != 0;

    /// <summary>Adds a chunk; false when it was there.</summary>
    public bool Add(int index)
    {
        if (Contains(index))
        {
            return false;
        }

        words[index >> 6] |= 1UL << (index & 63);
        Present++;
        End = Math.Max(End, index + 1);
        while (Base < Count && Contains(Base))
        {
            Base += Base % 64 == 0 && words[Base >> 6] == ulong.MaxValue ? 64 : 1;
        }

        Base = Math.Min(Base, Count);
        return true;
    }

    /// <summary>Bits of the chunks from <see cref="Base"/> on, as an acknowledgement carries them.</summary>
    /// <returns>Bytes written.</returns>
    public int WriteMask(Span<byte> mask)
    {
        int bits = Math.Min(End - Base, mask.Length * 8);
        if (bits <= 0)
        {
            return 0;
        }

        int bytes = (bits + 7) / 8;
        for (int i = 0; i < bytes; i++)
        {
            mask[i] = ByteAt(Base + (8 * i));
        }

        return bytes;
    }

    /// <summary>Next chunk from <paramref name="from"/> on that is missing, or <see cref="Count"/>.</summary>
    public int NextMissing(int from)
    {
        for (int index = from; index < Count;)
        {
            ulong missing = ~words[index >> 6] >> (index & 63);
            if (missing != 0)
            {
                return Math.Min(Count, index + BitOperations.TrailingZeroCount(missing));
            }

            index = (index | 63) + 1;
        }

        return Count;
    }

    private byte ByteAt(int bit)
    {
        int word = bit >> 6;
        int shift = bit & 63;
        ulong value = words[word] >> shift;
        if (shift > 56 && word + 1 < (Count + 63) / 64)
        {
            value |= words[word + 1] << (64 - shift);
        }

        return (byte)value;
    }
}
