using System.Text;
using FpgaEdge.Tests;

namespace FpgaEdge.Hardware.Tests;

/// <summary>A board's rails through its board file, over the socket that stands for its bus: what is there, what is not,
/// and that nothing is ever reported as zero.</summary>
[TestClass]
public sealed class PowerRailsTests
{
    private const int Address = 0x40;
    private static readonly PowerWaveform Load = new(5, 0.5);

    // Goal: each state of a sensor is told apart, takes a bounded time, and costs the board its total. Method: a sensor
    // that answers, is absent, is another part, or hangs the bus.
    [TestMethod]
    [DataRow("good", RailState.Validated, "INA226, die 0x2260")]
    [DataRow("absent", RailState.Absent, "no such device")]
    [DataRow("other", RailState.WrongPart, "found manufacturer 0x1234")]
    [DataRow("stuck", RailState.Timeout, "no end of the transfer within 100 ms")]
    [DataRow("gone", RailState.Absent, "no adapter")]
    public void EverySensorStateIsToldApart(string situation, RailState state, string words)
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("i2c-0");
        using VirtualI2cAdapter? adapter = situation == "gone" ? null : VirtualI2cAdapter.Start(path, () => 0);
        if (situation != "absent")
        {
            adapter?.Put(Address, new Ina226Model(Load, 0.01) { Manufacturer = (ushort)(situation == "other" ? 0x1234 : 0x5449) });
        }
        if (adapter is not null)
        {
            adapter.Stuck = situation == "stuck";
        }
        long start = TimeProvider.System.GetTimestamp();
        using PowerRails rails = PowerRails.Open(Board(), _ => new SocketI2cBus(path));
        double? watts = rails.ReadTotalWatts();
        TimeSpan took = TimeProvider.System.GetElapsedTime(start);
        Assert.AreEqual(state, rails.Rails[0].State, rails.Rails[0].Detail);
        Assert.Contains(words, rails.Rails[0].Detail);
        Assert.AreEqual(state == RailState.Validated, watts is not null);
        Assert.AreEqual(state == RailState.Validated, rails.IsTotalKnown);
        Assert.IsTrue(rails.HasTotal);
        if (watts is double known)
        {
            Assert.AreEqual(2.5, known, 0.01);
        }
        Assert.IsLessThan(TimeSpan.FromSeconds(20), took, "every wait has a limit");
    }

    // Goal: a sensor that is taken away and comes back is noticed both times, and validated before it is believed.
    // Method: take it away between two measurements; put another part in its place; then the right one.
    [TestMethod]
    public void SensorsMayGoAndComeBack()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("i2c-0");
        using VirtualI2cAdapter adapter = VirtualI2cAdapter.Start(path, () => 0);
        adapter.Put(Address, new Ina226Model(Load, 0.01));
        using PowerRails rails = PowerRails.Open(Board(), _ => new SocketI2cBus(path));
        Assert.IsNotNull(rails.ReadTotalWatts());
        adapter.Remove(Address);
        Assert.IsNull(rails.ReadTotalWatts());
        Assert.AreEqual(RailState.Absent, rails.Rails[0].State);
        Assert.IsNull(rails.Rails[0].Latest);
        adapter.Put(Address, new Ina226Model(Load, 0.01) { Manufacturer = 0xBEEF });
        rails.Recover();
        Assert.AreEqual(RailState.WrongPart, rails.Rails[0].State);
        Assert.IsNull(rails.ReadTotalWatts());
        adapter.Put(Address, new Ina226Model(Load, 0.01));
        rails.Recover();
        Assert.AreEqual(2.5, rails.ReadTotalWatts()!.Value, 0.01);
        adapter.Stuck = true;
        Assert.IsNull(rails.ReadTotalWatts());
        Assert.AreEqual(RailState.Timeout, rails.Rails[0].State);
        adapter.Stuck = false;
        rails.Recover();
        Assert.AreEqual(2.5, rails.ReadTotalWatts()!.Value, 0.01);
    }

    // Goal: a rail that is not part of the total may be missing; one that is may not. Method: two rails on one bus.
    [TestMethod]
    public void TotalNeedsAllItsRails()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("i2c-0");
        using VirtualI2cAdapter adapter = VirtualI2cAdapter.Start(path, () => 0);
        adapter.Put(Address, new Ina226Model(Load, 0.01));
        const string Second = """
            , { "name": "SECOND", "monitor": "ina226", "bus": 0, "address": "0x41", "shuntMicroohms": 10000,
                "maximumMilliamperes": 4000, "inTotal": true, "source": "a test" } ]
            """;
        string text = File.ReadAllText(VirtualBoard);
        int end = text.LastIndexOf(']');
        string two = text[..end] + Second + text[(end + 1)..];
        using (PowerRails rails = PowerRails.Open(Parse(two), _ => new SocketI2cBus(path)))
        {
            Assert.IsFalse(rails.IsTotalKnown);
            Assert.IsNull(rails.ReadTotalWatts());
        }
        string outside = two.Replace("\"inTotal\": true, \"source\": \"a test\"", "\"inTotal\": false, \"source\": \"a test\"");
        using (PowerRails rails = PowerRails.Open(Parse(outside), _ => new SocketI2cBus(path)))
        {
            Assert.AreEqual(RailState.Absent, rails.Rails[1].State);
            Assert.AreEqual(2.5, rails.ReadTotalWatts()!.Value, 0.01);
        }
    }

    // Goal: where the kernel drives a multiplexer, its channel's own bus is used. Method: a folder as sysfs makes it;
    // record which bus is opened.
    [TestMethod]
    public void MultiplexersOfTheKernelAreUsed()
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Inconclusive("needs symbolic links");
        }
        using var folder = new TemporaryFolder();
        string chip = folder.File("0-0074");
        Directory.CreateDirectory(chip);
        Directory.CreateSymbolicLink(Path.Combine(chip, "channel-7"), "../i2c-9");
        string text = File.ReadAllText(VirtualBoard).Replace("\"address\": \"0x40\",",
            "\"path\": [ { \"multiplexer\": \"pca9548\", \"address\": \"0x74\", \"channel\": 7 } ], \"address\": \"0x40\",");
        int load = text.IndexOf("\"model\": {", StringComparison.Ordinal);
        text = text.Remove(load, text.IndexOf("},", load, StringComparison.Ordinal) + 2 - load);
        var opened = new List<int>();
        var bus = new ModelledBus { Parts = { [Address] = new Ina226Model(Load, 0.01) } };
        using PowerRails rails = PowerRails.Open(Parse(text), number =>
        {
            opened.Add(number);
            return bus;
        }, kernelMultiplexers: $"{folder}");
        Assert.AreEqual(RailState.Validated, rails.Rails[0].State, rails.Rails[0].Detail);
        CollectionAssert.AreEqual(new[] { 9 }, opened);
    }

    private static string VirtualBoard => Path.Combine(SharedData.RepositoryRoot, "bsp", "virtual-zynq7020", "board.json");

    private static BoardDescription Board() => BoardDescription.Read(VirtualBoard);

    private static BoardDescription Parse(string text) => BoardDescription.Parse("test.json", Encoding.UTF8.GetBytes(text));
}
