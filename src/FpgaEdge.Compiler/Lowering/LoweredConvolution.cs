namespace FpgaEdge.Compiler.Lowering;

/// <summary>A convolution for the accelerator: the problem, and the constants as they lie in DRAM.</summary>
/// <param name="Problem">Sizes.</param>
/// <param name="PackWeights">
/// Makes the weight elements, [output block][input block of the group][row][column]. Whoever only wants to know what
/// the layer costs does not pay for them.
/// </param>
/// <param name="Constants">Accumulator elements, [set][output block].</param>
/// <param name="BiasInput">Activation elements for biases by GEMM; empty without.</param>
/// <param name="BiasWeights">Weight elements for them; empty without.</param>
internal sealed record LoweredConvolution(
    ConvolutionProblem Problem, Func<byte[]> PackWeights, byte[] Constants, byte[] BiasInput, byte[] BiasWeights);
