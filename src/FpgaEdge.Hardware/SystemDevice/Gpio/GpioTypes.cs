namespace System.Device.Gpio;

/// <summary>What a pin does.</summary>
public enum PinMode
{
    /// <summary>Input without bias.</summary>
    Input = 0,

    /// <summary>Output.</summary>
    Output = 1,

    /// <summary>Input with a resistor to ground.</summary>
    InputPullDown = 2,

    /// <summary>Input with a resistor to the supply.</summary>
    InputPullUp = 3,
}

/// <summary>Edges of a pin.</summary>
[Flags]
public enum PinEventTypes
{
    /// <summary>None.</summary>
    None = 0,

    /// <summary>Low to high.</summary>
    Rising = 1,

    /// <summary>High to low.</summary>
    Falling = 2,
}

/// <summary>The level of a pin; converts from and to 0 and 1, false and true.</summary>
public readonly struct PinValue : IEquatable<PinValue>
{
    private readonly byte value;

    private PinValue(byte value) => this.value = value;

    /// <summary>High level.</summary>
    public static PinValue High => new(1);

    /// <summary>Low level.</summary>
    public static PinValue Low => new(0);

    /// <summary>Low for 0, high for everything else.</summary>
    public static implicit operator PinValue(int value) => value == 0 ? Low : High;

    /// <summary>High for true.</summary>
    public static implicit operator PinValue(bool value) => value ? High : Low;

    /// <summary>1 for high.</summary>
    public static explicit operator int(PinValue value) => value.value;

    /// <summary>1 for high.</summary>
    public static explicit operator byte(PinValue value) => value.value;

    /// <summary>true for high.</summary>
    public static explicit operator bool(PinValue value) => value.value != 0;

    /// <summary>Same level.</summary>
    public static bool operator ==(PinValue a, PinValue b) => a.Equals(b);

    /// <summary>Other level.</summary>
    public static bool operator !=(PinValue a, PinValue b) => !a.Equals(b);

    /// <summary>The other level.</summary>
    public static PinValue operator !(PinValue v) => v == Low ? High : Low;

    /// <inheritdoc />
    public bool Equals(PinValue other) => value == other.value;

    /// <inheritdoc />
    public override bool Equals(object? obj) => obj is PinValue other && Equals(other);

    /// <inheritdoc />
    public override int GetHashCode() => value;

    /// <inheritdoc />
    public override string ToString() => value == 0 ? "Low" : "High";
}

/// <summary>How waiting for an edge ended.</summary>
public struct WaitForEventResult
{
    /// <summary>The edge that came, if any.</summary>
    public PinEventTypes EventTypes;

    /// <summary>No edge came in time.</summary>
    public bool TimedOut;
}
