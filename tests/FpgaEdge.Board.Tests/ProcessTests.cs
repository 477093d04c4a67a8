using System.Diagnostics;

namespace FpgaEdge.Board.Tests;

/// <summary>The life of one board process: starting, refusing, ending.</summary>
[TestClass]
public sealed class ProcessTests
{
    // Goal: asked to stop, a board says goodbye, ends with 0 and leaves no files. Method: start one with a folder for
    // temporary files of its own, stop it with each signal.
    [TestMethod]
    [DataRow("TERM")]
    [DataRow("INT")]
    public async Task SignalsEndABoardCleanly(string signal)
    {
        using var board = new BoardProcess("--cluster", UniqueName());
        await board.ListeningAsync();
        Assert.AreEqual(0, await board.TerminateAsync(signal));
        Assert.AreEqual(0, board.Logged("stopped", "frames"));
        Assert.AreEqual(0, board.LeftFiles);
    }

    // Goal: a board does not outlive the process it was started for. Method: tie it to a process, end that, wait for
    // the board.
    [TestMethod]
    public async Task ABoardEndsWithItsParent()
    {
        using Process parent = Process.Start("sleep", ["600"]);
        using var board = new BoardProcess("--cluster", UniqueName(), "--exit-with-parent", $"{parent.Id}");
        await board.ListeningAsync();
        parent.Kill();
        await parent.WaitForExitAsync();
        Assert.AreEqual(0, (await board.ExitAsync()).Code);
    }

    // Goal: what cannot be started is one line and the documented exit code. Method: a port in use, a missing board
    // file, a board file that lies, a wrong option.
    [TestMethod]
    public async Task RefusalsAreOneLineWithTheirExitCode()
    {
        using var first = new BoardProcess("--cluster", UniqueName());
        string address = (await first.ListeningAsync()).ToString();
        await Expect(2, $"{address}: the port is in use", "--listen", address);
        await Expect(3, "nowhere.json: no such file", "--board", "nowhere.json");
        await Expect(2, "unknown option '--colour'", "--colour");
        string lying = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(lying, "{\n  \"schema\": 7\n}");
            await Expect(3, $"{lying}(2): $.schema: expected 1", "--board", lying);
        }
        finally
        {
            File.Delete(lying);
        }
    }

    // Goal: a group that cannot be joined stops a board only if it has no other way to find its peers. Method: an
    // interface of another machine, without and with a peer.
    [TestMethod]
    public async Task MulticastIsNeededOnlyWithoutPeers()
    {
        string[] elsewhere = ["--cluster", UniqueName(), "--interface", "192.0.2.1"];
        await Expect(2, "cannot join the group through 192.0.2.1", elsewhere);
        using var board = new BoardProcess([.. elsewhere, "--peer", "127.0.0.1:9"]);
        await board.ListeningAsync();
        Assert.AreEqual(0, await board.TerminateAsync());
    }

    // Goal: two boards never share a folder, whose mapped files one would pull from under the other. Method: start a
    // second one on it.
    [TestMethod]
    public async Task AFolderHasOneBoard()
    {
        string folder = Directory.CreateTempSubdirectory("fpgaedge-test-").FullName;
        using (var first = new BoardProcess("--cluster", UniqueName(), "--scratch", folder))
        {
            await first.ListeningAsync();
            await Expect(2, "another fpgaedged uses this folder", "--directory", folder);
            await Expect(2, "another fpgaedged uses this folder", "--scratch", folder);
            Assert.AreEqual(0, await first.TerminateAsync());
        }
        Assert.IsFalse(Directory.Exists(folder));
    }

    private static async Task Expect(int code, string words, params string[] arguments)
    {
        using var board = new BoardProcess(arguments);
        (int found, string complaint) = await board.ExitAsync();
        Assert.AreEqual(code, found, complaint);
        Assert.Contains(words, complaint);
        Assert.AreEqual(1, complaint.TrimEnd().Split('\n').Length, complaint);
    }

    private static string UniqueName() => $"test-{Guid.NewGuid():N}";
}
