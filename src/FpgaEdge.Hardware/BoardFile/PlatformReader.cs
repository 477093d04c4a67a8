namespace FpgaEdge.Hardware;

/// <summary>The part of a board file that is not about the accelerator.</summary>
internal static class PlatformReader
{
    private static readonly int[] Bauds = [9600, 19200, 38400, 57600, 115200, 230400, 460800, 921600];

    public static PlatformDescription? Read(LocatedJson? json)
    {
        if (json is null)
        {
            return null;
        }
        var platform = new PlatformDescription(
            ReadClocks(json.Member("clocks")), ReadSerial(json.Member("serial")), ReadLeds(json.Member("leds")),
            ReadBoot(json.Member("boot")));
        json.RefuseUnknown();
        return platform;
    }

    private static ClockDescription ReadClocks(LocatedJson json)
    {
        var clocks = new ClockDescription(
            json.Member("referenceHertz").Integer(10_000_000, 100_000_000),
            json.Member("processorHertz").Integer(100_000_000, 3_000_000_000),
            json.Member("source").Text());
        json.RefuseUnknown();
        return clocks;
    }

    private static SerialDescription ReadSerial(LocatedJson json)
    {
        LocatedJson device = json.Member("device");
        if (!device.Text().StartsWith("tty", StringComparison.Ordinal) || !device.Text().All(char.IsAsciiLetterOrDigit))
        {
            throw device.Fault($"expected a name under /dev such as \"ttyPS0\", found \"{device.Text()}\"");
        }
        LocatedJson baud = json.Member("baud");
        int rate = (int)baud.Integer(9600, 921_600);
        if (!Bauds.Contains(rate))
        {
            throw baud.Fault($"expected one of {string.Join(", ", Bauds)}, found {rate}");
        }
        var serial = new SerialDescription(device.Text(), rate, json.Member("connector").Text(), json.Member("source").Text());
        json.RefuseUnknown();
        return serial;
    }

    private static LedDescription[] ReadLeds(LocatedJson json)
    {
        var leds = new List<LedDescription>();
        foreach (LocatedJson item in json.Items)
        {
            var led = new LedDescription(
                item.Member("name").Text(), item.Member("chip").Choice(("zynq_gpio", "zynq_gpio"), ("zynqmp_gpio", "zynqmp_gpio")),
                (int)item.Member("line").Integer(0, 173), item.Member("activeLow").Flag(), item.Member("source").Text());
            item.RefuseUnknown();
            if (leds.Exists(other => other.Line == led.Line && other.Chip == led.Chip))
            {
                throw item.Member("line").Fault($"another lamp is on line {led.Line}");
            }
            leds.Add(led);
        }
        return [.. leds];
    }

    private static BootDescription ReadBoot(LocatedJson json)
    {
        var boot = new BootDescription(
            json.Member("medium").Choice(("sd", "sd"), ("qspi", "qspi"), ("kernel", "kernel")),
            json.Member("modeSwitch").Text(), ReadFiles(json.Member("files")), json.Member("source").Text());
        json.RefuseUnknown();
        return boot;
    }

    private static string[] ReadFiles(LocatedJson json)
    {
        var files = new List<string>();
        foreach (LocatedJson item in json.Items)
        {
            string file = item.Text();
            if (file.Contains("..", StringComparison.Ordinal) || file.StartsWith('/') || file.Any(c => c is '\\' or ':' || char.IsControl(c)))
            {
                throw item.Fault($"expected a file name inside the boot partition, found \"{file}\"");
            }
            files.Add(file);
        }
        return files.Count > 0 ? [.. files] : throw json.Fault("expected at least one file");
    }
}
