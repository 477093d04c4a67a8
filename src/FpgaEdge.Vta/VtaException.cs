namespace FpgaEdge.Vta;

/// <summary>
/// Bad input to the accelerator's tools: an impossible configuration, an illegal instruction, a program that cannot
/// finish or leaves its memory, a malformed vector file. The message is one line for the user.
/// </summary>
public class VtaException : Exception
{
    /// <summary>An error that no single instruction causes.</summary>
    public VtaException(string message)
        : base(message.ReplaceLineEndings(" "))
    {
    }

    /// <summary>An error caused by the instruction at <paramref name="instructionIndex"/>, which the message then
    /// names.
    /// </summary>
    public VtaException(int instructionIndex, string message)
        : base($"instruction {instructionIndex}: {message}")
    {
        InstructionIndex = instructionIndex;
    }

    /// <summary>Position in the instruction stream of the instruction at fault; null when there is none.</summary>
    public int? InstructionIndex { get; }
}
