using System.Diagnostics;
using FpgaEdge.Cli.Images;
using FpgaEdge.Cli.Images.Flash;
using FpgaEdge.Hardware;

namespace FpgaEdge.Cli.Tests.Images;

[TestClass]
public sealed class FlashTests
{
    private const int Piece = 64 * 1024;

    // Goal: S2. A card with a system on it and room for another starts, after a power cut at any write, the old system or the
    // new one; all cut points, with the write at the cut torn after 0, 1 and 5 sectors. Method: flash a second image over a first
    // with the power cut at every k-th write, and work out from the card's bytes what starts.
    [TestMethod]
    [DataRow(2.0, DisplayName = "the old system lies in front")]
    [DataRow(2.5, DisplayName = "the old system lies behind")]
    public void PowerCutAtAnyWriteLeavesOldOrNew(double position)
    {
        using var old = new TinyImage(1);
        using var fresh = new TinyImage(2);
        using var third = new TinyImage(3);
        ImageSource image = ImageSource.Open(fresh.File);
        byte[] before = new byte[3 * fresh.Bytes.Length];
        Flash(old, before, ImageSource.Open(old.File));
        if (position > 2.2)
        {
            Flash(third, before, ImageSource.Open(third.File));
        }
        string oldSystem = TinyImage.Boots(before)!;
        var whole = new FaultyCard([.. before]);
        Assert.IsNull(Run(whole, image).Failure);
        string newSystem = TinyImage.Boots(whole.Content)!;
        Assert.AreNotEqual(oldSystem, newSystem);
        int points = 0;
        for (int cut = 1; cut <= whole.Writes.Count; cut++)
        {
            foreach (int torn in new[] { 0, 1, 5 })
            {
                var card = new FaultyCard([.. before]) { CutAt = cut, TornSectors = torn };
                Assert.IsNotNull(Run(card, image).Failure);
                string? starts = TinyImage.Boots(card.Content);
                bool activated = cut == whole.Writes.Count && torn > 0;
                Assert.AreEqual(activated ? newSystem : oldSystem, starts, $"write {cut}, {torn} sectors");
                points++;
            }
        }
        Assert.AreEqual(3 * whole.Writes.Count, points);
        Assert.IsGreaterThan(60, whole.Writes.Count);
        Assert.AreEqual((0L, 4096), whole.Writes[^1]);
    }

    // Goal: a card without a system of ours, or too small for two, never starts a half-written one. Method: as above.
    [TestMethod]
    [DataRow(false)]
    [DataRow(true)]
    public void PowerCutOnACardWithoutRoomLeavesNothingOrNew(bool hasSystem)
    {
        using var old = new TinyImage(1);
        using var fresh = new TinyImage(2);
        ImageSource image = ImageSource.Open(fresh.File);
        byte[] before = hasSystem ? old.Bytes : new byte[fresh.Bytes.Length];
        new Random(9).NextBytes(hasSystem ? [] : before);
        var whole = new FaultyCard([.. before]);
        Assert.IsNull(Run(whole, image).Failure);
        string newSystem = TinyImage.Boots(whole.Content)!;
        for (int cut = 1; cut <= whole.Writes.Count; cut++)
        {
            var card = new FaultyCard([.. before]) { CutAt = cut };
            CardOutcome outcome = Run(card, image);
            Assert.IsNotNull(outcome.Failure);
            Assert.IsFalse(outcome.Plan.OldSurvives);
            string? starts = TinyImage.Boots(card.Content);
            Assert.AreEqual(hasSystem && cut == 1 ? TinyImage.Boots(old.Bytes) : null, starts, $"write {cut}");
        }
        Assert.AreEqual(newSystem, TinyImage.Boots(whole.Content));
    }

    // Goal: S1, one byte that changes on the card, in any block of 64 KiB, is caught before the card is made to start. Method: one
    // flip per block position, at a place inside that differs from block to block, for every block of the image.
    [TestMethod]
    public void OneChangedByteAnywhereIsCaught()
    {
        using var fresh = new TinyImage(2);
        ImageSource image = ImageSource.Open(fresh.File);
        int blocks = fresh.Bytes.Length / Piece;
        for (int block = 0; block < blocks; block++)
        {
            var card = new FaultyCard(new byte[fresh.Bytes.Length]) { FlippedByte = (block * Piece) + (block * 7919 % Piece) };
            CardOutcome outcome = Run(card, image);
            Assert.IsTrue(outcome.Mismatch, $"block {block}");
            StringAssert.Contains(outcome.Failure!.Message, $"byte {card.FlippedByte} was written as");
            Assert.IsTrue(block == 0 || TinyImage.Boots(card.Content) is null, $"block {block}: the card starts");
        }
        Assert.AreEqual(80, blocks);
    }

    // Goal: a refused write ends in one line and a card that does not start the new system; the other cards go on. Method: refuse
    // every write in turn, with a healthy card beside.
    [TestMethod]
    public void RefusedWriteSpoilsOneCardOnly()
    {
        using var fresh = new TinyImage(2, holes: true);
        ImageSource image = ImageSource.Open(fresh.File);
        var reference = new FaultyCard(new byte[fresh.Bytes.Length]);
        Run(reference, image);
        for (int write = 1; write <= reference.Writes.Count; write++)
        {
            var bad = new FaultyCard(new byte[fresh.Bytes.Length]) { RefuseAt = write };
            var good = new FaultyCard(new byte[fresh.Bytes.Length]);
            CardPlan[] plans = [CardPlan.Make(bad, image, null), CardPlan.Make(good, image, null)];
            IReadOnlyList<CardOutcome> outcomes = new Flasher(image, _ => { }, Piece).Run(plans, CancellationToken.None);
            StringAssert.Contains(outcomes[0].Failure!.Message, "Input/output error");
            Assert.IsNull(TinyImage.Boots(bad.Content), $"write {write}");
            Assert.IsNull(outcomes[1].Failure);
            CollectionAssert.AreEqual(fresh.Bytes, good.Content);
        }
    }

