using System.Diagnostics;
using FpgaEdge.Cli.Images;

namespace FpgaEdge.Cli.Tests.Serial;

/// <summary>Two pseudo terminals joined by socat: what is written to one comes out of the other, as on a serial cable.</summary>
internal sealed class PseudoTerminal : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("fpgaedge-test-").FullName;
    private readonly Process process;

    public PseudoTerminal()
    {
        if (HostTool.Find("socat") is not string socat)
        {
            Assert.Inconclusive("needs socat (Debian package socat)");
            throw new InvalidOperationException();
        }
        process = Process.Start(socat, [$"pty,raw,echo=0,link={Host}", $"pty,raw,echo=0,link={Board}"]);
        SpinWait.SpinUntil(() => File.Exists(Host) && File.Exists(Board), TimeSpan.FromSeconds(10));
    }

    public string Host => Path.Combine(folder, "host");

    public string Board => Path.Combine(folder, "board");

    /// <summary>Pulls the cable.</summary>
    public void Unplug()
    {
        process.Kill();
        process.WaitForExit();
    }

    public void Dispose()
    {
        if (!process.HasExited)
        {
            Unplug();
        }
        process.Dispose();
        Directory.Delete(folder, recursive: true);
    }
}
