using System.CommandLine;
using FpgaEdge.Hardware;
using FpgaEdge.Vta;

namespace FpgaEdge.Cli.Commands.Vta;

/// <summary>What executes programs.</summary>
internal enum AcceleratorKind
{
    /// <summary>The functional simulator.</summary>
    Simulator,

    /// <summary>The gateware of firmware/vta/rtl under Verilator.</summary>
    Rtl,
}

/// <summary>The options of a verb that can run on the gateware.</summary>
internal sealed class AcceleratorOptions
{
    private readonly Option<AcceleratorKind> kind = new("--accelerator")
    {
        Description = "simulator: the functional simulator. rtl: the gateware of firmware/vta/rtl under Verilator, " +
            "built once per configuration (20 to 60 seconds).",
        DefaultValueFactory = _ => AcceleratorKind.Simulator,
    };

    private readonly Option<int> ports = new("--ports")
    {
        Description = "rtl: AXI4 masters, 1 or 2.",
        DefaultValueFactory = _ => 1,
    };

    private readonly Option<int> seed = new("--axi-seed")
    {
        Description = "rtl: random memory latencies and back-pressure from this seed; 0: none.",
    };

    private readonly Option<int> gap = new("--axi-gap") { Description = "rtl: idle cycles of a port between bursts." };

    private readonly Option<int> fault = new("--fault")
    {
        Description = "rtl: plant a fault (1 to 9, listed in docs/GATEWARE.md), to see that it is caught; 0: none.",
    };

    /// <summary>Adds the options to a verb.</summary>
    public void AddTo(Command command)
    {
        ports.AcceptOnlyFromAmong("1", "2");
        command.Options.Add(kind);
        command.Options.Add(ports);
        command.Options.Add(seed);
        command.Options.Add(gap);
        command.Options.Add(fault);
    }

    /// <summary>Which kind was asked for.</summary>
    public AcceleratorKind Kind(ParseResult parsed) => parsed.GetValue(kind);

    /// <summary>The options of the gateware.</summary>
    public RtlOptions Rtl(ParseResult parsed) => new()
    {
        Ports = parsed.GetValue(ports),
        Seed = parsed.GetValue(seed),
        BurstGapCycles = parsed.GetValue(gap),
        Fault = parsed.GetValue(fault),
    };

    /// <summary>The gateware for a configuration, built if need be.</summary>
    /// <exception cref="CliException">It cannot be built here.</exception>
    public static RtlAccelerator Open(VtaConfiguration configuration, RtlOptions options)
    {
        try
        {
            return RtlAccelerator.Open(configuration, options);
        }
        catch (HardwareException e)
        {
            throw new CliException(ExitCode.HardwareRefused, e.Message);
        }
    }
}
