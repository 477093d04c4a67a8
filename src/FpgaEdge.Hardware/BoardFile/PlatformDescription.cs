namespace FpgaEdge.Hardware;

/// <summary>The memory that the processor sees from physical address 0.</summary>
/// <param name="ByteCount">Its size in bytes.</param>
/// <param name="Used">Ranges that others need: the DMA region must not touch them.</param>
public sealed record MemoryDescription(long ByteCount, IReadOnlyList<UsedRange> Used);

/// <summary>A range of memory that somebody else uses.</summary>
/// <param name="Base">Physical address of its first byte.</param>
/// <param name="ByteCount">Its size in bytes.</param>
/// <param name="By">Who.</param>
public sealed record UsedRange(uint Base, long ByteCount, string By);

/// <summary>What a board has besides the accelerator; each block of figures carries its source.</summary>
/// <param name="Clocks">Clocks of the processor system.</param>
/// <param name="Serial">The serial console.</param>
/// <param name="Leds">Lamps that the processor can switch without gateware.</param>
/// <param name="Boot">How the board starts.</param>
public sealed record PlatformDescription(
    ClockDescription Clocks, SerialDescription Serial, IReadOnlyList<LedDescription> Leds, BootDescription Boot);

/// <summary>Clocks of the processor system.</summary>
/// <param name="ReferenceHertz">Oscillator of the processor system (PS_CLK, PS_REF_CLK).</param>
/// <param name="ProcessorHertz">Application processor, as the board's own files set it.</param>
/// <param name="Source">Where the figures come from.</param>
public sealed record ClockDescription(long ReferenceHertz, long ProcessorHertz, string Source);

/// <summary>The serial console.</summary>
/// <param name="Device">Its name under /dev.</param>
/// <param name="Baud">Bits per second.</param>
/// <param name="Connector">Where to plug in.</param>
/// <param name="Source">Where the figures come from.</param>
public sealed record SerialDescription(string Device, int Baud, string Connector, string Source);

/// <summary>A lamp on a line of the processor's GPIO controller.</summary>
/// <param name="Name">Name on the board.</param>
/// <param name="Chip">Label of the controller, as gpiodetect(1) shows it.</param>
/// <param name="Line">Line of the controller: the MIO number.</param>
/// <param name="ActiveLow">Lit by a low level.</param>
/// <param name="Source">Where the figures come from.</param>
public sealed record LedDescription(string Name, string Chip, int Line, bool ActiveLow, string Source);

/// <summary>How a board starts.</summary>
/// <param name="Medium">From what: "sd", "qspi" or "kernel" for a guest.</param>
/// <param name="ModeSwitch">How its switches or jumpers are set for that.</param>
/// <param name="Files">Files of the boot partition, in the order in which they are read.</param>
/// <param name="Source">Where this comes from.</param>
public sealed record BootDescription(string Medium, string ModeSwitch, IReadOnlyList<string> Files, string Source);
