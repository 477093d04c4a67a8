using System.Diagnostics;
using System.Text.Json;
using System.Text.RegularExpressions;
using FpgaEdge.Cli.Virtual;
using FpgaEdge.Hardware;
using FpgaEdge.Tests;

namespace FpgaEdge.Board.Tests;

/// <summary>
/// The Yocto layer as far as it can be checked without Yocto: its grammar, its files, its variables, its units with systemd's own
/// checker, its device trees with the preprocessor and dtc.
/// </summary>
[TestClass]
public sealed partial class LayerTests
{
    /// <summary>What bitbake, the classes that are inherited and the vendor's layer define.</summary>
    private static readonly HashSet<string> Yocto =
    [
        "LAYERDIR", "THISDIR", "PN", "WORKDIR", "D", "MACHINE", "bindir", "libexecdir", "sysconfdir", "localstatedir", "systemd_unitdir",
        "systemd_system_unitdir",
    ];

    private static string Layer => Path.Combine(SharedData.RepositoryRoot, "petalinux", "meta-fpgaedge");

    private static IEnumerable<string> Paths => Directory.EnumerateFiles(Layer, "*", SearchOption.AllDirectories)
        .Where(path => Path.GetExtension(path) is ".bb" or ".bbappend" or ".inc" || path.Contains("/conf/"));

    private static BitbakeFile[] Files => [.. Paths.Select(BitbakeFile.Read)];

    private static BitbakeFile Recipe => Files.Single(file => Path.GetFileName(file.Path).StartsWith("fpgaedged_", StringComparison.Ordinal));

    private static string UnitFolder => Path.Combine(Layer, "recipes-fpgaedge", "fpgaedged", "files");

    private static string[] Units => [.. Directory.GetFiles(UnitFolder).Where(path => Path.GetExtension(path) is ".service" or ".mount").Order()];

    /// <summary>The command lines that units start.</summary>
    private static IEnumerable<string> Starts => Units.SelectMany(File.ReadAllLines)
        .Where(line => line.StartsWith("ExecStart", StringComparison.Ordinal)).Select(line => line[(line.IndexOf('=') + 1)..]);

    // Goal: every file of the layer is in bitbake's grammar; recipes say licence and summary; every variable that is used is defined; the
    // layer says which series it is for. Method: our reader of that grammar, which refuses broken texts.
    [TestMethod]
    public void EveryFileIsReadAndEveryVariableIsDefined()
    {
        BitbakeFile[] files = Files;
        Assert.AreEqual("", string.Join('\n', files.SelectMany(file => file.Faults)));
        HashSet<string> defined = [.. files.SelectMany(file => file.Assignments).Select(entry => entry.Name), .. Yocto];
        foreach (BitbakeFile file in files)
        {
            string[] unknown = [.. Variable().Matches(file.Used).Select(use => use.Groups[1].Value).Where(name => !defined.Contains(name))];
            Assert.AreEqual("", string.Join(' ', unknown), file.Path);
            if (Path.GetExtension(file.Path) == ".bb")
            {
                Assert.HasCount(1, file.Words("LICENSE"), file.Path);
                Assert.IsNotEmpty(file.Words("SUMMARY"), file.Path);
                // An image has no source; what is closed has no licence's text.
                Assert.IsTrue(file.Classes.Contains("core-image") || file.Words("LICENSE")[0] == "CLOSED"
                    || file.Words("LIC_FILES_CHKSUM").Length > 0, file.Path);
            }
        }
        BitbakeFile layer = files.Single(file => Path.GetFileName(file.Path) == "layer.conf");
        Assert.IsNotEmpty(layer.Words("LAYERSERIES_COMPAT_fpgaedge"));
        CollectionAssert.Contains(layer.Words("BBFILE_COLLECTIONS"), "fpgaedge");
        CollectionAssert.Contains(layer.Words("LAYERDEPENDS_fpgaedge"), "xilinx");
        foreach (string broken in new[] { "A = b", "A = \"b", "inherit", "do_x() {\n  true", "just words", "A == \"b\"" })
        {
            Assert.HasCount(1, BitbakeFile.Parse("broken", broken).Faults, broken);
        }
    }

