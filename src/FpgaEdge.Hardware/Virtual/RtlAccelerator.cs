using System.Runtime.InteropServices;
using FpgaEdge.Vta;

namespace FpgaEdge.Hardware;

/// <summary>The gateware of <c>firmware/vta/rtl</c> in simulation, driven through its register block like hardware, on a
/// model of memory. Checkers watch every AXI channel and token queue; what they find ends a run.</summary>
public sealed unsafe class RtlAccelerator : IVtaAccelerator, IDisposable
{
    private const uint LibraryVersion = 1;

    /// <summary>Register: identification of this design ("FEVT").</summary>
    private const uint IdentificationRegister = 0x100;
    private const uint Identification = 0x4645_5654;

    private readonly RtlOptions options;
    private readonly VtaInstructionCodec codec;
    private readonly nint library;
    private readonly delegate* unmanaged<uint, nint> create;
    private readonly delegate* unmanaged<nint, void> destroy;
    private readonly delegate* unmanaged<nint, uint, uint> read;
    private readonly delegate* unmanaged<nint, byte*, ulong, ulong, uint, uint, Settings*, Outcome*, void> run;
    private nint device;

    private RtlAccelerator(VtaConfiguration configuration, RtlOptions options, nint library)
    {
        Configuration = configuration;
        this.options = options;
        this.library = library;
        codec = new VtaInstructionCodec(configuration);
        create = (delegate* unmanaged<uint, nint>)NativeLibrary.GetExport(library, "vta_rtl_create");
        destroy = (delegate* unmanaged<nint, void>)NativeLibrary.GetExport(library, "vta_rtl_destroy");
        read = (delegate* unmanaged<nint, uint, uint>)NativeLibrary.GetExport(library, "vta_rtl_read");
        run = (delegate* unmanaged<nint, byte*, ulong, ulong, uint, uint, Settings*, Outcome*, void>)
            NativeLibrary.GetExport(library, "vta_rtl_run");
        device = create((uint)options.Fault);
    }

    /// <inheritdoc/>
    public VtaConfiguration Configuration { get; }

    /// <summary>A register, read as software reads it; takes some cycles of the device. Offset from the fetch block.</summary>
    public uint ReadRegister(uint offset) => read(device, offset);

    /// <summary>Builds the library for a configuration if it is not there yet, and loads it.</summary>
    /// <exception cref="HardwareException">It cannot be built or loaded.</exception>
    /// <exception cref="VtaException">The configuration is impossible.</exception>
    public static RtlAccelerator Open(VtaConfiguration configuration, RtlOptions? options = null)
    {
        configuration.EnsureFeasible();
        options ??= new RtlOptions();
        string path = RtlLibrary.Build(configuration, options);
        nint library;
        try
        {
            library = NativeLibrary.Load(path);
        }
        catch (Exception e) when (e is DllNotFoundException or BadImageFormatException)
        {
            throw new HardwareException($"{path} cannot be loaded; delete it to have it built again");
        }
        var version = (delegate* unmanaged<uint>)NativeLibrary.GetExport(library, "vta_rtl_abi");
        if (version() != LibraryVersion)
        {
            throw new HardwareException($"{path}: expected interface version {LibraryVersion}, found {version()}");
        }
        var accelerator = new RtlAccelerator(configuration, options, library);
        uint found = accelerator.read(accelerator.device, IdentificationRegister);
        return found == Identification
            ? accelerator
            : throw new HardwareException($"{path}: expected identification 0x{Identification:X8}, found 0x{found:X8}");
    }

    /// <inheritdoc/>
    public void Reset()
    {
        destroy(device);
        device = create((uint)options.Fault);
    }

