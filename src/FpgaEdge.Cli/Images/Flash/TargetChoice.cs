using FpgaEdge.Cli.Terminal;

namespace FpgaEdge.Cli.Images.Flash;

/// <summary>
/// Decides what may be overwritten. A device is refused when the running system or anything else uses it, when it is built
/// in, larger than a card or smaller than the image. Without somebody to ask, --device and --yes are both needed.
/// </summary>
internal sealed class TargetChoice(BlockDevices machine, TextWriter terminal, Func<string, string?>? ask = null)
{
    /// <summary>The devices to write.</summary>
    /// <param name="named">What --device gave.</param>
    /// <param name="yes">Whether --yes was given.</param>
    /// <param name="imageBytes">Size of the image.</param>
    /// <exception cref="CliException">None, or a wrong one; the candidates have been listed.</exception>
    public IReadOnlyList<string> Choose(IReadOnlyList<string> named, bool yes, long imageBytes)
    {
        Func<string, string?>? question = ask ?? (Console.IsInputRedirected || Console.IsErrorRedirected ? null : Ask);
        if (named.Count == 0)
        {
            List();
            if (question is null)
            {
                throw new CliException(ExitCode.Usage, "expected --device and --yes, because nobody can be asked here, found no --device; " +
                    "the candidates are listed above");
            }
            string? answer = question("Which one is to be overwritten? Type its name, or nothing to stop: ");
            named = answer is { Length: > 0 } ? [answer.StartsWith('/') ? answer : $"/dev/{answer}"]
                : throw new CliException(ExitCode.Usage, "nothing chosen; nothing was written");
            yes = true;
        }
        foreach (string path in named)
        {
            RequireWritable(path, imageBytes);
        }
        if (named.Distinct().Count() < named.Count)
        {
            throw new CliException(ExitCode.Usage, "--device: expected different devices, found one twice");
        }
        if (!yes)
        {
            string wanted = Path.GetFileName(named[0]);
            if (question is null)
            {
                throw new CliException(ExitCode.Usage, $"expected --yes as well as --device, because nobody can be asked here; " +
                    $"everything on {string.Join(", ", named)} is overwritten");
            }
            if (question($"Everything on {string.Join(", ", named)} is overwritten. Type '{wanted}' to go on: ") != wanted)
            {
                throw new CliException(ExitCode.Usage, "not confirmed; nothing was written");
            }
        }
        return named;
    }

    private void RequireWritable(string path, long imageBytes)
    {
        if (machine.Find(path) is not BlockDevice device)
        {
            if (!File.Exists(path) || path.StartsWith("/dev/", StringComparison.Ordinal))
            {
                List();
                throw new CliException(ExitCode.Usage, $"--device {path}: expected a card or an existing file, found neither; " +
                    "partitions are not written, whole cards are");
            }
            long bytes = new FileInfo(path).Length;
            if (bytes < imageBytes)
            {
                throw new CliException(ExitCode.Usage, $"--device {path}: expected a file of at least {imageBytes} bytes, found {bytes}; " +
                    $"make one with 'truncate -s {imageBytes} FILE'");
            }
            return;
        }
        string[] reasons = device.Bytes > 0 && device.Bytes < imageBytes
            ? [.. device.Refusals, $"{device.Bytes} bytes are less than the image's {imageBytes}"]
            : [.. device.Refusals];
        if (reasons.Length > 0)
        {
            List();
            throw new CliException(ExitCode.Usage, $"--device {path}: expected a card, found a device that is not to be overwritten " +
                $"({string.Join("; ", reasons)}); choose one without a remark from the list above");
        }
    }

    private void List()
    {
        var table = new TextTable("device", "size MB", "model", "used by", "remark");
        foreach (BlockDevice device in machine.List())
        {
            table.Add(device.Path, $"{device.Bytes / 1_000_000}", device.Model, string.Join(" ", device.Mounts.Take(3)),
                string.Join("; ", device.Refusals.Where(reason => !reason.StartsWith("in use", StringComparison.Ordinal))));
        }
        terminal.Write(table);
    }

    private string? Ask(string question)
    {
        terminal.Write(question);
        return Console.In.ReadLine()?.Trim();
    }
}
