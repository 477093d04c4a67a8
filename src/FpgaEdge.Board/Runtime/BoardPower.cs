using System.Device.I2c;
using FpgaEdge.Hardware;

namespace FpgaEdge.Board;

/// <summary>Opens a board's power monitors and says of each what was found.</summary>
internal static class BoardPower
{
    /// <summary>Validates every rail and starts sampling.</summary>
    /// <param name="board">The board.</param>
    /// <param name="folder">Folder of a virtual board's buses; not used for a real one.</param>
    /// <param name="log">Where each rail's state goes.</param>
    /// <param name="opened">Takes over what has to be closed, in the order of opening.</param>
    /// <returns>The meter, null when the board has no rails that make up its power; how many rails there are, and how many of
    /// them have the expected sensor.</returns>
    /// <exception cref="HardwareException">A virtual board's bus cannot be made.</exception>
    public static (EnergyMeter? Meter, (int Validated, int All) Sensors) Open(
        BoardDescription board, string folder, BoardLog log, Action<IDisposable> opened)
    {
        if (board.Rails.Count == 0)
        {
            log.Write("power", ("text", "n/a: the board has no power monitors"));
            return (null, default);
        }
        if (board.Access == MemoryAccess.Files)
        {
            StartAdapters(board, folder, opened);
        }
        PowerRails rails = PowerRails.Open(board, number => board.Access == MemoryAccess.Files
            ? new SocketI2cBus(SocketI2cBus.PathOf(folder, number))
            : I2cBus.Create(number));
        foreach (RailMonitor rail in rails.Rails)
        {
            Note(log, rail);
        }
        var sensors = (rails.Rails.Count(rail => rail.State == RailState.Validated), rails.Rails.Count);
        if (!rails.HasTotal)
        {
            log.Write("power", ("text", "n/a: the board's monitors measure voltages only"));
            opened(rails);
            return (null, sensors);
        }
        var meter = new EnergyMeter(rails, board.Sampling!.Period, () => NodeLoop.NowNs);
        meter.Changed += rail => Note(log, rail);
        opened(meter);
        return (meter, sensors);
    }

    /// <summary>The modelled buses, unless somebody serves them already: a test, or another model.</summary>
    private static void StartAdapters(BoardDescription board, string folder, Action<IDisposable> opened)
    {
        var adapters = new Dictionary<int, VirtualI2cAdapter?>();
        foreach (RailDescription rail in board.Rails)
        {
            if (rail.Monitor is not I2cMonitorDescription { Load: not null } part)
            {
                continue;
            }
            if (!adapters.TryGetValue(part.Bus, out VirtualI2cAdapter? adapter))
            {
                string path = SocketI2cBus.PathOf(folder, part.Bus);
                adapter = VirtualI2cAdapter.IsServed(path) ? null : VirtualI2cAdapter.Start(path, () => NodeLoop.NowNs);
                adapters.Add(part.Bus, adapter);
                if (adapter is not null)
                {
                    opened(adapter);
                }
            }
            adapter?.Put(part.Address, new Ina226Model(part.Load, part.ShuntOhms));
        }
    }

    private static void Note(BoardLog log, RailMonitor rail) => log.Write("rail",
        ("name", rail.Rail.Name), ("state", $"{rail.State}".ToLowerInvariant()), ("place", rail.Rail.Monitor.Place),
        ("detail", rail.Detail));
}