    // Goal: every file that a recipe fetches is there, every file that is there is fetched, and what is installed from the work folder was
    // fetched. Method: SRC_URI against the folders that bitbake searches.
    [TestMethod]
    public void FetchedFilesAreThereAndAllAreFetched()
    {
        foreach (BitbakeFile file in Files.Where(file => Path.GetExtension(file.Path) is ".bb" or ".bbappend"))
        {
            string folder = Path.GetDirectoryName(file.Path)!;
            string name = Path.GetFileName(file.Path).Split('_')[0];
            string[] fetched = [.. file.Words("SRC_URI").Select(word => word["file://".Length..])];
            string[] there = [.. new[] { "files", name }.Select(place => Path.Combine(folder, place)).Where(Directory.Exists)
                .SelectMany(Directory.GetFiles).Select(path => Path.GetFileName(path))];
            CollectionAssert.AreEquivalent(fetched, there, file.Path);
        }
        string install = Recipe.Functions["do_install"];
        foreach (string file in Recipe.Words("SRC_URI").Select(word => word["file://".Length..]))
        {
            Assert.IsTrue(install.Contains($"${{WORKDIR}}/{file}") || install.Contains($"${{WORKDIR}}/*{Path.GetExtension(file)}"), file);
        }
    }

    // Goal: each unit is enabled by the recipe; the program understands the options that units start it with; the unit that systemd watches is
    // the one whose program tells systemd of its life. Method: the recipe's list; the program's own parser.
    [TestMethod]
    public void UnitsFitTheProgram()
    {
        CollectionAssert.AreEquivalent(Units.Select(Path.GetFileName).ToArray(), Recipe.Words("SYSTEMD_SERVICE"));
        foreach (string[] words in Starts.Select(start => start.Split(' ')).Where(words => words[0] == "/usr/bin/fpgaedged"))
        {
            DaemonOptions.Parse([.. words[1..].Where(word => word[0] != '$')]);
        }
        string[] watched = [.. Units.Where(unit => File.ReadAllText(unit).Contains("Type=notify\nWatchdogSec="))];
        CollectionAssert.AreEqual(new[] { Path.Combine(UnitFolder, "fpgaedged.service") }, watched);
    }

    // Goal: systemd takes the units without a word. Method: systemd-analyze verify over a root with stand-in programs; a unit with a mistake.
    [TestMethod]
    public async Task SystemdTakesTheUnits()
    {
        if (MachineFiles.FindProgram("systemd-analyze") is not string checker)
        {
            Assert.Inconclusive("needs systemd-analyze (Debian: apt-get install systemd)");
            return;
        }
        string root = Directory.CreateTempSubdirectory("fpgaedge-test-").FullName;
        string units = Directory.CreateDirectory(Path.Combine(root, "usr/lib/systemd/system")).FullName;
        foreach (string unit in Units)
        {
            File.Copy(unit, Path.Combine(units, Path.GetFileName(unit)));
        }
        // The targets that every service hangs on by default.
        foreach (string target in new[] { "sysinit", "basic", "shutdown" })
        {
            File.WriteAllText(Path.Combine(units, $"{target}.target"), "[Unit]\nDescription=a stand-in\n");
        }
        foreach (string program in Starts.Select(start => start.Split(' ')[0]).Distinct())
        {
            string path = Path.Combine(root, program[1..]);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllText(path, "#!/bin/sh\n");
            Assert.AreEqual(0, (await RunAsync("chmod", "", "755", path)).Code);
        }
        string[] installed = [.. Units.Select(unit => Path.Combine(units, Path.GetFileName(unit)))];
        Assert.AreEqual((0, ""), await RunAsync(checker, "", ["verify", "--man=no", $"--root={root}", .. installed]));
        string changed = Path.Combine(units, "fpgaedged.service");
        File.WriteAllText(changed, File.ReadAllText(changed).Replace("Type=notify", "Type=nothing"));
        StringAssert.Contains((await RunAsync(checker, "", ["verify", "--man=no", $"--root={root}", changed])).Text, "Failed to parse service type");
        Directory.Delete(root, recursive: true);
    }

    // Goal: shell that the layer brings is shell. Method: the shell's own parser over scripts and recipes' functions.
    [TestMethod]
    public async Task ShellIsShell()
    {
        foreach (string script in new[] { "fpgaedge-card", "fpgaedge-trial" })
        {
            Assert.AreEqual((0, ""), await RunAsync("/bin/sh", File.ReadAllText(Path.Combine(UnitFolder, script)), "-n"), script);
        }
        foreach ((string name, string body) in Files.SelectMany(file => file.Functions))
        {
            Assert.AreEqual((0, ""), await RunAsync("/bin/sh", body, "-n"), name);
        }
        Assert.AreNotEqual(0, (await RunAsync("/bin/sh", "if true", "-n")).Code);
    }

