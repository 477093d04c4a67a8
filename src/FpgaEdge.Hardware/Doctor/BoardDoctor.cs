using System.Device.I2c;

namespace FpgaEdge.Hardware;

/// <summary>What a board needs of its operating system, looked at without changing anything but the configuration of its
/// power monitors.</summary>
public sealed class BoardDoctor
{
    private const string Area = "board";
    private const string DmaName = "DMA region";

    private readonly BoardDescription board;
    private readonly string root;
    private readonly Func<int, I2cBus> openBus;

    /// <summary>A doctor for the board that this process runs on.</summary>
    public BoardDoctor(BoardDescription board)
        : this(board, "/", I2cBus.Create)
    {
    }

    /// <summary>A doctor that sees another root folder and other buses: tests.</summary>
    internal BoardDoctor(BoardDescription board, string root, Func<int, I2cBus> openBus)
    {
        this.board = board;
        this.root = root;
        this.openBus = openBus;
    }

    /// <summary>Looks at everything.</summary>
    public IEnumerable<DoctorFinding> Examine()
    {
        if (board.Access == MemoryAccess.Files)
        {
            yield return new DoctorFinding(Area, "board", DoctorState.Ok, $"{board.Name}: a model over files, which needs nothing of this machine");
            yield break;
        }
        yield return new DoctorFinding(Area, "board", DoctorState.Ok, $"{board.Name}: {board.Title}");
        yield return PhysicalMemory();
        yield return Region("registers", board.Registers.Base, board.Registers.ByteCount);
        yield return board.Dma.Memory == DmaMemory.Reserved
            ? Region(DmaName, board.Dma.FixedBase, board.Dma.ByteCount)
            : Buffer();
        yield return Manager();
        yield return Lamps();
        foreach (DoctorFinding finding in Rails())
        {
            yield return finding;
        }
    }

    private DoctorFinding PhysicalMemory()
    {
        string path = Path.Combine(root, "dev", "mem");
        if (!File.Exists(path))
        {
            return new DoctorFinding(Area, "/dev/mem", DoctorState.Missing, "no such device",
                "build the kernel with CONFIG_DEVMEM=y");
        }
        try
        {
            using FileStream file = new(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite, bufferSize: 0);
            return new DoctorFinding(Area, "/dev/mem", DoctorState.Ok, "can be opened");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return new DoctorFinding(Area, "/dev/mem", DoctorState.Missing, e.Message, "run fpgaedged as root: sudo fpgaedged --doctor");
        }
    }

    private DoctorFinding Region(string name, uint start, long byteCount)
    {
        string place = $"0x{start:X8} + {byteCount >> 10} KiB";
        MemoryMap map = MemoryMap.ReadFrom(root);
        if (map.IsHidden)
        {
            return new DoctorFinding(Area, name, DoctorState.Missing, $"{place}: /proc/iomem does not show its owner",
                "run as root: sudo fpgaedged --doctor");
        }
        return map.KernelMemoryAt(start, byteCount) is string used
            ? new DoctorFinding(Area, name, DoctorState.Missing, $"{place} lies in memory that the kernel uses, {used}",
                $"add what 'fpgaedge board dts {board.Name}' prints to the board's device tree and start again")
            : new DoctorFinding(Area, name, DoctorState.Ok, $"{place} is no memory of the kernel's");
    }

    private DoctorFinding Buffer()
    {
        try
        {
            UDmaBuf buffer = UDmaBuf.Find(board, root);
            return new DoctorFinding(Area, DmaName, DoctorState.Ok,
                $"/dev/{board.Dma.Device}: 0x{buffer.PhysicalBase:X8} + {board.Dma.ByteCount >> 10} KiB" +
                (board.Dma.Coherent ? "" : ", caches written back for each program"));
        }
        catch (HardwareException e)
        {
            int remedy = e.Message.LastIndexOf("; ", StringComparison.Ordinal);
            return remedy < 0
                ? new DoctorFinding(Area, DmaName, DoctorState.Missing, e.Message, "run as root: sudo fpgaedged --doctor")
                : new DoctorFinding(Area, DmaName, DoctorState.Missing, e.Message[..remedy], e.Message[(remedy + 2)..]);
        }
    }

