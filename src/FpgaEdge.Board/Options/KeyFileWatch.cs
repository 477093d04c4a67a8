namespace FpgaEdge.Board;

/// <summary>
/// Looks every second whether a key file has changed, so that the key of a running cluster can be changed without
/// stopping anything. A file that holds no keys is said once and changes nothing.
/// </summary>
public sealed class KeyFileWatch : IDisposable
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(1);
    private readonly Lock gate = new();
    private readonly string file;
    private readonly Action<ClusterKeys> changed;
    private readonly Action<string> refused;
    private readonly ITimer timer;
    private IReadOnlyList<string> known;
    private string refusal = "";
    private bool isDisposed;

    /// <summary>Begins to look.</summary>
    /// <param name="keys">The keys as they were read, from a file.</param>
    /// <param name="time">When to look.</param>
    /// <param name="changed">Called with other keys than before, from a thread of its own.</param>
    /// <param name="refused">Called with the reason when the file holds no keys.</param>
    public KeyFileWatch(ClusterKeys keys, TimeProvider time, Action<ClusterKeys> changed, Action<string> refused)
    {
        file = keys.File ?? throw new ArgumentException("these keys are from no file", nameof(keys));
        known = keys.ToText();
        (this.changed, this.refused) = (changed, refused);
        timer = time.CreateTimer(_ => Look(), null, Period, Period);
    }

    /// <inheritdoc />
    public void Dispose()
    {
        lock (gate)
        {
            isDisposed = true;
        }
        timer.Dispose();
    }

    private void Look()
    {
        lock (gate)
        {
            if (isDisposed)
            {
                return;
            }
            try
            {
                ClusterKeys keys = ClusterKeys.Read(file);
                refusal = "";
                if (!keys.ToText().SequenceEqual(known))
                {
                    known = keys.ToText();
                    changed(keys);
                }
            }
            catch (KeyFileException e) when (e.Message != refusal)
            {
                refusal = e.Message;
                refused(refusal);
            }
            catch (KeyFileException)
            {
                // Said already.
            }
        }
    }
}
