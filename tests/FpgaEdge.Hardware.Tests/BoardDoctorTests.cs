using FpgaEdge.Tests;

namespace FpgaEdge.Hardware.Tests;

/// <summary>What the doctor says of boards, on root folders made for it.</summary>
[TestClass]
public sealed class BoardDoctorTests
{
    private const string Reserved = """
        00000000-0fffffff : System RAM
          00008000-00bfffff : Kernel code
        14000000-1fffffff : System RAM
        43c00000-43c03fff : 43c00000.vta
        """;

    // Goal: a board that has everything is ready. Method: a folder with the files of a healthy KV260 and its sensor.
    [TestMethod]
    public void HealthyBoardIsReady()
    {
        using var folder = new TemporaryFolder();
        MakeRoot(folder, Reserved.Replace("00000000-0fffffff", "00000000-3fffffff").Replace("14000000-1fffffff", "50000000-7fffffff"), "operating");
        var sensor = new FixedRegisters { Words = { [0xFE] = 0x5449, [0xFF] = 0x2270, [0x01] = 1600, [0x02] = 4000 } };
        var bus = new ModelledBus { Parts = { [0x40] = sensor } };
        DoctorFinding[] findings = Examine("kv260", folder, bus);
        Assert.AreEqual("", string.Join('\n', findings.Where(finding => finding.State != DoctorState.Ok)));
        Assert.IsTrue(findings.Any(finding => finding.Detail.Contains("5.000 V, 2.000 A, 10.000 W")));
    }

    // Goal: each thing that is missing is named with what to type. Method: take them away one by one.
    [TestMethod]
    [DataRow("iomem", "DMA region", "lies in memory that the kernel uses, 0x0..0x1FFFFFFF", "fpgaedge board dts pynq-z1")]
    [DataRow("hidden", "DMA region", "does not show its owner", "sudo")]
    [DataRow("mem", "/dev/mem", "no such device", "CONFIG_DEVMEM")]
    [DataRow("manager", "FPGA manager", "bitstreams cannot be loaded", "CONFIG_FPGA_MGR")]
    [DataRow("state", "FPGA manager", "fpga0: unknown, so no accelerator", "load a bitstream")]
    public void WhatIsMissingIsNamed(string missing, string name, string detail, string remedy)
    {
        using var folder = new TemporaryFolder();
        string iomem = missing switch
        {
            "iomem" => "00000000-1fffffff : System RAM",
            "hidden" => "00000000-00000000 : System RAM",
            _ => Reserved,
        };
        MakeRoot(folder, iomem, missing == "state" ? "unknown" : "operating");
        if (missing == "mem")
        {
            File.Delete(folder.File("dev/mem"));
        }
        if (missing == "manager")
        {
            Directory.Delete(folder.File("sys/class/fpga_manager"), recursive: true);
        }
        DoctorFinding finding = Examine("pynq-z1", folder, new ModelledBus()).Single(finding => finding.Name == name);
        Assert.AreEqual(missing == "manager" ? DoctorState.Degraded : DoctorState.Missing, finding.State);
        Assert.Contains(detail, finding.Detail);
        Assert.Contains(remedy, finding.Remedy);
    }

    // Goal: sensors that do not answer make the board less, not unusable, and say what to try. Method: a bus that
    // hangs, and one without parts, on the board with the most rails.
    [TestMethod]
    public void SensorsAreExamined()
    {
        using var folder = new TemporaryFolder();
        MakeRoot(folder, "00000000-3fffffff : System RAM", "operating");
        DoctorFinding[] absent = [.. Examine("zcu102", folder, new ModelledBus()).Where(finding => finding.Area == "power")];
        Assert.HasCount(22, absent);
        Assert.IsTrue(absent.All(finding => finding.State == DoctorState.Degraded && finding.Remedy.Contains("i2cdetect -y 0")));
        DoctorFinding[] stuck =
            [.. Examine("zcu102", folder, new ModelledBus { Stuck = true }).Where(finding => finding.Area == "power")];
        Assert.IsTrue(stuck.All(finding => finding.Remedy.StartsWith("the bus hangs")));
        Assert.IsTrue(Examine("pynq-z2", folder, new ModelledBus()).Any(finding => finding.Remedy.Contains("CONFIG_XILINX_XADC")));
    }

    // Goal: a model over files needs nothing. Method: the built-in board.
    [TestMethod]
    public void ModelNeedsNothing()
    {
        using var folder = new TemporaryFolder();
        Assert.AreEqual(DoctorState.Ok, Examine("virtual-zynq7020", folder, new ModelledBus()).Single().State);
    }

    // Goal: only the kernel's own memory counts, at whichever end it touches. Method: a map as kernels print it.
    [TestMethod]
    [DataRow(0x0FFFF000u, 0x2000, true)]
    [DataRow(0x10000000u, 0x4000000, false)]
    [DataRow(0x13FFF000u, 0x1001, true)]
    [DataRow(0x43C00000u, 0x4000, false)]
    [DataRow(0x80000000u, 0x1000, false)]
    public void KernelMemoryIsFound(uint start, int byteCount, bool used) =>
        Assert.AreEqual(used, MemoryMap.Parse(Reserved).KernelMemoryAt(start, byteCount) is not null);

    private static void MakeRoot(TemporaryFolder folder, string iomem, string managerState)
    {
        Directory.CreateDirectory(folder.File("dev"));
        Directory.CreateDirectory(folder.File("proc"));
        Directory.CreateDirectory(folder.File("sys/class/fpga_manager/fpga0"));
        File.WriteAllText(folder.File("dev/mem"), "");
        File.WriteAllText(folder.File("dev/gpiochip0"), "");
        File.WriteAllText(folder.File("proc/iomem"), iomem);
        File.WriteAllText(folder.File("sys/class/fpga_manager/fpga0/state"), managerState + "\n");
    }

    private static DoctorFinding[] Examine(string name, TemporaryFolder folder, ModelledBus bus)
    {
        BoardDescription board = BoardDescription.Read(Path.Combine(SharedData.RepositoryRoot, "bsp", name, "board.json"));
        return [.. new BoardDoctor(board, $"{folder}", _ => bus).Examine()];
    }
}
