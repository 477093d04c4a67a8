using System.Diagnostics;
using FpgaEdge.Vta;

namespace FpgaEdge.Hardware;

/// <summary>Builds the co-simulation library of a configuration by <c>firmware/vta/sim/build.sh</c>, which keeps what it
/// has built below <c>out/rtl</c>.</summary>
public static class RtlLibrary
{
    private const string Script = "firmware/vta/sim/build.sh";

    /// <summary>Why the gateware cannot be simulated here; null if it can. Needs the sources and Verilator.</summary>
    public static string? MissingReason()
    {
        if (FindScript() is null)
        {
            return $"needs {Script}, which is part of the source checkout";
        }
        string? missing = Array.Find(["verilator", "g++", "make"], tool => !IsOnPath(tool));
        return missing is null ? null : $"needs {missing} (Debian packages verilator, g++, make)";
    }

    /// <summary>Path of the library for a configuration, built if it is not there yet (20 to 60 seconds).</summary>
    /// <exception cref="HardwareException">Something it is built with is missing, or the build failed.</exception>
    public static string Build(VtaConfiguration configuration, RtlOptions options)
    {
        if (MissingReason() is string reason)
        {
            throw new HardwareException($"the gateware cannot be simulated: {reason}");
        }
        string script = FindScript()!;
        var start = new ProcessStartInfo("bash") { RedirectStandardOutput = true, RedirectStandardError = true };
        start.ArgumentList.Add(script);
        start.ArgumentList.Add(Path.Combine(Path.GetDirectoryName(script)!, "..", "config",
            VtaConfiguration.Pynq.BitstreamName + ".json"));
        foreach ((string key, int value) in Parameters(configuration, options))
        {
            start.ArgumentList.Add($"{key}={value}");
        }
        using Process process = Process.Start(start)!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string path = process.StandardOutput.ReadToEnd().Trim();
        process.WaitForExit();
        return process.ExitCode == 0
            ? path
            : throw new HardwareException($"{Script} failed: {errors.Result.Trim().ReplaceLineEndings(" ")}");
    }

    /// <summary>The parameters of the RTL for a configuration, by the names of firmware/vta/rtl/vta_params.svh.</summary>
    private static (string Key, int Value)[] Parameters(VtaConfiguration c, RtlOptions options) =>
    [
        ("LOG_INP_WIDTH", c.LogInpWidth),
        ("LOG_WGT_WIDTH", c.LogWgtWidth),
        ("LOG_ACC_WIDTH", c.LogAccWidth),
        ("LOG_BATCH", c.LogBatch),
        ("LOG_BLOCK", c.LogBlock),
        ("LOG_UOP_BUFF_SIZE", c.LogUopBufferSize),
        ("LOG_INP_BUFF_SIZE", c.LogInpBufferSize),
        ("LOG_WGT_BUFF_SIZE", c.LogWgtBufferSize),
        ("LOG_ACC_BUFF_SIZE", c.LogAccBufferSize),
        ("LEGACY_ISA", c.Isa == VtaIsa.Legacy ? 1 : 0),
        ("PORTS", options.Ports),
        ("DOUBLE_PUMP", options.IsDoublePumped(c) ? 1 : 0),
        ("FAULTS", options.Fault != 0 ? 1 : 0),
    ];

    private static string? FindScript()
    {
        foreach (string from in (string[])[AppContext.BaseDirectory, Environment.CurrentDirectory])
        {
            for (DirectoryInfo? folder = new(from); folder is not null; folder = folder.Parent)
            {
                string path = Path.Combine(folder.FullName, Script);
                if (File.Exists(path))
                {
                    return path;
                }
            }
        }
        return null;
    }

    private static bool IsOnPath(string tool) => (Environment.GetEnvironmentVariable("PATH") ?? "")
        .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
        .Any(folder => File.Exists(Path.Combine(folder, tool)));
}
