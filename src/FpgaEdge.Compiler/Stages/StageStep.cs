namespace FpgaEdge.Compiler.Stages;

/// <summary>One thing a stage does for a frame; steps run one after the other.</summary>
/// <param name="Node">Index of the node it is done for.</param>
/// <param name="ModelledNs">Modelled time.</param>
public abstract record StageStep(int Node, long ModelledNs);

/// <summary>Runs a VTA program.</summary>
/// <param name="Node">Index of the node.</param>
/// <param name="ModelledNs">Modelled time, the launch included.</param>
/// <param name="InstructionOffset">Byte offset of the instruction stream in the DMA window.</param>
/// <param name="InstructionCount">Instructions, FINISH included.</param>
/// <param name="Cycles">Modelled cycles of the accelerator.</param>
public sealed record ProgramStep(int Node, long ModelledNs, int InstructionOffset, int InstructionCount, long Cycles)
    : StageStep(Node, ModelledNs);

/// <summary>Runs one node on the cores, from dense tensors to a dense tensor.</summary>
public sealed record KernelStep(int Node, long ModelledNs) : StageStep(Node, ModelledNs);

/// <summary>Runs one node on the cores, on blocked activations in the DMA window.</summary>
/// <param name="Node">The node.</param>
/// <param name="ModelledNs">Modelled time.</param>
/// <param name="First">Byte offset of the first input in the window.</param>
/// <param name="Second">Byte offset of the second input; 0 when there is none.</param>
/// <param name="Output">Byte offset of the output.</param>
public sealed record BlockedKernelStep(int Node, long ModelledNs, int First, int Second, int Output)
    : StageStep(Node, ModelledNs);

/// <summary>Copies a dense tensor into its blocked form in the DMA window.</summary>
/// <param name="Node">The node that reads the blocked form.</param>
/// <param name="ModelledNs">Modelled time.</param>
/// <param name="Tensor">The tensor.</param>
/// <param name="Offset">Byte offset of the blocked form in the window.</param>
public sealed record ToBlockedStep(int Node, long ModelledNs, int Tensor, int Offset) : StageStep(Node, ModelledNs);

/// <summary>Copies a tensor's blocked form out of the DMA window into its dense form.</summary>
/// <param name="Node">The node that needs the dense form.</param>
/// <param name="ModelledNs">Modelled time.</param>
/// <param name="Tensor">The tensor.</param>
/// <param name="Offset">Byte offset of the blocked form in the window.</param>
public sealed record ToDenseStep(int Node, long ModelledNs, int Tensor, int Offset) : StageStep(Node, ModelledNs);

/// <summary>Requantises the accumulators of a convolution from the DMA window into its dense output.</summary>
/// <param name="Node">The convolution.</param>
/// <param name="ModelledNs">Modelled time.</param>
/// <param name="Offset">Byte offset of the accumulators' planes in the window.</param>
public sealed record RequantizeStep(int Node, long ModelledNs, int Offset) : StageStep(Node, ModelledNs);

/// <summary>Gathers the windows of a convolution over few channels from a dense tensor into the DMA window.</summary>
/// <param name="Node">The convolution.</param>
/// <param name="ModelledNs">Modelled time.</param>
/// <param name="Offset">Byte offset of the packed activation in the window.</param>
public sealed record PackStep(int Node, long ModelledNs, int Offset) : StageStep(Node, ModelledNs);
