using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace FpgaEdge.Board;

/// <summary>
/// Tells systemd what this service does: ready, alive, stopping. Datagrams to the socket in NOTIFY_SOCKET, as sd_notify(3)
/// describes them; nothing happens where no such socket was given.
/// </summary>
public sealed class ServiceManager : IDisposable
{
    private readonly Socket? socket;
    private readonly TimeSpan watchdogPeriod;
    private Timer? watchdog;

    /// <summary>Connects to the socket, if there is one.</summary>
    /// <param name="variable">Reads an environment variable.</param>
    /// <param name="processId">This process: a watchdog meant for another one is not ours.</param>
    public ServiceManager(Func<string, string?> variable, int processId)
    {
        if (variable("NOTIFY_SOCKET") is not { Length: > 1 } path || OperatingSystem.IsWindows())
        {
            return;
        }
        try
        {
            socket = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
            // A name that starts with @ is one of the abstract namespace, whose first byte is zero.
            socket.Connect(new UnixDomainSocketEndPoint(path[0] == '@' ? $"\0{path[1..]}" : path));
        }
        catch (SocketException)
        {
            socket?.Dispose();
            socket = null;
            return;
        }
        bool isOurs = variable("WATCHDOG_PID") is not string owner || owner == processId.ToString(CultureInfo.InvariantCulture);
        if (isOurs && long.TryParse(variable("WATCHDOG_USEC"), CultureInfo.InvariantCulture, out long microseconds) && microseconds > 0)
        {
            // Twice per interval, as sd_watchdog_enabled(3) recommends.
            watchdogPeriod = TimeSpan.FromMicroseconds(microseconds / 2.0);
        }
    }

    /// <summary>The service is up, and from now on shows that it lives.</summary>
    /// <param name="status">One line for systemctl status.</param>
    /// <param name="proveLife">Called before each sign of life; one that hangs or throws is none, and systemd restarts the
    /// service.</param>
    public void Ready(string status, Action proveLife)
    {
        Send($"READY=1\nSTATUS={status}");
        if (socket is not null && watchdogPeriod > TimeSpan.Zero)
        {
            watchdog = new Timer(
                _ =>
                {
                    proveLife();
                    Send("WATCHDOG=1");
                },
                null, TimeSpan.Zero, watchdogPeriod);
        }
    }

    /// <summary>The service ends in good order.</summary>
    public void Stopping()
    {
        watchdog?.Dispose();
        Send("STOPPING=1");
    }

    /// <inheritdoc />
    public void Dispose()
    {
        watchdog?.Dispose();
        socket?.Dispose();
    }

    private void Send(string message)
    {
        try
        {
            socket?.Send(Encoding.UTF8.GetBytes(message));
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // Whoever wanted to know is gone; the service goes on.
        }
    }
}
