using System.Device.I2c;

namespace FpgaEdge.Hardware;

/// <summary>All rails of a board. A rail that cannot be measured stays in the list and says why; the board's total is
/// known only when every rail of the total is. Used by one thread.</summary>
public sealed class PowerRails : IDisposable
{
    private readonly Stack<IDisposable> open = new();
    private readonly RailMonitor[] inTotal;

    private PowerRails(BoardDescription board, Func<int, I2cBus> openBus, string converters, string kernelMultiplexers)
    {
        var topology = new I2cTopology(openBus, kernelMultiplexers, open);
        var chips = new Dictionary<string, PmbusChip>();
        Rails = [.. board.Rails.Select(rail => Open(rail))];
        inTotal = [.. Rails.Where(rail => rail.Rail.InTotal)];

        RailMonitor Open(RailDescription rail)
        {
            TimeSpan period = board.Sampling?.Period ?? TimeSpan.FromMilliseconds(100);
            try
            {
                IPowerMonitor monitor = rail.Monitor switch
                {
                    ConverterDescription converter => new IioMonitor(converters, DriverOf(converter.Kind), converter.Channel),
                    I2cMonitorDescription part => NewPart(part, topology, chips, period),
                    _ => throw new InvalidOperationException($"no driver for {rail.Monitor.Kind}"),
                };
                this.open.Push(monitor);
                return new RailMonitor(rail, monitor);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException or PlatformNotSupportedException)
            {
                return new RailMonitor(rail, e);
            }
        }
    }

    /// <summary>The rails in the order of the board file.</summary>
    public IReadOnlyList<RailMonitor> Rails { get; }

    /// <summary>Whether the board has rails that make up a total, found or not.</summary>
    public bool HasTotal => inTotal.Length > 0;

    /// <summary>Whether the total can be measured now.</summary>
    public bool IsTotalKnown => HasTotal && Array.TrueForAll(inTotal, rail => rail.State == RailState.Validated);

    /// <summary>Opens and validates every monitor of a board. Takes at most the buses' limit for each part that does not
    /// answer.</summary>
    /// <param name="board">The board.</param>
    /// <param name="openBus">Opens /dev/i2c-N, or what stands for it.</param>
    /// <param name="converters">Folder of the kernel's industrial I/O devices.</param>
    /// <param name="kernelMultiplexers">Folder of the kernel's I2C devices.</param>
    public static PowerRails Open(
        BoardDescription board, Func<int, I2cBus> openBus, string converters = IioMonitor.SystemFolder,
        string kernelMultiplexers = I2cTopology.SystemFolder) =>
        new(board, openBus, converters, kernelMultiplexers);

    /// <summary>Measures the total.</summary>
    /// <returns>Watts; null when a rail of it could not be measured.</returns>
    public double? ReadTotalWatts()
    {
        double watts = 0;
        foreach (RailMonitor rail in inTotal)
        {
            if (!rail.TryRead(out PowerReading reading))
            {
                return null;
            }
            watts += reading.Watts;
        }
        return HasTotal ? watts : null;
    }

    /// <summary>Tries again what failed: a part that comes back is validated before it is believed.</summary>
    public void Recover()
    {
        foreach (RailMonitor rail in Rails.Where(rail => rail.State != RailState.Validated))
        {
            rail.Validate();
        }
    }

    /// <inheritdoc />
    public void Dispose()
    {
        while (open.TryPop(out IDisposable? resource))
        {
            resource.Dispose();
        }
    }

    private static string DriverOf(MonitorKind kind) => kind == MonitorKind.Xadc ? "xadc" : "xilinx-ams";

    private static IPowerMonitor NewPart(
        I2cMonitorDescription part, I2cTopology topology, Dictionary<string, PmbusChip> chips, TimeSpan period)
    {
        if (PmbusFamily.Of(part.Kind) is PmbusFamily family)
        {
            if (!chips.TryGetValue(part.Place, out PmbusChip? chip))
            {
                chip = new PmbusChip(topology.Device(part));
                chips.Add(part.Place, chip);
            }
            return new PmbusMonitor(chip, family, part.Output);
        }
        I2cDevice device = topology.Device(part);
        return part.Kind switch
        {
            MonitorKind.Ina226 => new Ina226(device, part.ShuntOhms, part.MaximumAmperes, period),
            MonitorKind.Ina260 => new Ina260(device, period),
            _ => new Ina219(device, part.ShuntOhms, period),
        };
    }
}
