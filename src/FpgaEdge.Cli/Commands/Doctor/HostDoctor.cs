using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.InteropServices;
using FpgaEdge.Board;
using FpgaEdge.Cli.Hosting;
using FpgaEdge.Cli.Images;
using FpgaEdge.Cli.Inputs;
using FpgaEdge.Cli.Virtual;
using FpgaEdge.Hardware;

namespace FpgaEdge.Cli.Commands.Doctor;

/// <summary>Looks at the host: the board program, the network, and the programs that verbs hand work to.</summary>
internal static class HostDoctor
{
    private static readonly TimeSpan VersionLimit = TimeSpan.FromSeconds(5);

    private static readonly HostProgram[] Programs =
    [
        new("build", "dotnet", "--version", "", "install the .NET SDK 10 (https://dot.net)"),
        new("build", "clang", "--version", "clang"),
        new("build", "ld.lld", "--version", "lld"),
        new("kernels", "gcc", "--version", "gcc libc6-dev"),
        new("image", "mke2fs", "-V", "e2fsprogs"),
        new("image", "debugfs", "-V", "e2fsprogs"),
        new("image", "mkfs.vfat", "--help", "dosfstools"),
        new("image", "mcopy", "--version", "mtools"),
        new("image", "xz", "--version", "xz-utils"),
        new("image", "zstd", "--version", "zstd"),
        new("board", "dtc", "--version", "device-tree-compiler"),
        new("virtual", MachineFiles.Emulator, "--version", "qemu-system-x86"),
        new("virtual", "busybox", "", "busybox-static"),
        new("virtual", "make", "--version", "make"),
        new("gateware", "verilator", "--version", "verilator"),
        new("gateware", "g++", "--version", "g++"),
        new("gateware", "yosys", "-V", "yosys"),
    ];

    /// <summary>What programs are needed for, besides boards.</summary>
    public static IReadOnlyList<string> Areas { get; } = [.. Programs.Select(program => program.Area).Append("jpeg").Distinct()];

    /// <summary>Looks at everything.</summary>
    /// <param name="needed">Areas whose programs must be there.</param>
    public static IEnumerable<DoctorFinding> Examine(IReadOnlyCollection<string> needed)
    {
        yield return new DoctorFinding("host", "system", DoctorState.Ok,
            $"{RuntimeInformation.OSDescription}, {RuntimeInformation.ProcessArchitecture}, {Environment.ProcessorCount} processors, " +
            RuntimeInformation.FrameworkDescription);
        yield return BoardProgramFinding();
        foreach (DoctorFinding finding in DaemonDoctor.Network(new DaemonOptions()))
        {
            yield return finding;
        }
        yield return DaemonDoctor.Folder(Path.GetTempPath());
        yield return Kernels();
        yield return TurboJpeg.System is not null
            ? new DoctorFinding("jpeg", "libturbojpeg", DoctorState.Ok, "loaded")
            : new DoctorFinding("jpeg", "libturbojpeg", Absent("jpeg", needed), "not there: JPEG pictures cannot be read",
                "apt-get install libturbojpeg0");
        Task<DoctorFinding>[] programs = [.. Programs.Select(program => Task.Run(() => Examine(program, needed)))];
        foreach (Task<DoctorFinding> program in programs)
        {
            yield return program.Result;
        }
    }

    private static DoctorState Absent(string area, IReadOnlyCollection<string> needed) =>
        needed.Contains(area) ? DoctorState.Missing : DoctorState.Degraded;

    private static DoctorFinding BoardProgramFinding()
    {
        try
        {
            return new DoctorFinding("boards", "fpgaedged", DoctorState.Ok, BoardProgram.Find().File);
        }
        catch (CliException e)
        {
            return new DoctorFinding("boards", "fpgaedged", DoctorState.Missing, e.Message, "dotnet build FpgaEdge.sln -c Release");
        }
    }

    private static DoctorFinding Kernels()
    {
        bool there = File.Exists(Path.Combine(AppContext.BaseDirectory, "libfpgaedge_kernels.so"));
        return there
            ? new DoctorFinding("kernels", "native kernels", DoctorState.Ok, "libfpgaedge_kernels.so is beside the program")
            : new DoctorFinding("kernels", "native kernels", DoctorState.Degraded, "none beside the program: the managed ones do the work",
                "src/FpgaEdge.Kernels/Native/build.sh, then build again");
    }

    private static DoctorFinding Examine(HostProgram program, IReadOnlyCollection<string> needed)
    {
        if (HostTool.Find(program.Name) is not string path)
        {
            return new DoctorFinding(program.Area, program.Name, Absent(program.Area, needed), "not there",
                program.Remedy ?? $"apt-get install --no-install-recommends {program.Package}");
        }
        return new DoctorFinding(program.Area, program.Name, DoctorState.Ok, Version(path, program.VersionOption) ?? path);
    }

    /// <summary>The first line that says a number; null when the program does not answer in time.</summary>
    private static string? Version(string path, string option)
    {
        try
        {
            var start = new ProcessStartInfo(path, option.Length > 0 ? [option] : [])
            {
                RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true,
            };
            using Process process = Process.Start(start)!;
            process.StandardInput.Close();
            Task<string> output = process.StandardOutput.ReadToEndAsync();
            Task<string> error = process.StandardError.ReadToEndAsync();
            if (!process.WaitForExit(VersionLimit))
            {
                process.Kill(entireProcessTree: true);
                return null;
            }
            string line = (output.Result + "\n" + error.Result).Split('\n').Select(text => text.Trim())
                .FirstOrDefault(text => text.Any(char.IsAsciiDigit)) ?? path;
            return line.Length <= 70 ? line : line[..70] + "…";
        }
        catch (Exception e) when (e is Win32Exception or IOException or AggregateException)
        {
            return null;
        }
    }

    /// <summary>A program of the host.</summary>
    private sealed record HostProgram(string Area, string Name, string VersionOption, string Package, string? Remedy = null);
}
