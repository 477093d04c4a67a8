namespace FpgaEdge.Hardware;

/// <summary>A model of a part on an I2C bus, as the bus sees it: bytes in and bytes out of one address.</summary>
public interface IModelledPart
{
    /// <summary>The master writes.</summary>
    /// <returns>false when the part does not acknowledge.</returns>
    bool Write(ReadOnlySpan<byte> bytes, long nowNs);

    /// <summary>The master reads.</summary>
    /// <returns>false when the part does not acknowledge.</returns>
    bool Read(Span<byte> bytes, long nowNs);
}
