using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace FpgaEdge.Hardware;

/// <summary>An update that cannot be used; nothing of it takes effect.</summary>
public sealed class UpdateException(string message) : Exception(message);

/// <summary>
/// What an update says about itself, and what its maker signs:
/// <code>"FEUPDATE" length(4, little-endian) manifest signature(64) payload</code>
/// The manifest is a text of <c>name=value</c> lines. The signature is ECDSA over P-256 with SHA-256 (IEEE P1363 format) of the
/// manifest, which holds the payload's SHA-256. The payload is the blocks of a root slot that are in use, in order.
/// </summary>
/// <param name="Board">The board that it is for: the name in its board.json.</param>
/// <param name="Release">What is in it, for people.</param>
/// <param name="SlotBytes">Size of the slot.</param>
/// <param name="Runs">Blocks of 4096 bytes that are in use, as first and last block from the slot's start.</param>
/// <param name="PayloadSha256">Hash of the payload.</param>
public sealed record UpdateManifest(
    string Board, string Release, long SlotBytes, IReadOnlyList<(long First, long Last)> Runs, string PayloadSha256)
{
    /// <summary>Bytes of a block.</summary>
    public const int BlockBytes = 4096;

    /// <summary>Bytes of the signature.</summary>
    public const int SignatureBytes = 64;

    private const int LongestManifest = 1 << 20;
    private const string Title = "fpgaedge update 1";
    private static readonly byte[] Magic = "FEUPDATE"u8.ToArray();

    /// <summary>Bytes of the payload.</summary>
    public long PayloadBytes => Runs.Sum(run => (run.Last - run.First + 1) * BlockBytes);

    /// <summary>Writes everything but the payload.</summary>
    public void Write(Stream stream, ECDsa key)
    {
        byte[] manifest = Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture,
            $"{Title}\nboard={Board}\nrelease={Release}\nslotBytes={SlotBytes}\npayloadSha256={PayloadSha256}\n") +
            $"runs={string.Join(',', Runs.Select(run => $"{run.First}-{run.Last}"))}\n");
        byte[] length = new byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(length, manifest.Length);
        stream.Write(Magic);
        stream.Write(length);
        stream.Write(manifest);
        stream.Write(key.SignData(manifest, HashAlgorithmName.SHA256));
    }

    /// <summary>Reads everything but the payload, which comes next in the stream.</summary>
    /// <exception cref="UpdateException">Damaged, signed by somebody else, or impossible.</exception>
    public static UpdateManifest Read(Stream stream, ECDsa key)
    {
        try
        {
            byte[] head = new byte[Magic.Length + 4];
            stream.ReadExactly(head);
            int length = BinaryPrimitives.ReadInt32LittleEndian(head.AsSpan(Magic.Length));
            if (!head.AsSpan().StartsWith(Magic) || length is <= 0 or > LongestManifest)
            {
                throw new UpdateException("expected an update, found something else; make one with 'fpgaedge update bundle'");
            }
            byte[] manifest = new byte[length];
            byte[] signature = new byte[SignatureBytes];
            stream.ReadExactly(manifest);
            stream.ReadExactly(signature);
            return key.VerifyData(manifest, signature, HashAlgorithmName.SHA256)
                ? Parse(Encoding.ASCII.GetString(manifest))
                : throw new UpdateException("expected an update signed with the card's update key, found another signature");
        }
        catch (EndOfStreamException)
        {
            throw new UpdateException("expected a whole update, found one that is cut off; copy it again");
        }
    }

    private static UpdateManifest Parse(string text)
    {
        Dictionary<string, string> values = text.Split('\n').Where(line => line.Contains('='))
            .ToDictionary(line => line[..line.IndexOf('=')], line => line[(line.IndexOf('=') + 1)..]);
        try
        {
            var manifest = new UpdateManifest(values["board"], values["release"], long.Parse(values["slotBytes"], CultureInfo.InvariantCulture),
                [.. values["runs"].Split(',').Select(ParseRun)], values["payloadSha256"]);
            long next = 0;
            foreach ((long first, long last) in manifest.Runs)
            {
                if (first < next || last < first || (last + 1) * BlockBytes > manifest.SlotBytes)
                {
                    throw new FormatException();
                }
                next = last + 1;
            }
            return text.StartsWith(Title + "\n", StringComparison.Ordinal) ? manifest : throw new FormatException();
        }
        catch (Exception e) when (e is FormatException or KeyNotFoundException or OverflowException)
        {
            throw new UpdateException("expected an update of version 1, found a signed text that is none; use the fpgaedge that made it");
        }
    }

    private static (long First, long Last) ParseRun(string text)
    {
        int hyphen = text.IndexOf('-');
        return (long.Parse(text[..hyphen], CultureInfo.InvariantCulture), long.Parse(text[(hyphen + 1)..], CultureInfo.InvariantCulture));
    }
}

