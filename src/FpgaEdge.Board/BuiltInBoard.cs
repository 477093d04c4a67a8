using System.Reflection;
using FpgaEdge.Hardware;

namespace FpgaEdge.Board;

/// <summary>The virtual board that is part of the program: bsp/virtual-zynq7020/board.json.</summary>
public static class BuiltInBoard
{
    private const string ResourceName = "board.json";

    /// <summary>The board.</summary>
    public static BoardDescription Description { get; } = Load();

    private static BoardDescription Load()
    {
        using Stream stream = Assembly.GetExecutingAssembly().GetManifestResourceStream(ResourceName)!;
        var text = new MemoryStream();
        stream.CopyTo(text);
        return BoardDescription.Parse("built-in virtual-zynq7020", text.ToArray());
    }
}
