using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace FpgaEdge.Hardware;

/// <summary>
/// A JSON document that remembers on which line each value stands, so that an error can point at it. Every member
/// that is read is ticked off; what remains is an unknown member, most often a misspelt one.
/// </summary>
internal sealed class LocatedJson
{
    private readonly string file;
    private readonly string path;
    private readonly int line;
    private readonly JsonTokenType kind;
    private readonly string text;
    private readonly Dictionary<string, LocatedJson> members = [];
    private readonly List<LocatedJson> items = [];
    private readonly HashSet<string> read = [];

    private LocatedJson(string file, string path, ref Utf8JsonReader reader, Lines lines)
    {
        this.file = file;
        this.path = path;
        line = lines.At(reader.TokenStartIndex);
        kind = reader.TokenType;
        text = kind is JsonTokenType.String or JsonTokenType.PropertyName ? reader.GetString()! : RawText(ref reader);
        if (kind == JsonTokenType.StartObject)
        {
            ReadMembers(ref reader, lines);
        }
        else if (kind == JsonTokenType.StartArray)
        {
            while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
            {
                items.Add(new LocatedJson(file, $"{path}[{items.Count}]", ref reader, lines));
            }
        }
    }

    /// <summary>The elements of an array.</summary>
    public IReadOnlyList<LocatedJson> Items
    {
        get
        {
            Expect(JsonTokenType.StartArray, "an array");
            return items;
        }
    }

    /// <summary>Parses a whole document.</summary>
    /// <exception cref="BoardFileException">Not JSON, nested too deeply, or a member given twice.</exception>
    public static LocatedJson Parse(string file, ReadOnlySpan<byte> utf8)
    {
        var lines = new Lines(utf8);
        try
        {
            var reader = new Utf8JsonReader(utf8, new JsonReaderOptions { MaxDepth = 16 });
            reader.Read();
            var root = new LocatedJson(file, "$", ref reader, lines);
            reader.Read();
            return root;
        }
        catch (JsonException e)
        {
            int line = (int)(e.LineNumber ?? 0) + 1;
            throw new BoardFileException(file, line, e.Path ?? "$", $"not JSON: {FirstSentence(e.Message)}");
        }
        catch (InvalidOperationException)
        {
            throw new BoardFileException(file, "not JSON: a string holds bytes that are not UTF-8");
        }
    }

    /// <summary>The member of that name, which must exist.</summary>
    public LocatedJson Member(string name)
    {
        Expect(JsonTokenType.StartObject, "an object");
        read.Add(name);
        return members.TryGetValue(name, out LocatedJson? value) ? value : throw Fault($"\"{name}\" is missing");
    }

    /// <summary>The member of that name, or null: for what a board may not have.</summary>
    public LocatedJson? OptionalMember(string name)
    {
        Expect(JsonTokenType.StartObject, "an object");
        read.Add(name);
        return members.GetValueOrDefault(name);
    }

    /// <summary>Refuses members that nobody asked for.</summary>
    public void RefuseUnknown()
    {
        foreach ((string name, LocatedJson value) in members)
        {
            if (!read.Contains(name))
            {
                throw value.Fault($"unknown member; expected one of {string.Join(", ", read)}");
            }
        }
    }

    /// <summary>A string that is not empty.</summary>
    public string Text()
    {
        Expect(JsonTokenType.String, "a string");
        return text.Length > 0 ? text : throw Fault("expected a string that is not empty");
    }

    /// <summary>true or false.</summary>
    public bool Flag() => kind switch
    {
        JsonTokenType.True => true,
        JsonTokenType.False => false,
        _ => throw Fault($"expected true or false, found {Describe()}"),
    };

    /// <summary>A whole number within bounds.</summary>
    public long Integer(long minimum, long maximum)
    {
        Expect(JsonTokenType.Number, "a number");
        return long.TryParse(text, out long value) && value >= minimum && value <= maximum
            ? value
            : throw Fault($"expected a whole number {minimum}..{maximum}, found {text}");
    }

