namespace System.Device.Gpio;

/// <summary>
/// How a <see cref="GpioController"/> reaches its pins. The package has more members (callbacks on edges, board
/// numbering of pins); nothing here uses them, and drivers of this project are only used through the controller.
/// </summary>
public abstract class GpioDriver : IDisposable
{
    /// <summary>Number of pins.</summary>
    protected internal abstract int PinCount { get; }

    /// <inheritdoc />
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Makes a pin ready without changing it.</summary>
    protected internal abstract void OpenPin(int pinNumber);

    /// <summary>Gives a pin back.</summary>
    protected internal abstract void ClosePin(int pinNumber);

    /// <summary>Sets what a pin does.</summary>
    protected internal abstract void SetPinMode(int pinNumber, PinMode mode);

    /// <summary>Sets what a pin does; an output starts with the level given, without a glitch.</summary>
    protected internal virtual void SetPinMode(int pinNumber, PinMode mode, PinValue initialValue)
    {
        SetPinMode(pinNumber, mode);
        if (mode == PinMode.Output)
        {
            Write(pinNumber, initialValue);
        }
    }

    /// <summary>What a pin does.</summary>
    protected internal abstract PinMode GetPinMode(int pinNumber);

    /// <summary>Whether a pin can do that.</summary>
    protected internal abstract bool IsPinModeSupported(int pinNumber, PinMode mode);

    /// <summary>The level of a pin.</summary>
    protected internal abstract PinValue Read(int pinNumber);

    /// <summary>Sets the level of an output.</summary>
    protected internal abstract void Write(int pinNumber, PinValue value);

    /// <summary>Waits for an edge.</summary>
    protected internal abstract WaitForEventResult WaitForEvent(
        int pinNumber, PinEventTypes eventTypes, CancellationToken cancellationToken);

    /// <summary>Frees what the driver holds.</summary>
    protected virtual void Dispose(bool disposing)
    {
    }
}
