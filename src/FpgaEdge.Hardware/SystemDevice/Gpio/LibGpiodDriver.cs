using System.Runtime.InteropServices;
using FpgaEdge.Hardware;

namespace System.Device.Gpio.Drivers;

/// <summary>
/// /dev/gpiochipN by version 2 of its ioctls. Named after the package's driver for the same device file, which goes
/// through the libgpiod library; here the kernel is asked directly.
/// </summary>
public unsafe class LibGpiodDriver : GpioDriver
{
    private const uint OutputValues = 2;

    private readonly Dictionary<int, Line> lines = [];
    private readonly string path;
    private readonly int pinCount;
    private int chip;

    /// <summary>Opens a chip.</summary>
    /// <param name="gpioChip">N of /dev/gpiochipN.</param>
    /// <exception cref="PlatformNotSupportedException">Not Linux.</exception>
    /// <exception cref="IOException">It cannot be opened, or is no GPIO chip.</exception>
    public LibGpiodDriver(int gpioChip = 0)
    {
        if (!OperatingSystem.IsLinux())
        {
            throw new PlatformNotSupportedException("pins are reached through Linux's /dev/gpiochipN");
        }
        path = $"/dev/gpiochip{gpioChip}";
        chip = LinuxMemory.Open(path, LinuxMemory.ReadWrite | LinuxMemory.CloseOnExec);
        if (chip < 0)
        {
            throw Refused("cannot be opened");
        }
        LinuxGpio.ChipInfo info;
        if (LinuxMemory.Control(chip, LinuxGpio.GetChipInfo, &info) < 0)
        {
            IOException refusal = Refused("is no GPIO chip");
            Dispose(true);
            throw refusal;
        }
        pinCount = (int)info.Lines;
    }

    /// <inheritdoc />
    protected internal override int PinCount => pinCount;

