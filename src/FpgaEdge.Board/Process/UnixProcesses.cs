using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;

namespace FpgaEdge.Board;

/// <summary>
/// The little that a board wants of other processes. .NET's own class for it, with all that it refers to, is a twentieth of
/// the board's program, so on Linux this asks the kernel.
/// </summary>
internal static partial class UnixProcesses
{
    /// <summary>Process number of the parent; Linux and macOS.</summary>
    [LibraryImport("libc", EntryPoint = "getppid")]
    public static partial int ParentId();

    /// <summary>Runs a command of the system's shell to its end.</summary>
    /// <param name="command">A fixed text: nothing that came from outside belongs here.</param>
    /// <returns>Its exit status as system(3) gives it.</returns>
    [LibraryImport("libc", EntryPoint = "system", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Run(string command);

    /// <summary>Whether a process is there.</summary>
    public static bool Exists(int processId)
    {
        if (OperatingSystem.IsLinux())
        {
            return Directory.Exists($"/proc/{processId.ToString(CultureInfo.InvariantCulture)}");
        }
        try
        {
            using Process process = Process.GetProcessById(processId);
            return !process.HasExited;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }

    /// <summary>How many processes of a name there are; Linux.</summary>
    /// <param name="name">As in /proc/N/comm: at most 15 characters.</param>
    public static int CountOf(string name)
    {
        int count = 0;
        foreach (string folder in Directory.GetDirectories("/proc"))
        {
            try
            {
                count += char.IsAsciiDigit(Path.GetFileName(folder)[0]) && File.ReadAllText($"{folder}/comm").Trim() == name ? 1 : 0;
            }
            catch (IOException)
            {
                // It ended while we looked.
            }
        }
        return count;
    }
}
