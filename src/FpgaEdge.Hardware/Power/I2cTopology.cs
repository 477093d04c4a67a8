using System.Device.I2c;

namespace FpgaEdge.Hardware;

/// <summary>
/// Ways through buses and multiplexers to parts. A multiplexer that the kernel drives has a bus of its own for each
/// channel, found by its link in sysfs; any other is driven here.
/// </summary>
internal sealed class I2cTopology(Func<int, I2cBus> openBus, string kernelDevices, Stack<IDisposable> open)
{
    /// <summary>Where Linux lists I2C devices.</summary>
    public const string SystemFolder = "/sys/bus/i2c/devices";

    private readonly Dictionary<string, I2cBus> buses = [];
    private readonly Dictionary<string, I2cMultiplexer> multiplexers = [];

    /// <summary>The device of a part.</summary>
    /// <exception cref="IOException">A bus on the way cannot be opened.</exception>
    public I2cDevice Device(I2cMonitorDescription part)
    {
        int number = part.Bus;
        int walked = 0;
        while (walked < part.Path.Count && KernelBus(number, part.Path[walked]) is int behind)
        {
            number = behind;
            walked++;
        }
        string key = $"i2c-{number}";
        I2cBus bus = Cached(buses, key, () => Opened(openBus(number)));
        for (; walked < part.Path.Count; walked++)
        {
            MultiplexerStep step = part.Path[walked];
            I2cBus parent = bus;
            string chip = $"{key}/{step.Address:X2}";
            I2cMultiplexer multiplexer =
                Cached(multiplexers, chip, () => Opened(new I2cMultiplexer(parent, step.Address, step.Kind)));
            key = $"{chip}:{step.Channel}";
            bus = Cached(buses, key, () => multiplexer.Channel(step.Channel));
        }
        return bus.CreateDevice(part.Address);
    }

    private static T Cached<T>(Dictionary<string, T> known, string key, Func<T> make)
    {
        if (!known.TryGetValue(key, out T? value))
        {
            value = make();
            known.Add(key, value);
        }
        return value;
    }

    private T Opened<T>(T resource)
        where T : IDisposable
    {
        open.Push(resource);
        return resource;
    }

    /// <summary>"0-0074/channel-7" links to "../i2c-9" where the kernel drives the multiplexer.</summary>
    private int? KernelBus(int bus, MultiplexerStep step)
    {
        string link = Path.Combine(kernelDevices, $"{bus}-{step.Address:x4}", $"channel-{step.Channel}");
        string target = Path.GetFileName(new DirectoryInfo(link).LinkTarget ?? "");
        return target.StartsWith("i2c-", StringComparison.Ordinal) && int.TryParse(target.AsSpan(4), out int number)
            ? number
            : null;
    }
}
