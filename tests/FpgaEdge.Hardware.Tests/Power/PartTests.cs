using System.Text;

namespace FpgaEdge.Hardware.Tests;

/// <summary>INA260, INA219, PMBus parts, multiplexers and the chip's own converter: identity, data sheet, sign.</summary>
[TestClass]
public sealed class PartTests
{
    private static readonly TimeSpan Period = TimeSpan.FromMilliseconds(2);

    // Goal: an INA260 and nothing else is taken for one. Method: identities, an INA226's among them.
    [TestMethod]
    [DataRow(0x5449, 0x2270, true)]
    [DataRow(0x5449, 0x2260, false)]
    [DataRow(0x0000, 0x0000, false)]
    public void Ina260Identity(int manufacturer, int die, bool expected)
    {
        var registers = new FixedRegisters { Words = { [0xFE] = (ushort)manufacturer, [0xFF] = (ushort)die } };
        using var part = new Ina260(With(0x40, registers).CreateDevice(0x40), Period);
        if (expected)
        {
            Assert.AreEqual("INA260, die 0x2270", part.Validate());
            Assert.AreEqual(0x6000, registers.Words[0x00] & 0x7000, "bits 14 to 12 of the configuration are 110");
        }
        else
        {
            Assert.Contains("expected an INA260", Assert.ThrowsExactly<WrongPartException>(() => part.Validate()).Message);
            Assert.IsEmpty(registers.Written);
        }
    }

    // Goal: the steps of the INA260's data sheet (SBOS656C, sections 8.6.2 and 8.6.3: 1.25 mA and 1.25 mV), with sign.
    // Method: 8000 steps are 10 A, 9600 steps 12 V.
    [TestMethod]
    [DataRow(0x1F40, 0x2580, 10.0, 12.0)]
    [DataRow(0xE0C0, 0x2580, -10.0, 12.0)]
    [DataRow(0xFFFF, 0x0001, -0.00125, 0.00125)]
    public void Ina260Figures(int current, int bus, double amperes, double volts)
    {
        var registers = new FixedRegisters { Words = { [0x01] = (ushort)current, [0x02] = (ushort)bus } };
        using var part = new Ina260(With(0x40, registers).CreateDevice(0x40), Period);
        PowerReading reading = part.Read();
        Assert.AreEqual(amperes, reading.Amperes, 1e-9);
        Assert.AreEqual(volts, reading.Volts, 1e-9);
        Assert.AreEqual(amperes * volts, reading.Watts, 1e-9);
    }

    // Goal: the INA219, which has no identity register, is known by the bits that cannot be set. Method: its register
    // map, and one in which they can.
    [TestMethod]
    public void Ina219Identity()
    {
        using var part = new Ina219(With(0x41, new Ina219Registers()).CreateDevice(0x41), 0.002, Period);
        Assert.AreEqual("INA219", part.Validate());
        using var other = new Ina219(With(0x41, new FixedRegisters()).CreateDevice(0x41), 0.002, Period);
        Assert.Contains("bit 0", Assert.ThrowsExactly<WrongPartException>(() => other.Validate()).Message);
        var ina226 = new FixedRegisters { Words = { [0x00] = 0x4127 } };
        using var third = new Ina219(With(0x41, ina226).CreateDevice(0x41), 0.002, Period);
        Assert.Contains("0x4127", Assert.ThrowsExactly<WrongPartException>(() => third.Validate()).Message);
        Assert.IsEmpty(ina226.Written);
    }

