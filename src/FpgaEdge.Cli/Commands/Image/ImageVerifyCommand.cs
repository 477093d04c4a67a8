using System.CommandLine;
using FpgaEdge.Cli.Images;
using FpgaEdge.Cli.Images.Flash;
using FpgaEdge.Cli.Terminal;
using FpgaEdge.Hardware;

namespace FpgaEdge.Cli.Commands.Image;

/// <summary><c>fpgaedge image verify</c>.</summary>
internal static class ImageVerifyCommand
{
    /// <summary>The verb with its options.</summary>
    public static Command Create()
    {
        var image = new Argument<string>("IMAGE") { Description = "A card image" };
        var device = new Option<string?>("--device") { Description = "A card that was written from it and has not been started since" };
        var json = new Option<bool>("--json") { Description = "One JSON object on stdout" };
        var command = new Command("verify", "Compare an image with its block map's checksums, or a card with its image.\n\nExample:\n" +
            "  fpgaedge image verify card.img\n  fpgaedge image verify card.img --device /dev/sdb")
        {
            image, device, json,
        };
        command.SetAction((parsed, cancellation) => Task.FromResult(
            Run(parsed.GetValue(image)!, parsed.GetValue(device), parsed.GetValue(json), cancellation)));
        return command;
    }

    private static int Run(string file, string? device, bool json, CancellationToken cancellation)
    {
        ImageSource image = ImageSource.Open(file);
        string against = device is null ? CheckMap(file, image) : CheckCard(image, device, cancellation);
        if (!json)
        {
            Console.Out.WriteLine($"{device ?? file}: {image.Map.MappedBytes} bytes equal to {against}");
            return ExitCode.Ok;
        }
        JsonLine.Print(members =>
        {
            members.WriteString("verified", device ?? file);
            members.WriteNumber("bytes", image.Map.MappedBytes);
        });
        return ExitCode.Ok;
    }

    private static string CheckMap(string file, ImageSource image)
    {
        if (image.Map.Runs.Any(run => run.Sha256 is null) || Compressed.Open(file) is not { IsPlain: true, Stream: FileStream stream })
        {
            throw new CliException(ExitCode.BadInputFile, $"{file}: expected a plain image with a block map beside it ({file}.bmap), found none; " +
                "decompress it, or give --device");
        }
        using (stream)
        {
            foreach (MappedRun run in image.Map.Runs)
            {
                string found = image.Map.Hash(stream, run);
                if (found != run.Sha256)
                {
                    throw new CliException(ExitCode.VerificationFailed, $"{file}: expected sha256 {run.Sha256} of blocks {run.First}-{run.Last}, " +
                        $"found {found}; copy or build the image again");
                }
            }
        }
        return $"{file}.bmap";
    }

    private static string CheckCard(ImageSource image, string device, CancellationToken cancellation)
    {
        using var card = new CardDevice(device, readOnly: true);
        using var line = new ProgressLine();
        var rate = new FlashRate();
        CardPlan plan = Written(card, image);
        try
        {
            new Flasher(image, at => line.Show(rate.Describe(at))).Verify(plan, cancellation);
        }
        catch (CardMismatchException e)
        {
            throw new CliException(ExitCode.VerificationFailed, e.Message);
        }
        return image.File;
    }

    /// <summary>A card as it is: its system may lie anywhere, and its identity is its own.</summary>
    private static CardPlan Written(CardDevice card, ImageSource image)
    {
        using var head = new CardBuffer(DirectFile.Alignment);
        card.Read(0, head.Span);
        long place = image.Table is not null && CardTable.Read(head.Span) is CardTable table ? table.Base * CardTable.SectorBytes : 0;
        byte[]? identity = null;
        if (image.IdentityOffset is long at && card.Bytes >= place + at + CardIdentity.ByteCount)
        {
            long aligned = (place + at) / DirectFile.Alignment * DirectFile.Alignment;
            using var block = new CardBuffer(2 * DirectFile.Alignment);
            card.Read(aligned, block.Span);
            identity = block.Span.Slice((int)(place + at - aligned), CardIdentity.ByteCount).ToArray();
        }
        return new CardPlan(card, place, false, true, identity);
    }
}
