using System.Runtime.InteropServices;
using FpgaEdge.Hardware;
using FpgaEdge.Vta;

namespace FpgaEdge.VirtualBoard;

/// <summary>What the QEMU plugin (Machine/plugin.c) calls. One board per process.</summary>
internal static unsafe class Exports
{
    private static VirtualHardware? hardware;

    /// <summary>Puts a board's hardware behind the guest's memory.</summary>
    /// <param name="ram">The guest's memory, from physical address 0.</param>
    /// <param name="ramBytes">Its size.</param>
    /// <param name="board">The board file's name, UTF-8 with a zero at the end.</param>
    /// <param name="fault">What is to fail, likewise; null for nothing.</param>
    /// <param name="range">Receives the physical addresses of the first and the last register.</param>
    /// <returns>0; 1 after one line on stderr.</returns>
    [UnmanagedCallersOnly(EntryPoint = "virtual_board_open")]
    public static int Open(byte* ram, ulong ramBytes, byte* board, byte* fault, ulong* range)
    {
        try
        {
            string file = Marshal.PtrToStringUTF8((nint)board)!;
            hardware = new VirtualHardware(
                BoardDescription.Read(file), ram, ramBytes, InjectedFault.Parse(Marshal.PtrToStringUTF8((nint)fault)));
            range[0] = hardware.FirstRegister;
            range[1] = hardware.LastRegister;
            return 0;
        }
        catch (Exception e) when (e is BoardFileException or HardwareException or VtaException)
        {
            Console.Error.WriteLine($"virtual board: {e.Message}");
            return 1;
        }
    }

    /// <summary>The guest has just read or written a register.</summary>
    /// <param name="address">Physical address.</param>
    /// <param name="isStore">1 after a write, 0 after a read.</param>
    [UnmanagedCallersOnly(EntryPoint = "virtual_board_access")]
    public static void Access(ulong address, int isStore)
    {
        if (isStore != 0)
        {
            hardware!.OnStore(address);
        }
        else
        {
            hardware!.OnLoad(address);
        }
    }
}
