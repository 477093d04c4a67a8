using System.Text;

namespace FpgaEdge.Hardware;

/// <summary>
/// What a board's device tree has to say for FpgaEdge, from its board file: the DMA memory — a region that the kernel must
/// neither use nor map, or a driver's buffer — and the accelerator's registers. To be included at the end of the board's own device tree.
/// </summary>
public static class DeviceTree
{
    /// <summary>The fragment as device-tree source.</summary>
    /// <param name="board">The board.</param>
    public static string Fragment(BoardDescription board)
    {
        // The device trees of the Zynq-7000 count addresses in one cell, those of the UltraScale+ in two.
        bool wide = !board.Soc.StartsWith("xc7z", StringComparison.Ordinal);
        string cells = wide ? "2" : "1";
        var text = new StringBuilder();
        text.AppendLine($"/* Made by 'fpgaedge board dts {board.Name}' from bsp/{board.Name}/board.json: change it there. */");
        text.AppendLine("/ {");
        if (board.Dma.Base is uint start)
        {
            text.AppendLine("\treserved-memory {");
            text.AppendLine($"\t\t#address-cells = <{cells}>;");
            text.AppendLine($"\t\t#size-cells = <{cells}>;");
            text.AppendLine("\t\tranges;");
            text.AppendLine();
            text.AppendLine($"\t\tfpgaedge_dma: fpgaedge-dma@{start:x} {{");
            text.AppendLine($"\t\t\treg = <{Range(wide, start, (uint)board.Dma.ByteCount)}>;");
            text.AppendLine(board.Dma.Memory == DmaMemory.Reserved
                ? "\t\t\tno-map;"
                : "\t\t\tcompatible = \"shared-dma-pool\";\n\t\t\treusable;");
            text.AppendLine("\t\t};");
            text.AppendLine("\t};");
            text.AppendLine();
        }
        if (board.Dma.Memory != DmaMemory.Reserved)
        {
            AppendBuffer(text, board.Dma);
        }
        text.AppendLine($"\tvta@{board.Registers.Base:x} {{");
        text.AppendLine("\t\tcompatible = \"fpgaedge,vta-hls\";");
        text.AppendLine($"\t\treg = <{Range(wide, board.Registers.Base, (uint)board.Registers.ByteCount)}>;");
        if (board.Dma.Memory == DmaMemory.Reserved)
        {
            text.AppendLine("\t\tmemory-region = <&fpgaedge_dma>;");
        }
        text.AppendLine($"\t\tclock-frequency = <{board.Accelerator.ClockHertz}>;");
        text.AppendLine($"\t\tfpgaedge,configuration = \"{board.Accelerator.Configuration.BitstreamName}\";");
        if (board.Dma.Coherent)
        {
            text.AppendLine("\t\tdma-coherent;");
        }
        text.AppendLine("\t};");
        text.AppendLine("};");
        return text.ToString();
    }

    /// <summary>The node of the u-dma-buf driver, as its documentation has it.</summary>
    private static void AppendBuffer(StringBuilder text, DmaRegion dma)
    {
        text.AppendLine($"\t{dma.Device} {{");
        text.AppendLine("\t\tcompatible = \"ikwzm,u-dma-buf\";");
        text.AppendLine($"\t\tdevice-name = \"{dma.Device}\";");
        text.AppendLine($"\t\tsize = <0x{dma.ByteCount:x}>;");
        if (dma.Base is not null)
        {
            text.AppendLine("\t\tmemory-region = <&fpgaedge_dma>;");
        }
        if (dma.Coherent)
        {
            text.AppendLine("\t\tdma-coherent;");
        }
        text.AppendLine("\t};");
        text.AppendLine();
    }

    /// <summary>The fragment with just enough around it that the device-tree compiler takes it by itself.</summary>
    public static string Standalone(BoardDescription board)
    {
        bool wide = !board.Soc.StartsWith("xc7z", StringComparison.Ordinal);
        string cells = wide ? "2" : "1";
        return $"/dts-v1/;\n/ {{\n\t#address-cells = <{cells}>;\n\t#size-cells = <{cells}>;\n}};\n{Fragment(board)}";
    }

    private static string Range(bool wide, uint start, uint size) =>
        wide ? $"0x0 0x{start:x} 0x0 0x{size:x}" : $"0x{start:x} 0x{size:x}";
}
