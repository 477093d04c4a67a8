using System.Diagnostics;
using System.Net;
using System.Security.Cryptography;
using FpgaEdge.Board;
using FpgaEdge.Cli.Hosting;
using FpgaEdge.Planning;

namespace FpgaEdge.Cli.Virtual;

/// <summary>Which machines to power on.</summary>
internal sealed record ShelfSettings
{
    /// <summary>How many.</summary>
    public required int Boards { get; init; }

    /// <summary>Images of cards, one per board, with names, addresses and keys of their own; empty to start from the
    /// prepared kernel.</summary>
    public IReadOnlyList<string> Cards { get; init; } = [];

    /// <summary>Whether what boards write to their cards stays.</summary>
    public bool CardsAreWritable { get; init; }

    /// <summary>The cluster of the cards; null for one with a random name and key.</summary>
    public ClusterAddress? Cluster { get; init; }

    /// <summary>Folder with kernel, plugin and model; null for the usual place.</summary>
    public string? MachineFolder { get; init; }

    /// <summary>What the segment does to frames.</summary>
    public IReadOnlyList<LinkSetting> Links { get; init; } = [];

    /// <summary>Hardware that is to fail: a board's number and a fault's name.</summary>
    public IReadOnlyDictionary<int, string> Faults { get; init; } = new Dictionary<int, string>();

    /// <summary>Whether boards join without having tested themselves.</summary>
    public bool SkipSelfTest { get; init; }

    /// <summary>Of the losses.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>Folder where the serial lines' logs stay; null to keep none.</summary>
    public string? LogFolder { get; init; }

    /// <summary>What the serial lines are connected to.</summary>
    public SerialLine Serial { get; init; }
}

/// <summary>
/// Virtual boards that are whole machines: QEMU guests on one Ethernet segment, each with a kernel, <c>/dev/mem</c>, and
/// <c>fpgaedged</c> started by its first process. This process is one more machine on the segment.
/// </summary>
internal sealed class GuestShelf : IOwnBoards
{
    /// <summary>Most guests of one shelf: each takes about 150 MB and a share of the processors.</summary>
    public const int Maximum = 12;

    private const byte ClientNumber = 254;
    private const int BoardPort = 47801;
    private const string ListeningText = " listening address=";
    private const string ComplaintText = "fpgaedged: ";

    private readonly List<GuestMachine> guests = [];
    private readonly List<QemuPort> ports = [];
    private readonly EthernetSwitch segment;
    private readonly SegmentPort clientPort;
    private readonly SegmentSocket socket;
    private readonly string folder;

    private readonly string? logFolder;

    private GuestShelf(ClusterAddress address, string folder, ShelfSettings settings)
    {
        Address = address;
        logFolder = settings.LogFolder;
        this.folder = folder;
        segment = new EthernetSwitch(settings.Seed);
        clientPort = new SegmentPort(segment, SegmentPort.ClientAt(ClientNumber), DaemonOptions.DefaultMulticast);
        socket = new SegmentSocket(segment);
    }

    /// <summary>The machines, in the order of their names.</summary>
    public IReadOnlyList<GuestMachine> Guests => guests;

    /// <summary>The segment, for losses, delays and cuts.</summary>
    public EthernetSwitch Segment => segment;

    /// <summary>Where other programs of this machine plug into the segment.</summary>
    public IPEndPoint SegmentEndPoint => socket.EndPoint;

    /// <inheritdoc />
    public ClusterAddress Address { get; }

    /// <inheritdoc />
    public TimeSpan JoinLimit => TimeSpan.FromSeconds(240);

