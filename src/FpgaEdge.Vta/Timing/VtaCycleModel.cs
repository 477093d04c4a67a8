namespace FpgaEdge.Vta;

/// <summary>
/// Predicts how long a program takes: three in-order queues with their tokens, an in-order fetch with bounded command
/// queues, and one memory port shared by all. Integers only, so every machine predicts the same.
/// </summary>
public static class VtaCycleModel
{
    /// <summary>Predicts a program's duration.</summary>
    /// <param name="configuration">Gateware the program is for.</param>
    /// <param name="timing">Constants of the board and gateware.</param>
    /// <param name="instructions">The program.</param>
    /// <exception cref="VtaException">The program deadlocks.</exception>
    public static VtaCycleEstimate Estimate(
        VtaConfiguration configuration, VtaTiming timing, IReadOnlyList<VtaInstruction> instructions) =>
        new Timing.QueueSimulation(configuration, timing, instructions).Run();
}
