using System.Text.Json;
using FpgaEdge.Cli.Hosting;
using FpgaEdge.Wire;

namespace FpgaEdge.Board.Tests;

/// <summary>The cluster's key: its file, and what real processes with different keys make of each other.</summary>
[TestClass]
public sealed class ClusterKeyTests
{
    private static readonly string Folder = Directory.CreateTempSubdirectory("fpgaedge-test-").FullName;

    [ClassCleanup]
    public static void Clean() => Directory.Delete(Folder, recursive: true);

    // Goal: a key file is private, never overwritten, and reads back; two keys differ. Method: the verb itself.
    [TestMethod]
    public async Task ANewKeyIsPrivateAndNeverOverwritten()
    {
        string file = Path.Combine(Folder, "new.key");
        HostProcess made = await HostProcess.RunAsync("key", "new", "--out", file, "--json");
        Assert.AreEqual(0, made.Code, made.Complaint);
        Assert.AreEqual(file, made.Json.GetProperty("file").GetString());
        string key = KeyLine(file);
        Assert.AreEqual(64, key.Length);
        Assert.DoesNotContain(key, made.Output);
        Assert.AreEqual(1, ClusterKeys.Read(file).Count);
        if (!OperatingSystem.IsWindows())
        {
            Assert.AreEqual(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
        }
        HostProcess again = await HostProcess.RunAsync("key", "new", "--out", file);
        Assert.AreEqual(3, again.Code, again.Complaint);
        Assert.Contains("there is a file already", again.Complaint);
        Assert.AreEqual(key, KeyLine(file));
        Assert.AreNotEqual(key, KeyLine(NewKey("second.key")));
    }

    // Goal: the first key of a file seals, all of them open. Method: a seal from a file of two keys against one of each.
    [TestMethod]
    public void SeveralKeysAreAChangeOfKey()
    {
        string first = NewKey("first.key");
        string other = NewKey("other.key");
        string both = Path.Combine(Folder, "both.key");
        File.WriteAllText(both, $"# the new one first\n{KeyLine(first).ToUpperInvariant()}\r\n\n{KeyLine(other)}\n");
        Assert.AreEqual(2, ClusterKeys.Read(both).Count);
        Assert.AreEqual(SealVerdict.Ok, Open(from: both, to: first));
        Assert.AreEqual(SealVerdict.Forged, Open(from: both, to: other));
        Assert.AreEqual(SealVerdict.Ok, Open(from: other, to: both));
        Assert.AreEqual(SealVerdict.Ok, Open(from: first, to: both));
        Assert.AreEqual(SealVerdict.Forged, Open(from: first, to: other));
    }

    // Goal: a file that is no key file is one line with its place, never with its content. Method: one file per mistake.
    [TestMethod]
    [DataRow("", "found 0")]
    [DataRow("# nothing\n\n", "found 0")]
    [DataRow("c0ffee\n", "(1): expected a key of 64 hexadecimal digits, found 6 characters")]
    [DataRow("\nzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz\n", "(2): expected a key")]
    [DataRow("HUGE", "at most 4096 bytes")]
    [DataRow("FIVE", "found 5")]
    public void BadKeyFilesAreRefused(string text, string words)
    {
        string file = Path.Combine(Folder, Guid.NewGuid().ToString("N"));
        File.WriteAllText(file, text switch
        {
            "HUGE" => new string('\n', 5000),
            "FIVE" => string.Concat(Enumerable.Repeat(new string('a', 64) + "\n", 5)),
            _ => text,
        });
        KeyFileException refused = Assert.ThrowsExactly<KeyFileException>(() => ClusterKeys.Read(file));
        Assert.Contains(words, refused.Message);
        Assert.Contains(file, refused.Message);
        Assert.DoesNotContain("c0ffee", refused.Message);
        Assert.DoesNotContain('\n', refused.Message);
    }

    // Goal: both programs refuse a bad key file in one line with exit code 3. Method: a missing file and a folder.
    [TestMethod]
    public async Task BothProgramsRefuseABadKeyFile()
    {
        foreach (string path in new[] { Path.Combine(Folder, "none.key"), Folder })
        {
            using var board = new BoardProcess("--key-file", path);
            (int code, string complaint) = await board.ExitAsync();
            HostProcess host = await HostProcess.RunAsync("boards", "--cluster", "x", "--key-file", path);
            foreach ((int found, string line) in new[] { (code, complaint), (host.Code, host.Complaint) })
            {
                Assert.AreEqual(3, found, line);
                Assert.Contains(path, line);
                Assert.AreEqual(1, line.TrimEnd().Split('\n').Length, line);
            }
        }
    }

    // Goal: boards of one name with different keys, or none, ignore each other and count it, and say at start when they
    // have no key; the tool explains who is missing and why. Method: two boards with one key, one with another, one
    // without; the tool with the first key, then without any.
    [TestMethod]
    public async Task BoardsWithDifferentKeysIgnoreEachOther()
    {
        string cluster = $"test-{Guid.NewGuid():N}";
        string key = NewKey("a.key");
        using var first = new BoardProcess("--cluster", cluster, "--name", "first", "--key-file", key);
        using var second = new BoardProcess("--cluster", cluster, "--name", "second", "--key-file", key);
        using var foreign = new BoardProcess("--cluster", cluster, "--name", "foreign", "--key-file", NewKey("b.key"));
        using var open = new BoardProcess("--cluster", cluster, "--name", "open");
        BoardProcess[] boards = [first, second, foreign, open];
        string[] at = [.. (await Task.WhenAll(boards.Select(board => board.ListeningAsync()))).Select(point => $"{point}")];

        using (ClusterClient client = ClusterClient.Open(
            new ClusterAddress(cluster, [], DaemonOptions.DefaultMulticast, Keys: ClusterKeys.Read(key))))
        {
            Assert.IsTrue(await client.WaitAsync(
                node => node.View.Members.Length == 2 && node.Counters is { IgnoredForged: > 0, IgnoredOtherSeal: > 0 },
                BoardProcess.Patience, CancellationToken.None), "two boards, and two that are ignored");
        }
        HostProcess keyed = await HostProcess.RunAsync("boards", "--cluster", cluster, "--key-file", key, "--expect", "5",
            "--peer", at[2], "--explain", "--seconds", "3", "--json");
        Assert.AreEqual(4, keyed.Code, keyed.Complaint);
        Assert.AreEqual("", keyed.Complaint);
        Assert.AreEqual(3, keyed.Json.GetProperty("missing").GetInt32());
        Assert.Contains("sealed with another key", Finding(keyed, at[2]));
        Assert.Contains("without a key", Finding(keyed, at[3]));
        HostProcess keyless = await HostProcess.RunAsync(
            "boards", "--cluster", cluster, "--peer", at[0], "--explain", "--seconds", "3");
        Assert.AreEqual(4, keyless.Code, keyless.Complaint);
        Assert.Contains("checksum only", keyless.Complaint);
        Assert.Contains($"  {at[0]}: heard ", keyless.Output);
        Assert.Contains("--key-file", keyless.Output);

        foreach (BoardProcess board in boards)
        {
            Assert.AreEqual(0, await board.TerminateAsync());
            Assert.IsGreaterThan(0, board.Logged("stopped", "ignoredOtherSeal"));
            Assert.AreEqual(board == open, board.Log.Contains("no cluster key"), board.Log);
            Assert.AreEqual(board == first || board == second, board.Log.Contains("\"board joined\""), board.Log);
            Assert.DoesNotContain(KeyLine(key), board.Log);
        }
        Assert.IsGreaterThan(0, first.Logged("stopped", "ignoredForged"));
        Assert.IsGreaterThan(0, foreign.Logged("stopped", "ignoredForged"));
    }

    private static string Finding(HostProcess run, string who)
    {
        JsonElement[] findings = [.. run.Json.GetProperty("findings").EnumerateArray()];
        return findings.Single(finding => finding.GetProperty("who").GetString() == who).GetProperty("heard").GetString()!;
    }

    private static SealVerdict Open(string from, string to)
    {
        using AeadSeal sender = ClusterKeys.Read(from).NewSeal("shelf", 1);
        using AeadSeal receiver = ClusterKeys.Read(to).NewSeal("shelf", 2);
        byte[] datagram = new byte[WireLimits.DatagramBytes];
        int length = sender.Seal([1, 2, 3], datagram);
        return receiver.TryOpen(datagram.AsSpan(0, length), new byte[WireLimits.DatagramBytes], out _);
    }

    private static string NewKey(string name)
    {
        string file = Path.Combine(Folder, name);
        ClusterKeys.New().WriteNew(file);
        return file;
    }

    private static string KeyLine(string file) => File.ReadLines(file).Single(line => !line.StartsWith('#'));
}
