using System.Device.Gpio.Drivers;

namespace System.Device.Gpio;

/// <summary>The pins of a GPIO chip, by number.</summary>
public class GpioController : IDisposable
{
    private readonly GpioDriver driver;
    private readonly Dictionary<int, GpioPin> open = [];
    private bool disposed;

    /// <summary>The pins of /dev/gpiochip0.</summary>
    /// <exception cref="IOException">It cannot be opened.</exception>
    public GpioController()
        : this(new LibGpiodDriver())
    {
    }

    /// <summary>The pins of a driver, which the controller disposes of.</summary>
    public GpioController(GpioDriver driver) => this.driver = driver;

    /// <summary>Number of pins.</summary>
    public virtual int PinCount => driver.PinCount;

    /// <summary>Makes a pin ready.</summary>
    /// <exception cref="InvalidOperationException">It is open already.</exception>
    public GpioPin OpenPin(int pinNumber)
    {
        if (IsPinOpen(pinNumber))
        {
            throw new InvalidOperationException($"Pin {pinNumber} is already open.");
        }
        driver.OpenPin(pinNumber);
        var pin = new GpioPin(pinNumber, this);
        open.Add(pinNumber, pin);
        return pin;
    }

    /// <summary>Makes a pin ready and sets what it does.</summary>
    public GpioPin OpenPin(int pinNumber, PinMode mode)
    {
        GpioPin pin = OpenPin(pinNumber);
        SetPinMode(pinNumber, mode);
        return pin;
    }

    /// <summary>Makes an output ready that starts with the level given.</summary>
    public GpioPin OpenPin(int pinNumber, PinMode mode, PinValue initialValue)
    {
        GpioPin pin = OpenPin(pinNumber);
        Require(pinNumber, mode);
        driver.SetPinMode(pinNumber, mode, initialValue);
        return pin;
    }

    /// <summary>Gives a pin back.</summary>
    /// <exception cref="InvalidOperationException">It is not open.</exception>
    public void ClosePin(int pinNumber)
    {
        RequireOpen(pinNumber);
        driver.ClosePin(pinNumber);
        open.Remove(pinNumber);
    }

    /// <summary>Sets what a pin does.</summary>
    /// <exception cref="InvalidOperationException">The pin is not open, or cannot do that.</exception>
    public virtual void SetPinMode(int pinNumber, PinMode mode)
    {
        Require(pinNumber, mode);
        driver.SetPinMode(pinNumber, mode);
    }

    /// <summary>What a pin does.</summary>
    public virtual PinMode GetPinMode(int pinNumber)
    {
        RequireOpen(pinNumber);
        return driver.GetPinMode(pinNumber);
    }

    /// <summary>Whether a pin is open.</summary>
    public virtual bool IsPinOpen(int pinNumber)
    {
        ObjectDisposedException.ThrowIf(disposed, this);
        return open.ContainsKey(pinNumber);
    }

    /// <summary>Whether a pin can do that.</summary>
    public virtual bool IsPinModeSupported(int pinNumber, PinMode mode) => driver.IsPinModeSupported(pinNumber, mode);

    /// <summary>The level of a pin.</summary>
    public virtual PinValue Read(int pinNumber)
    {
        RequireOpen(pinNumber);
        return driver.Read(pinNumber);
    }

    /// <summary>Sets the level of an output.</summary>
    /// <exception cref="InvalidOperationException">The pin is not an output.</exception>
    public virtual void Write(int pinNumber, PinValue value)
    {
        RequireOpen(pinNumber);
        if (driver.GetPinMode(pinNumber) != PinMode.Output)
        {
            throw new InvalidOperationException($"Can not write to pin {pinNumber} because it is not set to Output mode.");
        }
        driver.Write(pinNumber, value);
    }

    /// <summary>Changes the level of an output.</summary>
    public virtual void Toggle(int pinNumber) => Write(pinNumber, !Read(pinNumber));

    /// <summary>Waits for an edge, or until the time is over.</summary>
    public virtual WaitForEventResult WaitForEvent(int pinNumber, PinEventTypes eventTypes, TimeSpan timeout)
    {
        using var source = new CancellationTokenSource(timeout);
        return WaitForEvent(pinNumber, eventTypes, source.Token);
    }

    /// <summary>Waits for an edge, or until somebody cancels.</summary>
    public virtual WaitForEventResult WaitForEvent(
        int pinNumber, PinEventTypes eventTypes, CancellationToken cancellationToken)
    {
        RequireOpen(pinNumber);
        return driver.WaitForEvent(pinNumber, eventTypes, cancellationToken);
    }

    /// <inheritdoc />
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Closes all pins and the driver.</summary>
    protected virtual void Dispose(bool disposing)
    {
        if (!disposed)
        {
            foreach (int pin in open.Keys)
            {
                driver.ClosePin(pin);
            }
            open.Clear();
            driver.Dispose();
            disposed = true;
        }
    }

    private void RequireOpen(int pinNumber)
    {
        if (!IsPinOpen(pinNumber))
        {
            throw new InvalidOperationException($"Pin {pinNumber} is not open.");
        }
    }

    private void Require(int pinNumber, PinMode mode)
    {
        RequireOpen(pinNumber);
        if (!IsPinModeSupported(pinNumber, mode))
        {
            throw new InvalidOperationException($"Pin {pinNumber} does not support mode {mode}.");
        }
    }
}
