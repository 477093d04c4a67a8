using FpgaEdge.Compiler.Packages;
using FpgaEdge.Vta;

namespace FpgaEdge.Compiler.Lowering;

/// <summary>Schedules with their keys as bytes: 32-bit integers in the order of the declarations.</summary>
internal static class ScheduleCodec
{
    /// <summary>Bytes of the shortest entry.</summary>
    public const int MinimumEntryBytes = 4 * 40;

    public static byte[] Write(ScheduleKey key, ConvolutionSchedule schedule)
    {
        var writer = new PackageWriter();
        Write(writer, key.Configuration);
        Write(writer, key.Timing);
        Write(writer, key.Problem.Rows);
        Write(writer, key.Problem.Columns);
        Write(writer, key.Problem.InputBlocks, key.Problem.OutputBlocks, key.Problem.GroupInputs,
            key.Problem.GroupOutputs);
        Epilogue epilogue = key.Problem.Epilogue;
        Write(writer, epilogue.BiasSets, epilogue.BiasGemms, epilogue.ImmediateShift, epilogue.RegisterShifts,
            epilogue.Planes);
        Write(writer, epilogue.Lowest);
        Write(writer, epilogue.Highest);
        writer.Boolean(key.Problem.PaddingIsNotZero);
        Write(writer, schedule.TileHeight, schedule.TileWidth, schedule.TileOutputBlocks, schedule.TileInputBlocks);
        writer.Boolean(schedule.SkipPadding);
        writer.Boolean(schedule.OutputBlocksOuter);
        return writer.ToArray();
    }

    public static (ScheduleKey Key, ConvolutionSchedule Schedule) Read(ref PackageReader reader)
    {
        VtaConfiguration configuration = ReadConfiguration(ref reader);
        VtaTiming timing = ReadTiming(ref reader);
        ConvolutionAxis rows = ReadAxis(ref reader);
        ConvolutionAxis columns = ReadAxis(ref reader);
        (int inputs, int outputs, int groupInputs, int groupOutputs) =
            (reader.Int32(), reader.Int32(), reader.Int32(), reader.Int32());
        (int biasSets, int biasGemms, int shift, int registers, int planes) =
            (reader.Int32(), reader.Int32(), reader.Int32(), reader.Int32(), reader.Int32());
        var epilogue = new Epilogue(
            biasSets, biasGemms, shift, registers, ReadOptional(ref reader), ReadOptional(ref reader), planes);
        var problem = new ConvolutionProblem(
            rows, columns, inputs, outputs, groupInputs, groupOutputs, epilogue, reader.Boolean());
        var schedule = new ConvolutionSchedule(
            reader.Int32(), reader.Int32(), reader.Int32(), reader.Int32(), reader.Boolean(), reader.Boolean());
        return (ScheduleKey.Of(problem, configuration, timing), schedule);
    }

    private static void Write(PackageWriter writer, VtaConfiguration configuration)
    {
        Write(writer, (int)configuration.Isa, configuration.LogInpWidth, configuration.LogWgtWidth,
            configuration.LogAccWidth,
            configuration.LogBatch, configuration.LogBlock);
        Write(writer, configuration.LogUopBufferSize, configuration.LogInpBufferSize, configuration.LogWgtBufferSize,
            configuration.LogAccBufferSize);
    }

    private static VtaConfiguration ReadConfiguration(ref PackageReader reader) => new()
    {
        Isa = (VtaIsa)reader.Int32(),
        LogInpWidth = reader.Int32(),
        LogWgtWidth = reader.Int32(),
        LogAccWidth = reader.Int32(),
        LogBatch = reader.Int32(),
        LogBlock = reader.Int32(),
        LogUopBufferSize = reader.Int32(),
        LogInpBufferSize = reader.Int32(),
        LogWgtBufferSize = reader.Int32(),
        LogAccBufferSize = reader.Int32(),
    };

    private static void Write(PackageWriter writer, VtaTiming timing)
    {
        Write(writer, checked((int)(timing.ClockHz / 1000)), (int)(timing.ClockHz % 1000), timing.DmaBytesPerCycle,
            timing.DmaReadLatencyCycles, timing.DmaWriteLatencyCycles, timing.GemmCyclesPerStep,
                timing.AluCyclesPerStep);
        Write(writer, timing.PipelineCycles, timing.FetchCyclesPerInstruction, timing.CommandQueueDepth);
    }

    private static VtaTiming ReadTiming(ref PackageReader reader) => new()
    {
        ClockHz = (reader.Int32() * 1000L) + reader.Int32(),
        DmaBytesPerCycle = reader.Int32(),
        DmaReadLatencyCycles = reader.Int32(),
        DmaWriteLatencyCycles = reader.Int32(),
        GemmCyclesPerStep = reader.Int32(),
        AluCyclesPerStep = reader.Int32(),
        PipelineCycles = reader.Int32(),
        FetchCyclesPerInstruction = reader.Int32(),
        CommandQueueDepth = reader.Int32(),
    };

    private static void Write(PackageWriter writer, ConvolutionAxis axis) =>
        Write(writer, axis.Input, axis.Output, axis.Kernel, axis.Stride, axis.Pad, axis.Dilation);

    private static ConvolutionAxis ReadAxis(ref PackageReader reader) => new(
        reader.Int32(), reader.Int32(), reader.Int32(), reader.Int32(), reader.Int32(), reader.Int32());

    private static void Write(PackageWriter writer, int? value)
    {
        writer.Boolean(value.HasValue);
        writer.Int32(value ?? 0);
    }

    private static int? ReadOptional(ref PackageReader reader)
    {
        bool present = reader.Boolean();
        int value = reader.Int32();
        return present ? value : null;
    }

    private static void Write(PackageWriter writer, params ReadOnlySpan<int> values)
    {
        foreach (int value in values)
        {
            writer.Int32(value);
        }
    }
}
