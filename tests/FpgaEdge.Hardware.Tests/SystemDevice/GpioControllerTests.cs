using System.Device.Gpio;
using System.Device.Gpio.Drivers;

namespace FpgaEdge.Hardware.Tests;

/// <summary>Pins by the rules of the package: what may be done when, and what is refused.</summary>
[TestClass]
public sealed class GpioControllerTests
{
    // Goal: an output starts with its level, is written, toggled and given back. Method: a driver in memory.
    [TestMethod]
    public void OutputsAreDriven()
    {
        var driver = new MemoryDriver();
        using var controller = new GpioController(driver);
        GpioPin led = controller.OpenPin(7, PinMode.Output, PinValue.High);
        Assert.AreEqual("open 7, mode 7 Output, write 7 High", driver.Log);
        led.Toggle();
        Assert.AreEqual(PinValue.Low, led.Read());
        led.Write(PinValue.High);
        Assert.AreEqual(PinValue.High, controller.Read(7));
        led.Dispose();
        Assert.IsFalse(controller.IsPinOpen(7));
        Assert.EndsWith("close 7", driver.Log);
    }

    // Goal: wrong use is refused before the driver is asked. Method: each wrong use.
    [TestMethod]
    public void WrongUseIsRefused()
    {
        var driver = new MemoryDriver();
        var controller = new GpioController(driver);
        controller.OpenPin(1, PinMode.Input);
        Assert.ThrowsExactly<InvalidOperationException>(() => controller.OpenPin(1));
        Assert.ThrowsExactly<InvalidOperationException>(() => controller.Write(1, PinValue.High));
        Assert.ThrowsExactly<InvalidOperationException>(() => controller.Read(2));
        Assert.ThrowsExactly<InvalidOperationException>(() => controller.ClosePin(2));
        Assert.ThrowsExactly<InvalidOperationException>(() => controller.SetPinMode(1, PinMode.InputPullUp));
        Assert.AreEqual("open 1, mode 1 Input", driver.Log);
        controller.Dispose();
        Assert.EndsWith("close 1, end", driver.Log);
        Assert.ThrowsExactly<ObjectDisposedException>(() => controller.IsPinOpen(1));
    }

    // Goal: levels compare and convert as in the package. Method: all of them.
    [TestMethod]
    public void LevelsConvert()
    {
        Assert.IsTrue((PinValue)7 == PinValue.High && (PinValue)0 == PinValue.Low && (PinValue)true == PinValue.High);
        Assert.IsTrue(!PinValue.High == PinValue.Low && (int)PinValue.High == 1 && (bool)PinValue.High && (byte)PinValue.Low == 0);
        Assert.AreEqual("High", PinValue.High.ToString());
    }

    // Goal: a chip that does not exist, or a file that is none, is one line. Method: open them.
    [TestMethod]
    public void MissingChipIsOneLine()
    {
        if (!OperatingSystem.IsLinux())
        {
            Assert.ThrowsExactly<PlatformNotSupportedException>(() => new LibGpiodDriver(250));
            return;
        }
        string message = Assert.ThrowsExactly<IOException>(() => new LibGpiodDriver(250)).Message;
        Assert.StartsWith("Error 2. /dev/gpiochip250: cannot be opened", message);
    }

    private sealed class MemoryDriver : GpioDriver
    {
        private readonly Dictionary<int, (PinMode Mode, PinValue Value)> pins = [];
        private readonly List<string> log = [];

        public string Log => string.Join(", ", log);

        protected internal override int PinCount => 8;

        protected internal override void OpenPin(int pinNumber)
        {
            log.Add($"open {pinNumber}");
            pins.Add(pinNumber, default);
        }

        protected internal override void ClosePin(int pinNumber) => log.Add($"close {pinNumber}");

        protected internal override void SetPinMode(int pinNumber, PinMode mode)
        {
            log.Add($"mode {pinNumber} {mode}");
            pins[pinNumber] = pins[pinNumber] with { Mode = mode };
        }

        protected internal override PinMode GetPinMode(int pinNumber) => pins[pinNumber].Mode;

        protected internal override bool IsPinModeSupported(int pinNumber, PinMode mode) =>
            mode is PinMode.Input or PinMode.Output;

        protected internal override PinValue Read(int pinNumber) => pins[pinNumber].Value;

        protected internal override void Write(int pinNumber, PinValue value)
        {
            log.Add($"write {pinNumber} {value}");
            pins[pinNumber] = pins[pinNumber] with { Value = value };
        }

        protected internal override WaitForEventResult WaitForEvent(
            int pinNumber, PinEventTypes eventTypes, CancellationToken cancellationToken) => default;

        protected override void Dispose(bool disposing) => log.Add("end");
    }
}
