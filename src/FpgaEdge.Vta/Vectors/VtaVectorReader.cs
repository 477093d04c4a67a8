using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Unicode;

namespace FpgaEdge.Vta.Vectors;

/// <summary>Reads the index of a vector suite.</summary>
internal static class VtaVectorReader
{
    private const string Format = "vta-vectors-1";
    private const string RuntimeFormat = "vta-runtime-vectors-1";

    /// <summary>Largest DRAM image a case may ask for.</summary>
    private const int MaxDramBytes = 1 << 30;

    public static bool IsRuntimeReplay(ReadOnlyMemory<byte> json, out int caseCount)
    {
        using JsonDocument document = Parse(json);
        var root = new JsonField(document.RootElement, "vector suite");
        caseCount = 0;
        if (root["format"].Text() != RuntimeFormat)
        {
            return false;
        }
        caseCount = root["cases"].Items().Count();
        return true;
    }

    public static VtaVectorSuite Read(ReadOnlyMemory<byte> json, Func<string, byte[]> readBlob)
    {
        using JsonDocument document = Parse(json);
        var root = new JsonField(document.RootElement, "vector suite");
        string format = root["format"].Text();
        if (format != Format)
        {
            throw new VtaException($"vector suite: format: expected {Format}, found {format}");
        }
        VtaConfiguration configuration = VtaConfiguration.FromJson(root["config"].Element, Isa(root["isa"]));
        CheckLayout(root.Optional("layout"), configuration);
        byte[] blob = readBlob(FileName(root["bin"]));
        CheckBlob(root.Optional("bin_sha256"), blob);
        uint dramBase = root["dram_base"].UInt32();
        var cases = root["cases"].Items().Select(item => ReadCase(item, dramBase, blob.Length)).ToArray();
        return new VtaVectorSuite(root["config_name"].Text(), configuration, dramBase, blob, cases);
    }

    private static JsonDocument Parse(ReadOnlyMemory<byte> json)
    {
        if (!Utf8.IsValid(json.Span))
        {
            throw new VtaException("vector suite: expected UTF-8 text, found other bytes");
        }
        try
        {
            return JsonDocument.Parse(json);
        }
        catch (JsonException e)
        {
            throw new VtaException($"vector suite: expected JSON, found {e.Message}");
        }
    }

    private static VtaIsa Isa(JsonField isa) => isa.Text() switch
    {
        "current-3bit" => VtaIsa.Current,
        "legacy-2bit" => VtaIsa.Legacy,
        string other => throw new VtaException($"{isa.Path}: expected current-3bit or legacy-2bit, found {other}"),
    };

    private static string FileName(JsonField field)
    {
        string name = field.Text();
        if (name.Length == 0 || name != Path.GetFileName(name))
        {
            throw new VtaException($"{field.Path}: expected the name of a file beside the index, found {name}");
        }
        return name;
    }

    private static void CheckBlob(JsonField? hash, byte[] blob)
    {
        if (hash is JsonField expected)
        {
            string actual = Convert.ToHexStringLower(SHA256.HashData(blob));
            if (actual != expected.Text())
            {
                throw new VtaException($"{expected.Path}: expected {expected.Text()}, the blob has {actual}");
            }
        }
    }

    /// <summary>The suite says where it believes the fields are; ours must be the same.</summary>
    private static void CheckLayout(JsonField? layout, VtaConfiguration configuration)
    {
        if (layout is not JsonField root)
        {
            return;
        }
        VtaInstructionLayout own = VtaInstructionLayout.For(configuration);
        foreach ((string group, string field, VtaBitField ours) in VtaLayoutNames.Of(own))
        {
            int[] theirs = [.. root[group][field].Items().Select(item => item.Int32(0, 128))];
            if (theirs.Length != 2 || theirs[0] != ours.Offset || theirs[1] != ours.Width)
            {
                throw new VtaException($"{root.Path}.{group}.{field}: expected [{ours.Offset},{ours.Width}] for this " +
                    $"configuration, found [{string.Join(',', theirs)}]");
            }
        }
    }

