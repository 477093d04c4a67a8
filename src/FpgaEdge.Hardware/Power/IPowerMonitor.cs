namespace FpgaEdge.Hardware;

/// <summary>A part that measures a rail. Used by one thread.</summary>
public interface IPowerMonitor : IDisposable
{
    /// <summary>Checks that the part is the one expected and sets it up.</summary>
    /// <returns>What identifies it, for people: "INA226, die 0x2260".</returns>
    /// <exception cref="IOException">It does not answer.</exception>
    /// <exception cref="WrongPartException">Another part answers.</exception>
    string Validate();

    /// <summary>Measures.</summary>
    /// <exception cref="IOException">It does not answer.</exception>
    PowerReading Read();
}

/// <summary>Another part than expected answers at an address. Its figures would mean something else, so none is
/// used.</summary>
public sealed class WrongPartException(string expected, string found) : Exception($"expected {expected}, found {found}");