    // Goal: the INA219's worked example (SBOS448G, table 8: 20 mV over 2 milliohms, bus register 5D98h, 11.98 V) and
    // currents that flow back. Method: register contents in, figures out; the three flag bits are not part of the
    // voltage.
    [TestMethod]
    [DataRow(0x07D0, 0x5D98, 10.0)]
    [DataRow(0x07D0, 0x5D9B, 10.0)]
    [DataRow(0xF830, 0x5D98, -10.0)]
    [DataRow(0xFFFF, 0x5D98, -0.005)]
    public void Ina219Figures(int shunt, int bus, double amperes)
    {
        var registers = new FixedRegisters { Words = { [0x01] = (ushort)shunt, [0x02] = (ushort)bus } };
        using var part = new Ina219(With(0x41, registers).CreateDevice(0x41), 0.002, Period);
        PowerReading reading = part.Read();
        Assert.AreEqual(11.98, reading.Volts, 1e-9);
        Assert.AreEqual(amperes, reading.Amperes, 1e-9);
        Assert.AreEqual(11.98 * amperes, reading.Watts, 1e-9);
    }

    // Goal: both number formats of PMBus, every sign. Method: values of the specification's definition (part II,
    // sections 7.1 and 8.3.1), the extremes among them.
    [TestMethod]
    [DataRow(0x0001, 1.0)]
    [DataRow(0xF001, 0.25)]
    [DataRow(0xDB0A, 24.3125)]
    [DataRow(0x07FF, -1.0)]
    [DataRow(0xF7FF, -0.25)]
    [DataRow(0x8001, 1.52587890625e-05)]
    [DataRow(0x7BFF, 33521664.0)]
    [DataRow(0x7C00, -33554432.0)]
    public void Linear11(int word, double value) => Assert.AreEqual(value, PmbusFormat.Linear11((ushort)word));

    [TestMethod]
    [DataRow(0x1000, 0x14, 1.0)]
    [DataRow(0x34CD, 0x14, 3.300048828125)]
    [DataRow(0x0200, 0x17, 1.0)]
    [DataRow(0xFFFF, 0x00, 65535.0)]
    [DataRow(0x0001, 0x0F, 32768.0)]
    public void Linear16(int word, int mode, double value) =>
        Assert.AreEqual(value, PmbusFormat.Linear16((ushort)word, (byte)mode));

    // Goal: formats that are not linear are refused, not misread. Method: VOUT_MODE of VID and of coefficients.
    [TestMethod]
    [DataRow(0x21)]
    [DataRow(0x40)]
    public void OtherVoltageFormatsAreRefused(int mode) =>
        Assert.Contains("linear", Assert.ThrowsExactly<IOException>(() => PmbusFormat.Linear16(1, (byte)mode)).Message);

    // Goal: each PMBus family is known by its identity, its outputs are told apart by their page, bytes are in PMBus's
    // order, and negative currents stay negative. Method: a chip with blocks, pages and words.
    [TestMethod]
    [DataRow(MonitorKind.Ucd9248, 0xFD, "UCD9248|6.10.0.11083|110511")]
    [DataRow(MonitorKind.Ucd90120, 0xFD, "UCD90120A|2.3.4.0000|110603")]
    [DataRow(MonitorKind.Irps5401, 0x99, "RI")]
    [DataRow(MonitorKind.Irps5401, 0x99, "IR")]
    [DataRow(MonitorKind.Max15301, 0xAD, "MAX15301AA02")]
    [DataRow(MonitorKind.Max15303, 0xAD, "MAX15303")]
    public void PmbusFamilies(MonitorKind kind, int command, string identity)
    {
        var chip = new PmbusModel { Blocks = { [(byte)command] = Encoding.ASCII.GetBytes(identity) } };
        PmbusFamily family = PmbusFamily.Of(kind)!;
        using var shared = new PmbusChip(With(0x34, chip).CreateDevice(0x34));
        chip.Outputs[0] = (0x14, 0x1000, 0xE010);
        chip.Outputs[1] = (0x17, 0x039A, 0xE7F0);
        var first = new PmbusMonitor(shared, family, 0);
        Assert.Contains(family.Name, first.Validate());
        PowerReading reading = first.Read();
        Assert.AreEqual(1.0, reading.Volts);
        Assert.AreEqual(1.0, reading.Amperes);
        if (family.Outputs > 1)
        {
            var second = new PmbusMonitor(shared, family, 1);
            second.Validate();
            reading = second.Read();
            Assert.AreEqual(0x39A / 512.0, reading.Volts);
            Assert.AreEqual(-1.0, reading.Amperes);
            Assert.AreEqual(1.0, first.Read().Amperes);
        }
        Assert.AreEqual(family.HasPhases, chip.Phases.Contains(0xFF));
    }

