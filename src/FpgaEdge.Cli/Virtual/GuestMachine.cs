using System.Diagnostics;
using System.Text;

namespace FpgaEdge.Cli.Virtual;

/// <summary>What a guest starts from: a kernel with its first file system, or a card.</summary>
internal abstract record GuestBoot
{
    private GuestBoot()
    {
    }

    /// <summary>QEMU's options for this.</summary>
    public abstract IEnumerable<string> Options { get; }

    /// <summary>A kernel that QEMU enters directly.</summary>
    /// <param name="File">The kernel.</param>
    /// <param name="FileSystem">Its initial file system.</param>
    /// <param name="Arguments">Its arguments besides those that every virtual board has.</param>
    internal sealed record Kernel(string File, string FileSystem, string Arguments) : GuestBoot
    {
        private const string Common =
            "console=ttyS0 quiet panic=-1 reboot=t memmap=64M$0x10000000 memmap=1M$0x43C00000";

        /// <inheritdoc />
        public override IEnumerable<string> Options =>
            ["-no-reboot", "-kernel", File, "-initrd", FileSystem, "-append", $"{Common} {Arguments}"];
    }

    /// <summary>The image of a card with a boot loader, the guest's first disk.</summary>
    /// <param name="Image">The file.</param>
    /// <param name="IsWritable">Whether the guest's writes stay in the image; otherwise they go when it is powered
    /// off.</param>
    internal sealed record Card(string Image, bool IsWritable) : GuestBoot
    {
        /// <inheritdoc />
        public override IEnumerable<string> Options =>
            ["-drive", $"if=virtio,format=raw,snapshot={(IsWritable ? "off" : "on")},file={Image}"];
    }
}

/// <summary>What a guest's serial line is connected to, besides a log.</summary>
internal enum SerialLine
{
    /// <summary>A Unix socket, for one program at a time.</summary>
    Socket = 0,

    /// <summary>A pseudo terminal, for programs that open a serial port.</summary>
    Terminal = 1,
}

/// <summary>
/// One virtual board: a QEMU process with a Debian kernel, whose memory is a file that the accelerator's model maps as
/// well. Runs under software emulation (TCG), so it needs no virtualisation and no administrator.
/// </summary>
internal sealed class GuestMachine : IDisposable
{
    /// <summary>Memory of a guest: up to and including the accelerator's registers at 0x43C00000.</summary>
    private const long MemoryBytes = 1280L << 20;

    private static readonly TimeSpan LogPeriod = TimeSpan.FromMilliseconds(20);

    private readonly string memoryFile;
    private readonly string logFile;
    private readonly Process process;
    private readonly Task<string> complaints;

    private GuestMachine(string name, string folder, string memoryFile, Process process, SerialLine serial)
    {
        Name = name;
        this.memoryFile = memoryFile;
        this.process = process;
        SerialPath = serial == SerialLine.Socket ? Task.FromResult(SocketIn(folder, name)) : ReadTerminalAsync(process);
        logFile = LogIn(folder, name);
        PowerOnTimestamp = TimeProvider.System.GetTimestamp();
        complaints = process.StandardError.ReadToEndAsync();
    }

    /// <summary>The board's name.</summary>
    public string Name { get; }

    /// <summary>When QEMU was started.</summary>
    public long PowerOnTimestamp { get; }

    /// <summary>The guest's serial line: a Unix socket, or a pseudo terminal once QEMU has opened it.</summary>
    public Task<string> SerialPath { get; }

    /// <summary>Ends when QEMU ends.</summary>
    public Task Ended => process.WaitForExitAsync();

    /// <summary>What QEMU said when it ended; null while it runs.</summary>
    public async Task<string?> ComplaintAsync() =>
        process.HasExited ? (await complaints).ReplaceLineEndings(" ").Trim() : null;

