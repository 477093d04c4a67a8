using System.Security.Cryptography;

namespace FpgaEdge.Hardware;

/// <summary>
/// The public key of updates as a card carries it: PEM, a SubjectPublicKeyInfo (RFC 5280, RFC 5480) of an uncompressed point
/// of P-256. Such a structure has always the same bytes before the point, so it is compared and not interpreted: .NET's reader
/// of all kinds of keys is a thirtieth of the board's program.
/// </summary>
public static class UpdateKey
{
    private const int CoordinateBytes = 32;

    // SEQUENCE { SEQUENCE { id-ecPublicKey, prime256v1 }, BIT STRING { uncompressed point
    private static readonly byte[] Prefix = Convert.FromHexString("3059301306072A8648CE3D020106082A8648CE3D03010703420004");

    /// <summary>Reads what <c>fpgaedge update key</c> writes into FILE.pub.</summary>
    /// <exception cref="FormatException">Something else.</exception>
    /// <exception cref="CryptographicException">Not a point of the curve.</exception>
    public static ECDsa Parse(string pem)
    {
        byte[] bytes = PemEncoding.TryFind(pem, out PemFields fields) && pem[fields.Label] == "PUBLIC KEY"
            ? Convert.FromBase64String(pem[fields.Base64Data])
            : throw new FormatException("no block PUBLIC KEY");
        ReadOnlySpan<byte> point = bytes.AsSpan().StartsWith(Prefix) ? bytes.AsSpan(Prefix.Length) : [];
        return point.Length == 2 * CoordinateBytes
            ? ECDsa.Create(new ECParameters
            {
                Curve = ECCurve.NamedCurves.nistP256,
                Q = new ECPoint { X = point[..CoordinateBytes].ToArray(), Y = point[CoordinateBytes..].ToArray() },
            })
            : throw new FormatException("another key than one of P-256");
    }
}
