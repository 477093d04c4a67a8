namespace FpgaEdge.Hardware;

/// <summary>The rails of a board file: each must be a measurement that the part named can really make.</summary>
internal static class RailReader
{
    private const double Ina226ShuntVolts = 0.08192;
    private const double Ina219ShuntVolts = 0.32;
    private const double Ina260Amperes = 15;

    // Address, register, address and two bytes, nine bits each, twice, with start and stop conditions.
    private const int BitsPerReading = 100;

    public static PowerSampling? ReadSampling(LocatedJson? json)
    {
        if (json is null)
        {
            return null;
        }
        var sampling = new PowerSampling(
            TimeSpan.FromMicroseconds(json.Member("samplePeriodMicroseconds").Integer(300, 1_000_000)),
            (int)json.Member("busHertz").Integer(10_000, 1_000_000),
            json.Member("source").Text());
        json.RefuseUnknown();
        return sampling;
    }

    public static RailDescription[] Read(LocatedJson json, PowerSampling? sampling, bool isVirtual)
    {
        var rails = new List<RailDescription>();
        var names = new HashSet<string>();
        var places = new HashSet<string>();
        foreach (LocatedJson item in json.Items)
        {
            RailDescription rail = ReadRail(item, isVirtual);
            if (!names.Add(rail.Name))
            {
                throw item.Member("name").Fault($"another rail is named \"{rail.Name}\"");
            }
            string place = rail.Monitor.Place + (rail.Monitor is I2cMonitorDescription { IsPmbus: true } pmbus ? $":{pmbus.Output}" : "");
            if (!places.Add(place))
            {
                throw item.Fault($"another rail is measured at {place}");
            }
            rails.Add(rail);
        }
        int readings = rails.Count(rail => rail.Monitor is I2cMonitorDescription);
        if (readings > 0)
        {
            RequireTime(json, sampling, readings);
        }
        return [.. rails];
    }

    private static RailDescription ReadRail(LocatedJson json, bool isVirtual)
    {
        LocatedJson nameMember = json.Member("name");
        string name = nameMember.Text();
        if (name.Length > 24 || !name.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-' or '.'))
        {
            throw nameMember.Fault("expected up to 24 letters, digits, '_', '-' and '.': the rail's name on the schematic");
        }
        MonitorKind kind = json.Member("monitor").Choice(
            ("ina226", MonitorKind.Ina226), ("ina260", MonitorKind.Ina260), ("ina219", MonitorKind.Ina219),
            ("ucd9248", MonitorKind.Ucd9248), ("ucd90120", MonitorKind.Ucd90120), ("irps5401", MonitorKind.Irps5401),
            ("max15301", MonitorKind.Max15301), ("max15303", MonitorKind.Max15303),
            ("xadc", MonitorKind.Xadc), ("ams", MonitorKind.Ams));
        LocatedJson inTotal = json.Member("inTotal");
        bool converter = kind is MonitorKind.Xadc or MonitorKind.Ams;
        if (inTotal.Flag() && converter)
        {
            throw inTotal.Fault("expected false: the chip's converter measures voltages, so the rail has no power");
        }
        MonitorDescription monitor = converter
            ? new ConverterDescription(kind, json.Member("channel").Text())
            : ReadI2c(json, kind, isVirtual);
        var rail = new RailDescription(name, monitor, inTotal.Flag(), json.Member("source").Text());
        json.RefuseUnknown();
        return rail;
    }

    private static I2cMonitorDescription ReadI2c(LocatedJson json, MonitorKind kind, bool isVirtual)
    {
        int bus = (int)json.Member("bus").Integer(0, 63);
        MultiplexerStep[] path = json.OptionalMember("path") is LocatedJson steps ? [.. steps.Items.Select(ReadStep)] : [];
        LocatedJson addressMember = json.Member("address");
        int address = addressMember.I2cAddress();
        if (path.Any(step => step.Address == address))
        {
            throw addressMember.Fault($"0x{address:X2} is the address of a multiplexer on the way");
        }
        LocatedJson maximum = json.Member("maximumMilliamperes");
        double amperes = maximum.Integer(1, 400_000) / 1000.0;
        bool shunted = kind is MonitorKind.Ina226 or MonitorKind.Ina219;
        double ohms = shunted ? json.Member("shuntMicroohms").Integer(10, 10_000_000) / 1e6 : 0;
        RequireInRange(maximum, kind, amperes, ohms);
        int output = PmbusFamily.Of(kind) is PmbusFamily family ? (int)json.Member("output").Integer(0, family.Outputs - 1) : 0;
        LocatedJson? model = json.OptionalMember("model");
        if (model is not null && !(isVirtual && kind == MonitorKind.Ina226))
        {
            throw model.Fault("only an ina226 of a virtual board is modelled");
        }
        if (model is not null && path.Length > 0)
        {
            throw model.Fault("a modelled part has no multiplexer on its way");
        }
        return new I2cMonitorDescription(kind, bus, path, address, ohms, amperes, output, model is null ? null : ReadLoad(model));
    }

    private static MultiplexerStep ReadStep(LocatedJson json)
    {
        (MultiplexerKind kind, int channels) = json.Member("multiplexer").Choice(
            ("pca9548", (MultiplexerKind.BitPerChannel, 8)), ("pca9546", (MultiplexerKind.BitPerChannel, 4)),
            ("pca9544", (MultiplexerKind.ChannelNumber, 4)));
        var step = new MultiplexerStep(
            kind, json.Member("address").I2cAddress(), (int)json.Member("channel").Integer(0, channels - 1));
        json.RefuseUnknown();
        return step;
    }

    private static PowerWaveform ReadLoad(LocatedJson json)
    {
        var load = new PowerWaveform(
            json.Member("volts").Number(0, 36), json.Member("amperes").Number(-100, 100),
            json.Member("rippleAmperes").Number(0, 100), json.Member("rippleHertz").Number(0, 1000));
        json.RefuseUnknown();
        return load;
    }

    private static void RequireInRange(LocatedJson maximum, MonitorKind kind, double amperes, double ohms)
    {
        double range = kind == MonitorKind.Ina226 ? Ina226ShuntVolts : kind == MonitorKind.Ina219 ? Ina219ShuntVolts : double.MaxValue;
        if (amperes * ohms > range)
        {
            throw maximum.Fault(
                $"{amperes} A over {ohms * 1000} milliohms are {amperes * ohms * 1000:F1} mV; the part measures up to {range * 1000} mV");
        }
        if (kind == MonitorKind.Ina260 && amperes > Ina260Amperes)
        {
            throw maximum.Fault($"expected at most {Ina260Amperes * 1000} (the part's own shunt), found {amperes * 1000}");
        }
    }

    /// <summary>More readings than the bus carries in a period would all come late.</summary>
    private static void RequireTime(LocatedJson json, PowerSampling? sampling, int readings)
    {
        if (sampling is null)
        {
            throw json.Fault("rails are measured, so \"power\" with samplePeriodMicroseconds and busHertz is needed");
        }
        double needed = 1e6 * readings * BitsPerReading / sampling.BusHertz;
        double period = sampling.Period.TotalMicroseconds;
        if (needed > period)
        {
            throw json.Fault($"{readings} readings take {needed:F0} µs at {sampling.BusHertz} Hz; " +
                $"the period samplePeriodMicroseconds is {period:F0} µs");
        }
    }
}