    /// <inheritdoc/>
    public VtaRunResult Run(Span<byte> dram, uint dramBase, uint instructionAddress, int instructionCount)
    {
        VtaInstruction[] program = Decode(dram, dramBase, instructionAddress, instructionCount);
        var settings = new Settings(options);
        Outcome outcome;
        fixed (byte* bytes = dram)
        {
            run(device, bytes, dramBase, (ulong)dram.Length, instructionAddress, (uint)instructionCount, &settings,
                &outcome);
        }
        if (outcome.Violations != 0)
        {
            throw new VtaProtocolException($"{outcome.Violations} protocol violations, first by check " +
                $"{outcome.FirstViolation} of firmware/vta/sim/axi_checks.sv");
        }
        VtaMeasuredCycles measured = outcome.Measured();
        return outcome.Status switch
        {
            0 => new VtaRunResult(
                VtaCounters.Of(Configuration, program) with
                {
                    GemmSteps = measured.GemmSteps,
                    AluSteps = measured.AluSteps,
                },
                [], default, default, measured),
            1 => throw new VtaException(DescribeError(outcome)),
            2 => throw new VtaException($"stuck: no progress for {options.IdleLimitCycles} cycles; a token or an " +
                "instruction is missing"),
            _ => throw new VtaException($"not finished after {options.MaxCycles} cycles"),
        };
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (device != 0)
        {
            destroy(device);
            device = 0;
            NativeLibrary.Free(library);
        }
    }

    /// <summary>For the counters only; the gateware fetches for itself.</summary>
    private VtaInstruction[] Decode(ReadOnlySpan<byte> dram, uint dramBase, uint address, int count)
    {
        long offset = (long)address - dramBase;
        long bytes = (long)count * VtaInstructionCodec.InstructionBytes;
        return count < 0 || offset < 0 || offset + bytes > dram.Length
            ? throw new VtaException($"{count} instructions at 0x{address:X8} are outside the window " +
                $"0x{dramBase:X8} + {dram.Length} bytes")
            : codec.DecodeAll(dram.Slice((int)offset, (int)bytes));
    }

    private static string DescribeError(in Outcome outcome)
    {
        string what = (outcome.Error & 15) switch
        {
            1 => "operation code does not exist",
            2 => "memory cannot be loaded or stored",
            3 => "STORE with padding",
            4 => "ALU operation does not exist",
            5 => "an index is outside its scratchpad",
            6 => "token flags name a queue that is not there",
            7 => "a read was answered with an error",
            8 => "a write was answered with an error",
            uint code => $"code {code}",
        };
        string where = ((outcome.Error >> 8) & 7) switch
        {
            0 => $"instruction {outcome.ErrorIndex}",
            1 => $"instruction {outcome.ErrorIndex} of the load queue",
            2 => $"instruction {outcome.ErrorIndex} of the compute queue",
            3 => $"instruction {outcome.ErrorIndex} of the store queue",
            _ => "memory port",
        };
        return $"error register 0x{outcome.Error:X3}, {where}: {what}";
    }

    /// <summary>Options of firmware/vta/sim/vta_sim.cpp.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private readonly struct Settings(RtlOptions options)
    {
        private readonly uint readLatency = (uint)options.ReadLatencyCycles;
        private readonly uint writeLatency = (uint)options.WriteLatencyCycles;
        private readonly uint burstGap = (uint)options.BurstGapCycles;
        private readonly uint seed = (uint)options.Seed;
        private readonly uint idleLimit = (uint)options.IdleLimitCycles;
        private readonly uint fault = (uint)options.Fault;
        private readonly ulong maxCycles = (ulong)options.MaxCycles;
    }

    /// <summary>Result of firmware/vta/sim/vta_sim.cpp.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct Outcome
    {
        public uint Status;
        public uint Error;
        public uint ErrorIndex;
        public uint Violations;
        public uint FirstViolation;
        public uint Reserved;
        public fixed ulong Counters[13];

        public readonly VtaMeasuredCycles Measured() => new(
            (long)Counters[0], (long)Counters[1], (long)Counters[2], (long)Counters[3], (long)Counters[4],
            (long)Counters[5], (long)Counters[6], (long)Counters[7], (long)Counters[8], (long)Counters[9],
            (long)Counters[10], (long)Counters[11]);
    }
}
