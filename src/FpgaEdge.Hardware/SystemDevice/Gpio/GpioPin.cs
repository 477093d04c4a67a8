namespace System.Device.Gpio;

/// <summary>An open pin; goes back to its controller when it is disposed of.</summary>
public class GpioPin : IDisposable
{
    private readonly GpioController controller;

    internal GpioPin(int pinNumber, GpioController controller)
    {
        PinNumber = pinNumber;
        this.controller = controller;
    }

    /// <summary>The pin's number at its controller.</summary>
    public virtual int PinNumber { get; }

    /// <summary>What the pin does.</summary>
    public virtual PinMode GetPinMode() => controller.GetPinMode(PinNumber);

    /// <summary>Whether the pin can do that.</summary>
    public virtual bool IsPinModeSupported(PinMode pinMode) => controller.IsPinModeSupported(PinNumber, pinMode);

    /// <summary>Sets what the pin does.</summary>
    public virtual void SetPinMode(PinMode value) => controller.SetPinMode(PinNumber, value);

    /// <summary>The pin's level.</summary>
    public virtual PinValue Read() => controller.Read(PinNumber);

    /// <summary>Sets the level of an output.</summary>
    public virtual void Write(PinValue value) => controller.Write(PinNumber, value);

    /// <summary>Changes the level of an output.</summary>
    public virtual void Toggle() => controller.Toggle(PinNumber);

    /// <inheritdoc />
    public void Dispose()
    {
        if (controller.IsPinOpen(PinNumber))
        {
            controller.ClosePin(PinNumber);
        }
        GC.SuppressFinalize(this);
    }
}
