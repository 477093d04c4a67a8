using System.Text;
using FpgaEdge.Cli.Images;

namespace FpgaEdge.Cli.Tests.Images;

/// <summary>A board of the tests' own with a small card, and the means to build it; skips the test without them.</summary>
internal sealed class SmallCard : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("fpgaedge-test-").FullName;

    public SmallCard()
    {
        foreach (string tool in new[] { "mke2fs", "debugfs", "dumpe2fs", "mkfs.vfat", "mcopy", "mmd" })
        {
            if (HostTool.Find(tool) is null)
            {
                Assert.Inconclusive($"needs {tool} (Debian packages e2fsprogs, dosfstools, mtools)");
            }
        }
        Write("bsp/small/card.json", """
            {
              "schema": 1, "board": "small", "loader": "u-boot", "imageBytes": 134217728, "bootBytes": 34603008, "slotBytes": 16777216,
              "kernelArguments": "console=ttyPS0,115200", "console": "ttyPS0",
              "bootFiles": [
                { "file": "BOOT.BIN", "what": "first loader", "from": "the vendor", "optional": false },
                { "file": "extra.txt", "what": "nothing needed", "from": "nowhere", "optional": true }
              ],
              "slotFiles": [
                { "file": "zImage", "what": "kernel", "from": "the kernel's makers", "optional": false },
                { "file": "small.dtb", "what": "device tree", "from": "dtc", "optional": false }
              ],
              "root": "make one"
            }
            """);
        Write("files/BOOT.BIN", new string('b', 5000));
        Write("files/zImage", new string('k', 300_000));
        Write("files/small.dtb", new string('d', 7000));
        Write("files/root/etc/hostname", "small\n");
        Write("files/root/usr/bin/tool", "#!/bin/sh\n");
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(Path("files/root/usr/bin/tool"), (UnixFileMode)Convert.ToInt32("755", 8));
        }
        File.CreateSymbolicLink(Path("files/root/usr/bin/other"), "tool");
        Write("fpgaedged", "a stand-in\n");
    }

    public string Path(string name) => System.IO.Path.Combine(folder, name);

    public void Write(string name, string text)
    {
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(Path(name))!);
        File.WriteAllBytes(Path(name), Encoding.ASCII.GetBytes(text));
    }

    public ImageRequest Request(string output) => new()
    {
        Board = "small", Output = Path(output), BspFolder = Path("bsp"), FileFolders = [Path("files")], Daemon = Path("fpgaedged"),
        Name = "one", Cluster = "shelf",
    };

    public BuiltImage Build(string output, Func<ImageRequest, ImageRequest>? change = null)
    {
        ImageRequest request = Request(output);
        return new ImageBuilder(change is null ? request : change(request), _ => { }).Build();
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);
}
