using System.CommandLine;
using FpgaEdge.Board;
using FpgaEdge.Cli.Commands.Doctor;
using FpgaEdge.Hardware;

namespace FpgaEdge.Cli.Commands;

/// <summary><c>fpgaedge doctor</c>: what this machine has of what the verbs need.</summary>
internal static class DoctorCommand
{
    /// <summary>The verb with its options.</summary>
    public static Command Create()
    {
        var areas = new Option<string[]>("--for")
        {
            Description = $"What is needed as well, besides boards: {string.Join(", ", HostDoctor.Areas)}, or all",
            AllowMultipleArgumentsPerToken = true,
        };
        areas.AcceptOnlyFromAmong([.. HostDoctor.Areas, "all"]);
        var json = new Option<bool>("--json") { Description = "One JSON object on stdout" };
        var command = new Command("doctor",
            "Look at what this machine has: what is there, what is missing, and what to type. On a board: fpgaedged --doctor.\n\n" +
            "Example:\n  fpgaedge doctor\n  fpgaedge doctor --for image virtual\n\n" +
            "Exit code 3 when something is missing that is needed; what --for does not name may be missing.")
        {
            areas, json,
        };
        command.SetAction(parsed =>
        {
            string[] needed = parsed.GetValue(areas) ?? [];
            DoctorFinding[] findings = [.. HostDoctor.Examine(needed.Contains("all") ? [.. HostDoctor.Areas] : needed)];
            DaemonDoctor.Print(findings, Console.Out, parsed.GetValue(json));
            return DaemonDoctor.IsReady(findings) ? ExitCode.Ok : ExitCode.BadInputFile;
        });
        return command;
    }
}
