using System.Net;
using System.Security.Cryptography;
using FpgaEdge.Board;
using FpgaEdge.Cli.Commands.Update;
using FpgaEdge.Hardware;

namespace FpgaEdge.Cli.Tests.Images;

[TestClass]
public sealed class UpdateTests
{
    private const string Key = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";

    // Goal: S2 and S5 on the card: a power cut at any write of an update, with the write at the cut torn after 0, 1 and 5 sectors,
    // leaves a card that starts the old slot, or, once all was written and verified, the new one for a trial; all cut points. Method:
    // a card in memory that dies at every k-th write; what starts is worked out from its bytes.
    [TestMethod]
    public void PowerCutAtAnyWriteLeavesASlotThatIsWhole()
    {
        using var update = new Update();
        string before = TinyImage.Boots(update.Old.Bytes)!;
        var whole = new FaultyCard([.. update.Old.Bytes]);
        update.Apply(whole);
        (string after, char slot) = TinyImage.Started(whole.Content)!.Value;
        Assert.AreEqual('B', slot);
        CollectionAssert.AreEqual(Slot(update.New.Bytes, update.New.Table.SlotA), Slot(whole.Content, update.Old.Table.SlotB));
        CollectionAssert.AreEqual(Slot(update.Old.Bytes, update.Old.Table.SlotA), Slot(whole.Content, update.Old.Table.SlotA));
        for (int cut = 1; cut <= whole.Writes.Count; cut++)
        {
            foreach (int torn in new[] { 0, 1, 5 })
            {
                var card = new FaultyCard([.. update.Old.Bytes]) { CutAt = cut, TornSectors = torn };
                Assert.ThrowsExactly<HardwareException>(() => update.Apply(card));
                // The last write is the record's; the sector that changes in it is the first one that differs.
                int changed = (TinyImage.RecordOffset(update.Old.Table) % 4096 / 512) + 1;
                Assert.AreEqual(cut == whole.Writes.Count && torn >= changed ? after : before, TinyImage.Boots(card.Content),
                    $"write {cut}, {torn} sectors");
            }
        }
        Assert.IsGreaterThan(1, whole.Writes.Count);
    }

    // Goal: S5, tried once: after the loader has started the trial, every further start gives the old slot until it is confirmed;
    // after that the new one, and updates go into the other slot. Method: the record's steps on a card, as loader and board do them.
    [TestMethod]
    public void UnprovenSlotIsTriedOnce()
    {
        using var update = new Update();
        var card = new FaultyCard([.. update.Old.Bytes]);
        update.Apply(card);
        var record = new SlotRecordOnCard(card.Read, card.Write);
        Assert.AreEqual('B', record.Record.Boots);
        record.Write(record.Record.Started());
        Assert.AreEqual('A', TinyImage.Started(card.Content)!.Value.Slot);
        StringAssert.Contains(Assert.ThrowsExactly<UpdateException>(() => update.Apply(card)).Message, "has not proven itself yet");
        record.Write(record.Record.Proven());
        Assert.AreEqual('B', TinyImage.Started(card.Content)!.Value.Slot);
        update.Apply(card);
        Assert.AreEqual('A', TinyImage.Started(card.Content)!.Value.Slot);
    }

    // Goal: nothing that was changed on its way, signed by another, cut off or meant for another board is ever tried. Method: a bit
    // flipped at 200 places over the whole update; another key; every kind of cut; another board's name; bytes that change on the card.
    [TestMethod]
    public void ChangedUpdateIsRefused()
    {
        using var update = new Update();
        byte[] bytes = File.ReadAllBytes(update.File);
        for (int i = 0; i < 200; i++)
        {
            byte[] changed = [.. bytes];
            changed[(int)((long)i * bytes.Length / 200)] ^= 0x04;
            Refused(changed, update.PublicKey, "tiny");
        }
        using var other = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        Refused(bytes, other, "tiny");
        Refused(bytes, update.PublicKey, "huge");
        foreach (int length in new[] { 0, 5, 12, 100, 250, bytes.Length / 2, bytes.Length - 1 })
        {
            Refused(bytes[..length], update.PublicKey, "tiny");
        }
        var flips = new FaultyCard([.. update.Old.Bytes]) { FlippedByte = update.Old.Table.SlotB.Offset + 70_000 };
        Assert.ThrowsExactly<UpdateException>(() => update.Apply(flips));
        Assert.AreEqual(TinyImage.Boots(update.Old.Bytes), TinyImage.Boots(flips.Content));

        void Refused(byte[] content, ECDsa key, string board)
        {
            var card = new FaultyCard([.. update.Old.Bytes]);
            Assert.ThrowsExactly<UpdateException>(() => new SlotUpdate(card.Read, card.Write, card.Flush)
                .Apply(new MemoryStream(content), key, board, (_, _) => { }));
            Assert.AreEqual(TinyImage.Boots(update.Old.Bytes), TinyImage.Boots(card.Content));
        }
    }