    /// <summary>Powers a guest on.</summary>
    /// <param name="name">The board's name.</param>
    /// <param name="folder">Where its files go: serial log and socket.</param>
    /// <param name="files">Kernel, plugin and model.</param>
    /// <param name="boot">What it starts from.</param>
    /// <param name="network">QEMU's option for the other end of its network card, with the id "net".</param>
    /// <param name="mac">Its Ethernet address.</param>
    /// <param name="fault">What of its hardware is to fail, for example "sensor-removed"; null for nothing.</param>
    /// <param name="serial">What its serial line is connected to.</param>
    public static GuestMachine PowerOn(
        string name, string folder, MachineFiles files, GuestBoot boot, string network, ulong mac, string? fault = null,
        SerialLine serial = SerialLine.Socket)
    {
        string line = serial == SerialLine.Socket ? $"socket,path={SocketIn(folder, name)},server=on,wait=off" : "pty";
        string memory = Path.Combine(Directory.Exists("/dev/shm") ? "/dev/shm" : folder, $"fpgaedge-{Guid.NewGuid():N}.ram");
        string[] arguments =
        [
            "-accel", "tcg", "-cpu", "max", "-nodefaults", "-no-user-config", "-display", "none",
            "-M", "q35,memory-backend=ram", "-m", $"{MemoryBytes >> 20}",
            "-object", $"memory-backend-file,id=ram,size={MemoryBytes >> 20}M,mem-path={memory},share=on",
            "-chardev", $"{line},id=serial,logfile={LogIn(folder, name)}",
            "-serial", "chardev:serial",
            "-netdev", network, "-device", $"virtio-net-pci,netdev=net,mac={MacAddress.Text(mac)},romfile=",
            "-plugin", $"{files.Plugin},ram={memory},ramBytes={MemoryBytes},model={files.Model},board={files.BoardFile}" +
                (fault is null ? "" : $",fault={fault}"),
            .. boot.Options,
        ];
        var start = new ProcessStartInfo(MachineFiles.FindProgram(MachineFiles.Emulator) ?? MachineFiles.Emulator)
        {
            RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true,
        };
        Array.ForEach(arguments, start.ArgumentList.Add);
        return new GuestMachine(name, folder, memory, Process.Start(start)!, serial);
    }

    /// <summary>Everything that the guest has written to its serial line so far.</summary>
    public string SerialText()
    {
        try
        {
            using var file = new FileStream(logFile, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            byte[] bytes = new byte[file.Length];
            int length = file.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
            return Encoding.UTF8.GetString(bytes, 0, length);
        }
        catch (FileNotFoundException)
        {
            return "";
        }
    }

    /// <summary>Waits until one of several texts stands in a line that the guest has finished, so that all of it can be read.</summary>
    /// <returns>When (<see cref="TimeProvider.GetTimestamp"/>); null when the guest ended without it.</returns>
    public async Task<long?> WaitForSerialAsync(string[] texts, CancellationToken cancellation)
    {
        while (true)
        {
            bool ended = process.HasExited;
            string said = SerialText();
            said = ended ? said : said[..(said.LastIndexOf('\n') + 1)];
            if (texts.Any(text => said.Contains(text, StringComparison.Ordinal)))
            {
                return TimeProvider.System.GetTimestamp();
            }
            if (ended)
            {
                return null;
            }
            await Task.Delay(LogPeriod, cancellation);
        }
    }

    /// <summary>Pulls the plug.</summary>
    public void PowerOff() => process.Kill();

    /// <inheritdoc />
    public void Dispose()
    {
        if (!process.HasExited)
        {
            process.Kill();
            process.WaitForExit();
        }
        process.Dispose();
        File.Delete(memoryFile);
    }

    /// <summary>QEMU says "char device redirected to /dev/pts/4 (label serial)".</summary>
    private static async Task<string> ReadTerminalAsync(Process process)
    {
        while (await process.StandardOutput.ReadLineAsync() is string line)
        {
            if (line.Split(' ').FirstOrDefault(word => word.StartsWith("/dev/", StringComparison.Ordinal)) is string path)
            {
                return path;
            }
        }
        throw new CliException(ExitCode.NoBoard, "QEMU ended before it opened the serial line");
    }

    private static string SocketIn(string folder, string name) => Path.Combine(folder, $"{name}.serial");

    private static string LogIn(string folder, string name) => Path.Combine(folder, $"{name}.log");
}