    /// <inheritdoc />
    protected internal override void OpenPin(int pinNumber)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(pinNumber);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(pinNumber, pinCount);
        // Without flags the line keeps the direction it has.
        lines.Add(pinNumber, new Line(Request(pinNumber, 0, null), PinMode.Input));
    }

    /// <inheritdoc />
    protected internal override void ClosePin(int pinNumber)
    {
        if (lines.Remove(pinNumber, out Line line))
        {
            _ = LinuxMemory.Close(line.Descriptor);
        }
    }

    /// <inheritdoc />
    protected internal override void SetPinMode(int pinNumber, PinMode mode) =>
        SetPinMode(pinNumber, mode, PinValue.Low);

    /// <inheritdoc />
    protected internal override void SetPinMode(int pinNumber, PinMode mode, PinValue initialValue)
    {
        LinuxGpio.LineConfig config = ConfigOf(FlagsOf(mode), mode == PinMode.Output ? initialValue : null);
        Check(LinuxMemory.Control(lines[pinNumber].Descriptor, LinuxGpio.SetConfig, &config), pinNumber, $"cannot be {mode}");
        lines[pinNumber] = lines[pinNumber] with { Mode = mode };
    }

    /// <inheritdoc />
    protected internal override PinMode GetPinMode(int pinNumber) => lines[pinNumber].Mode;

    /// <inheritdoc />
    protected internal override bool IsPinModeSupported(int pinNumber, PinMode mode) => Enum.IsDefined(mode);

    /// <inheritdoc />
    protected internal override PinValue Read(int pinNumber)
    {
        var values = new LinuxGpio.LineValues { Mask = 1 };
        Check(LinuxMemory.Control(lines[pinNumber].Descriptor, LinuxGpio.GetValues, &values), pinNumber, "cannot be read");
        return (int)(values.Bits & 1);
    }

    /// <inheritdoc />
    protected internal override void Write(int pinNumber, PinValue value)
    {
        var values = new LinuxGpio.LineValues { Bits = (byte)value, Mask = 1 };
        Check(LinuxMemory.Control(lines[pinNumber].Descriptor, LinuxGpio.SetValues, &values), pinNumber, "cannot be written");
    }

    /// <inheritdoc />
    protected internal override WaitForEventResult WaitForEvent(
        int pinNumber, PinEventTypes eventTypes, CancellationToken cancellationToken)
    {
        Line line = lines[pinNumber];
        LinuxGpio.LineFlags edges = (eventTypes.HasFlag(PinEventTypes.Rising) ? LinuxGpio.LineFlags.EdgeRising : 0)
            | (eventTypes.HasFlag(PinEventTypes.Falling) ? LinuxGpio.LineFlags.EdgeFalling : 0);
        LinuxGpio.LineConfig config = ConfigOf(FlagsOf(line.Mode) | edges, null);
        Check(LinuxMemory.Control(line.Descriptor, LinuxGpio.SetConfig, &config), pinNumber, "cannot report edges");
        var entry = new LinuxGpio.PollEntry { Descriptor = line.Descriptor, Events = LinuxGpio.PollIn };
        while (!cancellationToken.IsCancellationRequested)
        {
            // Short waits, so that a cancellation is seen.
            int ready = LinuxGpio.Poll(&entry, 1, 5);
            LinuxGpio.LineEvent happened;
            if (ready > 0 && LinuxGpio.Read(line.Descriptor, &happened, (nuint)sizeof(LinuxGpio.LineEvent)) > 0)
            {
                bool rising = happened.Id == LinuxGpio.RisingEdgeEvent;
                return new WaitForEventResult { EventTypes = rising ? PinEventTypes.Rising : PinEventTypes.Falling };
            }
        }
        return new WaitForEventResult { TimedOut = true };
    }

    /// <inheritdoc />
    protected override void Dispose(bool disposing)
    {
        foreach (Line line in lines.Values)
        {
            _ = LinuxMemory.Close(line.Descriptor);
        }
        lines.Clear();
        if (chip >= 0)
        {
            _ = LinuxMemory.Close(chip);
            chip = -1;
        }
        base.Dispose(disposing);
    }

    private static LinuxGpio.LineFlags FlagsOf(PinMode mode) => mode switch
    {
        PinMode.Output => LinuxGpio.LineFlags.Output,
        PinMode.InputPullDown => LinuxGpio.LineFlags.Input | LinuxGpio.LineFlags.BiasPullDown,
        PinMode.InputPullUp => LinuxGpio.LineFlags.Input | LinuxGpio.LineFlags.BiasPullUp,
        _ => LinuxGpio.LineFlags.Input,
    };

    private static LinuxGpio.LineConfig ConfigOf(LinuxGpio.LineFlags flags, PinValue? initial)
    {
        var config = new LinuxGpio.LineConfig { Flags = flags };
        if (initial is PinValue value)
        {
            config.AttributeCount = 1;
            config.Items[0] = new() { Id = OutputValues, Values = (byte)value, Mask = 1 };
        }
        return config;
    }

    private int Request(int pinNumber, LinuxGpio.LineFlags flags, PinValue? initial)
    {
        var request = new LinuxGpio.LineRequest { LineCount = 1, Config = ConfigOf(flags, initial) };
        request.Offsets[0] = (uint)pinNumber;
        "fpgaedged"u8.CopyTo(new Span<byte>(request.Consumer, 32));
        Check(LinuxMemory.Control(chip, LinuxGpio.GetLine, &request), pinNumber, "cannot be opened");
        return request.Descriptor;
    }

    private void Check(int result, int pinNumber, string what)
    {
        if (result < 0)
        {
            throw Refused($"line {pinNumber} {what}");
        }
    }

    private IOException Refused(string what)
    {
        int error = Marshal.GetLastPInvokeError();
        return new IOException($"Error {error}. {path}: {what}: {Marshal.GetPInvokeErrorMessage(error)}");
    }

    private readonly record struct Line(int Descriptor, PinMode Mode);
}
