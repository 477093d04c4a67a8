using System.ComponentModel;
using System.Diagnostics;

namespace FpgaEdge.Cli.Images;

/// <summary>Well-kept programs of the host that do what this one does not do itself: file systems, decompression.</summary>
internal static class HostTool
{
    private static readonly (string Tool, string Package)[] Packages =
    [
        ("mke2fs", "e2fsprogs"), ("debugfs", "e2fsprogs"), ("dumpe2fs", "e2fsprogs"), ("mkfs.vfat", "dosfstools"),
        ("mmd", "mtools"), ("mcopy", "mtools"), ("xz", "xz-utils"), ("zstd", "zstd"), ("dtc", "device-tree-compiler"),
        ("e2fsck", "e2fsprogs"), ("mtype", "mtools"),
    ];

    /// <summary>The tool's path; also looks where a user's PATH often does not.</summary>
    public static string? Find(string tool) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Concat(["/usr/sbin", "/sbin"])
            .Where(folder => folder.Length > 0)
            .Select(folder => Path.Combine(folder, tool))
            .FirstOrDefault(File.Exists);

    /// <summary>The tool's path.</summary>
    /// <exception cref="CliException">It is not installed.</exception>
    public static string Require(string tool) => Find(tool)
        ?? throw new CliException(ExitCode.BadInputFile, $"expected the program {tool} on this machine, found none; " +
            $"install it, on Debian with 'apt-get install {Packages.FirstOrDefault(p => p.Tool == tool).Package ?? tool}'");

    /// <summary>Runs a tool to its end; it sees the same time and settings on every machine.</summary>
    /// <param name="tool">Its name.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <param name="epoch">Seconds since 1970 that it takes for now.</param>
    /// <returns>What it printed.</returns>
    /// <exception cref="CliException">It is missing or failed.</exception>
    public static (string Output, string Error) Run(string tool, IEnumerable<string> arguments, long epoch = 0)
    {
        var start = new ProcessStartInfo(Require(tool), arguments)
        {
            RedirectStandardOutput = true, RedirectStandardError = true,
            Environment =
            {
                ["SOURCE_DATE_EPOCH"] = $"{epoch}", ["E2FSPROGS_FAKE_TIME"] = $"{epoch}", ["TZ"] = "UTC", ["LC_ALL"] = "C",
                ["MKE2FS_CONFIG"] = "/dev/null", ["MTOOLSRC"] = "/dev/null", ["MTOOLS_SKIP_CHECK"] = "1",
                ["DEBUGFS_PAGER"] = "__none__",
            },
        };
        using Process process = Process.Start(start)!;
        Task<string> error = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0
            ? (output, error.Result)
            : throw new CliException(ExitCode.BadInputFile,
                $"{tool} {string.Join(' ', arguments)}: ended with {process.ExitCode}: {LastLine(error.Result)}");
    }

    /// <summary>A stream through a tool, such as "xz -dc".</summary>
    /// <exception cref="CliException">The tool is missing.</exception>
    public static Stream Pipe(string tool, string argument, string file)
    {
        var start = new ProcessStartInfo(Require(tool), [argument, file]) { RedirectStandardOutput = true, RedirectStandardError = true };
        try
        {
            return new PipeStream(Process.Start(start)!, $"{tool} {argument} {file}");
        }
        catch (Win32Exception e)
        {
            throw new CliException(ExitCode.BadInputFile, $"{tool}: {e.Message}");
        }
    }

    private static string LastLine(string text) => text.Trim().Split('\n')[^1].Trim();

    /// <summary>The output of a process; its failure is the reader's failure.</summary>
    private sealed class PipeStream(Process process, string command) : Stream
    {
        private readonly Task<string> complaints = process.StandardError.ReadToEndAsync();

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

        public override int Read(Span<byte> buffer)
        {
            int read = process.StandardOutput.BaseStream.Read(buffer);
            if (read == 0 && buffer.Length > 0)
            {
                process.WaitForExit();
                if (process.ExitCode != 0)
                {
                    throw new CliException(ExitCode.BadInputFile, $"{command}: {LastLine(complaints.Result)}");
                }
            }
            return read;
        }

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
            if (disposing)
            {
                if (!process.HasExited)
                {
                    process.Kill();
                }
                process.Dispose();
            }
            base.Dispose(disposing);
        }
    }
}
