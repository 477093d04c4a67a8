using System.CommandLine;
using System.Diagnostics;
using FpgaEdge.Cli.Images.Flash;
using FpgaEdge.Cli.Terminal;
using FpgaEdge.Hardware;

namespace FpgaEdge.Cli.Commands.Image;

/// <summary><c>fpgaedge image flash</c>.</summary>
internal static class ImageFlashCommand
{
    /// <summary>The verb with its options.</summary>
    public static Command Create()
    {
        var image = new Argument<string>("IMAGE") { Description = "A card image, plain or as .gz, .xz or .zst" };
        var device = new Option<string[]>("--device")
        {
            Description = "A card, or an existing file that stands for one; may be repeated: all are written at the same time",
        };
        var yes = new Option<bool>("--yes") { Description = "Do not ask; only with --device" };
        var dry = new Option<bool>("--dry-run") { Description = "Say what would be written, write nothing" };
        var every = new Option<bool>("--every-block") { Description = "Write blocks too that the block map says nothing uses" };
        var labels = new Option<string?>("--labels") { Description = "Write a label sheet (CSV): one line per card" };
        var json = new Option<bool>("--json") { Description = "One JSON object on stdout" };
        var identity = new CardIdentityOptions();
        var command = new Command("flash",
            "Write an image to cards, read every byte back, and only then make the cards start it.\n\nExample:\n" +
            "  fpgaedge image flash card.img                                  # lists the cards, asks which\n" +
            "  fpgaedge image flash card.img --device /dev/sdb --yes\n" +
            "  fpgaedge image flash card.img --device /dev/sdb --device /dev/sdc --name 'shelf-{n}' --address '10.77.0.{n}/24' " +
            "--labels labels.csv\n\n" +
            "A card that holds a FpgaEdge system keeps it until the new one is written and verified, if there is room for both.")
        {
            image, device, yes, dry, every, labels, json,
        };
        identity.AddTo(command);
        command.SetAction((parsed, cancellation) => Task.FromResult(Run(
            new Wish(parsed.GetValue(image)!, parsed.GetValue(device) ?? [], parsed.GetValue(yes), parsed.GetValue(dry),
                parsed.GetValue(every), parsed.GetValue(labels), parsed.GetValue(json), identity.Read(parsed)),
            new BlockDevices(), cancellation)));
        return command;
    }

    private static int Run(Wish wish, BlockDevices machine, CancellationToken cancellation)
    {
        ImageSource image = ImageSource.Open(wish.Image, wish.EveryBlock);
        IReadOnlyList<string> targets = new TargetChoice(machine, Console.Error).Choose(wish.Devices, wish.Yes || wish.DryRun, image.Map.ImageBytes);
        var open = new List<ICardDevice>();
        try
        {
            CardPlan[] plans = [.. targets.Select((path, i) =>
            {
                var card = new CardDevice(path, readOnly: wish.DryRun);
                open.Add(card);
                return CardPlan.Make(card, image, wish.Identity.ForCard(i));
            })];
            Announce(image, plans, wish.DryRun);
            return wish.DryRun ? ExitCode.Ok : Write(wish, image, plans, cancellation);
        }
        finally
        {
            open.ForEach(card => card.Dispose());
        }
    }

    private static int Write(Wish wish, ImageSource image, CardPlan[] plans, CancellationToken cancellation)
    {
        using var line = new ProgressLine();
        var rate = new FlashRate();
        long start = Stopwatch.GetTimestamp();
        IReadOnlyList<CardOutcome> outcomes = new Flasher(image, at => line.Show(rate.Describe(at))).Run(plans, cancellation);
        line.Clear();
        TimeSpan taken = Stopwatch.GetElapsedTime(start);
        if (wish.Labels is string sheet)
        {
            LabelSheet.Write(sheet, image, outcomes, wish.Identity);
        }
        if (wish.Json)
        {
            PrintJson(image, outcomes, taken);
        }
        foreach (CardOutcome outcome in outcomes)
        {
            if (outcome.Failure is Exception failure)
            {
                string state = outcome.Plan.OldSurvives ? "the card still starts its old system" : "the card does not start";
                Console.Error.WriteLine($"fpgaedge: {failure.Message}; {state}");
            }
            else if (!wish.Json)
            {
                Console.Out.WriteLine($"{outcome.Plan.Device.Name}: done, {image.Map.MappedBytes} bytes written and read back equal in " +
                    $"{taken.TotalSeconds:F1} s");
            }
        }
        return outcomes.All(outcome => outcome.Failure is null) ? ExitCode.Ok
            : outcomes.Any(outcome => outcome.Mismatch) ? ExitCode.VerificationFailed : ExitCode.HardwareRefused;
    }

    private static void Announce(ImageSource image, CardPlan[] plans, bool dryRun)
    {
        foreach (CardPlan plan in plans)
        {
            string old = plan switch
            {
                { OldSurvives: true } => $"beside the old system, at byte {plan.BaseBytes}; the old one starts until the last write",
                { HadSystem: true } => "over the old system: there is no room for both, so a power cut leaves a card that does not start",
                _ => "over whatever is there; until the last write the card does not start",
            };
            Console.Error.WriteLine($"{plan.Device.Name}: {(dryRun ? "would get" : "gets")} {image.Map.MappedBytes >> 20} MiB of " +
                $"{image.File} ({image.Map.ImageBytes >> 20} MiB), {old}");
        }
    }

    private static void PrintJson(ImageSource image, IReadOnlyList<CardOutcome> outcomes, TimeSpan taken)
    {
        JsonLine.Print(members =>
        {
            members.WriteString("image", image.File);
            members.WriteNumber("writtenBytes", image.Map.MappedBytes);
            members.WriteNumber("seconds", taken.TotalSeconds);
            members.WriteStartArray("cards");
            foreach (CardOutcome outcome in outcomes)
            {
                members.WriteStartObject();
                members.WriteString("device", outcome.Plan.Device.Name);
                members.WriteBoolean("verified", outcome.Failure is null);
                members.WriteNumber("baseBytes", outcome.Plan.BaseBytes);
                members.WriteString("error", outcome.Failure?.Message);
                members.WriteEndObject();
            }
            members.WriteEndArray();
        });
    }

    /// <summary>What was asked for.</summary>
    private sealed record Wish(
        string Image, string[] Devices, bool Yes, bool DryRun, bool EveryBlock, string? Labels, bool Json, CardIdentities Identity);
}
