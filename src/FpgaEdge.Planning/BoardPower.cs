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
    /// 1.77 W for the whole PYNQ-Z2 while its accelerator computes at 100 MHz and a core polls for the end. That the
    /// accelerator is 350 mW and the core 280 mW of it, so that 1.07 W are left for a board that waits, is our estimate;
    /// here a core sleeps while the accelerator computes, so a busy board adds one of the two.
    /// </summary>
    public static BoardPower Zynq7020 { get; } = new(
        1070, 350, 25, "MLPerf Tiny v0.7/v1.0 result files, hls4ml-finn, PYNQ-Z2: 1.59-1.77 W with a polling core; shares estimated");

    /// <summary>
    /// Ultra96: 6.8 W configured and ready, 8.03 W while a DPU runs GoogLeNet on one thread (QuTiBench). The
    /// accelerator there is another one of the same size class.
    /// </summary>
    public static BoardPower Ultra96 { get; } = new(
        6800, 1230, 30, "QuTiBench, Ultra96 with a DPU, GoogLeNet, one thread: 6.8 W ready, 8.03 W busy");

    /// <summary>ZCU104: 15.72 W ready, 17.6 W while a DPU runs MobileNet on one thread (QuTiBench).</summary>
    public static BoardPower Zcu104 { get; } = new(
        15720, 1880, 30, "QuTiBench, ZCU104 with a DPU, MobileNetV1, one thread: 15.72 W ready, 17.6 W busy");

    /// <summary>ZCU102: 29 W ready, 31.45 W while a DPU runs GoogLeNet on one thread (QuTiBench).</summary>
    public static BoardPower Zcu102 { get; } = new(
        29000, 2450, 30, "QuTiBench, ZCU102 with a DPU, GoogLeNet, one thread: 29 W ready, 31.45 W busy");

    /// <summary>
    /// Kria KV260 and UltraScale+ boards not named here: 9.15 W idle and 10.13 W under accelerator load at the 12 V
    /// supply (Gubochkin et al., dAIEDGE measurement guide, 2026).
    /// </summary>
    public static BoardPower Kv260 { get; } = new(
        9150, 980, 35, "dAIEDGE power measurement guide 2026, KV260 at 12 V: 9.15 W idle, 10.13 W busy");

    /// <summary>
    /// The figures for a board type, by the name of its folder in bsp/; virtual boards are named after what they
    /// imitate.
    /// </summary>
    public static BoardPower Of(string board)
    {
        foreach ((string word, BoardPower power) in Known)
        {
            if (board.Contains(word, StringComparison.OrdinalIgnoreCase))
            {
                return power;
            }
        }
        return Zynq7020;
    }

    private static (string Word, BoardPower Power)[] Known =>
    [
        ("ultra96", Ultra96), ("zcu104", Zcu104), ("zcu102", Zcu102), ("kv260", Kv260), ("kria", Kv260), ("zcu", Kv260),
        ("zynqmp", Kv260), ("ultrascale", Kv260),
    ];
}
