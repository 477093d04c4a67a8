using System.Collections.Immutable;
using System.Security.Cryptography;
using FpgaEdge.Model.Integer;

namespace FpgaEdge.Compiler.Packages;

/// <summary>
/// A quantised network as it travels between boards: the integer graph, how its inputs are prepared, what its outputs
/// are called, and where it comes from. The file is a function of the contents alone, so equal packages have equal
/// names.
/// </summary>
/// <param name="Graph">The network. Scale, zero point and shape of the inputs are in its tensors.</param>
/// <param name="Preprocessing">From pixels to the real values that the input scale quantises.</param>
/// <param name="Labels">One name per output class; empty when unknown.</param>
/// <param name="Provenance">Where the network comes from.</param>
public sealed record Package(
    IntegerGraph Graph, InputPreprocessing Preprocessing, ImmutableArray<string> Labels, Provenance Provenance)
{
    /// <summary>
    /// Schedules found for some accelerators (<see cref="Lowering.ScheduleCache.Write"/>), so that boards need not
    /// search; empty when none.
    /// </summary>
    public ImmutableArray<byte> Schedules { get; init; } = [];

    /// <summary>Bytes of <see cref="Hash"/>.</summary>
    public const int HashBytes = SHA256.HashSizeInBytes;

    /// <summary>The package as the bytes of a file; deterministic.</summary>
    /// <exception cref="ArgumentException">A name or a list is longer than the format holds.</exception>
    public byte[] Write() => PackageFile.Write(this);

    /// <summary>Reads a package file and validates its graph. Any change of the bytes is refused.</summary>
    /// <exception cref="PackageFormatException">Truncated, altered, of a newer version, or its graph is not
    /// valid.</exception>
    public static Package Read(ReadOnlySpan<byte> file) => PackageFile.Read(file);

    /// <summary>The name of a package file: SHA-256 of all its bytes, 32 of them.</summary>
    public static byte[] Hash(ReadOnlySpan<byte> file) => SHA256.HashData(file);
}

/// <summary>Order of the colour channels a network expects.</summary>
public enum ChannelOrder : byte
{
    /// <summary>Not an image, or one channel, or as the caller has them.</summary>
    AsGiven = 0,

    /// <summary>Red, green, blue.</summary>
    Rgb = 1,

    /// <summary>Blue, green, red.</summary>
    Bgr = 2,
}

/// <summary>
/// From raw input values (0 … 255 for images) to real values: real[c] = (raw[c] − Subtract[c]) / Divide[c], channels
/// in
/// <paramref name="Order"/>. The input tensor's scale and zero point then make integers of them.
/// </summary>
/// <param name="Order">Channel order after preparation.</param>
/// <param name="Subtract">One value per channel, or one for all, or none for 0.</param>
/// <param name="Divide">One value per channel, or one for all, or none for 1.</param>
public sealed record InputPreprocessing(
    ChannelOrder Order, ImmutableArray<double> Subtract, ImmutableArray<double> Divide)
{
    /// <summary>Raw values are the real values.</summary>
    public static InputPreprocessing None { get; } = new(ChannelOrder.AsGiven, [], []);
}

/// <summary>Where a package comes from; for people.</summary>
/// <param name="SourceFile">Name of the model file, without its folder.</param>
/// <param name="SourceSha256">32 bytes; empty when there was no file.</param>
/// <param name="Calibration">What the quantiser was calibrated with, in words; empty for imported integer
/// networks.</param>
/// <param name="Accuracy">Measured accuracy in words, for example "top-1 84/100"; empty when unknown.</param>
public sealed record Provenance(
    string SourceFile, ImmutableArray<byte> SourceSha256, string Calibration, string Accuracy)
{
    /// <summary>Nothing is known.</summary>
    public static Provenance Unknown { get; } = new("", [], "", "");
}
