namespace FpgaEdge.Hardware.Tests;

/// <summary>The INA226 driver against its data sheet (SBOS547) and against our model of the part.</summary>
[TestClass]
public sealed class Ina226Tests
{
    private const int Address = 0x40;
    private static readonly TimeSpan Period = TimeSpan.FromMilliseconds(1);

    // Goal: only an INA226 is taken for one. Method: other identities at its address; the revision may differ.
    [TestMethod]
    [DataRow(0x5449, 0x2260, true)]
    [DataRow(0x5449, 0x2261, true)]
    [DataRow(0x5449, 0x2270, false)]
    [DataRow(0x5449, 0xA080, false)]
    [DataRow(0x4954, 0x6022, false)]
    [DataRow(0x0000, 0x0000, false)]
    [DataRow(0xFFFF, 0xFFFF, false)]
    public void IdentityIsChecked(int manufacturer, int die, bool expected)
    {
        (ModelledBus bus, FixedRegisters registers) = Example();
        registers.Words[0xFE] = (ushort)manufacturer;
        registers.Words[0xFF] = (ushort)die;
        using var part = new Ina226(bus.CreateDevice(Address), 0.002, 32.768, Period);
        if (expected)
        {
            Assert.AreEqual($"INA226, die 0x{die:X4}", part.Validate());
        }
        else
        {
            string message = Assert.ThrowsExactly<WrongPartException>(() => part.Validate()).Message;
            Assert.AreEqual("expected an INA226 (manufacturer 0x5449, die 0x2260), " +
                $"found manufacturer 0x{manufacturer:X4}, die 0x{die:X4}", message);
            Assert.IsEmpty(registers.Written, "a part that is not known must not be written to");
        }
    }

    // Goal: the data sheet's worked example (table 1: 10 A through 2 milliohms at 12 V, 1 mA per step). Method: its
    // register contents in, its figures out; and its calibration from its equation.
    [TestMethod]
    public void WorkedExampleOfTheDataSheet()
    {
        (ModelledBus bus, FixedRegisters registers) = Example();
        using var part = new Ina226(bus.CreateDevice(Address), shuntOhms: 0.002, maximumAmperes: 32.768, Period);
        part.Validate();
        Assert.AreEqual(0x0A00, registers.Words[0x05]);
        PowerReading reading = part.Read();
        Assert.AreEqual(11.98, reading.Volts, 1e-9);
        Assert.AreEqual(10.0, reading.Amperes, 1e-9);
        Assert.AreEqual(119.8, reading.Watts, 1e-9);
        Assert.AreEqual(10.0, part.ReadCurrentRegister(), 1e-9);
        Assert.AreEqual(119.8, part.ReadPowerRegister(), 1e-9);
    }

    // Goal: current that flows back is negative, to the last step. Method: two's complement patterns in the shunt
    // register, and the model with a negative load.
    [TestMethod]
    [DataRow(0xFFFF, -2.5e-6)]
    [DataRow(0x8000, -0.08192)]
    [DataRow(0x8300, -0.08)]
    [DataRow(0x7FFF, 0.0819175)]
    public void NegativeCurrent(int pattern, double shuntVolts)
    {
        (ModelledBus bus, FixedRegisters registers) = Example();
        registers.Words[0x01] = (ushort)pattern;
        using var part = new Ina226(bus.CreateDevice(Address), 0.002, 32.768, Period);
        PowerReading reading = part.Read();
        Assert.AreEqual(shuntVolts / 0.002, reading.Amperes, 1e-9);
        Assert.AreEqual(reading.Volts * reading.Amperes, reading.Watts, 1e-9);

        var modelled = new ModelledBus { Parts = { [Address] = new Ina226Model(new PowerWaveform(5, -1.5), 0.005) } };
        using var other = new Ina226(modelled.CreateDevice(Address), 0.005, 4, Period);
        other.Validate();
        Assert.AreEqual(-1.5, other.Read().Amperes, 0.0005);
        Assert.AreEqual(-7.5, other.Read().Watts, 0.0025);
        Assert.AreEqual(-1.5, other.ReadCurrentRegister(), 0.002);
        Assert.AreEqual(7.5, other.ReadPowerRegister(), 0.02, "the part's own power register has no sign");
    }

