using System.Runtime.InteropServices;

namespace System.Device.I2c;

/// <summary>linux/i2c-dev.h and linux/i2c.h: the same on 32-bit and 64-bit boards but for the size of a
/// pointer.</summary>
internal static unsafe partial class LinuxI2c
{
    /// <summary>How often a transfer is tried again when the bus was lost to another master.</summary>
    public const nuint SetRetries = 0x0701;

    /// <summary>Limit of one transfer in units of 10 ms.</summary>
    public const nuint SetTimeout = 0x0702;

    /// <summary>What the adapter can do.</summary>
    public const nuint GetFunctions = 0x0705;

    /// <summary>Several messages in one transaction; the result is how many were transferred.</summary>
    public const nuint Transfer = 0x0707;

    /// <summary>I2C_FUNC_I2C: plain messages, not only SMBus commands.</summary>
    public const nuint PlainMessages = 0x1;

    /// <summary>I2C_M_RD.</summary>
    public const ushort Reads = 0x0001;

    /// <summary>ioctl(2) with a number.</summary>
    [LibraryImport("libc", EntryPoint = "ioctl", SetLastError = true)]
    public static partial int Control(int descriptor, nuint request, nuint argument);

    /// <summary>struct i2c_msg.</summary>
    public struct Message
    {
        /// <summary>7-bit address.</summary>
        public ushort Address;

        /// <summary>0 or <see cref="Reads"/>.</summary>
        public ushort Flags;

        /// <summary>Bytes.</summary>
        public ushort Length;

        /// <summary>First byte.</summary>
        public byte* Buffer;
    }

    /// <summary>struct i2c_rdwr_ioctl_data.</summary>
    public struct MessageList
    {
        /// <summary>First message.</summary>
        public Message* Messages;

        /// <summary>Number of messages.</summary>
        public uint Count;
    }
}
