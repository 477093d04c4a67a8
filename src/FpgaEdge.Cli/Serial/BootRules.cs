using System.Text.RegularExpressions;

namespace FpgaEdge.Cli.Serial;

/// <summary>A line that says what is wrong.</summary>
/// <param name="Id">Short name.</param>
/// <param name="Stage">Where in the chain it is said.</param>
/// <param name="Pattern">What the line holds.</param>
/// <param name="Explanation">What it means.</param>
/// <param name="Next">What to do.</param>
/// <param name="IsSymptom">Whether it follows from something else that was said before, if anything was.</param>
/// <param name="Only">Counts only when the board is at this stage.</param>
internal sealed record BootRule(
    string Id, BootStage Stage, string Pattern, string Explanation, string Next, bool IsSymptom = false, BootStage? Only = null)
{
    private readonly Regex expression = new(Pattern, RegexOptions.CultureInvariant | RegexOptions.NonBacktracking);

    public bool Matches(string line, BootStage stage) => (Only is null || Only == stage) && expression.IsMatch(line);

    public BootFinding Finding(string line, int number) => new(Id, Stage, Explanation, Next, line.Trim(), number);
}

/// <summary>
/// The usual failures, from the first loader to the board's program. Wording of the vendor's loader: embeddedsw, zynq_fsbl
/// (main.c, fsbl.h, image_mover.c); of U-Boot: 2023.01; of the kernel: 6.1.
/// </summary>
internal static class BootRules
{
    private const string CardAgain = "write the card again with 'fpgaedge image flash', or use another card";
    private const string BootBin = "make BOOT.BIN again ('fpgaedge image bootbin'), check it with 'fpgaedge image bootbin --check'";

