using System.Buffers.Binary;
using System.Text;

namespace FpgaEdge.Hardware.Tests;

/// <summary>Loading the programmable logic through Linux' FPGA manager.</summary>
[TestClass]
public sealed class FpgaManagerTests
{
    private static readonly byte[] Words = [0xFF, 0xFF, 0xFF, 0xFF, 0xAA, 0x99, 0x55, 0x66, 1, 2, 3, 4];
    private static readonly byte[] Swapped = [0xFF, 0xFF, 0xFF, 0xFF, 0x66, 0x55, 0x99, 0xAA, 4, 3, 2, 1];

    // Goal: a .bit file loses its header and has its words turned round, a .bin file stays; both are named to the kernel.
    // Method: the kernel's folders as files, in the state that the kernel would set.
    [TestMethod]
    public void BothKindsOfFilesAreLoaded()
    {
        using var folder = new TemporaryFolder();
        string manager = Kernel(folder, "operating");
        File.WriteAllBytes(folder.File("vta.bit"), Bit("7z020clg400", Words));
        File.WriteAllBytes(folder.File("other.bin"), Swapped);
        new FpgaManager(folder.File("")).Load(folder.File("vta.bit"), "xc7z020", TimeProvider.System);
        Assert.AreEqual("vta.bin", File.ReadAllText(Path.Combine(manager, "firmware")));
        CollectionAssert.AreEqual(Swapped, File.ReadAllBytes(folder.File("lib/firmware/vta.bin")));
        new FpgaManager(folder.File("")).Load(folder.File("other.bin"), "xc7z020", TimeProvider.System);
        CollectionAssert.AreEqual(Swapped, File.ReadAllBytes(folder.File("lib/firmware/other.bin")));
    }

    // Goal: what cannot be loaded is refused in one line that says why: another chip, damage, no manager, the kernel's state.
    // Method: each.
    [TestMethod]
    public void WhatCannotBeLoadedIsRefused()
    {
        using var folder = new TemporaryFolder();
        Refused(folder, "vta.bit", Bit("7z020clg400", Words), "no FPGA manager");
        Kernel(folder, "write error");
        Refused(folder, "vta.bit", Bit("7z010clg400", Words), "expected a bitstream for xc7z020, found one for 7z010clg400");
        Refused(folder, "vta.bin", [1, 2, 3, 4], "found neither");
        byte[] good = Bit("7z020clg400", Words);
        for (int length = 14; length < good.Length; length++)
        {
            Refused(folder, "vta.bit", good[..length], "vta.bit");
        }
    }

    private static void Refused(TemporaryFolder folder, string name, byte[] content, string words)
    {
        File.WriteAllBytes(folder.File(name), content);
        var refused = Assert.ThrowsExactly<HardwareException>(
            () => new FpgaManager(folder.File("")).Load(folder.File(name), "xc7z020", TimeProvider.System));
        Assert.Contains(words, refused.Message);
    }

    private static string Kernel(TemporaryFolder folder, string state)
    {
        string manager = Directory.CreateDirectory(folder.File("sys/class/fpga_manager/fpga0")).FullName;
        File.WriteAllText(Path.Combine(manager, "state"), $"{state}\n");
        return manager;
    }

    /// <summary>A file as the vendor's tool writes it.</summary>
    private static byte[] Bit(string part, byte[] data)
    {
        var file = new List<byte> { 0, 9, 0x0F, 0xF0, 0x0F, 0xF0, 0x0F, 0xF0, 0x0F, 0xF0, 0, 0, 1 };
        foreach ((char key, string value) in new[] { ('a', "vta;UserID=0XFFFFFFFF"), ('b', part), ('c', "2026/11/20"), ('d', "12:00:00") })
        {
            file.Add((byte)key);
            file.AddRange([0, (byte)(value.Length + 1)]);
            file.AddRange(Encoding.ASCII.GetBytes($"{value}\0"));
        }
        byte[] length = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(length, data.Length);
        return [.. file, (byte)'e', .. length, .. data];
    }
}
