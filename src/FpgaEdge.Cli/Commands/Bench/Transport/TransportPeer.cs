using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;

namespace FpgaEdge.Cli.Commands.Bench.Transport;

/// <summary>The C program to compare with, compiled when it is needed; it travels inside this program as source.</summary>
internal sealed class TransportPeer : IDisposable
{
    private const string Source = "transport_peer.c";
    private static readonly string[] Compilers = ["gcc", "cc", "clang"];
    private readonly DirectoryInfo folder;
    private readonly string program;

    private TransportPeer(DirectoryInfo folder, string program, string compiler)
    {
        this.folder = folder;
        this.program = program;
        Compiler = compiler;
    }

    /// <summary>First line of what the compiler says about itself.</summary>
    public string Compiler { get; }

    /// <summary>Compiles it; null, with the reason, where there is no C compiler.</summary>
    public static TransportPeer? TryBuild(out string reason)
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("fpgaedge-peer-");
        string source = Path.Combine(folder.FullName, Source);
        using (Stream text = typeof(TransportPeer).Assembly.GetManifestResourceStream(Source)!)
        using (FileStream file = File.Create(source))
        {
            text.CopyTo(file);
        }

        string program = Path.ChangeExtension(source, null);
        foreach (string compiler in Compilers)
        {
            if (Run(compiler, ["-O2", "-o", program, source]) is not null && File.Exists(program))
            {
                reason = "";
                string version = Run(compiler, ["--version"])?.Split('\n')[0] ?? compiler;
                return new TransportPeer(folder, program, version);
            }
        }

        folder.Delete(true);
        reason = $"no C compiler ({string.Join(", ", Compilers)}) was found";
        return null;
    }

    /// <summary>One round of one way to send.</summary>
    public StreamRound Measure(string protocol, string mode, int bytes, TimeSpan limit)
    {
        string output = Run(program, [protocol, mode, $"{bytes}", $"{(long)limit.TotalMilliseconds}"])
            ?? throw new InvalidOperationException($"{Source} {protocol} {mode}: expected a line of numbers, found an error");
        long[] parts = [.. output.Split(' ', StringSplitOptions.TrimEntries)
            .Select(part => long.Parse(part, CultureInfo.InvariantCulture))];
        return new StreamRound(parts[0], parts[1], parts[2], bytes, parts[3], parts[4], 0);
    }

    /// <inheritdoc />
    public void Dispose() => folder.Delete(true);

    private static string? Run(string file, string[] arguments)
    {
        try
        {
            var start = new ProcessStartInfo(file, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
            using Process process = Process.Start(start)!;
            string output = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            return process.ExitCode == 0 ? output : null;
        }
        catch (Win32Exception)
        {
            return null;
        }
    }
}
