using System.Globalization;

namespace FpgaEdge.Hardware;

/// <summary>The chip's temperature, from the kernel's industrial I/O device of the XADC or AMS, or else its first thermal
/// zone.</summary>
/// <param name="root">Where the kernel's files are; another folder in tests.</param>
public sealed class TemperatureSensor(string root = "/")
{
    /// <summary>Thousandths of a degree Celsius; null when nothing measures it.</summary>
    public long? ReadMillicelsius()
    {
        string devices = Path.Combine(root, IioMonitor.SystemFolder.TrimStart('/'));
        foreach (string device in Directory.Exists(devices) ? Directory.GetDirectories(devices) : [])
        {
            foreach (string channel in (string[])["in_temp0", "in_temp0_ps_temp"])
            {
                // Kernel documentation, sysfs-bus-iio: (raw + offset) × scale is thousandths of a degree.
                string file = Path.Combine(device, channel);
                if (Number(file + "_raw") is double raw && Number(file + "_scale") is double scale)
                {
                    return (long)Math.Round((raw + (Number(file + "_offset") ?? 0)) * scale);
                }
            }
        }
        return Number(Path.Combine(root, "sys/class/thermal/thermal_zone0/temp")) is double zone ? (long)zone : null;
    }

    private static double? Number(string file)
    {
        try
        {
            return double.TryParse(File.ReadAllText(file), CultureInfo.InvariantCulture, out double number) ? number : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