    // Goal: the model is the part of the data sheet: its example, reset values and reset bit. Method: registers
    // through the bus.
    [TestMethod]
    public void ModelHasTheRegistersOfTheDataSheet()
    {
        var model = new Ina226Model(new PowerWaveform(11.98, 10), 0.002);
        var bus = new ModelledBus { Parts = { [Address] = model } };
        using var part = new RegisterPart(bus.CreateDevice(Address));
        Assert.AreEqual(0x4127, part.Read(0x00));
        Assert.AreEqual(0x1F40, part.Read(0x01));
        Assert.AreEqual(0x2570, part.Read(0x02));
        Assert.AreEqual(0, part.Read(0x03));
        Assert.AreEqual(0, part.Read(0x04));
        part.Write(0x05, 0x0A00);
        Assert.AreEqual(0x2710, part.Read(0x04));
        Assert.AreEqual(0x12B8, part.Read(0x03));
        Assert.AreEqual(0x5449, part.Read(0xFE));
        Assert.AreEqual(0x2260, part.Read(0xFF));
        part.Write(0x00, 0x8000);
        Assert.AreEqual(0x4127, part.Read(0x00));
        Assert.AreEqual(0, part.Read(0x05));
    }

    // Goal: after a loss of power of the part no zero is reported. Method: reset the model behind the driver's back.
    [TestMethod]
    public void BrownOutDoesNotReadAsZero()
    {
        var model = new Ina226Model(new PowerWaveform(12, 2), 0.002);
        var bus = new ModelledBus { Parts = { [Address] = model } };
        using var part = new Ina226(bus.CreateDevice(Address), 0.002, 10, Period);
        part.Validate();
        model.Reset();
        Assert.AreEqual(0, part.ReadCurrentRegister());
        Assert.AreEqual(24, part.Read().Watts, 0.02);
    }

    // Goal: the part averages over nearly all of a period and never longer. Method: every period from 0.3 ms to 1 s.
    [TestMethod]
    public void AveragingFillsThePeriod()
    {
        for (int microseconds = 300; microseconds < 1_000_000; microseconds = (microseconds * 11 / 10) + 7)
        {
            TimeSpan period = TimeSpan.FromMicroseconds(microseconds);
            TimeSpan window = Ina226.WindowOf(Ina226.ConfigurationFor(period));
            Assert.IsLessThanOrEqualTo(period, window);
            Assert.IsGreaterThan(period * 0.75, window, $"{period}");
        }
        // The data sheet's default, 16 of 1.1 ms twice, from its bits 0x4527.
        Assert.AreEqual(TimeSpan.FromMilliseconds(35.2), Ina226.WindowOf(0x4527));
    }

    // Goal: a bus that swallows writes is found when the part is set up. Method: registers that forget.
    [TestMethod]
    public void LostWritesAreFound()
    {
        var bus = new ModelledBus { Parts = { [Address] = new ForgetfulPart() } };
        using var part = new Ina226(bus.CreateDevice(Address), 0.002, 10, Period);
        Assert.Contains("after writing it", Assert.ThrowsExactly<IOException>(() => part.Validate()).Message);
    }

    private static (ModelledBus Bus, FixedRegisters Registers) Example()
    {
        var registers = new FixedRegisters
        {
            Words =
            {
                [0x00] = 0x4127, [0x01] = 0x1F40, [0x02] = 0x2570, [0x03] = 0x12B8, [0x04] = 0x2710, [0xFE] = 0x5449,
                [0xFF] = 0x2260,
            },
        };
        return (new ModelledBus { Parts = { [Address] = registers } }, registers);
    }

    private sealed class ForgetfulPart : IModelledPart
    {
        private byte pointer;

        public bool Write(ReadOnlySpan<byte> bytes, long nowNs)
        {
            pointer = bytes[0];
            return true;
        }

        public bool Read(Span<byte> bytes, long nowNs)
        {
            ushort value = pointer switch { 0xFE => 0x5449, 0xFF => 0x2260, _ => 0x4127 };
            (bytes[0], bytes[1]) = ((byte)(value >> 8), (byte)value);
            return true;
        }
    }
}