    /// <summary>Powers boards on, all at once.</summary>
    /// <exception cref="CliException">Something that they are started from is missing.</exception>
    public static GuestShelf PowerOn(ShelfSettings settings)
    {
        MachineFiles files = MachineFiles.Find(settings.MachineFolder);
        ClusterAddress address = settings.Cluster ?? new ClusterAddress(
            "virtual-" + Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(6)), [], DaemonOptions.DefaultMulticast,
            Keys: ClusterKeys.New());
        var shelf = new GuestShelf(address, Directory.CreateTempSubdirectory("fpgaedge-").FullName, settings);
        try
        {
            string? fileSystem = settings.Cards.Count == 0 ? shelf.WriteFileSystem(files, address.Keys!) : null;
            for (int i = 0; i < settings.Boards; i++)
            {
                shelf.ports.Add(new QemuPort(shelf.segment));
            }
            foreach (LinkSetting link in settings.Links)
            {
                shelf.Apply(link);
            }
            for (byte number = 1; number <= settings.Boards; number++)
            {
                GuestBoot boot = fileSystem is null
                    ? new GuestBoot.Card(settings.Cards[number - 1], settings.CardsAreWritable)
                    : new GuestBoot.Kernel(files.Kernel, fileSystem, shelf.ArgumentsOf(number, settings.SkipSelfTest));
                shelf.guests.Add(GuestMachine.PowerOn(
                    $"board-{number}", shelf.folder, files, boot, shelf.ports[number - 1].NetworkDevice("net"),
                    MacAddress.OfMachine(number), settings.Faults.GetValueOrDefault(number), settings.Serial));
            }
            return shelf;
        }
        catch
        {
            shelf.Close();
            throw;
        }
    }

    /// <summary>Waits until each board's program has said that it listens.</summary>
    /// <returns>When, per board.</returns>
    /// <exception cref="CliException">A guest ended, or did not come up in time.</exception>
    public async Task<long[]> WaitUntilListeningAsync(CancellationToken cancellation)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(JoinLimit);
        try
        {
            return await Task.WhenAll(guests.Select(guest => ListeningAsync(guest, limit.Token)));
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            GuestMachine silent = guests.First(guest => !guest.SerialText().Contains(ListeningText, StringComparison.Ordinal));
            throw new CliException(ExitCode.NoBoard,
                $"{silent.Name}: its program did not listen within {JoinLimit.TotalSeconds} s; the last words on its serial " +
                $"line: {LastLine(silent)}");
        }
    }

    /// <inheritdoc />
    public ClusterClient OpenClient() => ClusterClient.Open(Address, clientPort);

    /// <inheritdoc />
    public void Kill(int index) => guests[index].PowerOff();

    /// <inheritdoc />
    public int IndexOf(BoardId board) =>
        guests.FindIndex(guest => guest.SerialText().Contains($" id={board} ", StringComparison.Ordinal));

    /// <inheritdoc />
    public ValueTask DisposeAsync()
    {
        Close();
        return ValueTask.CompletedTask;
    }

    private static async Task<long> ListeningAsync(GuestMachine guest, CancellationToken cancellation)
    {
        long? when = await guest.WaitForSerialAsync([ListeningText, ComplaintText], cancellation);
        string text = guest.SerialText();
        int complaint = text.IndexOf(ComplaintText, StringComparison.Ordinal);
        if (complaint >= 0 && !text.Contains(ListeningText, StringComparison.Ordinal))
        {
            throw new CliException(ExitCode.HardwareRefused, $"{guest.Name}: {text[complaint..].Split('\n')[0].Trim()}");
        }
        return when ?? throw new CliException(ExitCode.NoBoard,
            $"{guest.Name}: QEMU ended: {await guest.ComplaintAsync()} {LastLine(guest)}".TrimEnd());
    }

    private static string LastLine(GuestMachine guest) =>
        guest.SerialText().Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).LastOrDefault() ?? "";

    private void Apply(LinkSetting link)
    {
        int[] all = [.. ports.Select(port => port.Number), clientPort.Number];
        int PortOf(int? machine) => machine == 0 ? clientPort.Number : ports[machine!.Value - 1].Number;
        foreach (int a in link.A is null ? all : [PortOf(link.A)])
        {
            foreach (int b in (link.B is null ? all : [PortOf(link.B)]).Where(b => b != a))
            {
                segment.SetLink(a, b, link.Rule);
            }
        }
    }

    private string ArgumentsOf(byte number, bool skipSelfTest) =>
        $"rdinit=/init fpgaedge.name=board-{number} fpgaedge.address={MachineAddress.Of(number)} fpgaedge.port={BoardPort} " +
        $"fpgaedge.cluster={Address.Name} fpgaedge.options=--log-frames,--strategy,pipeline{(skipSelfTest ? ",--no-self-test" : "")}";

    /// <summary>The common initial file system with this cluster's key and board file behind it: the kernel unpacks one
    /// archive after the other.</summary>
    private string WriteFileSystem(MachineFiles files, ClusterKeys keys)
    {
        string tree = Path.Combine(folder, "tree");
        string settings = Directory.CreateDirectory(Path.Combine(tree, "etc", "fpgaedge")).FullName;
        keys.WriteNew(Path.Combine(settings, "cluster.key"));
        File.Copy(files.BoardFile, Path.Combine(settings, "board.json"));
        string path = Path.Combine(folder, "initial.cpio");
        using FileStream archive = File.Create(path);
        using (FileStream common = File.OpenRead(files.BaseFileSystem))
        {
            common.CopyTo(archive);
        }
        var start = new ProcessStartInfo("busybox", ["cpio", "-o", "-H", "newc"])
        {
            WorkingDirectory = tree, RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true,
        };
        using Process busybox = Start(start);
        busybox.StandardInput.Write("etc\netc/fpgaedge\netc/fpgaedge/cluster.key\netc/fpgaedge/board.json\n");
        busybox.StandardInput.Close();
        busybox.StandardOutput.BaseStream.CopyTo(archive);
        busybox.WaitForExit();
        return path;
    }

    private static Process Start(ProcessStartInfo start)
    {
        try
        {
            return Process.Start(start)!;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            throw new CliException(ExitCode.NoBoard, "busybox is not installed; type: apt-get install busybox-static");
        }
    }

    private void Close()
    {
        if (logFolder is not null)
        {
            Directory.CreateDirectory(logFolder);
            guests.ForEach(guest => File.WriteAllText(Path.Combine(logFolder, $"{guest.Name}.log"), guest.SerialText()));
        }
        guests.ForEach(guest => guest.Dispose());
        socket.Dispose();
        ports.ForEach(port => port.Dispose());
        segment.Dispose();
        Directory.Delete(folder, recursive: true);
    }
}