    /// <summary>In this order; the first that matches a line counts.</summary>
    public static IReadOnlyList<BootRule> All { get; } =
    [
        new("boot-mode", BootStage.Fsbl, @"Boot mode is (JTAG|QSPI|NAND|NOR)|ILLEGAL_BOOT_MODE|Status = 0xA000",
            "the boot mode pins do not say SD card", "set the board's boot mode jumpers or switches to SD and power it off and on"),
        new("fsbl-no-card", BootStage.Fsbl, @"SD_INIT_FAIL|Status = 0xA009",
            "the first loader finds no card in the slot", "push the card in; if it is in, " + CardAgain),
        new("fsbl-no-file", BootStage.Fsbl, @"SD: Unable to open file",
            "the first loader cannot read the file it was started from: the card has no usable FAT partition", CardAgain),
        new("fsbl-bad-header", BootStage.Fsbl,
            @"INVALID_HEADER_FAIL|GET_HEADER_INFO_FAIL|Status = 0xA00[DE]|Partition Header Checksum|Invalid Partition Header",
            "BOOT.BIN's partition headers are damaged", BootBin),
        new("fsbl-checksum", BootStage.Fsbl, @"PARTITION_CHECKSUM_FAIL|Status = 0xA010",
            "a part of BOOT.BIN is not what its checksum says", BootBin + ", and write the card again"),
        new("fsbl-load-address", BootStage.Fsbl, @"INVALID_LOAD_ADDRESS_FAIL|Status = 0xA00F",
            "BOOT.BIN wants something loaded where the board has no memory", BootBin),
        new("fsbl-move", BootStage.Fsbl, @"PARTITION_MOVE_FAIL|Status = 0xA00B",
            "BOOT.BIN ends before the parts that its headers announce", BootBin),
        new("fsbl-bitstream", BootStage.Fsbl, @"BITSTREAM_DOWNLOAD_FAIL|PCAP:?\s*(Bitstream|FPGA)[^:]*(Fail|fail)|Status = 0xA004|FPGA_DONE_FAIL",
            "the programmable logic does not take the bitstream in BOOT.BIN", "take the bitstream that was made for this board's chip"),
        new("fsbl-memory", BootStage.Fsbl, @"DDR_INIT_FAIL|NO_DDR|Status = 0xA00[78]|PS7_INIT_FAIL|Status = 0xA012",
            "the memory does not start: the first loader was made for another board, or the board is broken",
            "take the FSBL or SPL of exactly this board (its ps7_init)"),
        new("spl-no-card", BootStage.Spl, @"Card did not respond to voltage select|MMC: no card present|mmc_init: -|spl: mmc init failed",
            "U-Boot's first part finds no card", "push the card in; if it is in, " + CardAgain, Only: BootStage.Spl),
        new("spl-no-uboot", BootStage.Spl, @"spl_load_image_fat: error reading image|spl: error reading image u-boot",
            "the card's boot partition has no u-boot.img", "put u-boot.img among the files of 'fpgaedge image build'"),
        new("spl-no-partition", BootStage.Spl, @"spl_register_fat_device: fat register err|spl: partition error|spl: no partition table",
            "U-Boot's first part finds no FAT partition on the card", CardAgain),
        new("spl-nothing", BootStage.Spl, @"SPL: failed to boot from all boot devices",
            "U-Boot's first part found nothing to start", "put u-boot.img among the files of 'fpgaedge image build'", IsSymptom: true),
        new("loader-no-card", BootStage.Loader, @"Card did not respond to voltage select|MMC: no card present",
            "U-Boot finds no card", "push the card in; if it is in, " + CardAgain, Only: BootStage.Loader),
        new("loader-no-script", BootStage.Loader, @"BOOTP broadcast|No ethernet found|TFTP error|could not find .*boot\.scr",
            "U-Boot found no boot.scr on the card and looks for one in the network",
            "make the image with 'fpgaedge image build', which writes boot.scr", IsSymptom: true),
        new("loader-bitstream-part", BootStage.Loader, @"Wrong bitstream ID for this device|Bitstream ID .* current device ID",
            "the bitstream is for another chip", "take the bitstream that was made for this board's chip"),
        new("loader-no-bitstream", BootStage.Loader, @"the programmable logic stays empty|fpga - loads loadable FPGA|No FPGA device",
            "the slot has no bitstream, so there is no accelerator",
            "put the bitstream among the files of 'fpgaedge image build'", IsSymptom: true),
        new("loader-bad-kernel", BootStage.Loader, @"[Bb]ad Linux ARM.* magic|zimage: Bad magic|Wrong Image Format for|invalid magic number",
            "what lies in /boot as kernel is none for this loader", "take zImage for a Zynq-7000, Image for a Zynq UltraScale+"),
        new("loader-bad-tree", BootStage.Loader, @"FDT_ERR_|Did not find a cmdline Flattened Device Tree|FDT and ATAGS support not compiled in",
            "what lies in /boot as device tree is none, or is missing", "make it with dtc from this board's source and build the image again"),
        new("loader-no-slot", BootStage.Loader, @"fpgaedge boot: neither slot can be loaded",
            "neither root slot can be read", CardAgain),
        new("loader-slot", BootStage.Loader, @"fpgaedge boot: slot [AB] cannot be loaded|Failed to load 'boot/(z?Image|vmlinuz|.*\.dtb)",
            "a root slot has no kernel or device tree", "update the board or " + CardAgain, IsSymptom: true),
        new("machine", BootStage.Kernel, @"unrecognized/unsupported (machine ID|device tree)",
            "the device tree is for a chip that this kernel does not know", "take kernel and device tree for this board's chip"),
        new("card-errors", BootStage.Kernel,
            @"mmc\d+: error -\d+ whilst initialising|mmcblk\d+: .*error -\d+|I/O error, dev mmcblk|blk_update_request: I/O error",
            "the card answers with errors", "use another card; cards wear out"),
        new("reserved-memory", BootStage.Kernel,
            @"[Rr]eserved [Mm]em.*(fail|overlap)|failed to (reserve|allocate) memory for node|OF: reserved mem: OVERLAP",
            "the memory that the device tree reserves for the accelerator is not free",
            "compare the device tree's reserved-memory with dma in board.json"),
        new("bus-abort", BootStage.Kernel, @"external abort|Unhandled fault: .*(0x018|0x1818|0x1008|0x406)|SError Interrupt",
            "something was read where nothing answers, as the accelerator's registers without a bitstream do",
            "see that the bitstream is loaded and its clock runs, and that registers.base in board.json is right"),
        new("no-phy", BootStage.Kernel, @"(macb|GEM|eth\d).*([Cc]ould not (find|attach).*PHY|no PHY found|PHY not found)",
            "the Ethernet controller does not find its PHY: the device tree is of another board", "take the device tree of exactly this board"),
        new("initrd-no-card", BootStage.Kernel, @"initrd: no partition",
            "the kernel runs but sees no FpgaEdge card", "check that the kernel has the driver of the card slot; " + CardAgain),
        new("root-damaged", BootStage.Kernel, @"EXT4-fs.*(error|Can't find ext4|bad geometry)|initrd: .* holds no root file system",
            "the root slot's file system is damaged", CardAgain),
        new("no-init", BootStage.Kernel, @"No working init found|exists but couldn't execute it|Failed to execute /(sbin/)?init",
            "the root slot has no init that this processor can run", "take a root file system for this board's processor"),
        new("no-root", BootStage.Kernel, @"VFS: (Cannot|Unable to) (open|mount) root|Waiting for root device",
            "the kernel does not find the root slot", "check that the kernel has drivers for card and ext4 built in; " + CardAgain, IsSymptom: true),
        new("memory-full", BootStage.System, @"Out of memory: Killed process|oom-kill:",
            "the board's memory is full", "use a smaller network or more boards; see 'fpgaedge diag status'"),
        new("emergency", BootStage.System, @"[Ee]mergency mode|Dependency failed for .*(data|File System)|Timed out waiting for device",
            "systemd stopped because a partition cannot be mounted", CardAgain),
        new("no-link", BootStage.System, @"eth\d.*(link is not ready|[Ll]ink is [Dd]own|no carrier|NO-CARRIER)|udhcpc: no lease",
            "the network cable has no link, or nobody gives out addresses",
            "check cable and switch; or give cards an --address of their own", IsSymptom: true),
        new("no-library", BootStage.Program, @"No usable version of libssl|error while loading shared libraries|fpgaedged: (not found|No such file)",
            "the root file system lacks something that fpgaedged needs", "add libssl3 and the C library to the root file system"),
        new("wrong-program", BootStage.Program, @"fpgaedged.*([Ee]xec format error|cannot execute binary|syntax error)",
            "fpgaedged is for another processor", "publish it for this board: ./build.ps1 publish linux-arm or linux-arm64"),
        new("no-registers", BootStage.Program, @"fpgaedged: .*(/dev/mem|cannot be mapped|mmap)",
            "fpgaedged may not map the accelerator's registers or memory",
            "run it as root; check reserved-memory in the device tree against board.json"),
        new("accelerator-silent", BootStage.Program, @"accelerator not done after",
            "the accelerator does not answer", "load the bitstream again; compare its configuration with board.json"),
        new("board-file", BootStage.Program, @"fpgaedged: .*board\.json(\(\d+\))?:",
            "the board file cannot be used", "the line says where; compare with bsp/ and build the image again"),
        new("key", BootStage.Program, @"fpgaedged: .*(cluster\.key|key file)",
            "the cluster's key cannot be read", "flash the card with --key-file"),
        new("unproven", BootStage.Program, @"did not prove itself",
            "the updated slot did not join the cluster and compute in time, so the board went back to the old one",
            "see the lines before; then update again"),
        new("program-fails", BootStage.Program,
            @"fpgaedged\.service: (Failed|Main process exited)|Failed to start .*FpgaEdge|fpgaedged ended with [1-9]",
            "fpgaedged ends again and again", "see the lines before, or 'fpgaedge diag log'", IsSymptom: true),
        new("panic", BootStage.Kernel, @"Kernel panic - not syncing",
            "the kernel gave up", "the lines before say why", IsSymptom: true),
    ];