    // Goal: each real board has a machine of its processor's family, whose device tree is the one that its card wants; kernel fragments are
    // fragments. Method: bsp/ against conf/machine.
    [TestMethod]
    public void EachBoardHasItsMachine()
    {
        string[] boards = [.. RealBoards.Select(board => board.Name)];
        string[] machines = [.. Directory.GetFiles(Path.Combine(Layer, "conf", "machine"), "*.conf")
            .Select(path => Path.GetFileNameWithoutExtension(path)["fpgaedge-".Length..])];
        CollectionAssert.AreEquivalent(boards, machines);
        foreach (BoardDescription board in RealBoards)
        {
            BitbakeFile machine = BitbakeFile.Read(Path.Combine(Layer, "conf", "machine", $"fpgaedge-{board.Name}.conf"));
            string family = board.Soc.StartsWith("xc7z", StringComparison.Ordinal) ? "zynq" : "zynqmp";
            CollectionAssert.AreEqual(new[] { $"conf/machine/{family}-generic.conf", "conf/machine/include/fpgaedge.inc" }, machine.Required);
            using JsonDocument card = JsonDocument.Parse(File.ReadAllText(Path.Combine(Bsp, board.Name, "card.json")));
            string tree = card.RootElement.GetProperty("slotFiles").EnumerateArray().Select(file => file.GetProperty("file").GetString()!)
                .Single(file => file.EndsWith(".dtb", StringComparison.Ordinal));
            Assert.AreEqual(Path.ChangeExtension(tree, ".dts"), machine.Words("FPGAEDGE_KERNEL_DTS").Single(), board.Name);
        }
        foreach (string line in File.ReadAllLines(Path.Combine(Layer, "recipes-kernel", "linux", "linux-xlnx", "fpgaedge.cfg")))
        {
            StringAssert.Matches(line, KernelSetting());
        }
    }

    // Goal: the tree that the recipe writes compiles without a warning for each board. Method: the recipe's own printf with a stand-in for the
    // kernel's tree, the fragment of the board's file, gcc's preprocessor as the devicetree class uses it, dtc.
    [TestMethod]
    public async Task DeviceTreesCompileWithoutWarnings()
    {
        if (MachineFiles.FindProgram("dtc") is not string compiler || MachineFiles.FindProgram("gcc") is not string preprocessor)
        {
            Assert.Inconclusive("needs dtc and gcc (Debian: apt-get install device-tree-compiler gcc)");
            return;
        }
        BitbakeFile recipe = Files.Single(file => Path.GetFileName(file.Path).StartsWith("fpgaedge-devicetree", StringComparison.Ordinal));
        string write = recipe.Functions["do_configure:prepend"].Split('\n').Single(line => line.Contains("printf"));
        foreach (BoardDescription board in RealBoards)
        {
            string folder = Directory.CreateTempSubdirectory("fpgaedge-test-").FullName;
            string cells = board.Soc.StartsWith("xc7z", StringComparison.Ordinal) ? "1" : "2";
            await File.WriteAllTextAsync(Path.Combine(folder, "kernel.dts"),
                $"/dts-v1/;\n/ {{ #address-cells = <{cells}>; #size-cells = <{cells}>; compatible = \"stand-in\"; model = \"stand-in\"; }};\n");
            await File.WriteAllTextAsync(Path.Combine(folder, "fpgaedge.dtsi"), DeviceTree.Fragment(board));
            string script = $"DT_FILES_PATH={folder} MACHINE=top FPGAEDGE_KERNEL_DTS=kernel.dts\n{write}";
            Assert.AreEqual((0, ""), await RunAsync("/bin/sh", script));
            string source = Path.Combine(folder, "top.pp");
            Assert.AreEqual((0, ""), await RunAsync(preprocessor, "", "-E", "-nostdinc", "-undef", "-D__DTS__", "-x", "assembler-with-cpp",
                "-o", source, Path.Combine(folder, "top.dts")));
            string[] compile = ["-I", "dts", "-O", "dtb", "-o", Path.Combine(folder, "top.dtb"), source];
            Assert.AreEqual((0, ""), await RunAsync(compiler, "", compile), board.Name);
            Directory.Delete(folder, recursive: true);
        }
    }

    private static string Bsp => Path.Combine(SharedData.RepositoryRoot, "bsp");

    private static IEnumerable<BoardDescription> RealBoards => Directory.GetDirectories(Bsp)
        .Select(folder => Path.Combine(folder, "board.json")).Where(File.Exists).Select(BoardDescription.Read)
        .Where(board => !BoardDescription.IsVirtual(board.Name));

    private static async Task<(int Code, string Text)> RunAsync(string program, string input, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true,
        };
        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        Task<string> complaint = process.StandardError.ReadToEndAsync();
        await process.StandardInput.WriteAsync(input);
        process.StandardInput.Close();
        await process.WaitForExitAsync();
        return (process.ExitCode, (await output + await complaint).Trim());
    }

    [GeneratedRegex(@"\$\{([A-Za-z_]+)\}")]
    private static partial Regex Variable();

    [GeneratedRegex("^(#.*|CONFIG_[A-Z0-9_a-z]+=[ym])$")]
    private static partial Regex KernelSetting();
}
