using System.Device.I2c;
using System.Runtime.InteropServices;

namespace FpgaEdge.Hardware.Tests;

/// <summary>The messages that reach the kernel, and what becomes of its answers.</summary>
[TestClass]
public sealed class UnixI2cBusTests
{
    private const int ENXIO = 6;
    private const int ETIMEDOUT = 110;

    // Goal: one transaction of two messages with a repeated start for WriteRead, one message for the others, also for
    // a write of nothing. Method: record what is handed to the kernel.
    [TestMethod]
    public void TransactionsAreTheMessagesOfTheKernelInterface()
    {
        var bus = new RecordingBus();
        using I2cDevice device = bus.CreateDevice(0x40);
        byte[] answer = new byte[2];
        device.WriteRead([0xFE], answer);
        Assert.AreEqual("W 40 FE, R 40 2", bus.Last);
        CollectionAssert.AreEqual(new byte[] { 0xA0, 0xA1 }, answer);
        device.Read(answer);
        Assert.AreEqual("R 40 2", bus.Last);
        device.Write([0x05, 0x0A, 0x00]);
        Assert.AreEqual("W 40 050A00", bus.Last);
        device.Write([]);
        Assert.AreEqual("W 40 ", bus.Last);
        device.WriteByte(7);
        Assert.AreEqual("W 40 07", bus.Last);
        Assert.AreEqual(0xA0, device.ReadByte());
        Assert.AreEqual(new I2cConnectionSettings(3, 0x40), device.ConnectionSettings);
    }

    // Goal: fewer messages than asked for are an error, although the kernel reports no error. Method: an adapter that
    // transfers none or one of two, as i2c-virtio does for an absent device.
    [TestMethod]
    [DataRow(0)]
    [DataRow(1)]
    public void PartialTransfersAreErrors(int transferred)
    {
        var bus = new RecordingBus { Result = transferred };
        using I2cDevice device = bus.CreateDevice(0x41);
        string message = Assert.ThrowsExactly<IOException>(() => device.WriteRead([0], new byte[2])).Message;
        Assert.AreEqual($"/dev/i2c-3, address 0x41: expected a transfer of 2 messages, found {transferred}: no such device", message);
    }

    // Goal: refusals carry errno as a number and as text. Method: an adapter that fails with each.
    [TestMethod]
    [DataRow(ENXIO, "No such device or address")]
    [DataRow(ETIMEDOUT, "Connection timed out")]
    public void RefusalsSayWhy(int error, string text)
    {
        var bus = new RecordingBus { Result = -1, Error = error };
        using I2cDevice device = bus.CreateDevice(0x40);
        string message = Assert.ThrowsExactly<IOException>(() => device.Write([1])).Message;
        Assert.StartsWith($"Error {error}. /dev/i2c-3, address 0x40: ", message);
        if (OperatingSystem.IsLinux())
        {
            Assert.Contains(text, message);
        }
    }

    // Goal: what is wrong with the call is refused before the kernel is asked, as the package does. Method: each wrong
    // use.
    [TestMethod]
    public void WrongUseIsRefused()
    {
        var bus = new RecordingBus();
        I2cDevice device = bus.CreateDevice(0x40);
        Assert.ThrowsExactly<ArgumentException>(() => bus.CreateDevice(0x40));
        Assert.ThrowsExactly<ArgumentException>(() => bus.RemoveDevice(0x41));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => bus.CreateDevice(0x80));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => device.Read([]));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => device.WriteRead([1], []));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => device.Write(new byte[65536]));
        device.Dispose();
        Assert.ThrowsExactly<ObjectDisposedException>(() => device.ReadByte());
        bus.CreateDevice(0x40).Dispose();
        Assert.AreEqual("", bus.Last);
    }

    // Goal: a bus that does not exist is one line. Method: open one.
    [TestMethod]
    public void MissingBusIsOneLine()
    {
        if (!OperatingSystem.IsLinux())
        {
            Assert.ThrowsExactly<PlatformNotSupportedException>(() => I2cBus.Create(250));
            return;
        }
        string message = Assert.ThrowsExactly<IOException>(() => I2cBus.Create(250)).Message;
        Assert.StartsWith("Error 2. /dev/i2c-250: cannot be opened", message);
        Assert.ThrowsExactly<IOException>(() => I2cDevice.Create(new I2cConnectionSettings(250, 0x40)));
    }

    /// <summary>A bus whose kernel writes down what it was asked, and answers A0, A1, ….</summary>
    private sealed class RecordingBus() : UnixI2cBus(3, -1)
    {
        public string Last { get; private set; } = "";

        public int? Result { get; init; }

        public int Error { get; init; }

        protected override unsafe int Submit(LinuxI2c.Message* messages, int count)
        {
            var parts = new List<string>();
            for (int i = 0; i < count; i++)
            {
                LinuxI2c.Message message = messages[i];
                var bytes = new Span<byte>(message.Buffer, message.Length);
                if ((message.Flags & LinuxI2c.Reads) != 0)
                {
                    parts.Add($"R {message.Address:X2} {message.Length}");
                    for (int j = 0; j < bytes.Length; j++)
                    {
                        bytes[j] = (byte)(0xA0 + j);
                    }
                }
                else
                {
                    parts.Add($"W {message.Address:X2} {Convert.ToHexString(bytes)}");
                }
            }
            Last = string.Join(", ", parts);
            Marshal.SetLastPInvokeError(Error);
            return Result ?? count;
        }
    }
}
