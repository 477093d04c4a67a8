using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace System.Device.Gpio.Drivers;

/// <summary>linux/gpio.h, version 2 of the character device. Every structure has the same layout on 32-bit and 64-bit
/// boards: the kernel aligned them so.</summary>
internal static unsafe partial class LinuxGpio
{
    /// <summary>GPIO_GET_CHIPINFO_IOCTL.</summary>
    public const uint GetChipInfo = 0x8044B401;

    /// <summary>GPIO_V2_GET_LINE_IOCTL.</summary>
    public const uint GetLine = 0xC250B407;

    /// <summary>GPIO_V2_LINE_SET_CONFIG_IOCTL.</summary>
    public const uint SetConfig = 0xC110B40D;

    /// <summary>GPIO_V2_LINE_GET_VALUES_IOCTL.</summary>
    public const uint GetValues = 0xC010B40E;

    /// <summary>GPIO_V2_LINE_SET_VALUES_IOCTL.</summary>
    public const uint SetValues = 0xC010B40F;

    /// <summary>GPIO_V2_LINE_EVENT_RISING_EDGE.</summary>
    public const uint RisingEdgeEvent = 1;

    /// <summary>POLLIN.</summary>
    public const short PollIn = 1;

    /// <summary>read(2).</summary>
    [LibraryImport("libc", EntryPoint = "read", SetLastError = true)]
    public static partial nint Read(int descriptor, void* buffer, nuint count);

    /// <summary>poll(2).</summary>
    [LibraryImport("libc", EntryPoint = "poll", SetLastError = true)]
    public static partial int Poll(PollEntry* entries, nuint count, int milliseconds);

    /// <summary>GPIO_V2_LINE_FLAG_….</summary>
    [Flags]
    public enum LineFlags : ulong
    {
        /// <summary>Input.</summary>
        Input = 1 << 2,

        /// <summary>Output.</summary>
        Output = 1 << 3,

        /// <summary>Reports rising edges.</summary>
        EdgeRising = 1 << 4,

        /// <summary>Reports falling edges.</summary>
        EdgeFalling = 1 << 5,

        /// <summary>Resistor to the supply.</summary>
        BiasPullUp = 1 << 8,

        /// <summary>Resistor to ground.</summary>
        BiasPullDown = 1 << 9,
    }

    /// <summary>struct pollfd.</summary>
    public struct PollEntry
    {
        /// <summary>File.</summary>
        public int Descriptor;

        /// <summary>What to wait for.</summary>
        public short Events;

        /// <summary>What happened.</summary>
        public short Returned;
    }

    /// <summary>struct gpiochip_info.</summary>
    public struct ChipInfo
    {
        /// <summary>Name and label, 32 bytes each.</summary>
        public fixed byte NameAndLabel[64];

        /// <summary>Number of lines.</summary>
        public uint Lines;
    }

    /// <summary>struct gpio_v2_line_values.</summary>
    public struct LineValues
    {
        /// <summary>A level per requested line.</summary>
        public ulong Bits;

        /// <summary>Which lines.</summary>
        public ulong Mask;
    }

    /// <summary>struct gpio_v2_line_config_attribute: one attribute and the lines it is for.</summary>
    public struct LineAttribute
    {
        /// <summary>2: initial levels.</summary>
        public uint Id;

        /// <summary>Zero.</summary>
        public uint Padding;

        /// <summary>Levels.</summary>
        public ulong Values;

        /// <summary>Lines.</summary>
        public ulong Mask;
    }

    /// <summary>struct gpio_v2_line_config.</summary>
    public struct LineConfig
    {
        /// <summary>What the lines do.</summary>
        public LineFlags Flags;

        /// <summary>Attributes in use.</summary>
        public uint AttributeCount;

        /// <summary>Zero.</summary>
        public fixed uint Padding[5];

        /// <summary>Attributes.</summary>
        public Attributes Items;
    }

    /// <summary>struct gpio_v2_line_request.</summary>
    public struct LineRequest
    {
        /// <summary>Numbers of the lines at the chip.</summary>
        public fixed uint Offsets[64];

        /// <summary>Who asks: what gpioinfo(1) shows.</summary>
        public fixed byte Consumer[32];

        /// <summary>What the lines do.</summary>
        public LineConfig Config;

        /// <summary>Number of lines.</summary>
        public uint LineCount;

        /// <summary>0: the kernel's choice.</summary>
        public uint EventBufferSize;

        /// <summary>Zero.</summary>
        public fixed uint Padding[5];

        /// <summary>The answer: a file that stands for the lines.</summary>
        public int Descriptor;
    }

    /// <summary>struct gpio_v2_line_event.</summary>
    public struct LineEvent
    {
        /// <summary>When.</summary>
        public ulong TimestampNs;

        /// <summary>Rising (1) or falling (2).</summary>
        public uint Id;

        /// <summary>Line.</summary>
        public uint Offset;

        /// <summary>Count over all lines of the request.</summary>
        public uint SequenceNumber;

        /// <summary>Count of the line.</summary>
        public uint LineSequenceNumber;

        /// <summary>Zero.</summary>
        public fixed uint Padding[6];
    }

    /// <summary>Ten attributes.</summary>
    [InlineArray(10)]
    public struct Attributes
    {
        private LineAttribute first;
    }
}
