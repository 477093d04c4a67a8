using System.CommandLine;
using System.Diagnostics;
using System.Security.Cryptography;
using System.Text.Json;
using FpgaEdge.Cli.Images;
using FpgaEdge.Cli.Images.Flash;
using FpgaEdge.Cli.Terminal;

namespace FpgaEdge.Cli.Commands.Bench;

/// <summary>
/// <c>bench flash</c>: our way of writing a card against <c>dd bs=4M oflag=direct</c>, the same bytes to the same file, in
/// turn; verification, which dd does not do, is timed by itself.
/// </summary>
internal sealed class FlashBench(string folder, int mebibytes, int rounds, bool json)
{
    /// <summary>The sub-verb.</summary>
    public static Command Create()
    {
        var folder = new Option<string>("--folder")
        {
            Description = "Where the image and the file that stands for a card are made and removed", DefaultValueFactory = _ => Path.GetTempPath(),
        };
        var size = new Option<int>("--mib") { Description = "Size of the image, all of it written", DefaultValueFactory = _ => 512 };
        size.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() is < 8 or > 65536)
            {
                result.AddError("--mib: expected 8..65536.");
            }
        });
        var rounds = new Option<int>("--rounds") { Description = "Rounds; both write once in each", DefaultValueFactory = _ => 7 };
        rounds.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() is < 1 or > 1000)
            {
                result.AddError("--rounds: expected 1..1000.");
            }
        });
        var json = new Option<bool>("--json") { Description = "Print one JSON object (schema 1) on stdout." };
        var command = new Command("flash", "Time writing a card image against dd, both past the page cache, in turn.\n\n" +
            "Example:\n  fpgaedge bench flash --mib 512 --rounds 7")
        {
            folder, size, rounds, json,
        };
        command.SetAction((parsed, cancellation) => Task.FromResult(new FlashBench(parsed.GetValue(folder)!, parsed.GetValue(size),
            parsed.GetValue(rounds), parsed.GetValue(json)).Run(cancellation)));
        return command;
    }

    private int Run(CancellationToken cancellation)
    {
        string image = Path.Combine(folder, $"fpgaedge-bench-{Environment.ProcessId}.img");
        string card = image + ".card";
        try
        {
            using (FileStream file = File.Create(image))
            {
                byte[] piece = new byte[1 << 20];
                for (int i = 0; i < mebibytes; i++)
                {
                    RandomNumberGenerator.Fill(piece);
                    file.Write(piece);
                }
            }
            File.Copy(image, card, overwrite: true);
            return Measure(image, card, cancellation);
        }
        finally
        {
            File.Delete(image);
            File.Delete(card);
        }
    }

    private int Measure(string image, string card, CancellationToken cancellation)
    {
        ImageSource source = ImageSource.Open(image);
        using var device = new CardDevice(card);
        CardPlan plan = CardPlan.Make(device, source, null);
        var flasher = new Flasher(source, _ => { });
        var dd = new List<double>();
        var ours = new List<double>();
        var verify = new List<double>();
        using var line = new ProgressLine();
        // The first round warms up both and does not count.
        for (int round = 0; round <= rounds; round++)
        {
            cancellation.ThrowIfCancellationRequested();
            line.Show("flash", round, rounds);
            double theirs = Seconds(() => HostTool.Run("dd", [$"if={image}", $"of={card}", "bs=4M", "oflag=direct", "conv=notrunc,fsync"]));
            double mine = Seconds(() => flasher.Write(plan, cancellation));
            double check = Seconds(() => flasher.Verify(plan, cancellation));
            if (round > 0)
            {
                dd.Add(theirs);
                ours.Add(mine);
                verify.Add(check);
            }
        }
        line.Clear();
        double ratio = Median([.. dd.Zip(ours, (theirs, mine) => theirs / mine)]);
        Print(dd, ours, verify, ratio);
        return ExitCode.Ok;
    }

    private void Print(List<double> dd, List<double> ours, List<double> verify, double ratio)
    {
        double Rate(List<double> seconds) => mebibytes * 1.048576 / Median(seconds);
        if (!json)
        {
            var table = new TextTable("measured", "MB/s (median)", "rounds");
            table.Add("dd bs=4M oflag=direct", $"{Rate(dd):F0}", $"{rounds}");
            table.Add("fpgaedge image flash, writing", $"{Rate(ours):F0}", $"{rounds}");
            table.Add("fpgaedge image flash, reading back", $"{Rate(verify):F0}", $"{rounds}");
            Console.Out.Write(table);
            Console.Out.WriteLine($"writing: {100 * ratio:F0} % of dd's throughput (median of {rounds} paired rounds, {mebibytes} MiB)");
            return;
        }
        using (var writer = new Utf8JsonWriter(Console.OpenStandardOutput()))
        {
            writer.WriteStartObject();
            writer.WriteNumber("schema", 1);
            writer.WriteNumber("mebibytes", mebibytes);
            writer.WriteNumber("rounds", rounds);
            writer.WriteNumber("ddMegabytesPerSecond", Rate(dd));
            writer.WriteNumber("flashMegabytesPerSecond", Rate(ours));
            writer.WriteNumber("verifyMegabytesPerSecond", Rate(verify));
            writer.WriteNumber("ratio", ratio);
            writer.WriteEndObject();
        }
        Console.Out.WriteLine();
    }

    private static double Seconds(Action work)
    {
        long start = Stopwatch.GetTimestamp();
        work();
        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    private static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);
}
