#pragma warning disable CA1815, CA1051
namespace System.Device.Gpio
{
    public enum PinMode
    {
        Input,
        Output,
        InputPullDown,
        InputPullUp,
    }

    [Flags]
    public enum PinEventTypes
    {
        None = 0,
        Rising = 1,
        Falling = 2,
    }

    public delegate void PinChangeEventHandler(object sender, PinValueChangedEventArgs pinValueChangedEventArgs);

    public readonly struct PinValue : IEquatable<PinValue>
    {
        private readonly byte value;

        private PinValue(byte value) => this.value = value;

        public static PinValue High => new(1);

        public static PinValue Low => new(0);

        public static implicit operator PinValue(int value) => value == 0 ? Low : High;

        public static implicit operator PinValue(bool value) => value ? High : Low;

        public static explicit operator byte(PinValue value) => value.value;

        public static explicit operator int(PinValue value) => value.value;

        public static explicit operator bool(PinValue value) => value.value != 0;

        public static bool operator ==(PinValue a, PinValue b) => a.Equals(b);

        public static bool operator !=(PinValue a, PinValue b) => !a.Equals(b);

        public static PinValue operator !(PinValue v) => v == Low ? High : Low;

        public bool Equals(PinValue other) => other.value == value;

        public override bool Equals(object? obj) => obj is PinValue other && Equals(other);

        public override int GetHashCode() => value.GetHashCode();

        public override string ToString() => value == 0 ? "Low" : "High";
    }

    public readonly struct PinValuePair(int pinNumber, PinValue pinValue)
    {
        public int PinNumber { get; } = pinNumber;

        public PinValue PinValue { get; } = pinValue;
    }

    public struct WaitForEventResult
    {
        public PinEventTypes EventTypes;
        public bool TimedOut;
    }

    public class PinValueChangedEventArgs(PinEventTypes changeType, int pinNumber) : EventArgs
    {
        public PinEventTypes ChangeType { get; } = changeType;

        public int PinNumber { get; } = pinNumber;
    }

    public abstract class GpioDriver : IDisposable
    {
        protected internal abstract int PinCount { get; }

        public void Dispose()
        {
            Dispose(true);
            GC.SuppressFinalize(this);
        }

        public virtual ComponentInformation QueryComponentInformation() => new(this, "Gpio Driver");

        protected internal abstract int ConvertPinNumberToLogicalNumberingScheme(int pinNumber);

        protected internal abstract void OpenPin(int pinNumber);

        protected internal abstract void ClosePin(int pinNumber);

        protected internal abstract void SetPinMode(int pinNumber, PinMode mode);

        protected internal virtual void SetPinMode(int pinNumber, PinMode mode, PinValue initialValue) => SetPinMode(pinNumber, mode);

        protected internal abstract PinMode GetPinMode(int pinNumber);

        protected internal abstract bool IsPinModeSupported(int pinNumber, PinMode mode);

        protected internal abstract PinValue Read(int pinNumber);

        protected internal virtual void Toggle(int pinNumber) => Write(pinNumber, !Read(pinNumber));

        protected internal abstract void Write(int pinNumber, PinValue value);

        protected internal abstract WaitForEventResult WaitForEvent(
            int pinNumber, PinEventTypes eventTypes, CancellationToken cancellationToken);

        protected internal virtual ValueTask<WaitForEventResult> WaitForEventAsync(
            int pinNumber, PinEventTypes eventTypes, CancellationToken cancellationToken) => throw new NotSupportedException();

        protected internal abstract void AddCallbackForPinValueChangedEvent(
            int pinNumber, PinEventTypes eventTypes, PinChangeEventHandler callback);

        protected internal abstract void RemoveCallbackForPinValueChangedEvent(int pinNumber, PinChangeEventHandler callback);

        protected virtual void Dispose(bool disposing)
        {
        }
    }

    public class GpioController : IDisposable
    {
        public GpioController()
        {
        }

        public GpioController(GpioDriver driver)
        {
        }

        public virtual int PinCount => 0;

        public GpioPin OpenPin(int pinNumber) => throw new NotSupportedException();

        public GpioPin OpenPin(int pinNumber, PinMode mode) => throw new NotSupportedException();

        public GpioPin OpenPin(int pinNumber, PinMode mode, PinValue initialValue) => throw new NotSupportedException();

        public void ClosePin(int pinNumber)
        {
        }

        public virtual void SetPinMode(int pinNumber, PinMode mode)
        {
        }

        public virtual PinMode GetPinMode(int pinNumber) => default;

        public virtual bool IsPinOpen(int pinNumber) => false;

        public virtual bool IsPinModeSupported(int pinNumber, PinMode mode) => false;

        public virtual PinValue Read(int pinNumber) => default;

        public virtual void Write(int pinNumber, PinValue value)
        {
        }

        public virtual void Toggle(int pinNumber)
        {
        }

        public virtual WaitForEventResult WaitForEvent(int pinNumber, PinEventTypes eventTypes, TimeSpan timeout) => default;

        public virtual WaitForEventResult WaitForEvent(
            int pinNumber, PinEventTypes eventTypes, CancellationToken cancellationToken) => default;

        public void Dispose()
        {
            Dispose(true);
            GC.SuppressFinalize(this);
        }

        protected virtual void Dispose(bool disposing)
        {
        }
    }

    public class GpioPin : IDisposable
    {
        internal GpioPin()
        {
        }

        public virtual int PinNumber => 0;

        public virtual PinMode GetPinMode() => default;

        public virtual bool IsPinModeSupported(PinMode pinMode) => false;

        public virtual void SetPinMode(PinMode value)
        {
        }

        public virtual PinValue Read() => default;

        public virtual void Write(PinValue value)
        {
        }

        public virtual void Toggle()
        {
        }

        public void Dispose() => GC.SuppressFinalize(this);
    }
}

namespace System.Device.Gpio.Drivers
{
    public abstract class UnixDriver : GpioDriver
    {
    }

    public class LibGpiodDriver(int gpioChip = 0) : UnixDriver
    {
        protected internal override int PinCount => gpioChip;

        protected internal override int ConvertPinNumberToLogicalNumberingScheme(int pinNumber) => pinNumber;

        protected internal override void OpenPin(int pinNumber)
        {
        }

        protected internal override void ClosePin(int pinNumber)
        {
        }

        protected internal override void SetPinMode(int pinNumber, PinMode mode)
        {
        }

        protected internal override void SetPinMode(int pinNumber, PinMode mode, PinValue initialValue)
        {
        }

        protected internal override PinMode GetPinMode(int pinNumber) => default;

        protected internal override bool IsPinModeSupported(int pinNumber, PinMode mode) => false;

        protected internal override PinValue Read(int pinNumber) => default;

        protected internal override void Write(int pinNumber, PinValue value)
        {
        }

        protected internal override WaitForEventResult WaitForEvent(
            int pinNumber, PinEventTypes eventTypes, CancellationToken cancellationToken) => default;

        protected internal override void AddCallbackForPinValueChangedEvent(
            int pinNumber, PinEventTypes eventTypes, PinChangeEventHandler callback)
        {
        }

        protected internal override void RemoveCallbackForPinValueChangedEvent(int pinNumber, PinChangeEventHandler callback)
        {
        }

        protected override void Dispose(bool disposing)
        {
        }
    }
}
