using System.Device.Gpio;
using System.Device.Gpio.Drivers;
using FpgaEdge.Hardware;

namespace FpgaEdge.Board;

/// <summary>The board's status lamp: dark when off, lit in service, blinking when the self-test found something.</summary>
internal sealed class StatusLamp : IDisposable
{
    private const int BlinkMilliseconds = 250;

    private readonly GpioController controller;
    private readonly LedDescription lamp;
    private Timer? blinking;
    private bool isLit;

    private StatusLamp(GpioController controller, LedDescription lamp)
    {
        this.controller = controller;
        this.lamp = lamp;
        controller.OpenPin(lamp.Line, PinMode.Output);
    }

    /// <summary>Takes the first lamp of the board file; null where there is none or it cannot be had, which is no reason not to
    /// compute.</summary>
    /// <param name="board">The board.</param>
    /// <param name="log">Where a refusal goes.</param>
    /// <param name="systemFolder">Where Linux lists GPIO controllers.</param>
    public static StatusLamp? Open(BoardDescription board, BoardLog log, string systemFolder = "/sys/class/gpio")
    {
        if (board.Access == MemoryAccess.Files || board.Platform is not { Leds: [LedDescription lamp, ..] })
        {
            return null;
        }
        try
        {
            int chip = ChipWith(lamp.Chip, systemFolder) ?? throw new IOException($"no GPIO controller {lamp.Chip}");
            return new StatusLamp(new GpioController(new LibGpiodDriver(chip)), lamp);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or PlatformNotSupportedException)
        {
            log.Write("lamp", ("name", lamp.Name), ("text", $"n/a: {e.Message}"));
            return null;
        }
    }

    /// <summary>In service, or in service with a fault.</summary>
    public void Show(bool isHealthy)
    {
        if (isHealthy)
        {
            Light(true);
        }
        else
        {
            blinking = new Timer(_ => Light(!isLit), null, 0, BlinkMilliseconds);
        }
    }

    /// <inheritdoc />
    public void Dispose()
    {
        blinking?.Dispose();
        Light(false);
        controller.Dispose();
    }

    /// <summary>N of /dev/gpiochipN, by the controller's label: class/gpio/gpiochipBASE has the label, its device the
    /// number.</summary>
    internal static int? ChipWith(string label, string systemFolder)
    {
        foreach (string entry in Directory.Exists(systemFolder) ? Directory.GetDirectories(systemFolder, "gpiochip*") : [])
        {
            string labelFile = Path.Combine(entry, "label");
            if (!File.Exists(labelFile) || File.ReadAllText(labelFile).Trim() != label)
            {
                continue;
            }
            foreach (string chip in Directory.GetDirectories(Path.Combine(entry, "device"), "gpiochip*"))
            {
                if (int.TryParse(Path.GetFileName(chip).AsSpan("gpiochip".Length), out int number))
                {
                    return number;
                }
            }
        }
        return null;
    }

    private void Light(bool lit)
    {
        isLit = lit;
        controller.Write(lamp.Line, lit != lamp.ActiveLow ? PinValue.High : PinValue.Low);
    }
}
