using System.Net.Sockets;
using System.Text.Json;
using FpgaEdge.Hardware;

namespace FpgaEdge.Board;

/// <summary><c>fpgaedged --doctor</c>: everything that a board needs, what is missing, and what to type.</summary>
public static class DaemonDoctor
{
    /// <summary>Looks at the board and the network, and prints what was found.</summary>
    /// <returns>Whether nothing is missing.</returns>
    internal static bool Run(DaemonOptions options, TextWriter output)
    {
        BoardDescription board = options.BoardFile is string file ? BoardDescription.Read(file) : BuiltInBoard.Description;
        DoctorFinding[] findings = [.. new BoardDoctor(board).Examine(), .. Network(options), Folder(options.Directory ?? Path.GetTempPath())];
        Print(findings, output, options.Json);
        return IsReady(findings);
    }

    /// <summary>Whether nothing is missing that is needed.</summary>
    public static bool IsReady(IEnumerable<DoctorFinding> findings) => findings.All(finding => finding.State != DoctorState.Missing);

    /// <summary>Whether boards can meet by the network of this machine.</summary>
    public static IEnumerable<DoctorFinding> Network(DaemonOptions options)
    {
        const string Area = "network";
        DoctorFinding finding;
        string? refusal = null;
        try
        {
            using ClusterSocket socket = ClusterSocket.Open(
                options.Listen, options.Multicast, options.Interface ?? options.Listen.Address, multicastRequired: false);
            refusal = socket.MulticastRefusal;
            finding = new DoctorFinding(Area, "datagrams", DoctorState.Ok, $"{socket.LocalEndPoint} can be used");
        }
        catch (Exception e) when (e is PortException or SocketException or OptionException)
        {
            finding = new DoctorFinding(Area, "datagrams", DoctorState.Missing, e.Message, "give another --listen ADDRESS:PORT");
        }
        yield return finding;
        yield return options.Multicast is null
            ? new DoctorFinding(Area, "multicast", DoctorState.Degraded, "switched off", "name boards with --peer ADDRESS:PORT")
            : refusal is null
                ? new DoctorFinding(Area, "multicast", DoctorState.Ok, $"group {options.Multicast} can be joined")
                : new DoctorFinding(Area, "multicast", DoctorState.Degraded, refusal, "name boards with --peer ADDRESS:PORT");
    }

    /// <summary>Whether a folder can hold packages and mapped files.</summary>
    public static DoctorFinding Folder(string path)
    {
        const long Needed = 256L << 20;
        try
        {
            long free = new DriveInfo(Path.GetFullPath(path)).AvailableFreeSpace;
            return free >= Needed
                ? new DoctorFinding("files", path, DoctorState.Ok, $"{free >> 20} MiB free")
                : new DoctorFinding("files", path, DoctorState.Missing, $"{free >> 20} MiB free, {Needed >> 20} needed",
                    "name a folder with more room: --directory DIR");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return new DoctorFinding("files", path, DoctorState.Missing, e.Message, "name a folder that can be written: --directory DIR");
        }
    }

    /// <summary>Prints findings as lines or as one JSON object.</summary>
    public static void Print(IReadOnlyCollection<DoctorFinding> findings, TextWriter output, bool json)
    {
        if (!json)
        {
            foreach (DoctorFinding finding in findings)
            {
                output.WriteLine(finding);
            }
            int missing = findings.Count(finding => finding.State == DoctorState.Missing);
            output.WriteLine(missing == 0 ? "ready" : $"{missing} missing");
            return;
        }
        using var buffer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartObject();
            writer.WriteNumber("schema", 1);
            writer.WriteBoolean("ready", IsReady(findings));
            writer.WriteStartArray("findings");
            foreach (DoctorFinding finding in findings)
            {
                writer.WriteStartObject();
                writer.WriteString("area", finding.Area);
                writer.WriteString("name", finding.Name);
                writer.WriteString("state", $"{finding.State}".ToLowerInvariant());
                writer.WriteString("detail", finding.Detail);
                writer.WriteString("remedy", finding.Remedy);
                writer.WriteEndObject();
            }
            writer.WriteEndArray();
            writer.WriteEndObject();
        }
        output.WriteLine(System.Text.Encoding.UTF8.GetString(buffer.ToArray()));
    }
}
