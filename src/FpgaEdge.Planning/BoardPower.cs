namespace FpgaEdge.Planning;

/// <summary>
/// What a board draws at its supply, for plans that mind energy. These are modelled figures for boards of a family, not
/// measurements of the board at hand; where a board has power monitors its measured figures belong in a profile.
/// </summary>
/// <param name="IdleMilliwatts">Powered, configured, link up, nothing to compute.</param>
/// <param name="BusyMilliwatts">Added while a stage computes.</param>
/// <param name="UncertaintyPercent">How far one board of the family may be from the figures.</param>
/// <param name="Source">Where the figures come from.</param>
public sealed record BoardPower(int IdleMilliwatts, int BusyMilliwatts, int UncertaintyPercent, string Source)
{
    /// <summary>
    /// Zynq-7020 boards of the PYNQ-Z2 class. The official MLPerf Tiny v0.7 and v1.0 result files measure 1.59 …
    /// 1.77 W for the whole PYNQ-Z2 while it computes at 100 MHz; that the idle share is 1.35 W of it is our
    /// estimate.
    /// </summary>
    public static BoardPower Zynq7020 { get; } = new(
        1350, 350, 20, "MLPerf Tiny v0.7/v1.0 result files, hls4ml-finn, PYNQ-Z2: 1.59-1.77 W; idle share estimated");

    /// <summary>
    /// UltraScale+ MPSoC boards of the Kria KV260 class: 9.15 W idle and 10.13 W under accelerator load at the 12 V
    /// supply (Gubochkin et al., dAIEDGE measurement guide, 2026).
    /// </summary>
    public static BoardPower UltraScalePlus { get; } = new(
        9150, 980, 35, "dAIEDGE power measurement guide 2026, KV260 at 12 V: 9.15 W idle, 10.13 W busy");

    /// <summary>The figures for a board type, by the name of its folder in bsp/.</summary>
    public static BoardPower Of(string board) => IsUltraScale(board) ? UltraScalePlus : Zynq7020;

    private static bool IsUltraScale(string board) =>
        board.Contains("ultra", StringComparison.OrdinalIgnoreCase)
        || board.Contains("zcu", StringComparison.OrdinalIgnoreCase)
        || board.Contains("kv260", StringComparison.OrdinalIgnoreCase)
        || board.Contains("zynqmp", StringComparison.OrdinalIgnoreCase);
}