    // Goal: another maker's part is refused. Method: a wrong identity, an empty one, an impossible length.
    [TestMethod]
    public void PmbusIdentityIsChecked()
    {
        var chip = new PmbusModel { Blocks = { [0xFD] = "UCD9224"u8.ToArray(), [0x99] = [] } };
        using var shared = new PmbusChip(With(0x34, chip).CreateDevice(0x34));
        foreach (MonitorKind kind in new[] { MonitorKind.Ucd9248, MonitorKind.Irps5401 })
        {
            var monitor = new PmbusMonitor(shared, PmbusFamily.Of(kind)!, 0);
            Assert.ThrowsExactly<WrongPartException>(() => monitor.Validate());
        }
        chip.Blocks[0xFD] = new byte[200];
        var other = new PmbusMonitor(shared, PmbusFamily.Of(MonitorKind.Ucd9248)!, 0);
        Assert.Contains("at most 32", Assert.ThrowsExactly<IOException>(() => other.Validate()).Message);
    }

    // Goal: the converter's voltages come from its own files, are millivolts, have no power, and a missing channel is
    // said by name. Method: folders as the kernel makes them.
    [TestMethod]
    public void ConvertersAreReadThroughTheKernel()
    {
        using var folder = new TemporaryFolder();
        string device = folder.File("iio:device0");
        Directory.CreateDirectory(device);
        void Put(string name, string text) => File.WriteAllText(Path.Combine(device, name), text + "\n");
        Put("name", "xadc");
        Put("in_voltage0_vccint_raw", "1367");
        Put("in_voltage0_vccint_scale", "0.732421875");
        Put("in_voltage4_raw", "2458");
        Put("in_voltage4_scale", "0.732421875");
        Put("in_voltage4_label", "vccpaux");
        using var vccint = new IioMonitor($"{folder}", "xadc", "vccint");
        Assert.AreEqual("xadc, in_voltage0_vccint", vccint.Validate());
        PowerReading reading = vccint.Read();
        Assert.AreEqual(1.0012, reading.Volts, 1e-4);
        Assert.IsTrue(double.IsNaN(reading.Amperes) && double.IsNaN(reading.Watts));
        using var labelled = new IioMonitor($"{folder}", "xadc", "vccpaux");
        labelled.Validate();
        Assert.AreEqual(1.8003, labelled.Read().Volts, 1e-4);
        using var missing = new IioMonitor($"{folder}", "xadc", "vccbram");
        Assert.ThrowsExactly<WrongPartException>(() => missing.Validate());
        using var other = new IioMonitor($"{folder}", "xilinx-ams", "vccint");
        Assert.Contains("found xadc", Assert.ThrowsExactly<WrongPartException>(() => other.Validate()).Message);
        using var nothing = new IioMonitor(folder.File("none"), "xadc", "vccint");
        Assert.Contains("no converter", Assert.ThrowsExactly<IOException>(() => nothing.Validate()).Message);
    }

    private static ModelledBus With(int address, IModelledPart part) => new() { Parts = { [address] = part } };

    /// <summary>The two bits of the INA219 that stay 0.</summary>
    private sealed class Ina219Registers : IModelledPart
    {
        private readonly FixedRegisters registers = new() { Words = { [0x00] = 0x399F } };

        public bool Write(ReadOnlySpan<byte> bytes, long nowNs)
        {
            byte[] kept = bytes.ToArray();
            if (kept.Length == 3)
            {
                kept[1] &= kept[0] == 0 ? (byte)0xBF : (byte)0xFF;
                kept[2] &= kept[0] == 5 ? (byte)0xFE : (byte)0xFF;
            }
            return registers.Write(kept, nowNs);
        }

        public bool Read(Span<byte> bytes, long nowNs) => registers.Read(bytes, nowNs);
    }
}
