using System.Formats.Tar;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using FpgaEdge.Cli.Images;
using FpgaEdge.Hardware;

namespace FpgaEdge.Cli.Tests.Images;

[TestClass]
public sealed class ImageBuildTests
{
    // Goal: S4, the same inputs give the same bytes. Method: build twice, with the files' times changed and made anew in another
    // order in between; then change one byte of the input.
    [TestMethod]
    public void SameInputsGiveTheSameImage()
    {
        using var card = new SmallCard();
        BuiltImage first = card.Build("first.img");
        foreach (string file in Directory.EnumerateFiles(card.Path("files"), "*", SearchOption.AllDirectories))
        {
            File.SetLastWriteTimeUtc(file, new DateTime(2001, 2, 3, 4, 5, 6, DateTimeKind.Utc));
        }
        Directory.Move(card.Path("files/root/etc"), card.Path("etc"));
        Directory.Move(card.Path("etc"), card.Path("files/root/etc"));
        BuiltImage second = card.Build("second.img");
        Assert.AreEqual(first.Sha256, second.Sha256);
        Assert.AreEqual(Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(card.Path("second.img")))), second.Sha256);
        CollectionAssert.AreEqual(File.ReadAllBytes(card.Path("first.img.bmap")), File.ReadAllBytes(card.Path("second.img.bmap")));
        card.Write("files/root/etc/hostname", "smalm\n");
        Assert.AreNotEqual(first.Sha256, card.Build("third.img").Sha256);
    }

    // Goal: what is on the card is what was asked for, in file systems without faults. Method: the file systems' own checkers; the
    // bytes read back with mtools and debugfs.
    [TestMethod]
    public void CardHoldsWhatWasAskedFor()
    {
        using var card = new SmallCard();
        BuiltImage image = card.Build("card.img", request => request with { BothSlots = true });
        string boot = Cut(card, image, image.Table.Boot, "boot");
        foreach ((SectorRun run, string name) in new[] { (image.Table.SlotA, "a"), (image.Table.SlotB, "b"), (image.Table.Data, "data") })
        {
            HostTool.Run("e2fsck", ["-fn", Cut(card, image, run, name)]);
        }
        Assert.AreEqual(new string('b', 5000), HostTool.Run("mtype", ["-i", boot, "::BOOT.BIN"]).Output);
        Assert.AreEqual("one", CardIdentity.Decode(Encoding.ASCII.GetBytes(HostTool.Run("mtype", ["-i", boot, "::boot/identity.txt"]).Output))!.Name);
        Assert.AreEqual(SlotRecord.New, SlotRecord.Decode(Encoding.ASCII.GetBytes(HostTool.Run("mtype", ["-i", boot, "::boot/slot.env"]).Output)));
        foreach (string slot in new[] { "a", "b" })
        {
            Assert.AreEqual("small\n", HostTool.Run("debugfs", ["-R", "cat /etc/hostname", card.Path(slot)]).Output);
            Assert.AreEqual(new string('k', 300_000), HostTool.Run("debugfs", ["-R", "cat /boot/zImage", card.Path(slot)]).Output);
            StringAssert.Contains(HostTool.Run("debugfs", ["-R", "stat /usr/bin/tool", card.Path(slot)]).Output, "Mode:  0755");
            StringAssert.Contains(HostTool.Run("debugfs", ["-R", "stat /usr/bin/other", card.Path(slot)]).Output, "Fast link dest: \"tool\"");
            StringAssert.Contains(HostTool.Run("debugfs", ["-R", "stat /usr/bin/fpgaedged", card.Path(slot)]).Output, "User:     0   Group:     0");
        }
    }

    // Goal: a tarball gives the same as a folder, with its owners and devices. Method: a compressed one with a device and a hard link.
    [TestMethod]
    public void TarballBecomesTheRoot()
    {
        using var card = new SmallCard();
        using (var gzip = new GZipStream(File.Create(card.Path("root.tgz")), CompressionLevel.Fastest))
        using (var tar = new TarWriter(gzip, TarEntryFormat.Ustar))
        {
            tar.WriteEntry(new UstarTarEntry(TarEntryType.Directory, "./etc/") { Mode = (UnixFileMode)Convert.ToInt32("755", 8) });
            tar.WriteEntry(new UstarTarEntry(TarEntryType.RegularFile, "./etc/shadow")
            {
                Mode = (UnixFileMode)Convert.ToInt32("640", 8), Gid = 42, DataStream = new MemoryStream("secret\n"u8.ToArray()),
            });
            tar.WriteEntry(new UstarTarEntry(TarEntryType.HardLink, "./etc/shadow2") { LinkName = "./etc/shadow" });
            tar.WriteEntry(new UstarTarEntry(TarEntryType.CharacterDevice, "./dev/console") { DeviceMajor = 5, DeviceMinor = 1 });
        }
        BuiltImage image = card.Build("card.img", request => request with { Root = card.Path("root.tgz") });
        string slot = Cut(card, image, image.Table.SlotA, "a");
        HostTool.Run("e2fsck", ["-fn", slot]);
        Assert.AreEqual("secret\n", HostTool.Run("debugfs", ["-R", "cat /etc/shadow2", slot]).Output);
        StringAssert.Contains(HostTool.Run("debugfs", ["-R", "stat /etc/shadow", slot]).Output, "Group:    42");
        StringAssert.Contains(HostTool.Run("debugfs", ["-R", "stat /dev/console", slot]).Output, "character special");
    }

    // Goal: everything that is missing is named at once, and nothing is written. Method: an empty folder of files.
    [TestMethod]
    public void MissingFilesAreAllNamed()
    {
        using var card = new SmallCard();
        Directory.CreateDirectory(card.Path("none"));
        using var errors = new StringWriter();
        TextWriter before = Console.Error;
        Console.SetError(errors);
        try
        {
            var e = Assert.ThrowsExactly<CliException>(() => card.Build("card.img", request => request with { FileFolders = [card.Path("none")] }));
            Assert.AreEqual(ExitCode.BadInputFile, e.ExitCode);
        }
        finally
        {
            Console.SetError(before);
        }
        foreach (string expected in new[] { "BOOT.BIN (first loader): the vendor", "zImage (kernel)", "small.dtb", "root file system" })
        {
            StringAssert.Contains(errors.ToString(), expected);
        }
        Assert.IsFalse(errors.ToString().Contains("extra.txt"));
        Assert.IsFalse(File.Exists(card.Path("card.img")) || File.Exists(card.Path("card.img.partial")));
    }

    // Goal: a root that does not fit, a board that is not there, a tarball that is none: one line each. Method: each of them.
    [TestMethod]
    public void ImpossibleRequestsAreRefused()
    {
        using var card = new SmallCard();
        var unknown = Assert.ThrowsExactly<CliException>(() => card.Build("card.img", request => request with { Board = "nosuch" }));
        StringAssert.Contains(unknown.Message, "known are small");
        var noTar = Assert.ThrowsExactly<CliException>(() => card.Build("card.img", request => request with { Root = card.Path("fpgaedged") }));
        StringAssert.Contains(noTar.Message, "expected a tarball");
        File.WriteAllBytes(card.Path("files/root/big"), RandomNumberGenerator.GetBytes(17 << 20));
        var large = Assert.ThrowsExactly<CliException>(() => card.Build("card.img"));
        StringAssert.Contains(large.Message, "raise slotBytes");
        Assert.IsFalse(File.Exists(card.Path("card.img")));
    }

    // Goal: the map names every block that is not zero, and only a fraction of the card. Method: compare with the image itself.
    [TestMethod]
    public void BlockMapCoversAllContent()
    {
        using var card = new SmallCard();
        BuiltImage image = card.Build("card.img");
        BlockMap map = BlockMap.Read(card.Path("card.img.bmap"));
        bool[] mapped = new bool[image.Bytes / BlockMap.BlockBytes];
        foreach (MappedRun run in map.Runs)
        {
            mapped.AsSpan((int)run.First, (int)(run.Last - run.First + 1)).Fill(true);
        }
        byte[] bytes = File.ReadAllBytes(card.Path("card.img"));
        for (int block = 0; block < mapped.Length; block++)
        {
            Assert.IsTrue(mapped[block] || !bytes.AsSpan(block * 4096, 4096).ContainsAnyExcept((byte)0), $"block {block}");
        }
        Assert.IsLessThan(image.Bytes / 2, map.MappedBytes);
        string text = File.ReadAllText(card.Path("card.img.bmap"));
        File.WriteAllText(card.Path("bad.bmap"), text.Replace("0-", "1-"));
        Assert.ThrowsExactly<CliException>(() => BlockMap.Read(card.Path("bad.bmap")));
    }

    private static string Cut(SmallCard card, BuiltImage image, SectorRun run, string name)
    {
        using FileStream source = File.OpenRead(image.File);
        byte[] bytes = new byte[run.Bytes];
        source.Position = run.Offset;
        source.ReadExactly(bytes);
        File.WriteAllBytes(card.Path(name), bytes);
        return card.Path(name);
    }
}
