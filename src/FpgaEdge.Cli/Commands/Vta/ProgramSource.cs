using System.CommandLine;
using FpgaEdge.Vta;
using FpgaEdge.Vta.Tvm;
using FpgaEdge.Vta.Vectors;

namespace FpgaEdge.Cli.Commands.Vta;

/// <summary>A program to look at, with its micro-ops where they are known.</summary>
/// <param name="Name">Title.</param>
/// <param name="Configuration">Gateware it is for.</param>
/// <param name="Instructions">The stream.</param>
/// <param name="ReadMicroOp">The micro-op at a DRAM element, or null where the memory is unknown.</param>
internal sealed record LoadedProgram(
    string Name, VtaConfiguration Configuration, VtaInstruction[] Instructions, Func<uint, VtaMicroOp?> ReadMicroOp);

/// <summary>The options that name a program, shared by <c>disasm</c> and <c>trace</c>.</summary>
internal sealed class ProgramSource
{
    private readonly Argument<string?> path = new("PATH")
    {
        Description = "Vector index (.json, with --case), or a binary instruction stream.",
        Arity = ArgumentArity.ZeroOrOne,
    };

    private readonly Option<string?> caseName = new("--case") { Description = "Case of a vector index." };
    private readonly Option<string?> layer = new("--layer")
    {
        Description = "Instead of a file: a ResNet-18 convolution (C2..C11) in TVM's schedule.",
    };

    private readonly Option<string?> config = new("--config")
    {
        Description = "vta_config.json of a binary stream; 1x16_i8w8a32_15_15_18_17 without it.",
    };

    private readonly Option<VtaIsa> isa = new("--isa") { Description = "Instruction set of a binary stream." };

    public void AddTo(Command command)
    {
        command.Arguments.Add(path);
        command.Options.Add(caseName);
        command.Options.Add(layer);
        command.Options.Add(config);
        command.Options.Add(isa);
    }

    /// <summary>Reads what the command line names.</summary>
    /// <exception cref="CliException">Nothing or something impossible is named, or the file is malformed.</exception>
    public LoadedProgram Load(ParseResult parsed)
    {
        if (parsed.GetValue(layer) is string layerName)
        {
            return FromLayer(layerName);
        }
        string file = parsed.GetValue(path) ??
            throw new CliException(ExitCode.Usage, "expected a file or --layer C2; see 'fpgaedge vta disasm --help'");
        if (!File.Exists(file))
        {
            throw new CliException(ExitCode.BadInputFile, $"{file}: expected a vector index or a stream, found none");
        }
        return file.EndsWith(".json", StringComparison.OrdinalIgnoreCase)
            ? FromVectors(file, parsed.GetValue(caseName))
            : FromStream(file, parsed.GetValue(config), parsed.GetValue(isa));
    }

    private static LoadedProgram FromLayer(string name)
    {
        ResNet18Layer layer = ResNet18Layers.All.FirstOrDefault(
                l => string.Equals(l.Name, name, StringComparison.OrdinalIgnoreCase)) ??
            throw new CliException(ExitCode.Usage,
                $"--layer {name}: expected one of {string.Join(", ", ResNet18Layers.All.Select(l => l.Name))}");
        (VtaProgram program, TvmBuffers buffers, _) = ResNet18Layers.Generate(VtaConfiguration.Pynq, layer);
        var codec = new VtaInstructionCodec(VtaConfiguration.Pynq);
        uint[] words = program.MicroOpWords();
        uint first = (uint)(buffers.MicroOps / VtaInstructionCodec.MicroOpBytes);
        return new LoadedProgram(
            $"ResNet-18 {layer.Name}", VtaConfiguration.Pynq, [.. program.Instructions],
            element => element - first < (uint)words.Length ? codec.DecodeMicroOp(words[element - first]) : null);
    }

    private static LoadedProgram FromVectors(string file, string? name)
    {
        VtaVectorSuite suite = VectorFiles.Read(file);
        VtaVectorCase? found = name is null && suite.Cases.Count == 1
            ? suite.Cases[0]
            : suite.Cases.FirstOrDefault(c => c.Name == name);
        if (found is null)
        {
            string some = string.Join(", ", suite.Cases.Take(6).Select(c => c.Name));
            throw new CliException(ExitCode.Usage,
                $"{file}: --case: expected one of {suite.Cases.Count} names such as {some}, found {name ?? "none"}");
        }
        byte[] dram = suite.CreateDram(found);
        var codec = new VtaInstructionCodec(suite.Configuration);
        return new LoadedProgram(
            found.Name, suite.Configuration, codec.DecodeAll(suite.Bytes(found.Instructions)),
            element =>
            {
                long offset = (element * 4L) - suite.DramBase;
                return offset >= 0 && offset + 4 <= dram.Length
                    ? codec.DecodeMicroOp(BitConverter.ToUInt32(dram, (int)offset))
                    : null;
            });
    }

    private static LoadedProgram FromStream(string file, string? config, VtaIsa isa)
    {
        VtaConfiguration configuration = config is null
            ? VtaConfiguration.Pynq with { Isa = isa }
            : VtaOptions.OnFile(config, () => VtaConfiguration.FromJson(File.ReadAllText(config), isa));
        VtaInstruction[] instructions = VtaOptions.OnFile(
            file, () => new VtaInstructionCodec(configuration).DecodeAll(File.ReadAllBytes(file)));
        return new LoadedProgram(Path.GetFileName(file), configuration, instructions, _ => null);
    }
}
