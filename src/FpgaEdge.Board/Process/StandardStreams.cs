using System.Runtime.InteropServices;
using System.Text;

namespace FpgaEdge.Board;

/// <summary>
/// Standard output and standard error. On Linux they are written by the system call alone: .NET's console reads the terminal's
/// description before the first word, and its code for that is a fiftieth of the board's program.
/// </summary>
internal static unsafe partial class StandardStreams
{
    private const int OutDescriptor = 1;
    private const int ErrorDescriptor = 2;
    private const int Interrupted = 4;
    private const int TryAgain = 11;
    private const int BrokenPipe = 32;

    /// <summary>Standard output; every line is written whole and at once.</summary>
    public static TextWriter Out { get; } = OperatingSystem.IsLinux() ? new DescriptorWriter(OutDescriptor) : Console.Out;

    /// <summary>Standard error, likewise.</summary>
    public static TextWriter Error { get; } = OperatingSystem.IsLinux() ? new DescriptorWriter(ErrorDescriptor) : Console.Error;

    /// <summary>Whether somebody sees standard output on a terminal.</summary>
    public static bool OutIsTerminal => OperatingSystem.IsLinux() ? IsTerminal(OutDescriptor) == 1 : !Console.IsOutputRedirected;

    [LibraryImport("libc", EntryPoint = "isatty")]
    private static partial int IsTerminal(int descriptor);

    [LibraryImport("libc", EntryPoint = "write", SetLastError = true)]
    private static partial nint Write(int descriptor, byte* bytes, nuint count);

    private sealed class DescriptorWriter(int descriptor) : TextWriter
    {
        public override Encoding Encoding => Encoding.UTF8;

        public override void Write(char value) => Write([value]);

        public override void Write(string? value) => Write(value.AsSpan());

        public override void WriteLine(string? value) => Write($"{value}\n".AsSpan());

        public override void Write(ReadOnlySpan<char> buffer)
        {
            byte[] bytes = new byte[Encoding.UTF8.GetMaxByteCount(buffer.Length)];
            int end = Encoding.UTF8.GetBytes(buffer, bytes);
            lock (this)
            {
                for (int start = 0; start < end;)
                {
                    start += WriteSome(bytes.AsSpan(start, end - start));
                }
            }
        }

        /// <summary>A terminal that somebody else made non-blocking is full.</summary>
        private static int Wait()
        {
            Thread.Sleep(1);
            return 0;
        }

        private int WriteSome(ReadOnlySpan<byte> bytes)
        {
            fixed (byte* start = bytes)
            {
                nint written = StandardStreams.Write(descriptor, start, (nuint)bytes.Length);
                return (written < 0 ? Marshal.GetLastPInvokeError() : 0) switch
                {
                    0 => (int)written,
                    Interrupted => 0,
                    TryAgain => Wait(),
                    // Whoever read it has seen enough.
                    BrokenPipe => bytes.Length,
                    int error => throw new IOException(Marshal.GetPInvokeErrorMessage(error)),
                };
            }
        }
    }
}
