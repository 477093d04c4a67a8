using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Net.Sockets;

namespace FpgaEdge.Board;

/// <summary>Reads addresses as people write them. Boards speak IPv4.</summary>
public static class EndPoints
{
    /// <summary>Reads "ADDRESS:PORT" with four numbers in the address.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out IPEndPoint? point)
    {
        int colon = text.LastIndexOf(':');
        point = null;
        if (colon > 0 && TryParseAddress(text[..colon], out IPAddress? address)
            && ushort.TryParse(text.AsSpan(colon + 1), System.Globalization.NumberStyles.None, null, out ushort port))
        {
            point = new IPEndPoint(address, port);
        }
        return point is not null;
    }

    /// <summary>Reads four numbers with dots; the shorter forms that .NET accepts ("1" for 0.0.0.1) are typing errors
    /// here.</summary>
    public static bool TryParseAddress(string text, [NotNullWhen(true)] out IPAddress? address)
    {
        bool valid = text.Count(c => c == '.') == 3 & IPAddress.TryParse(text, out address)
            && address!.AddressFamily == AddressFamily.InterNetwork;
        address = valid ? address : null;
        return valid;
    }
}
