using System.Net.Sockets;
using System.Text;

namespace FpgaEdge.Board.Tests;

/// <summary>The board's program as a service: what systemd is told, how large the log grows, the self-test, the lamp.</summary>
[TestClass]
public sealed class ServiceTests
{
    // Goal: systemd hears that the service is ready, lives, and stops; a service that hangs is silent. Method: a socket as
    // systemd makes it, and a proof of life that stops returning.
    [TestMethod]
    public void SystemdHearsReadyLifeAndEnd()
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Inconclusive("needs Unix datagram sockets");
        }
        string folder = Directory.CreateTempSubdirectory("fpgaedge-test-").FullName;
        string path = Path.Combine(folder, "notify");
        using var systemd = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified) { ReceiveTimeout = 5000 };
        systemd.Bind(new UnixDomainSocketEndPoint(path));
        var variables = new Dictionary<string, string> { ["NOTIFY_SOCKET"] = path, ["WATCHDOG_USEC"] = "40000" };
        using var hangs = new ManualResetEventSlim(initialState: true);
        using (var service = new ServiceManager(variables.GetValueOrDefault, 1))
        {
            service.Ready("board a", hangs.Wait);
            Assert.AreEqual("READY=1\nSTATUS=board a", Receive(systemd));
            Assert.AreEqual("WATCHDOG=1", Receive(systemd));
            Assert.AreEqual("WATCHDOG=1", Receive(systemd));
            hangs.Reset();
            Thread.Sleep(100);
            while (systemd.Available > 0)
            {
                Receive(systemd);
            }
            Assert.IsFalse(systemd.Poll(150_000, SelectMode.SelectRead), "a sign of life from a service that hangs");
            service.Stopping();
            Assert.AreEqual("STOPPING=1", Receive(systemd));
            hangs.Set();
        }
        Directory.Delete(folder, recursive: true);
    }

    // Goal: without systemd, with a socket that is gone, or with somebody else's watchdog, nothing happens. Method: each.
    [TestMethod]
    public void WithoutSystemdNothingHappens()
    {
        foreach (var variables in new Dictionary<string, string>[]
        {
            [], new() { ["NOTIFY_SOCKET"] = "/nowhere/notify" }, new() { ["NOTIFY_SOCKET"] = "@fpgaedge-test-nobody" },
        })
        {
            using var service = new ServiceManager(variables.GetValueOrDefault, 1);
            service.Ready("x", () => Assert.Fail("no watchdog was asked for"));
            service.Stopping();
        }
    }

    // Goal: the log keeps its latest lines in bounded space. Method: ten times more lines than fit.
    [TestMethod]
    public void TheLogIsBounded()
    {
        const int Bytes = 4096;
        string folder = Directory.CreateTempSubdirectory("fpgaedge-test-").FullName;
        string path = Path.Combine(folder, "log");
        var also = new StringWriter();
        using (var log = new BoundedLogFile(path, also, Bytes))
        {
            for (int i = 0; i < 1000; i++)
            {
                log.WriteLine($"line {i:D4} ............................");
            }
        }
        string kept = File.ReadAllText($"{path}.1") + File.ReadAllText(path);
        Assert.IsLessThanOrEqualTo(2 * Bytes, kept.Length);
        Assert.IsGreaterThanOrEqualTo(Bytes, kept.Length);
        Assert.EndsWith("line 0999 ............................\n", kept.ReplaceLineEndings("\n"));
        Assert.HasCount(1001, also.ToString().Split('\n'));
        Directory.Delete(folder, recursive: true);
    }

    // Goal: a virtual board passes its self-test, says so in one line, and then works; with a sensor or not. Method: the
    // program as users start it.
    [TestMethod]
    public async Task TheSelfTestPasses()
    {
        using var board = new BoardProcess("--cluster", $"test-{Guid.NewGuid():N}", "--name", "fit", "--self-test");
        await board.ListeningAsync();
        Assert.AreEqual(0, await board.TerminateAsync());
        Assert.Contains("self-test passed: registers, DMA window of 64 MiB, golden inference; sensors 1 of 1", board.Log);
    }

    // Goal: the lamp's controller is found by its label among others. Method: Linux' folders as files.
    [TestMethod]
    public void TheLampsControllerIsFoundByItsLabel()
    {
        string folder = Directory.CreateTempSubdirectory("fpgaedge-test-").FullName;
        (string, string, string)[] chips = [("gpiochip338", "other", "gpiochip1"), ("gpiochip902", "zynq_gpio", "gpiochip0")];
        foreach ((string entry, string label, string chip) in chips)
        {
            Directory.CreateDirectory(Path.Combine(folder, entry, "device", chip));
            File.WriteAllText(Path.Combine(folder, entry, "label"), $"{label}\n");
        }
        Assert.AreEqual(0, StatusLamp.ChipWith("zynq_gpio", folder));
        Assert.AreEqual(1, StatusLamp.ChipWith("other", folder));
        Assert.IsNull(StatusLamp.ChipWith("none", folder));
        Assert.IsNull(StatusLamp.ChipWith("none", Path.Combine(folder, "nowhere")));
        Directory.Delete(folder, recursive: true);
    }

    private static string Receive(Socket socket)
    {
        byte[] buffer = new byte[256];
        return Encoding.UTF8.GetString(buffer, 0, socket.Receive(buffer));
    }
}
