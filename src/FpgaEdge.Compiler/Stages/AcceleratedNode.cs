using FpgaEdge.Compiler.Lowering;
using FpgaEdge.Vta;

namespace FpgaEdge.Compiler.Stages;

/// <summary>A node that the accelerator runs, with its places in the image.</summary>
internal sealed class AcceleratedNode
{
    private const int AlignmentBytes = 4096;

    public required int Node { get; init; }

    /// <summary>Key of the activation read: a tensor, or <see cref="PackedKey"/> of the node.</summary>
    public required int Input { get; init; }

    /// <summary>The input is gathered by the cores.</summary>
    public bool IsPacked => Input < 0;

    /// <summary>Key of the activation written: a tensor, or <see cref="PlanesKey"/> of the node.</summary>
    public required int Output { get; init; }

    /// <summary>Whole accumulators leave, and the cores requantise them.</summary>
    public bool LeavesWhole => Output < 0;

    public required LoweredConvolution Lowered { get; init; }

    public required ScheduleChoice Choice { get; init; }

    public ProgramPlace Program { get; private set; }

    private ConvolutionAddresses Addresses { get; set; }

    /// <summary>Key of a node's packed input, which is no tensor.</summary>
    public static int PackedKey(int node) => -1 - (2 * node);

    /// <summary>Key of a node's accumulators, which are no tensor.</summary>
    public static int PlanesKey(int node) => -2 - (2 * node);

    /// <summary>The node of a key that is no tensor.</summary>
    public static int NodeOfKey(int key) => (-1 - key) / 2;

    /// <summary>Bytes of constants and program in the image, with as much as alignment can cost.</summary>
    public long ConstantBytes(VtaConfiguration configuration) =>
        ((long)Lowered.Problem.WeightElements * configuration.ElementBytes(VtaMemoryId.Wgt)) +
        Lowered.Constants.Length + Lowered.BiasInput.Length + Lowered.BiasWeights.Length +
        (Choice.MicroOps * VtaInstructionCodec.MicroOpBytes) +
        (Choice.Instructions * VtaInstructionCodec.InstructionBytes) + AlignmentBytes;

    /// <summary>Adds constants to the image and reserves the program's place.</summary>
    public void Reserve(ImageWriter image)
    {
        Addresses = new ConvolutionAddresses(
            0, 0, image.Add(Lowered.PackWeights()), image.Add(Lowered.Constants), image.Add(Lowered.BiasInput),
            image.Add(Lowered.BiasWeights), image.ReserveMicroOps(Choice.MicroOps));
        Program = image.ReserveProgram(Choice.Instructions);
    }

    /// <summary>Writes the program for activations at known places.</summary>
    public void Emit(ImageWriter image, StageTarget target, long input, long output)
    {
        ProgramDraft draft = ConvolutionEmitter.Emit(
            Lowered.Problem, Choice.Schedule, Choice.Layout, target.Configuration,
            Addresses with { Input = input, Output = output })!;
        image.Fill(Addresses.MicroOps, draft.MicroOps);
        image.Fill(Program, draft.Instructions);
    }
}
