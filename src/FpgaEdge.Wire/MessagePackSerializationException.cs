namespace FpgaEdge.Wire;

/// <summary>
/// Bytes that are not the MessagePack that was expected. Only the <c>Read…</c> members throw it; datagrams are read
/// with <c>TryRead…</c>, which report without throwing.
/// </summary>
public sealed class MessagePackSerializationException : Exception
{
    /// <summary>Says what was expected and where.</summary>
    public MessagePackSerializationException(string message)
        : base(message)
    {
    }
}