    private DoctorFinding Manager()
    {
        string folder = Path.Combine(root, "sys", "class", "fpga_manager");
        string? manager = Directory.Exists(folder) ? Directory.GetFileSystemEntries(folder).Order().FirstOrDefault() : null;
        if (manager is null)
        {
            return new DoctorFinding(Area, "FPGA manager", DoctorState.Degraded, "none: bitstreams cannot be loaded from Linux",
                "build the kernel with CONFIG_FPGA_MGR_ZYNQ_FPGA=y (UltraScale+: CONFIG_FPGA_MGR_ZYNQMP_FPGA=y), or load at boot");
        }
        string file = Path.Combine(manager, "state");
        string state = File.Exists(file) ? File.ReadAllText(file).Trim() : "unknown";
        return state == "operating"
            ? new DoctorFinding(Area, "FPGA manager", DoctorState.Ok, $"{Path.GetFileName(manager)}: operating")
            : new DoctorFinding(Area, "FPGA manager", DoctorState.Missing, $"{Path.GetFileName(manager)}: {state}, so no accelerator is loaded",
                "load a bitstream: echo NAME.bin > /sys/class/fpga_manager/fpga0/firmware");
    }

    private DoctorFinding Lamps()
    {
        if (board.Platform is not { Leds.Count: > 0 } platform)
        {
            return new DoctorFinding(Area, "status lamp", DoctorState.Degraded, "the board has no lamp that the processor can switch");
        }
        bool chips = Directory.Exists(Path.Combine(root, "dev"))
            && Directory.GetFiles(Path.Combine(root, "dev"), "gpiochip*").Length > 0;
        return chips
            ? new DoctorFinding(Area, "status lamp", DoctorState.Ok, $"{platform.Leds[0].Name} on line {platform.Leds[0].Line}")
            : new DoctorFinding(Area, "status lamp", DoctorState.Degraded, "no /dev/gpiochip",
                "build the kernel with CONFIG_GPIO_CDEV=y and CONFIG_GPIO_ZYNQ=y");
    }

    private IEnumerable<DoctorFinding> Rails()
    {
        if (board.Rails.Count == 0)
        {
            yield return new DoctorFinding("power", "monitors", DoctorState.Degraded, "the board has none: energy prints as n/a");
            yield break;
        }
        using PowerRails rails = PowerRails.Open(board, openBus,
            Path.Combine(root, "sys", "bus", "iio", "devices"), Path.Combine(root, "sys", "bus", "i2c", "devices"));
        foreach (RailMonitor rail in rails.Rails)
        {
            DoctorState good = rail.State == RailState.Validated ? DoctorState.Ok : DoctorState.Degraded;
            string reading = rail.TryRead(out PowerReading value) ? $", {Shown(value)}" : "";
            yield return new DoctorFinding("power", rail.Rail.Name, good, $"{rail.Rail.Monitor.Place}: {rail.Detail}{reading}",
                rail.State == RailState.Validated ? "" : Remedy(rail));
        }
    }

    private static string Shown(PowerReading value) => double.IsNaN(value.Watts)
        ? $"{value.Volts:F3} V"
        : $"{value.Volts:F3} V, {value.Amperes:F3} A, {value.Watts:F3} W";

    private static string Remedy(RailMonitor rail) => (rail.State, rail.Rail.Monitor) switch
    {
        (RailState.WrongPart, _) => "compare the rail in board.json with the board's revision",
        (RailState.Timeout, I2cMonitorDescription part) => $"the bus hangs: i2cdetect -y {part.Bus}, then power the board off and on",
        (_, I2cMonitorDescription part) => $"modprobe i2c-dev; i2cdetect -y {part.Bus}; energy prints as n/a until it answers",
        _ => "build the kernel with CONFIG_XILINX_XADC=y (UltraScale+: CONFIG_XILINX_AMS=y)",
    };
}