    /// <summary>A number within bounds; for figures that are not counted but measured.</summary>
    public double Number(double minimum, double maximum)
    {
        Expect(JsonTokenType.Number, "a number");
        return double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double value)
            && value >= minimum && value <= maximum
            ? value
            : throw Fault($"expected a number {minimum}..{maximum}, found {text}");
    }

    /// <summary>An I2C address of 7 bits, written as a string "0x40"; those that the bus itself uses are
    /// refused.</summary>
    public int I2cAddress()
    {
        uint address = Address();
        return address is >= 0x08 and <= 0x77
            ? (int)address
            : throw Fault($"expected a 7-bit I2C address \"0x08\" to \"0x77\", found \"{text}\"");
    }

    /// <summary>A physical address of up to 32 bits, written as a string "0x…" because JSON has no hexadecimal
    /// numbers.</summary>
    public uint Address()
    {
        string digits = Text();
        return digits.StartsWith("0x", StringComparison.Ordinal)
            && uint.TryParse(digits.AsSpan(2), NumberStyles.AllowHexSpecifier, null, out uint value)
            ? value
            : throw Fault($"expected a 32-bit address such as \"0x43C00000\", found \"{digits}\"");
    }

    /// <summary>One of a few words.</summary>
    public T Choice<T>(params ReadOnlySpan<(string Word, T Value)> choices)
    {
        string word = Text();
        var words = new List<string>();
        foreach ((string candidate, T value) in choices)
        {
            if (candidate == word)
            {
                return value;
            }
            words.Add($"\"{candidate}\"");
        }
        throw Fault($"expected {string.Join(" or ", words)}, found \"{word}\"");
    }

    /// <summary>An error that points at this value.</summary>
    public BoardFileException Fault(string reason) => new(file, line, path, reason);

    private void ReadMembers(ref Utf8JsonReader reader, Lines lines)
    {
        while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
        {
            string name = reader.GetString()!;
            int nameLine = lines.At(reader.TokenStartIndex);
            reader.Read();
            string memberPath = $"{path}.{Printable(name)}";
            if (!members.TryAdd(name, new LocatedJson(file, memberPath, ref reader, lines)))
            {
                throw new BoardFileException(file, nameLine, memberPath, "given twice");
            }
        }
    }

    private void Expect(JsonTokenType wanted, string name)
    {
        if (kind != wanted)
        {
            throw Fault($"expected {name}, found {Describe()}");
        }
    }

    private string Describe() => kind switch
    {
        JsonTokenType.StartObject => "an object",
        JsonTokenType.StartArray => "an array",
        JsonTokenType.String => $"\"{Printable(text)}\"",
        _ => text,
    };

    private static string RawText(ref Utf8JsonReader reader) =>
        Encoding.UTF8.GetString(reader.HasValueSequence ? reader.ValueSequence.ToArray() : reader.ValueSpan);

    private static string Printable(string text)
    {
        string shown = text.Length > 40 ? text[..40] + "…" : text;
        return string.Concat(shown.Select(c => char.IsControl(c) ? '?' : c));
    }

    /// <summary>JsonException repeats path and position after the sentence that matters.</summary>
    private static string FirstSentence(string message)
    {
        int end = message.IndexOf(". ", StringComparison.Ordinal);
        return end < 0 ? message : message[..(end + 1)];
    }

    /// <summary>Byte offsets of line starts.</summary>
    private sealed class Lines
    {
        private readonly List<long> starts = [0];

        public Lines(ReadOnlySpan<byte> utf8)
        {
            for (int i = 0; i < utf8.Length; i++)
            {
                if (utf8[i] == (byte)'\n')
                {
                    starts.Add(i + 1);
                }
            }
        }

        public int At(long offset)
        {
            int index = starts.BinarySearch(offset);
            return index >= 0 ? index + 1 : ~index;
        }
    }
}