    // Goal: a card takes a public key of P-256 and nothing else. Method: the file as .NET writes it, line ends of another system, and
    // files that are nearly right: a private key, another curve, a damaged point, half a file.
    [TestMethod]
    public void OnlyPublicKeysOfTheRightKindAreRead()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        string pem = key.ExportSubjectPublicKeyInfoPem();
        byte[] text = [1, 2, 3];
        byte[] signature = key.SignData(text, HashAlgorithmName.SHA256);
        foreach (string file in new[] { pem, $"{pem}\n", pem.ReplaceLineEndings("\r\n"), $"a note\n{pem}" })
        {
            using ECDsa read = UpdateKey.Parse(file);
            Assert.IsTrue(read.VerifyData(text, signature, HashAlgorithmName.SHA256));
            Assert.IsFalse(read.VerifyData(text[1..], signature, HashAlgorithmName.SHA256));
        }
        using var longer = ECDsa.Create(ECCurve.NamedCurves.nistP384);
        foreach (string file in new[]
        {
            "", "no key", key.ExportPkcs8PrivateKeyPem(), longer.ExportSubjectPublicKeyInfoPem(), pem[..(pem.Length / 2)],
            PemEncoding.WriteString("PUBLIC KEY", key.ExportSubjectPublicKeyInfo()[..^1]),
        })
        {
            Assert.ThrowsExactly<FormatException>(() => UpdateKey.Parse(file), file);
        }
        byte[] offTheCurve = key.ExportSubjectPublicKeyInfo();
        offTheCurve[^1] ^= 1;
        Assert.Throws<CryptographicException>(() => UpdateKey.Parse(PemEncoding.WriteString("PUBLIC KEY", offTheCurve)));
    }

    // Goal: over the network: an update arrives, is tried, confirmed, or left by itself; without the key nothing is done. Method: the
    // board's server on a card in memory, the tool's client, a trial of a fraction of a second.
    [TestMethod]
    public async Task BoardTakesUpdatesOverTheNetwork()
    {
        using var update = new Update();
        var card = new FaultyCard([.. update.Old.Bytes]);
        await using (var board = new Board(update, card, 'A'))
        {
            var stranger = new UpdateClient(board.EndPoint, [Key.Replace('0', '1')]);
            StringAssert.Contains((await Assert.ThrowsExactlyAsync<CliException>(() => stranger.AskAsync("state", default))).Message,
                "give --key-file");
            var client = new UpdateClient(board.EndPoint, [Key]);
            Assert.AreEqual("A", (await client.AskAsync("state", default))["active"]);
            await Assert.ThrowsExactlyAsync<CliException>(() => client.AskAsync("confirm", default));
            using (FileStream file = File.OpenRead(update.File))
            {
                Assert.AreEqual("B", await client.UpdateAsync(file, _ => { }, default));
            }
            await client.AskAsync("reboot", default);
            Assert.IsTrue(SpinWait.SpinUntil(() => board.Restarts == 1, TimeSpan.FromSeconds(10)));
        }
        new SlotRecordOnCard(card.Read, card.Write).Write(new SlotRecord('A', 'B', 0));
        await using (var board = new Board(update, card, 'B'))
        {
            Assert.IsTrue(SpinWait.SpinUntil(() => board.Restarts == 1, TimeSpan.FromSeconds(10)));
            Assert.AreEqual('A', TinyImage.Started(card.Content)!.Value.Slot);
            StringAssert.Contains(board.Said, "did not prove itself");
        }
        // Back on the old slot the failed trial is forgotten, and the next update is taken.
        await using (var board = new Board(update, card, 'A'))
        {
            var client = new UpdateClient(board.EndPoint, [Key]);
            Assert.AreEqual("-", (await client.AskAsync("state", default))["pending"]);
            // Refused at its first bytes, and the reason arrives although all the others are still sent.
            using var strange = new MemoryStream(new byte[64 << 20]);
            StringAssert.Contains((await Assert.ThrowsExactlyAsync<CliException>(() => client.UpdateAsync(strange, _ => { }, default))).Message,
                "expected an update, found something else");
            using FileStream file = File.OpenRead(update.File);
            Assert.AreEqual("B", await client.UpdateAsync(file, _ => { }, default));
        }
        new SlotRecordOnCard(card.Read, card.Write).Write(new SlotRecord('A', 'B', 0));
        await using (var board = new Board(update, card, 'B'))
        {
            var client = new UpdateClient(board.EndPoint, [Key]);
            Assert.AreEqual("1", (await client.AskAsync("state", default))["trial"]);
            await client.AskAsync("confirm", default);
            Assert.AreEqual("0", (await client.AskAsync("state", default))["trial"]);
            await Task.Delay(TimeSpan.FromSeconds(1));
            Assert.AreEqual(0, board.Restarts);
            Assert.AreEqual('B', TinyImage.Started(card.Content)!.Value.Slot);
        }
    }

    private static byte[] Slot(byte[] card, SectorRun slot) => card[(int)slot.Offset..(int)(slot.Offset + slot.Bytes)];

    /// <summary>A board's update server on a card in memory.</summary>
    private sealed class Board : IAsyncDisposable
    {
        private readonly CancellationTokenSource stop = new();
        private readonly UpdateServer server;
        private readonly Task running;
        private volatile int restarts;
        private volatile string said = "";

        public Board(Update update, FaultyCard card, char slot)
        {
            server = new UpdateServer(new UpdateServerOptions
            {
                Listen = new IPEndPoint(IPAddress.Loopback, 0), UpdateKey = update.PublicKey, Keys = [Key], Board = "tiny", Name = "b1",
                Slot = slot, TrialLimit = TimeSpan.FromMilliseconds(700),
                Restart = () => restarts++, Say = text => said += text,
            }, new Card(card));
            running = Task.Run(() => server.RunAsync(stop.Token));
            SpinWait.SpinUntil(() => server.IsListening, TimeSpan.FromSeconds(10));
        }

        public IPEndPoint EndPoint => server.EndPoint;

        public int Restarts => restarts;

        public string Said => said;

        public async ValueTask DisposeAsync()
        {
            await stop.CancelAsync();
            await running;
            server.Dispose();
            stop.Dispose();
        }

        private sealed class Card(FaultyCard card) : IUpdatedCard
        {
            public void Read(long offset, Span<byte> bytes) => card.Read(offset, bytes);

            public void Write(long offset, ReadOnlySpan<byte> bytes) => card.Write(offset, bytes);

            public void Flush() => card.Flush();
        }
    }

    /// <summary>An old system on a card, and a signed update made from a new one's image.</summary>
    private sealed class Update : IDisposable
    {
        public Update()
        {
            string key = Path.Combine(Old.Folder, "update.pem");
            UpdateBundler.NewKey(key);
            PublicKey = UpdateKey.Parse(System.IO.File.ReadAllText(key + ".pub"));
            UpdateBundler.Make(New.File, key, "tiny", "a new one", File);
        }

        public TinyImage Old { get; } = new(1);

        public TinyImage New { get; } = new(2);

        public ECDsa PublicKey { get; }

        public string File => Path.Combine(Old.Folder, "tiny.update");

        public void Apply(FaultyCard card)
        {
            using FileStream update = System.IO.File.OpenRead(File);
            new SlotUpdate(card.Read, card.Write, card.Flush).Apply(update, PublicKey, "tiny", (_, _) => { });
        }

        public void Dispose()
        {
            Old.Dispose();
            New.Dispose();
            PublicKey.Dispose();
        }
    }
}
