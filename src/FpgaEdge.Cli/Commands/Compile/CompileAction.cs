using System.Diagnostics;
using FpgaEdge.Cli.Hosting;
using FpgaEdge.Cli.Inputs;
using FpgaEdge.Cli.Terminal;
using FpgaEdge.Compiler;
using FpgaEdge.Compiler.Lowering;
using FpgaEdge.Compiler.Packages;
using FpgaEdge.Compiler.Stages;
using FpgaEdge.Hardware;

namespace FpgaEdge.Cli.Commands.Compile;

/// <summary>What <c>fpgaedge compile</c> was asked to do.</summary>
internal sealed record CompileSettings
{
    public required string Model { get; init; }

    public required IReadOnlyList<string> Calibration { get; init; }

    public required Preprocessing Preprocessing { get; init; }

    public RawFormat? Format { get; init; }

    public required BoardDescription Board { get; init; }

    public string? Output { get; init; }

    public bool Report { get; init; }

    public bool Json { get; init; }
}

/// <summary>One <c>fpgaedge compile</c>, from the network file to the report.</summary>
internal sealed class CompileAction(CompileSettings settings)
{
    /// <summary>Does it; the result is the exit code.</summary>
    public int Run(CancellationToken cancellation)
    {
        using var progress = new ProgressLine();
        PreparedNetwork network = NetworkPreparation.Prepare(
            settings.Model, Calibration, settings.Preprocessing, progress.Show);
        cancellation.ThrowIfCancellationRequested();
        progress.Show("compiling");
        Package package = Package.Read(network.File);
        ScheduleCache cache = package.Schedules.IsEmpty
            ? new ScheduleCache()
            : ScheduleCache.Read(package.Schedules.AsSpan());
        var watch = Stopwatch.StartNew();
        CompiledStage stage = StageCompiler.Compile(network.Graph, 0, network.Graph.Nodes.Count, Target(), cache);
        TimeSpan elapsed = watch.Elapsed;
        byte[] file = (package with { Schedules = [.. cache.Write()] }).Write();
        if (settings.Output is not null)
        {
            File.WriteAllBytes(settings.Output, file);
        }
        progress.Clear();
        var report = new CompileReport(
            Path.GetFileName(settings.Model), Convert.ToHexStringLower(Package.Hash(file)), stage, elapsed);
        if (settings.Json)
        {
            report.WriteJson();
        }
        else
        {
            report.WriteText(settings.Report);
        }
        return ExitCode.Ok;
    }

    private InputSet Calibration() => settings.Calibration.Count > 0
        ? InputSet.Open(settings.Calibration, settings.Format)
        : throw new CliException(ExitCode.Usage,
            $"{settings.Model}: a float network has to be quantised; give typical cases with --calibrate");

    private StageTarget Target()
    {
        AcceleratorDescription accelerator = settings.Board.Accelerator;
        return StageTarget.For(settings.Board.Name, accelerator.Configuration.BitstreamName, accelerator.ClockHertz,
            settings.Board.Dma.ByteCount, accelerator.Configuration.Isa);
    }
}
