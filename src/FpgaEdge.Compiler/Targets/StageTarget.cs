using FpgaEdge.Vta;

namespace FpgaEdge.Compiler;

/// <summary>What a stage is compiled for: one board's accelerator, cores and memory.</summary>
/// <param name="Board">Board type: the name of its folder in bsp/.</param>
/// <param name="Configuration">The accelerator.</param>
/// <param name="Timing">The accelerator's and its memory port's speed.</param>
/// <param name="Cpu">The cores' speed.</param>
/// <param name="WindowBytes">Size of the DMA window.</param>
public sealed record StageTarget(
    string Board, VtaConfiguration Configuration, VtaTiming Timing, CpuTiming Cpu, long WindowBytes)
{
    /// <summary>
    /// The target a cluster member announces. Boards of the UltraScale+ family are known by name (ultra96, zcu…,
    /// kv260, kria…, and virtual boards named after them); every other name is taken for a Zynq-7000.
    /// </summary>
    /// <param name="board">Board type, for example virtual-zynq7020.</param>
    /// <param name="vtaConfiguration">For example 1x16_i8w8a32_15_15_18_17.</param>
    /// <param name="clockHz">Clock of the accelerator.</param>
    /// <param name="windowBytes">Size of the DMA window.</param>
    /// <param name="isa">Instruction set generation of the board's gateware.</param>
    /// <exception cref="VtaException">The configuration string is malformed or impossible.</exception>
    /// <exception cref="CompilerException">The clock or the window is not positive.</exception>
    public static StageTarget For(
        string board, string vtaConfiguration, long clockHz, long windowBytes, VtaIsa isa = VtaIsa.Current)
    {
        if (clockHz <= 0 || windowBytes <= 0)
        {
            throw new CompilerException(
                $"board {board}: expected a positive clock and DMA window, found {clockHz} Hz and {windowBytes} bytes");
        }
        VtaConfiguration configuration = ConfigurationName.Parse(vtaConfiguration) with { Isa = isa };
        bool ultraScale = IsUltraScale(board);
        VtaTiming timing = ultraScale ? VtaTiming.ZynqUltraScale : VtaTiming.Zynq7020;
        return new StageTarget(board, configuration.EnsureFeasible(), timing with { ClockHz = clockHz },
            ultraScale ? CpuTiming.CortexA53 : CpuTiming.CortexA9, windowBytes);
    }

    private static bool IsUltraScale(string board)
    {
        string name = board.StartsWith("virtual-", StringComparison.Ordinal) ? board["virtual-".Length..] : board;
        return name.StartsWith("ultra", StringComparison.Ordinal) || name.StartsWith("zcu", StringComparison.Ordinal) ||
            name.StartsWith("kv260", StringComparison.Ordinal) || name.StartsWith("kria", StringComparison.Ordinal) ||
            name.StartsWith("zynqmp", StringComparison.Ordinal);
    }
}