/// <summary>Writes an update into the slot that does not run, and tells the boot loader to try it once.</summary>
/// <param name="read">Reads the card past every cache.</param>
/// <param name="write">Writes the card.</param>
/// <param name="flush">Waits until the card has everything.</param>
public sealed class SlotUpdate(ReadCard read, WriteCard write, Action flush)
{
    private const int PieceBytes = 1 << 20;

    /// <summary>Takes an update: everything is written and read back before the one write that activates it.</summary>
    /// <param name="update">The whole update.</param>
    /// <param name="key">Whose signature is accepted.</param>
    /// <param name="board">What board this is.</param>
    /// <param name="progress">Bytes done and in all.</param>
    /// <returns>The slot that is tried at the next start.</returns>
    /// <exception cref="UpdateException">It is not for this board, or arrived or was written damaged; the running slot stays.</exception>
    public char Apply(Stream update, ECDsa key, string board, Action<long, long> progress)
    {
        UpdateManifest manifest = UpdateManifest.Read(update, key);
        var record = new SlotRecordOnCard(read, write);
        Check(manifest, record, board);
        char target = record.Record.Other;
        SectorRun slot = record.Table.Slot(target);
        Write(update, manifest, slot, progress);
        flush();
        Verify(manifest, slot);
        record.Write(record.Record.TryOther());
        flush();
        return new SlotRecordOnCard(read, write).Record.Trial == target
            ? target
            : throw new UpdateException("the slot record reads back other than it was written; use another card");
    }

    private static void Check(UpdateManifest manifest, SlotRecordOnCard record, string board)
    {
        if (manifest.Board != board)
        {
            throw new UpdateException($"expected an update for {board}, found one for {manifest.Board}");
        }
        if (record.Record.Trial != '-')
        {
            throw new UpdateException($"slot {record.Record.Trial} has not proven itself yet; wait until it has, or until the board is back");
        }
        if (record.Table.SlotA.Bytes != manifest.SlotBytes)
        {
            throw new UpdateException($"expected an update for slots of {record.Table.SlotA.Bytes} bytes, found one for {manifest.SlotBytes}; " +
                "write the card again");
        }
    }

    private void Write(Stream update, UpdateManifest manifest, SectorRun slot, Action<long, long> progress)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        using var piece = new CardBuffer(PieceBytes);
        long total = manifest.PayloadBytes;
        long done = 0;
        foreach ((long offset, int count) in Pieces(manifest))
        {
            Span<byte> bytes = piece.Span[..count];
            try
            {
                update.ReadExactly(bytes);
            }
            catch (EndOfStreamException)
            {
                throw new UpdateException("expected a whole update, found one that is cut off; send it again");
            }
            hash.AppendData(bytes);
            write(slot.Offset + offset, bytes);
            done += count;
            progress(done, total);
        }
        Require(manifest, hash, "arrived");
    }

    private void Verify(UpdateManifest manifest, SectorRun slot)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        using var piece = new CardBuffer(PieceBytes);
        foreach ((long offset, int count) in Pieces(manifest))
        {
            read(slot.Offset + offset, piece.Span[..count]);
            hash.AppendData(piece.Span[..count]);
        }
        Require(manifest, hash, "is on the card");
    }

    private static void Require(UpdateManifest manifest, IncrementalHash hash, string what)
    {
        string found = Convert.ToHexStringLower(hash.GetHashAndReset());
        if (found != manifest.PayloadSha256)
        {
            throw new UpdateException($"expected sha256 {manifest.PayloadSha256}, but what {what} has {found}; send it again");
        }
    }

    private static IEnumerable<(long Offset, int Count)> Pieces(UpdateManifest manifest)
    {
        foreach ((long first, long last) in manifest.Runs)
        {
            long end = (last + 1) * UpdateManifest.BlockBytes;
            for (long at = first * UpdateManifest.BlockBytes; at < end; at += PieceBytes)
            {
                yield return (at, (int)Math.Min(PieceBytes, end - at));
            }
        }
    }
}
