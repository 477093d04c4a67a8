using System.Numerics;
using System.Runtime.InteropServices;

namespace FpgaEdge.Samples.Train;

/// <summary>
/// The one inner loop of training. Each element has its own sum and no multiplication is fused with an addition, so the
/// result does not depend on how wide the machine's vectors are.
/// </summary>
internal static class Vectors
{
    /// <summary>target += factor · source, element by element.</summary>
    public static void AddScaled(Span<float> target, ReadOnlySpan<float> source, float factor)
    {
        if (target.Length % Vector<float>.Count != 0)
        {
            for (int i = 0; i < target.Length; i++)
            {
                target[i] += factor * source[i];
            }
            return;
        }
        Span<Vector<float>> wideTarget = MemoryMarshal.Cast<float, Vector<float>>(target);
        ReadOnlySpan<Vector<float>> wideSource = MemoryMarshal.Cast<float, Vector<float>>(source);
        var wideFactor = new Vector<float>(factor);
        for (int i = 0; i < wideTarget.Length; i++)
        {
            wideTarget[i] += wideFactor * wideSource[i];
        }
    }
}
