using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace FpgaEdge.Cli.Virtual;

/// <summary>
/// TCP from this machine's loopback to machines on the segment: QEMU's user-mode network (its NAT, slirp) plugged into the
/// switch, without a guest. Started when the first way is asked for.
/// </summary>
internal sealed class SegmentRelay(EthernetSwitch segment) : IDisposable
{
    private const string Options =
        "user,id=host,net=10.77.0.0/24,host=10.77.0.253,dns=10.77.0.252,dhcpstart=10.77.0.240,restrict=on,ipv6=off";

    private readonly Dictionary<IPEndPoint, int> ways = [];
    private QemuPort? port;
    private Process? qemu;

    /// <summary>A port on loopback behind which a TCP port of a machine is; 0 when there is no way.</summary>
    public ushort PortFor(IPEndPoint machine)
    {
        lock (ways)
        {
            return Find(machine);
        }
    }

    /// <inheritdoc />
    public void Dispose()
    {
        if (qemu is not null)
        {
            qemu.Kill();
            qemu.WaitForExit();
            qemu.Dispose();
        }
        port?.Dispose();
    }

    private ushort Find(IPEndPoint machine)
    {
        if (ways.TryGetValue(machine, out int known) && qemu is { HasExited: false })
        {
            return (ushort)known;
        }
        if (qemu is null or { HasExited: true } && !Start())
        {
            return 0;
        }
        int free = FreePort();
        qemu!.StandardInput.WriteLine($"hostfwd_add host tcp:127.0.0.1:{free}-{machine}");
        qemu.StandardInput.Flush();
        ways[machine] = free;
        return WaitUntilOpen(free) ? (ushort)free : (ushort)0;
    }

    private bool Start()
    {
        ways.Clear();
        port ??= new QemuPort(segment);
        string[] arguments =
        [
            "-M", "none", "-nodefaults", "-no-user-config", "-display", "none", "-monitor", "stdio",
            "-netdev", port.NetworkDevice("segment"), "-netdev", Options,
            "-netdev", "hubport,id=a,hubid=0,netdev=segment", "-netdev", "hubport,id=b,hubid=0,netdev=host",
        ];
        var start = new ProcessStartInfo(MachineFiles.Emulator, arguments)
        {
            RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true,
        };
        try
        {
            qemu = Process.Start(start)!;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
        // What it prints is its prompt; nobody reads it, and it must not fill its pipe.
        qemu.OutputDataReceived += (_, _) => { };
        qemu.ErrorDataReceived += (_, _) => { };
        qemu.BeginOutputReadLine();
        qemu.BeginErrorReadLine();
        return true;
    }

    private bool WaitUntilOpen(int free)
    {
        for (int attempt = 0; attempt < 100 && !qemu!.HasExited; attempt++)
        {
            if (System.Net.NetworkInformation.IPGlobalProperties.GetIPGlobalProperties().GetActiveTcpListeners()
                .Any(listener => listener.Port == free))
            {
                return true;
            }
            Thread.Sleep(50);
        }
        return false;
    }

    private static int FreePort()
    {
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        return ((IPEndPoint)probe.LocalEndpoint).Port;
    }
}
