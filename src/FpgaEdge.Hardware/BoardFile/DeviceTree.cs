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
        string dma = Region(board) + Buffer(board.Dma);
        string region = board.Dma.Memory == DmaMemory.Reserved ? "\n\t\tmemory-region = <&fpgaedge_dma>;" : "";
        return $$"""
            /* Made by 'fpgaedge board dts {{board.Name}}' from bsp/{{board.Name}}/board.json: change it there. */
            / {
            {{dma}}	vta@{{board.Registers.Base:x}} {
            		compatible = "fpgaedge,vta-hls";
            		reg = <{{Range(IsWide(board), board.Registers.Base, (uint)board.Registers.ByteCount)}}>;{{region}}
            		clock-frequency = <{{board.Accelerator.ClockHertz}}>;
            		fpgaedge,configuration = "{{board.Accelerator.Configuration.BitstreamName}}";{{Coherence(board.Dma)}}
            	};
            };

            """;
    }

    /// <summary>The region, where the board file says where it is.</summary>
    private static string Region(BoardDescription board)
    {
        if (board.Dma.Base is not uint start)
        {
            return "";
        }
        string use = board.Dma.Memory == DmaMemory.Reserved ? "no-map;" : "compatible = \"shared-dma-pool\";\n\t\t\treusable;";
        return $$"""
            	reserved-memory {
            		#address-cells = <{{Cells(board)}}>;
            		#size-cells = <{{Cells(board)}}>;
            		ranges;

            		fpgaedge_dma: fpgaedge-dma@{{start:x}} {
            			reg = <{{Range(IsWide(board), start, (uint)board.Dma.ByteCount)}}>;
            			{{use}}
            		};
            	};


            """;
    }

    /// <summary>The node of the u-dma-buf driver, as its documentation has it.</summary>
    private static string Buffer(DmaRegion dma)
    {
        string region = dma.Base is null ? "" : "\n\t\tmemory-region = <&fpgaedge_dma>;";
        return dma.Memory == DmaMemory.Reserved ? "" : $$"""
            	{{dma.Device}} {
            		compatible = "ikwzm,u-dma-buf";
            		device-name = "{{dma.Device}}";
            		size = <0x{{dma.ByteCount:x}}>;{{region}}{{Coherence(dma)}}
            	};


            """;
    }

    private static string Coherence(DmaRegion dma) => dma.Coherent ? "\n\t\tdma-coherent;" : "";

    /// <summary>The fragment with just enough around it that the device-tree compiler takes it by itself.</summary>
    public static string Standalone(BoardDescription board) =>
        $"/dts-v1/;\n/ {{\n\t#address-cells = <{Cells(board)}>;\n\t#size-cells = <{Cells(board)}>;\n}};\n{Fragment(board)}";

    /// <summary>The device trees of the Zynq-7000 count addresses in one cell, those of the UltraScale+ in two.</summary>
    private static bool IsWide(BoardDescription board) => !board.Soc.StartsWith("xc7z", StringComparison.Ordinal);

    private static int Cells(BoardDescription board) => IsWide(board) ? 2 : 1;

    private static string Range(bool wide, uint start, uint size) =>
        wide ? $"0x0 0x{start:x} 0x0 0x{size:x}" : $"0x{start:x} 0x{size:x}";
}
