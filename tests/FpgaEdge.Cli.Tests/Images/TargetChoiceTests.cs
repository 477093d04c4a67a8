using FpgaEdge.Cli.Images.Flash;

namespace FpgaEdge.Cli.Tests.Images;

/// <summary>S3 on a machine made of files: its sysfs, mount table and devices.</summary>
[TestClass]
public sealed class TargetChoiceTests
{
    private const long Giga = 1_000_000_000;

    // Goal: every kind of wrong disk is refused with its reason and the list of candidates. Method: a machine with one of each.
    [TestMethod]
    [DataRow("sda", "the running system is on it")]
    [DataRow("nvme0n1", "not removable")]
    [DataRow("nvme0n1", "the running system is on it", DisplayName = "system through encryption and volumes")]
    [DataRow("sdb", "in use: /media/photos")]
    [DataRow("sdc", "300 GB is more than the 256 GB of a card")]
    [DataRow("sdd", "no card in it")]
    [DataRow("sde", "write-protected")]
    [DataRow("sdf", "less than the image's")]
    [DataRow("sdg", "in use: swap")]
    [DataRow("mmcblk0", "not removable", DisplayName = "soldered eMMC")]
    [DataRow("sdb1", "partitions are not written")]
    [DataRow("nosuch", "found neither")]
    public void WrongDiskIsRefused(string name, string reason)
    {
        using var machine = new Machine();
        using var terminal = new StringWriter();
        var choice = new TargetChoice(machine.Devices, terminal, ask: null);
        var e = Assert.ThrowsExactly<CliException>(() => choice.Choose([$"/dev/{name}"], yes: true, imageBytes: 256 << 20));
        Assert.AreEqual(ExitCode.Usage, e.ExitCode);
        StringAssert.Contains(e.Message, reason);
        StringAssert.Contains(terminal.ToString(), "/dev/sdh");
        StringAssert.Contains(terminal.ToString(), "Kingston DataTraveler");
    }

    // Goal: cards are accepted. Method: a card in a reader and one in the machine's slot.
    [TestMethod]
    [DataRow("sdh")]
    [DataRow("mmcblk1")]
    public void CardIsAccepted(string name)
    {
        using var machine = new Machine();
        var choice = new TargetChoice(machine.Devices, TextWriter.Null, ask: null);
        CollectionAssert.AreEqual(new[] { $"/dev/{name}" }, choice.Choose([$"/dev/{name}"], yes: true, imageBytes: 256 << 20).ToArray());
    }

    // Goal: without somebody to ask, --device and --yes are both needed; with somebody, the name is typed. Method: all combinations.
    [TestMethod]
    public void NothingIsWrittenUnasked()
    {
        using var machine = new Machine();
        var silent = new TargetChoice(machine.Devices, TextWriter.Null, ask: null);
        Assert.ThrowsExactly<CliException>(() => silent.Choose([], yes: true, imageBytes: 1));
        Assert.ThrowsExactly<CliException>(() => silent.Choose(["/dev/sdh"], yes: false, imageBytes: 1));
        TargetChoice Answering(string? answer) => new(machine.Devices, TextWriter.Null, _ => answer);
        Assert.ThrowsExactly<CliException>(() => Answering("yes").Choose(["/dev/sdh"], yes: false, imageBytes: 1));
        Assert.ThrowsExactly<CliException>(() => Answering(null).Choose([], yes: false, imageBytes: 1));
        Assert.ThrowsExactly<CliException>(() => Answering("sda").Choose([], yes: false, imageBytes: 1));
        Assert.HasCount(1, Answering("sdh").Choose(["/dev/sdh"], yes: false, imageBytes: 1));
        Assert.HasCount(1, Answering("sdh").Choose([], yes: false, imageBytes: 1));
        Assert.ThrowsExactly<CliException>(() => silent.Choose(["/dev/sdh", "/dev/sdh"], yes: true, imageBytes: 1));
    }

    /// <summary>A machine of files.</summary>
    private sealed class Machine : IDisposable
    {
        private readonly string root = Directory.CreateTempSubdirectory("fpgaedge-test-").FullName;

        public Machine()
        {
            Disk("sda", 240 * Giga, "8:0", removable: true, part: "8:1");
            Disk("nvme0n1", 200 * Giga, "259:0", removable: false, part: "259:1");
            Holder("nvme0n1/nvme0n1p1", "dm-0");
            Disk("dm-0", 200 * Giga, "254:0", removable: false);
            Holder("dm-0", "dm-1");
            Disk("dm-1", 200 * Giga, "254:1", removable: false);
            Disk("sdb", 32 * Giga, "8:16", removable: true, part: "8:17");
            Disk("sdc", 300 * Giga, "8:32", removable: true);
            Disk("sdd", 0, "8:48", removable: true);
            Disk("sde", 32 * Giga, "8:64", removable: true);
            File("sys/block/sde/ro", "1");
            Disk("sdf", 100_000_256, "8:80", removable: true);
            Disk("sdg", 32 * Giga, "8:96", removable: true, part: "8:97");
            Disk("sdh", 32 * Giga, "8:112", removable: true);
            File("sys/block/sdh/device/vendor", "Kingston");
            File("sys/block/sdh/device/model", "DataTraveler");
            Disk("mmcblk0", 32 * Giga, "179:0", removable: false);
            File("sys/block/mmcblk0/device/type", "MMC");
            Disk("mmcblk1", 32 * Giga, "179:32", removable: false);
            File("sys/block/mmcblk1/device/type", "SD");
            File("proc/self/mountinfo", """
                22 1 8:1 / / rw,noatime - ext4 /dev/sda1 rw
                23 22 254:1 / /home rw - xfs /dev/mapper/v-home rw
                24 22 0:24 / /media/photos rw - btrfs /dev/sdb1 rw
                25 22 0:5 / /proc rw - proc proc rw
                """);
            File("proc/swaps", "Filename Type Size Used Priority\n/dev/sdg1 partition 1 0 -2\n");
        }

        public BlockDevices Devices => new(root);

        public void Dispose() => Directory.Delete(root, recursive: true);

        private void Disk(string name, long bytes, string number, bool removable, string? part = null)
        {
            File($"sys/block/{name}/size", $"{bytes / 512}");
            File($"sys/block/{name}/dev", number);
            File($"sys/block/{name}/removable", removable ? "1" : "0");
            File($"sys/block/{name}/ro", "0");
            string child = char.IsAsciiDigit(name[^1]) ? $"{name}p1" : $"{name}1";
            if (part is not null)
            {
                File($"sys/block/{name}/{child}/partition", "1");
                File($"sys/block/{name}/{child}/dev", part);
            }
        }

        private void Holder(string device, string holder) =>
            Directory.CreateDirectory(Path.Combine(root, "sys/block", device, "holders", holder));

        private void File(string name, string text)
        {
            string path = Path.Combine(root, name);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            System.IO.File.WriteAllText(path, text + "\n");
        }
    }
}
