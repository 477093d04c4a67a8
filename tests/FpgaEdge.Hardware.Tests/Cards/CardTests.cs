using System.Text;

namespace FpgaEdge.Hardware.Tests.Cards;

[TestClass]
public sealed class CardTests
{
    private const long Mebibyte = 1 << 20;

    // Goal: what is written is read back, also after a move. Method: plan, write, read; compare.
    [TestMethod]
    [DataRow(0L)]
    [DataRow(524288L)]
    public void TableIsReadBack(long moved)
    {
        CardTable table = CardTable.Plan(256 * Mebibyte, 34 * Mebibyte, 80 * Mebibyte).Moved(moved);
        byte[] sector = new byte[CardTable.SectorBytes];
        table.Write(sector);
        Assert.AreEqual(table, CardTable.Read(sector));
        Assert.AreEqual(moved, table.Base);
        Assert.AreEqual((256 * Mebibyte / 512) + moved, table.End);
    }

    // Goal: foreign and damaged boot records are not taken for ours. Method: flip each bit that matters.
    [TestMethod]
    public void DamagedTableIsNotOurs()
    {
        byte[] sector = new byte[CardTable.SectorBytes];
        CardTable table = CardTable.Plan(256 * Mebibyte, 34 * Mebibyte, 80 * Mebibyte);
        table.Write(sector);
        Assert.IsNull(CardTable.Read(new byte[CardTable.SectorBytes]));
        Assert.IsNull(CardTable.Read(sector.AsSpan(0, 100)));
        foreach (int at in new[] { 440, 443, 510, 511, 446 + 4, 446 + 8, 446 + 16 + 8, 446 + 32 + 12, 446 + 48 + 4 })
        {
            sector[at] ^= 0x01;
            Assert.IsNull(CardTable.Read(sector), $"byte {at}");
            sector[at] ^= 0x01;
        }
        Assert.IsNotNull(CardTable.Read(sector));
    }

    // Goal: GRUB finds its second part wherever the system lies. Method: the two numbers, at the places its sources name.
    [TestMethod]
    public void LoaderIsToldWhereItsRestIs()
    {
        byte[] sector = new byte[CardTable.SectorBytes];
        "GRUB "u8.CopyTo(sector.AsSpan(0x180));
        byte[] core = new byte[CardTable.SectorBytes];
        CardTable table = CardTable.Plan(256 * Mebibyte, 34 * Mebibyte, 80 * Mebibyte).Moved(8192);
        table.Write(sector);
        table.WriteLoader(core);
        Assert.AreEqual(8193L, BitConverter.ToInt64(sector, 0x5C));
        Assert.AreEqual(8194L, BitConverter.ToInt64(core, 0x1F4));
    }

    // Goal: a torn write of the slot record never leaves a card that starts an unproven slot as if it were proven, or nothing at
    // all. Method: every transition of the protocol, torn after every byte, in both directions.
    [TestMethod]
    public void TornRecordStartsASlotThatIsWhole()
    {
        foreach (char active in "AB")
        {
            var running = new SlotRecord(active, '-', 0);
            SlotRecord trial = running.TryOther();
            SlotRecord[] steps = [running, trial, trial.Started(), trial.Started().Proven()];
            for (int step = 1; step < steps.Length; step++)
            {
                byte[] before = steps[step - 1].Encode();
                byte[] after = steps[step].Encode();
                for (int cut = 0; cut <= before.Length; cut++)
                {
                    byte[] front = [.. after[..cut], .. before[cut..]];
                    byte[] back = [.. before[..cut], .. after[cut..]];
                    foreach (byte[] torn in new[] { front, back })
                    {
                        char boots = SlotRecord.Decode(torn).Boots;
                        Assert.IsTrue(boots == steps[step - 1].Boots || boots == steps[step].Boots, $"{active}, step {step}, cut {cut}");
                    }
                }
            }
        }
    }

    // Goal: only the first sector of the record ever changes. Method: compare the second one over all states.
    [TestMethod]
    public void RecordChangesInOneSector()
    {
        byte[] reference = SlotRecord.New.Encode();
        foreach (SlotRecord record in new SlotRecord[] { new('B', 'A', 1), new('A', 'B', 0), new('B', '-', 0) })
        {
            CollectionAssert.AreEqual(reference[512..], record.Encode()[512..]);
            Assert.AreEqual(record, SlotRecord.Decode(record.Encode()));
        }
    }

    // Goal: what U-Boot writes is understood, what is no record is refused. Method: its format, and hostile ones.
    [TestMethod]
    public void RecordOfUBootIsReadAndRubbishIsNot()
    {
        byte[] written = new byte[SlotRecord.ByteCount];
        written.AsSpan().Fill((byte)'#');
        Encoding.ASCII.GetBytes("active=B\ntrial=A\ntries=0\n\0").CopyTo(written, 0);
        Assert.AreEqual(new SlotRecord('B', 'A', 0), SlotRecord.Decode(written));
        foreach (string bad in new[] { "", "active=C\ntrial=-\ntries=0\n", "active=A\ntries=0\n", "active=A\ntrial=-\ntries=9\n" })
        {
            Assert.ThrowsExactly<SlotRecordException>(() => SlotRecord.Decode(Encoding.ASCII.GetBytes(bad)));
        }
    }

    // Goal: identities survive, and nothing that would break a line gets in. Method: round trip and refusals.
    [TestMethod]
    public void IdentityIsReadBack()
    {
        var identity = new CardIdentity("board-3", "shelf", "10.77.0.3/24", ["00ff", "11ee"]);
        byte[] text = identity.Encode();
        Assert.HasCount(CardIdentity.ByteCount, text);
        CardIdentity read = CardIdentity.Decode(text)!;
        Assert.AreEqual(("board-3", "shelf", "10.77.0.3/24"), (read.Name, read.Cluster, read.Address));
        CollectionAssert.AreEqual(identity.Keys.ToArray(), read.Keys.ToArray());
        Assert.IsNull(CardIdentity.Decode(new byte[CardIdentity.ByteCount]));
        Assert.ThrowsExactly<ArgumentException>(() => (identity with { Name = "a\nkey=0" }).Encode());
        Assert.ThrowsExactly<ArgumentException>(() => (identity with { Keys = [new string('0', 5000)] }).Encode());
    }

    // Goal: a card file that says something impossible is refused with line and place. Method: one change each.
    [TestMethod]
    [DataRow("\"schema\": 1", "\"schema\": 2", "$.schema")]
    [DataRow("268435456", "268435455", "$.imageBytes")]
    [DataRow("268435456", "402653184", "$.imageBytes")]
    [DataRow("83886080", "283886080", "$.slotBytes")]
    [DataRow("\"grub\"", "\"lilo\"", "$.loader")]
    [DataRow("\"boot.img\"", "\"../boot.img\"", "$.bootFiles[0].file")]
    [DataRow("\"console\"", "\"consol\"", "$")]
    public void BadCardFileIsRefused(string from, string to, string path)
    {
        string file = Path.Combine(FpgaEdge.Tests.SharedData.RepositoryRoot, "bsp", "virtual-x86", "card.json");
        string text = File.ReadAllText(file);
        Assert.AreEqual(CardLoader.Grub, CardDescription.Parse("card.json", Encoding.UTF8.GetBytes(text)).Loader);
        var e = Assert.ThrowsExactly<BoardFileException>(() => CardDescription.Parse("card.json", Encoding.UTF8.GetBytes(text.Replace(from, to))));
        Assert.AreEqual(path, e.Path);
    }
}
