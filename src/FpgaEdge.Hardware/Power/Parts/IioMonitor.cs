using System.Globalization;

namespace FpgaEdge.Hardware;

/// <summary>
/// A voltage of the chip's own converter (XADC of the Zynq-7000, AMS of the UltraScale+) through the kernel's industrial
/// I/O: millivolts are raw × scale (Documentation/ABI/testing/sysfs-bus-iio). It has no current, so it has no power.
/// </summary>
/// <param name="devices">/sys/bus/iio/devices, or a folder like it.</param>
/// <param name="driver">What the device's file "name" says: "xadc" or "xilinx-ams".</param>
/// <param name="channel">End of the channel's name ("vccint") or its label.</param>
public sealed class IioMonitor(string devices, string driver, string channel) : IPowerMonitor
{
    /// <summary>Where Linux has them.</summary>
    public const string SystemFolder = "/sys/bus/iio/devices";

    private string prefix = "";
    private double millivoltsPerStep;

    /// <inheritdoc />
    public string Validate()
    {
        string device = FindDevice();
        prefix = FindChannel(device);
        millivoltsPerStep = Number($"{prefix}_scale");
        _ = Read();
        return $"{driver}, {Path.GetFileName(prefix)}";
    }

    /// <inheritdoc />
    public PowerReading Read() =>
        new(Number($"{prefix}_raw") * millivoltsPerStep / 1000, double.NaN, double.NaN);

    /// <inheritdoc />
    public void Dispose()
    {
    }

    private static double Number(string file) =>
        double.TryParse(File.ReadAllText(file).Trim(), NumberStyles.Float, CultureInfo.InvariantCulture, out double value)
            ? value
            : throw new IOException($"{file}: expected a number");

    private string FindDevice()
    {
        var names = new List<string>();
        foreach (string folder in Directory.Exists(devices) ? Directory.GetDirectories(devices) : [])
        {
            string file = Path.Combine(folder, "name");
            string name = File.Exists(file) ? File.ReadAllText(file).Trim() : "";
            if (name == driver)
            {
                return folder;
            }
            names.Add(name);
        }
        throw names.Count == 0
            ? new IOException($"{devices}: no converter; see that the kernel has the driver of {driver}")
            : new WrongPartException($"a converter named {driver}", string.Join(", ", names));
    }

    private string FindChannel(string device)
    {
        const string Raw = "_raw";
        foreach (string file in Directory.GetFiles(device, $"in_voltage*{Raw}").Order(StringComparer.Ordinal))
        {
            string start = file[..^Raw.Length];
            bool named = start.EndsWith($"_{channel}", StringComparison.Ordinal);
            bool labelled = File.Exists($"{start}_label") && File.ReadAllText($"{start}_label").Trim() == channel;
            if (named || labelled)
            {
                return start;
            }
        }
        throw new WrongPartException($"a channel {channel} of {driver}", $"none in {device}");
    }
}
