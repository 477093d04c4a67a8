using System.Diagnostics;
using FpgaEdge.Cli;
using FpgaEdge.Cli.Hosting;
using FpgaEdge.Cli.Images;
using FpgaEdge.Cli.Virtual;
using FpgaEdge.Tests;

namespace FpgaEdge.Board.Tests;

/// <summary>
/// A folder with cards of the virtual x86 board, made with the verbs as users type them; skips the test where their tools, the
/// emulator, or what bsp/virtual-x86/files.sh and prepare.sh make are missing.
/// </summary>
internal sealed class CardFolder : IDisposable
{
    /// <summary>The cluster that the cards say.</summary>
    public const string Cluster = "shelf";

    private const long CardBytes = 300L << 20;

    private static readonly string Checkout = SharedData.RepositoryRoot;
    private readonly string folder = Directory.CreateTempSubdirectory("fpgaedge-test-").FullName;

    private CardFolder()
    {
    }

    /// <summary>What bsp/virtual-x86/files.sh made.</summary>
    public static string Files => System.IO.Path.Combine(Checkout, "out", "virtual-x86");

    /// <summary>The cluster as the tool reaches it.</summary>
    public ClusterAddress Address => new(Cluster, [], DaemonOptions.DefaultMulticast, Keys: ClusterKeys.Read(KeyFile));

    /// <summary>The cluster's key.</summary>
    public string KeyFile => Path("shelf.key");

    /// <summary>Makes the folder with a key for the cluster and one for updates.</summary>
    public static async Task<CardFolder> CreateAsync()
    {
        Require();
        var cards = new CardFolder();
        await RunAsync("key", "new", "--out", cards.KeyFile);
        HostProcess run = await RunAsync("update", "key", "--out", cards.Path("update.pem"), "--json");
        Assert.AreEqual(cards.Path("update.pem.pub"), run.Json.GetProperty("publicKey").GetString());
        return cards;
    }

    public string Path(string name) => System.IO.Path.Combine(folder, name);

    /// <summary>Runs a verb that has to succeed.</summary>
    public static async Task<HostProcess> RunAsync(params string[] arguments)
    {
        HostProcess run = await HostProcess.RunAsync(arguments);
        Assert.AreEqual(0, run.Code, $"{string.Join(' ', arguments)}: {run.Complaint}");
        return run;
    }

    /// <summary>A root file system like the usual one with a file in /etc/fpgaedge.</summary>
    public async Task<string> RootWithAsync(string file, string text)
    {
        string root = Path($"root-with-{file}");
        using (Process copy = Process.Start("cp", ["-a", System.IO.Path.Combine(Files, "root"), root]))
        {
            await copy.WaitForExitAsync();
        }
        string folder = Directory.CreateDirectory(System.IO.Path.Combine(root, "etc", "fpgaedge")).FullName;
        await File.WriteAllTextAsync(System.IO.Path.Combine(folder, file), text);
        return root;
    }

    /// <summary>Builds an image.</summary>
    /// <param name="name">Its file.</param>
    /// <param name="daemon">The board's program; null for the real one.</param>
    /// <param name="root">The root file system; null for the usual one.</param>
    public async Task<HostProcess> BuildAsync(string name, string? daemon = null, string? root = null) => await RunAsync(
    [
        "image", "build", "--board", "virtual-x86", "--files", Files, "--fpgaedged", daemon ?? Daemon, "--update-key", Path("update.pem.pub"),
        "--out", Path(name), "--json", .. root is null ? (string[])[] : ["--root", root],
    ]);

    /// <summary>Writes an image to so many cards of a size, each with an identity of its own.</summary>
    public async Task<string[]> FlashAsync(string image, int count, long bytes = CardBytes)
    {
        string[] cards = [.. Enumerable.Range(1, count).Select(number => Path($"card-{number}"))];
        foreach (string card in cards)
        {
            using FileStream file = File.Create(card);
            file.SetLength(bytes);
        }
        await RunAsync(
        [
            "image", "flash", Path(image), "--yes", "--name", "board-{n}", "--cluster", Cluster, "--address", "10.77.0.{n}/24",
            "--key-file", KeyFile, .. cards.SelectMany(card => (string[])["--device", card]),
        ]);
        return cards;
    }

    /// <summary>A signed update from an image.</summary>
    public async Task<string> BundleAsync(string image)
    {
        HostProcess run = await RunAsync(
            "update", "bundle", Path(image), "--key", Path("update.pem"), "--board", "virtual-qemu", "--out", Path($"{image}.update"), "--json");
        string update = run.Json.GetProperty("file").GetString()!;
        Assert.AreEqual(new FileInfo(update).Length, run.Json.GetProperty("bytes").GetInt64());
        return update;
    }

    /// <summary>Switches boards on with cards, which they write to.</summary>
    public GuestShelf PowerOn(string[] flashed) => GuestShelf.PowerOn(new ShelfSettings
    {
        Boards = flashed.Length, Cards = flashed, CardsAreWritable = true, Cluster = Address,
    });

    /// <summary>The verb that updates boards of a shelf.</summary>
    public string[] Push(GuestShelf shelf, string update, params string[] boards) =>
    [
        "update", "push", update, "--cluster", Cluster, "--key-file", KeyFile, "--segment", $"{shelf.SegmentEndPoint}", "--json",
        .. boards.SelectMany(board => (string[])["--to", board]),
    ];

    public void Dispose() => Directory.Delete(folder, recursive: true);

    private static string Daemon => System.IO.Path.Combine(Checkout, "out", "virtual-board", "publish", "board", "fpgaedged");

    private static void Require()
    {
        try
        {
            MachineFiles.Find(null);
            foreach (string tool in new[] { "mke2fs", "debugfs", "mkfs.vfat", "mcopy" })
            {
                HostTool.Require(tool);
            }
        }
        catch (CliException missing)
        {
            Assert.Inconclusive(missing.Message);
        }
        if (!File.Exists(System.IO.Path.Combine(Files, "core.img")) || !File.Exists(Daemon))
        {
            Assert.Inconclusive("needs what 'bsp/virtual-x86/files.sh out/virtual-x86' and prepare.sh make");
        }
    }
}