    // Goal: each card gets its own identity and is otherwise the image; blocks that nothing uses stay as they were. Method: three
    // cards full of rubbish in one go, from an image with holes.
    [TestMethod]
    public void CardsGetTheirOwnIdentities()
    {
        using var fresh = new TinyImage(2, holes: true);
        ImageSource image = ImageSource.Open(fresh.File);
        var identities = new CardIdentities("shelf-{n}", "shelf", "10.0.0.{n}/24", 7, []);
        FaultyCard[] cards = [.. Enumerable.Range(0, 3).Select(_ => new FaultyCard(Rubbish(fresh.Bytes.Length)))];
        CardPlan[] plans = [.. cards.Select((card, i) => CardPlan.Make(card, image, identities.ForCard(i)))];
        Assert.IsTrue(new Flasher(image, _ => { }, Piece).Run(plans, CancellationToken.None).All(outcome => outcome.Failure is null));
        for (int i = 0; i < cards.Length; i++)
        {
            Assert.AreEqual($"shelf-{7 + i}", TinyImage.Identity(cards[i].Content, fresh.Table));
            Assert.AreEqual(TinyImage.Boots(fresh.Bytes), TinyImage.Boots(cards[i].Content));
            int unused = (int)fresh.Table.SlotB.Offset + 8192;
            Assert.AreEqual(Rubbish(fresh.Bytes.Length)[unused], cards[i].Content[unused]);
        }
        byte[] Rubbish(int length)
        {
            byte[] bytes = new byte[length];
            new Random(5).NextBytes(bytes);
            return bytes;
        }
    }

    // Goal: compressed images are the same images. Method: gzip, xz and zstd, written to files past the page cache; a cut one is refused.
    [TestMethod]
    [DataRow("gzip", ".gz")]
    [DataRow("xz", ".xz")]
    [DataRow("zstd", ".zst")]
    public void CompressedImagesAreRead(string tool, string extension)
    {
        if (HostTool.Find(tool) is null)
        {
            Assert.Inconclusive($"needs {tool}");
        }
        using var fresh = new TinyImage(2, holes: true);
        using (Process process = Process.Start(HostTool.Find(tool)!, ["-k", "-q", "-1", fresh.File]))
        {
            process.WaitForExit();
        }
        string target = Path.Combine(fresh.Folder, "card");
        File.WriteAllBytes(target, new byte[fresh.Bytes.Length]);
        using (var card = new CardDevice(target))
        {
            Assert.IsNull(Run(card, ImageSource.Open(fresh.File + extension)).Failure);
        }
        CollectionAssert.AreEqual(fresh.Bytes, File.ReadAllBytes(target));
        byte[] compressed = File.ReadAllBytes(fresh.File + extension);
        File.WriteAllBytes(fresh.File + extension, compressed[..(compressed.Length / 2)]);
        using var again = new CardDevice(target);
        var e = Assert.ThrowsExactly<CliException>(() => Run(again, ImageSource.Open(fresh.File + extension)));
        Assert.AreEqual(ExitCode.BadInputFile, e.ExitCode);
    }

    // Goal: a map of another image, an image that is none, and an identity for an image without one are refused. Method: each.
    [TestMethod]
    public void WrongImagesAreRefused()
    {
        using var fresh = new TinyImage(2, holes: true);
        string other = Path.Combine(fresh.Folder, "other.img");
        File.WriteAllBytes(other, new byte[8192]);
        File.Copy(fresh.File + ".bmap", other + ".bmap");
        StringAssert.Contains(Assert.ThrowsExactly<CliException>(() => ImageSource.Open(other)).Message, "expected the map of an image");
        File.Delete(other + ".bmap");
        var small = new FaultyCard(new byte[4096]);
        StringAssert.Contains(
            Assert.ThrowsExactly<CliException>(() => CardPlan.Make(small, ImageSource.Open(other), null)).Message, "use a larger card");
        var card = new FaultyCard(new byte[8192]);
        var identity = new CardIdentity("a", "b", "dhcp", []);
        Assert.ThrowsExactly<CliException>(() => CardPlan.Make(card, ImageSource.Open(other), identity));
        File.WriteAllBytes(other, new byte[100]);
        Assert.ThrowsExactly<CliException>(() => ImageSource.Open(other));
        Assert.ThrowsExactly<CliException>(() => ImageSource.Open(Path.Combine(fresh.Folder, "none")));
    }

    private static void Flash(TinyImage image, byte[] content, ImageSource source) =>
        Assert.IsNull(Run(new FaultyCard(content), source).Failure, image.File);

    private static CardOutcome Run(ICardDevice card, ImageSource image) =>
        new Flasher(image, _ => { }, Piece).Run([CardPlan.Make(card, image, null)], CancellationToken.None)[0];
}
