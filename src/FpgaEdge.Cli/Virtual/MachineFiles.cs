using FpgaEdge.Cli.Hosting;

namespace FpgaEdge.Cli.Virtual;

/// <summary>What virtual boards in QEMU are started from: made by <c>src/FpgaEdge.VirtualBoard/Machine/prepare.sh</c> in
/// <c>out/virtual-board</c>.</summary>
/// <param name="Folder">The folder.</param>
internal sealed record MachineFiles(string Folder)
{
    /// <summary>The emulator.</summary>
    public const string Emulator = "qemu-system-x86_64";

    private const string Prepare = "src/FpgaEdge.VirtualBoard/Machine/prepare.sh";

    /// <summary>Debian's kernel, unpacked.</summary>
    public string Kernel => Path.Combine(Folder, "vmlinux");

    /// <summary>Initial file system with the board's program.</summary>
    public string BaseFileSystem => Path.Combine(Folder, "base.cpio");

    /// <summary>Gives the registers in the guest's memory their side effects.</summary>
    public string Plugin => Path.Combine(Folder, "plugin.so");

    /// <summary>The hardware that the plugin calls.</summary>
    public string Model => Path.Combine(Folder, "model.so");

    /// <summary>The kernel's release, for reports.</summary>
    public string KernelRelease => File.ReadAllText(Path.Combine(Folder, "release")).Trim();

    /// <summary>The board file of these machines.</summary>
    public string BoardFile => Path.Combine(Folder, "board.json");

    /// <summary>Finds them, and the emulator.</summary>
    /// <param name="folder">Where they were made; null for out/virtual-board of the checkout.</param>
    /// <exception cref="CliException">Something is missing; the message says what to type.</exception>
    public static MachineFiles Find(string? folder)
    {
        if (!OperatingSystem.IsLinux())
        {
            throw new CliException(ExitCode.NoBoard,
                "virtual up: needs Linux, where QEMU's plugin runs; on this system use 'fpgaedge demo' or 'fpgaedge run --boards 4'");
        }
        if (FindProgram(Emulator) is null)
        {
            throw new CliException(ExitCode.NoBoard,
                $"{Emulator} is not installed; type: apt-get install --no-install-recommends qemu-system-x86 busybox-static");
        }
        string place = folder ?? Path.Combine(Checkout.Root ?? ".", "out", "virtual-board");
        var files = new MachineFiles(place);
        string[] needed = [files.Kernel, files.BaseFileSystem, files.Plugin, files.Model, files.BoardFile];
        return needed.FirstOrDefault(file => !File.Exists(file)) is string missing
            ? throw new CliException(ExitCode.NoBoard, $"{missing}: no such file; type: {Prepare}")
            : files;
    }

    /// <summary>Full path of a program that the shell would find; null when there is none.</summary>
    public static string? FindProgram(string name) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
            .Select(folder => Path.Combine(folder, name)).FirstOrDefault(File.Exists);
}