    /// <summary>Nothing was heard at all.</summary>
    public static BootFinding Silent { get; } = new("silent", BootStage.Silent,
        "nothing came: no power, another port, or the chip's ROM found no BOOT.BIN it takes (the ROM itself prints nothing)",
        "check power and port; set the boot mode to SD; check BOOT.BIN with 'fpgaedge image bootbin --check'", "", 0);

    /// <summary>Bytes that are no text.</summary>
    public static BootFinding Garbled { get; } = new("speed", BootStage.Unknown,
        "what comes is no text: the port's speed is not the board's", "use --speed 115200, which every board here has", "", 0);

    /// <summary>Started again and again without a word why.</summary>
    public static BootFinding Loop(int starts) => new("loop", BootStage.Unknown,
        $"the board was started {starts} times and says nothing about why", "look at the power supply: a board that draws too much restarts", "", 0);

    /// <summary>A stage that says nothing more.</summary>
    public static BootFinding? Stopped(BootStage stage) => stage switch
    {
        BootStage.Unknown => new("unknown", stage, "the text is of no stage that is known here", "is this a board's console?", "", 0),
        BootStage.Fsbl => new("fsbl-stopped", stage, "the first loader started and then said nothing more", BootBin, "", 0),
        BootStage.Spl => new("spl-stopped", stage, "the second loader was not reached", BootBin, "", 0),
        BootStage.Loader => new("loader-stopped", stage, "the boot loader waits or hangs", "press Enter: a prompt means that boot.scr was not run",
        "", 0),
        BootStage.Kernel => new("kernel-silent", stage,
            "the kernel was started and says nothing more: wrong device tree, or console= names another port",
            "take the device tree of exactly this board; compare console in card.json", "", 0),
        BootStage.System => new("program-missing", stage, "the system runs, but fpgaedged was not heard",
            "log in and type 'systemctl status fpgaedged', or 'fpgaedge diag status'", "", 0),
        _ => null,
    };
}