    private static VtaVectorCase ReadCase(JsonField item, uint dramBase, int blobLength)
    {
        int dramSize = item["dram_size"].Int32(0, MaxDramBytes);
        var dram = new Range(dramBase, dramSize, blobLength);
        VtaBlobRange instructions = dram.Blob(item["insn"], item["insn"].Items().ToArray());
        uint address = dram.Address(item["insn_addr"], instructions.Length);
        int count = item["insn_count"].Int32(0, int.MaxValue / VtaInstructionCodec.InstructionBytes);
        if (count * VtaInstructionCodec.InstructionBytes != instructions.Length)
        {
            throw new VtaException($"{item.Path}: {count} instructions do not have {instructions.Length} bytes");
        }
        return new VtaVectorCase
        {
            Name = item["name"].Text(),
            Group = item["group"].Text(),
            DramSize = dramSize,
            Segments = [.. item["segments"].Items().Select(segment => ReadSegment(segment, dram))],
            Instructions = instructions,
            InstructionAddress = address,
            InstructionCount = count,
            ExpectError = item.Optional("expect")?.Text() == "error",
            HashOnly = item.Optional("hash_only")?.Boolean() ?? false,
            Patches = [.. item.Optional("patches")?.Items().Select(patch => ReadPatch(patch, dram)) ?? []],
            FinalSha256 = item.Optional("final_sha256")?.Text().ToLowerInvariant(),
            Counters = ReadCounters(item.Optional("counters")),
            HardwareSafe = item.Optional("hw_safe")?.Boolean(),
            HlsModelMatches = item.Optional("hls_c_model_match")?.Boolean(),
            MinAccReuseDistance = item.Optional("min_acc_reuse_distance")?.Int64(),
            Workload = ReadWorkload(item.Optional("workload")),
        };
    }

    private static VtaVectorSegment ReadSegment(JsonField segment, Range dram)
    {
        int length = segment["len"].Int32(0, int.MaxValue);
        uint address = dram.Address(segment["addr"], length);
        if (segment.Optional("prng") is JsonField seed)
        {
            return new VtaVectorSegment(address, length, 0, seed.UInt64());
        }
        int offset = segment["off"].Int32(0, int.MaxValue);
        dram.CheckBlob(segment, offset, length);
        return new VtaVectorSegment(address, length, offset, null);
    }

    private static VtaVectorPatch ReadPatch(JsonField patch, Range dram)
    {
        JsonField[] parts = [.. patch.Items()];
        if (parts.Length != 3)
        {
            throw new VtaException($"{patch.Path}: expected [address, offset, length], found {parts.Length} values");
        }
        VtaBlobRange bytes = dram.Blob(patch, parts[1..]);
        return new VtaVectorPatch(dram.Address(parts[0], bytes.Length), bytes);
    }

    private static VtaCounters? ReadCounters(JsonField? counters) => counters is not JsonField c
        ? null
        : new VtaCounters(
            c["inp_load_nbytes"].Int64(),
            c["wgt_load_nbytes"].Int64(),
            c["acc_load_nbytes"].Int64(),
            c["uop_load_nbytes"].Int64(),
            c["out_store_nbytes"].Int64(),
            c["gemm_counter"].Int64(),
            c["alu_counter"].Int64());

    private static VtaVectorWorkload? ReadWorkload(JsonField? workload) => workload is not JsonField w
        ? null
        : new VtaVectorWorkload(w["kind"].Text(), w["macs"].Int64());

    /// <summary>The address range of a case's DRAM and the length of the blob, which all references must lie
    /// in.</summary>
    private readonly record struct Range(uint DramBase, int DramSize, int BlobLength)
    {
        public uint Address(JsonField field, int length)
        {
            uint address = field.UInt32();
            if (address < DramBase || (ulong)address + (uint)length > (ulong)DramBase + (uint)DramSize)
            {
                throw new VtaException($"{field.Path}: {address} + {length} bytes is outside {DramBase} + {DramSize}");
            }
            return address;
        }

        public VtaBlobRange Blob(JsonField field, JsonField[] offsetAndLength)
        {
            if (offsetAndLength.Length != 2)
            {
                throw new VtaException($"{field.Path}: expected [offset, length]");
            }
            int offset = offsetAndLength[0].Int32(0, int.MaxValue);
            int length = offsetAndLength[1].Int32(0, int.MaxValue);
            CheckBlob(field, offset, length);
            return new VtaBlobRange(offset, length);
        }

        public void CheckBlob(JsonField field, int offset, int length)
        {
            if ((long)offset + length > BlobLength)
            {
                throw new VtaException($"{field.Path}: {offset} + {length} bytes is outside the blob of {BlobLength}");
            }
        }
    }
}
