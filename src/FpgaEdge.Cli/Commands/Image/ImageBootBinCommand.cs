using System.CommandLine;
using FpgaEdge.Cli.Images;
using FpgaEdge.Cli.Terminal;

namespace FpgaEdge.Cli.Commands.Image;

/// <summary><c>fpgaedge image bootbin</c>.</summary>
internal static class ImageBootBinCommand
{
    private const uint UBootAddress = 0x04000000;

    /// <summary>The verb with its options.</summary>
    public static Command Create()
    {
        var check = new Option<string?>("--check") { Description = "Check this BOOT.BIN and say what is in it" };
        var loader = new Option<string?>("--loader") { Description = "First loader (FSBL or SPL), a raw binary for address 0" };
        var bitstream = new Option<string?>("--bitstream") { Description = "Bitstream, as .bin (byte-swapped, without header)" };
        var uboot = new Option<string?>("--u-boot") { Description = $"U-Boot, a raw binary for address 0x{UBootAddress:X}" };
        var output = new Option<string>("--out") { Description = "The file to write", DefaultValueFactory = _ => "BOOT.BIN" };
        Option<bool> json = JsonLine.Option();
        var command = new Command("bootbin", "Make or check the BOOT.BIN of a Zynq-7000.\n\nExample:\n" +
            "  fpgaedge image bootbin --loader fsbl.bin --bitstream vta.bin --u-boot u-boot.bin --out BOOT.BIN\n" +
            "  fpgaedge image bootbin --check BOOT.BIN")
        {
            check, loader, bitstream, uboot, output, json,
        };
        command.SetAction(parsed =>
        {
            if (parsed.GetValue(check) is string file)
            {
                return Report(file, BootBin.Check(File.ReadAllBytes(file)), parsed.GetValue(json));
            }
            string first = parsed.GetValue(loader) ?? throw new CliException(ExitCode.Usage, "expected --loader or --check, found neither");
            var parts = new List<BootBinPart>();
            if (parsed.GetValue(bitstream) is string logic)
            {
                parts.Add(new BootBinPart(Path.GetFileName(logic), File.ReadAllBytes(logic), 0, IsBitstream: true));
            }
            if (parsed.GetValue(uboot) is string second)
            {
                parts.Add(new BootBinPart(Path.GetFileName(second), File.ReadAllBytes(second), UBootAddress, IsBitstream: false));
            }
            byte[] made = BootBin.Write(File.ReadAllBytes(first), parts);
            File.WriteAllBytes(parsed.GetValue(output)!, made);
            return Report(parsed.GetValue(output)!, BootBin.Check(made), parsed.GetValue(json));
        });
        return command;
    }

    private static int Report(string file, BootBinReport report, bool asJson)
    {
        if (asJson && report.Faults.Count == 0)
        {
            PrintJson(file, report);
        }
        else if (!asJson)
        {
            foreach (BootBinContent part in report.Content)
            {
                Console.Out.WriteLine(part.Words);
            }
        }
        return report.Faults.Count == 0
            ? ExitCode.Ok
            : throw new CliException(ExitCode.BadInputFile, $"{file}: {string.Join("; ", report.Faults)}; make it again");
    }

    private static void PrintJson(string file, BootBinReport report) => JsonLine.Print(members =>
    {
        members.WriteString("file", file);
        members.WriteStartArray("parts");
        foreach (BootBinContent part in report.Content)
        {
            members.WriteStartObject();
            members.WriteString("name", part.Name);
            members.WriteNumber("offset", part.Offset);
            members.WriteNumber("bytes", part.Bytes);
            members.WriteNumber("address", part.Address);
            members.WriteEndObject();
        }
        members.WriteEndArray();
    });
}
