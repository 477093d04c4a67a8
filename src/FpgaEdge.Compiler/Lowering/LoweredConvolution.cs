namespace FpgaEdge.Compiler.Lowering;

/// <summary>A convolution for the accelerator: the problem, and the constants as they lie in DRAM.</summary>
/// <param name="Problem">Sizes.</param>
/// <param name="Weights">Weight elements, [output block][input block][row][column].</param>
/// <param name="Constants">Accumulator elements, [set][output block].</param>
/// <param name="BiasInput">Activation elements for biases by GEMM; empty without.</param>
/// <param name="BiasWeights">Weight elements for them; empty without.</param>
internal sealed record LoweredConvolution(
    ConvolutionProblem Problem, byte[] Weights, byte[] Constants, byte[] BiasInput, byte[] BiasWeights);
