namespace FpgaEdge.Vta;

/// <summary>32-bit registers of an accelerator. Offsets are bytes from the base of its first register block.</summary>
public interface IRegisterWindow
{
    /// <summary>Reads one register; reading may have side effects in hardware.</summary>
    uint Read(uint offset);

    /// <summary>Writes one register.</summary>
    void Write(uint offset, uint value);
}
