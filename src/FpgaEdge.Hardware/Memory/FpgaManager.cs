using System.Buffers.Binary;
using System.Text;

namespace FpgaEdge.Hardware;

/// <summary>
/// Loads the programmable logic through Linux' FPGA manager: the bitstream goes where the kernel looks for firmware, its name
/// into <c>/sys/class/fpga_manager/fpga0/firmware</c>, and the state says what became of it.
/// </summary>
/// <remarks>Kernel: Documentation/ABI/testing/sysfs-class-fpga-manager; the writable attribute is Xilinx' kernel's.</remarks>
/// <param name="root">Where /sys and /lib are; other than "/" for tests.</param>
public sealed class FpgaManager(string root = "/")
{
    private const int LargestBitstream = 64 << 20;
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(10);

    /// <summary>Loads a bitstream.</summary>
    /// <param name="file">A .bit file as the vendor's tool writes it, or the .bin file that the kernel takes.</param>
    /// <param name="soc">The board's chip, "xc7z020", which a .bit file's part must be.</param>
    /// <param name="time">Clock of the limit.</param>
    /// <exception cref="HardwareException">There is no manager, the file is not for this chip, or loading failed; the message
    /// has the kernel's state.</exception>
    public void Load(string file, string soc, TimeProvider time)
    {
        string managers = Path.Combine(root, "sys", "class", "fpga_manager");
        string manager = (Directory.Exists(managers) ? Directory.GetFileSystemEntries(managers).Order().FirstOrDefault() : null)
            ?? throw new HardwareException(
                $"{file}: no FPGA manager in {managers}; build the kernel with CONFIG_FPGA_MGR_ZYNQ_FPGA=y, or load the bitstream at boot");
        try
        {
            var length = new FileInfo(file).Length;
            byte[] binary = length <= LargestBitstream
                ? ToBinary(file, File.ReadAllBytes(file), soc)
                : throw new HardwareException($"{file}: expected at most {LargestBitstream} bytes, found {length}");
            string firmware = Directory.CreateDirectory(Path.Combine(root, "lib", "firmware")).FullName;
            string name = $"{Path.GetFileNameWithoutExtension(file)}.bin";
            File.WriteAllBytes(Path.Combine(firmware, name), binary);
            File.WriteAllText(Path.Combine(manager, "firmware"), name);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new HardwareException($"{file}: cannot be loaded: {e.Message}; the manager's state: {State(manager)}");
        }
        long start = time.GetTimestamp();
        while (State(manager) != "operating")
        {
            if (time.GetElapsedTime(start) > Limit)
            {
                throw new HardwareException(
                    $"{file}: expected the FPGA manager to be operating within {Limit.TotalSeconds} s, found: {State(manager)}");
            }
            Thread.Sleep(Look);
        }
    }

    /// <summary>The data that the kernel's driver takes. A .bit file has a header of five fields (key, length, value: design,
    /// part, date, time, data), and its words have their bytes the other way round.</summary>
    /// <exception cref="HardwareException">Neither kind of file, or another chip's.</exception>
    internal static byte[] ToBinary(string file, byte[] content, string soc)
    {
        // The first field of a .bit file is nine fixed bytes, then one field without key of two.
        const int FirstField = 13;
        bool isBit = content.Length > FirstField && content.AsSpan(0, 2).SequenceEqual((ReadOnlySpan<byte>)[0, 9]);
        if (!isBit)
        {
            return HasSyncWord(content, swapped: true)
                ? content
                : throw new HardwareException(
                    $"{file}: expected a .bit file, or a .bin file with the sync word 66 55 99 AA near its start, found neither");
        }
        int at = FirstField;
        while (at + 3 <= content.Length && content[at] != (byte)'e')
        {
            int length = BinaryPrimitives.ReadUInt16BigEndian(content.AsSpan(at + 1));
            if (at + 3 + length > content.Length)
            {
                break;
            }
            string value = Encoding.ASCII.GetString(content, at + 3, length).TrimEnd('\0');
            if (content[at] == (byte)'b' && !$"xc{value}".StartsWith(soc, StringComparison.Ordinal))
            {
                throw new HardwareException($"{file}: expected a bitstream for {soc}, found one for {value}");
            }
            at += 3 + length;
        }
        int size = at + 5 <= content.Length ? BinaryPrimitives.ReadInt32BigEndian(content.AsSpan(at + 1)) : -1;
        if (size < 0 || size % 4 != 0 || at + 5 + size > content.Length || !HasSyncWord(content.AsSpan(at + 5, size), swapped: false))
        {
            throw new HardwareException($"{file}: the bitstream is cut off or damaged; copy it again");
        }
        byte[] binary = content.AsSpan(at + 5, size).ToArray();
        for (int word = 0; word < size; word += 4)
        {
            binary.AsSpan(word, 4).Reverse();
        }
        return binary;
    }

    private static bool HasSyncWord(ReadOnlySpan<byte> data, bool swapped)
    {
        const int Near = 512;
        ReadOnlySpan<byte> word = swapped ? [0x66, 0x55, 0x99, 0xAA] : [0xAA, 0x99, 0x55, 0x66];
        return data[..Math.Min(data.Length, Near)].IndexOf(word) >= 0;
    }

    private static string State(string manager)
    {
        string file = Path.Combine(manager, "state");
        return File.Exists(file) ? File.ReadAllText(file).Trim() : "unknown";
    }
}
