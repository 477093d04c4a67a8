namespace FpgaEdge.Hardware;

/// <summary>What is known of a rail's monitor.</summary>
public enum RailState
{
    /// <summary>The part is the one expected and answers.</summary>
    Validated = 0,

    /// <summary>Nothing answers there.</summary>
    Absent = 1,

    /// <summary>The bus did not end a transfer in time.</summary>
    Timeout = 2,

    /// <summary>Another part answers there.</summary>
    WrongPart = 3,
}

/// <summary>A rail with the part that measures it. A figure that was not measured is null, never zero.</summary>
public sealed class RailMonitor
{
    private const string TimedOut = "Error 110";

    private readonly IPowerMonitor? monitor;

    /// <summary>A rail whose part can be reached.</summary>
    public RailMonitor(RailDescription rail, IPowerMonitor monitor)
    {
        Rail = rail;
        this.monitor = monitor;
        Validate();
    }

    /// <summary>A rail whose bus cannot be opened.</summary>
    public RailMonitor(RailDescription rail, Exception refusal)
    {
        Rail = rail;
        Note(refusal);
    }

    /// <summary>The rail.</summary>
    public RailDescription Rail { get; }

    /// <summary>What is known of its monitor.</summary>
    public RailState State { get; private set; }

    /// <summary>What the part said it is, or what is wrong.</summary>
    public string Detail { get; private set; } = "";

    /// <summary>The latest reading; null when the latest attempt failed.</summary>
    public PowerReading? Latest { get; private set; }

    /// <summary>Checks the part again; what <see cref="State"/> says afterwards is the outcome.</summary>
    public void Validate()
    {
        if (monitor is null)
        {
            return;
        }
        try
        {
            Detail = monitor.Validate();
            State = RailState.Validated;
        }
        catch (Exception e) when (e is IOException or WrongPartException or UnauthorizedAccessException)
        {
            Note(e);
        }
    }

    /// <summary>Measures, if the part is validated.</summary>
    /// <returns>Whether there is a reading.</returns>
    public bool TryRead(out PowerReading reading)
    {
        reading = default;
        if (State != RailState.Validated)
        {
            return false;
        }
        try
        {
            reading = monitor!.Read();
            Latest = reading;
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Note(e);
            return false;
        }
    }

    private void Note(Exception refusal)
    {
        Latest = null;
        Detail = refusal.Message;
        State = refusal is WrongPartException ? RailState.WrongPart
            : refusal.Message.StartsWith(TimedOut, StringComparison.Ordinal) ? RailState.Timeout
            : RailState.Absent;
    }
}
