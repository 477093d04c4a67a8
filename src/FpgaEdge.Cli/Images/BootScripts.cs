using System.Buffers.Binary;
using System.Text;
using FpgaEdge.Hardware;

namespace FpgaEdge.Cli.Images;

/// <summary>
/// What the boot loaders run. Both scripts do the same: read the slot record, take note that a trial was started, load
/// the kernel from the slot, and start the other slot when the chosen one cannot be loaded.
/// </summary>
internal static class BootScripts
{
    private const uint UImageMagic = 0x27051956;
    private const int UImageHeaderBytes = 64;

    /// <summary>GRUB's configuration, for an x86 board.</summary>
    public static string Grub(CardDescription card)
    {
        string kernel = card.SlotFiles[0].File;
        string initrd = card.SlotFiles.Count > 1 ? card.SlotFiles[1].File : "";
        string arguments = card.KernelArguments.Replace("$", "\\$");
        return $$"""
            # Written by 'fpgaedge image build'. Which slot boots is in slot.env; see docs/CARDS.md.
            serial --unit=0 --speed=115200
            terminal_input serial
            terminal_output serial
            set boot=$root
            set active=A
            set trial=-
            set tries=0
            load_env --file ($boot)/boot/slot.env active trial tries
            set slot=$active
            set try=0
            if [ "$trial" != "-" -a "$tries" = "1" ]; then
              set slot=$trial
              set try=1
              set tries=0
              save_env --file ($boot)/boot/slot.env tries
            fi
            function start {
              if [ "$slot" = "B" ]; then set part=3; else set part=2; fi
              set root=(hd0,msdos$part)
              echo "fpgaedge boot: slot $slot, trial $try"
              linux /boot/{{kernel}} root=PARTUUID={{CardTable.Signature:x8}}-0$part fpgaedge.slot=$slot fpgaedge.trial=$try {{arguments}}
              if [ "$?" = "0" ]; then
                {{(initrd.Length > 0 ? $"initrd /boot/{initrd}" : "true")}}
                if [ "$?" = "0" ]; then boot; fi
              fi
              echo "fpgaedge boot: slot $slot cannot be loaded"
            }
            start
            if [ "$slot" = "A" ]; then set slot=B; else set slot=A; fi
            set try=0
            start
            echo "fpgaedge boot: neither slot can be loaded; write the card again"
            sleep 10
            reboot

            """;
    }

    /// <summary>U-Boot's boot.scr, for a Zynq board.</summary>
    /// <param name="card">The card.</param>
    /// <param name="recordSector">Sector of the slot record, counted from the start of the boot partition.</param>
    public static byte[] UBoot(CardDescription card, long recordSector)
    {
        string kernel = card.SlotFiles[0].File;
        string tree = card.SlotFiles.First(file => file.File.EndsWith(".dtb", StringComparison.Ordinal)).File;
        string? bitstream = card.SlotFiles.FirstOrDefault(file => file.File.EndsWith(".bit", StringComparison.Ordinal))?.File;
        string logic = bitstream is null
            ? "true"
            : $"load mmc 0:${{fe_part}} ${{kernel_addr_r}} boot/{bitstream} && fpga loadb 0 ${{kernel_addr_r}} ${{filesize}} || " +
                $"echo \"fpgaedge boot: boot/{bitstream} is not loaded, the programmable logic stays empty\"";
        string arguments = "fpgaedge.trial=${fe_try} " + card.KernelArguments;
        bool is64Bit = kernel == "Image";
        string start = is64Bit ? "booti" : "bootz";
        string script = $$"""
            # Written by 'fpgaedge image build'. Which slot boots is in slot.env; see docs/CARDS.md.
            setenv active A
            setenv trial -
            setenv tries 0
            part start mmc 0 1 fe_start
            setexpr fe_sector ${fe_start} + {{recordSector:x}}
            setenv fe_record ${scriptaddr}
            setexpr fe_record ${fe_record} + 100000
            if mmc read ${fe_record} ${fe_sector} 2; then env import -t ${fe_record} 400 active trial tries; fi
            setenv fe_slot ${active}
            setenv fe_try 0
            if test "${trial}" != "-" -a "${tries}" = "1"; then
              setenv fe_slot ${trial}
              setenv fe_try 1
              setenv tries 0
              mw.b ${fe_record} 23 400
              env export -t ${fe_record} active trial tries
              mmc write ${fe_record} ${fe_sector} 2
            fi
            setenv fe_args 'part uuid mmc 0:${fe_part} fe_uuid; setenv bootargs root=PARTUUID=${fe_uuid} fpgaedge.slot=${fe_slot} {{arguments}}'
            setenv fe_logic '{{logic}}'
            setenv fe_kernel 'load mmc 0:${fe_part} ${kernel_addr_r} boot/{{kernel}} && load mmc 0:${fe_part} ${fdt_addr_r} boot/{{tree}}'
            setenv fe_go 'if run fe_kernel; then {{start}} ${kernel_addr_r} - ${fdt_addr_r}; fi'
            setenv fe_boot 'echo "fpgaedge boot: slot ${fe_slot}, trial ${fe_try}"; run fe_logic; run fe_args; run fe_go'
            if test "${fe_slot}" = "B"; then setenv fe_part 3; else setenv fe_part 2; fi
            run fe_boot
            echo "fpgaedge boot: slot ${fe_slot} cannot be loaded"
            if test "${fe_slot}" = "A"; then setenv fe_slot B; setenv fe_part 3; else setenv fe_slot A; setenv fe_part 2; fi
            setenv fe_try 0
            run fe_boot
            echo "fpgaedge boot: neither slot can be loaded; write the card again"
            sleep 10
            reset

            """;
        return UImageScript(script);
    }

    /// <summary>
    /// A legacy U-Boot image of type script (U-Boot doc/usage, include/image.h): 64 bytes of header, big-endian, with the
    /// checksums of data and header; a table of one length, a zero, the text.
    /// </summary>
    public static byte[] UImageScript(string script)
    {
        byte[] text = Encoding.ASCII.GetBytes(script);
        byte[] image = new byte[UImageHeaderBytes + 8 + text.Length];
        Span<byte> data = image.AsSpan(UImageHeaderBytes);
        BinaryPrimitives.WriteInt32BigEndian(data, text.Length);
        text.CopyTo(data[8..]);
        Span<byte> header = image.AsSpan(0, UImageHeaderBytes);
        BinaryPrimitives.WriteUInt32BigEndian(header, UImageMagic);
        BinaryPrimitives.WriteInt32BigEndian(header[12..], data.Length);
        BinaryPrimitives.WriteUInt32BigEndian(header[24..], Crc32.Compute(data));
        // Operating system 5 is Linux, architecture 2 ARM, type 6 a script, no compression.
        ((ReadOnlySpan<byte>)[5, 2, 6, 0]).CopyTo(header[28..]);
        "fpgaedge boot"u8.CopyTo(header[32..]);
        BinaryPrimitives.WriteUInt32BigEndian(header[4..], Crc32.Compute(header));
        return image;
    }
}
