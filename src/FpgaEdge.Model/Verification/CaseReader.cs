using System.Text.Json;

namespace FpgaEdge.Model.Verification;

/// <summary>Reads <c>cases.json</c>; unknown fields and values are refused.</summary>
public static class CaseReader
{
    private const int SchemaVersion = 1;

    /// <summary>The entries of a folder's <c>cases.json</c>.</summary>
    /// <exception cref="ModelFormatException">The file is missing or not of this schema.</exception>
    public static IReadOnlyList<CaseEntry> Read(string folder)
    {
        string path = Path.Combine(folder, "cases.json");
        return Parse(ModelReader.ReadFile(path), path);
    }

    /// <summary>The entries of a file in memory; <paramref name="name"/> stands for it in error messages.</summary>
    public static IReadOnlyList<CaseEntry> Parse(ReadOnlyMemory<byte> json, string name)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(json);
            StrictJson root = new(name, "$", document.RootElement);
            if (root.Integer("schema") != SchemaVersion)
            {
                throw root.Error("schema", $"{SchemaVersion}", $"{root.Integer("schema")}");
            }
            List<CaseEntry> entries = [];
            HashSet<string> names = [];
            foreach (StrictJson item in root.Objects("cases"))
            {
                CaseEntry entry = ReadEntry(item);
                entries.Add(names.Add(entry.Name)
                    ? entry : throw item.Error("name", "a name of its own", $"'{entry.Name}' again"));
            }
            root.Finish();
            return entries;
        }
        catch (JsonException error)
        {
            throw new ModelFormatException(
                $"{name}: line {(error.LineNumber ?? 0) + 1}: expected JSON, found something else; correct the file");
        }
    }

    /// <summary>The element type behind its name in the file, or null.</summary>
    internal static ElementType? TypeOf(string name) => name switch
    {
        "float32" => ElementType.Float32,
        "float16" => ElementType.Float16,
        "float64" => ElementType.Double,
        "int8" => ElementType.Int8,
        "uint8" => ElementType.UInt8,
        "int16" => ElementType.Int16,
        "uint16" => ElementType.UInt16,
        "int32" => ElementType.Int32,
        "uint32" => ElementType.UInt32,
        "int64" => ElementType.Int64,
        "bool" => ElementType.Bool,
        _ => null,
    };

    private static CaseEntry ReadEntry(StrictJson json)
    {
        string? kind = json.OptionalText("kind");
        if (kind is not (null or "onnx-backend-zip"))
        {
            throw json.Error("kind", "onnx-backend-zip or no kind", $"'{kind}'");
        }
        bool group = kind is not null;
        string fileField = group ? "file" : "model";
        CaseEntry entry = new()
        {
            Name = json.Text("name"),
            File = json.RelativePath(json.Text(fileField), fileField),
            IsOperatorGroup = group,
            Inputs = group ? [] : [.. json.Objects("inputs").Select(ReadInput)],
            Expected = group ? null : ReadExpected(json.Object("expected")),
            Check = ReadCheck(json.Object("check")),
            Labels = group ? null : json.OptionalIntegerLists("labels"),
            ExpectedFailures = group ? json.OptionalTexts("expected_failures") : [],
            Reference = json.OptionalObject("reference") is { } reference ? ReadReference(reference) : null,
            Tags = json.OptionalTexts("tags"),
        };
        json.Finish();
        return entry;
    }

    private static CaseInput ReadInput(StrictJson json)
    {
        CaseInput input = new(
            json.OptionalText("name"), ReadSource(json.Object("source")), ReadConversion(json.Object("convert")));
        json.Finish();
        return input;
    }

    private static CaseSource ReadSource(StrictJson json)
    {
        string kind = json.Text("kind");
        CaseSource source = kind switch
        {
            "images" => new CaseSource(CaseSourceKind.Images, ReadFiles(json), ElementType.UInt8, []),
            "raw" => new CaseSource(
                CaseSourceKind.Raw, [json.RelativePath(json.Text("file"), "file")], ReadType(json, "dtype"),
                ReadShape(json)),
            "tensorproto" => new CaseSource(CaseSourceKind.TensorProto, ReadFiles(json), ElementType.Float32, []),
            "formula" when json.Text("expression") == "arange/N" =>
                new CaseSource(CaseSourceKind.Ramp, [], ElementType.Float32, []),
            "formula" => throw json.Error("expression", "arange/N", json.Text("expression")),
            _ => throw json.Error("kind", "images, raw, tensorproto or formula", $"'{kind}'"),
        };
        json.Finish();
        return source;
    }

    private static CaseConversion ReadConversion(StrictJson json)
    {
        string? channels = json.OptionalText("channels");
        string? layout = json.OptionalText("layout");
        (float, int)? quantize = null;
        if (json.OptionalObject("quantize") is { } parameters)
        {
            quantize = ((float)parameters.Number("scale"), parameters.Integer("zero_point"));
            parameters.Finish();
        }
        CaseConversion conversion = new(
            channels == "bgr",
            channels switch
            {
                null => 0,
                "rgb" or "bgr" => 3,
                "gray" => 1,
                _ => throw json.Error("channels", "rgb, bgr or gray", $"'{channels}'"),
            },
            json.OptionalFloats("subtract"),
            json.OptionalFloats("divide"),
            quantize,
            layout switch
            {
                null or "none" => CaseLayout.None,
                "NCHW" => CaseLayout.Nchw,
                "NHWC" => CaseLayout.Nhwc,
                _ => throw json.Error("layout", "NCHW, NHWC or none", $"'{layout}'"),
            },
            ReadType(json, "dtype"),
            ReadShape(json));
        json.Finish();
        return conversion;
    }

    private static CaseExpectation ReadExpected(StrictJson json)
    {
        string type = json.Text("dtype");
        CaseExpectation expected = new(
            json.RelativePath(json.Text("file"), "file"),
            type == "tensorproto" ? null : ReadType(json, "dtype"),
            ReadShape(json),
            json.OptionalText("output"));
        json.Finish();
        return expected;
    }

    private static CaseCheck ReadCheck(StrictJson json)
    {
        string kind = json.Text("kind");
        CaseCheck check = kind switch
        {
            "exact" => new CaseCheck(true, 0, 0),
            "tolerance" => new CaseCheck(false, json.Number("absolute"), json.Number("relative")),
            _ => throw json.Error("kind", "exact or tolerance", $"'{kind}'"),
        };
        json.Finish();
        return check.Absolute < 0 || check.Relative < 0
            ? throw json.Error("", "tolerances of 0 or more", "less") : check;
    }

    private static CaseReference ReadReference(StrictJson json)
    {
        CaseReference reference = new(
            json.OptionalText("by") ?? "", json.OptionalInteger("top1"), json.OptionalInteger("top5"),
            json.OptionalInteger("passed"));
        json.Finish();
        return reference;
    }

    private static string[] ReadFiles(StrictJson json)
    {
        string[] files = Array.ConvertAll(json.Texts("files"), file => json.RelativePath(file, "files"));
        return files.Length > 0 ? files : throw json.Error("files", "at least one", "none");
    }

    private static ElementType ReadType(StrictJson json, string field) =>
        TypeOf(json.Text(field)) ?? throw json.Error(field, "a numeric type such as float32", json.Text(field));

    private static int[] ReadShape(StrictJson json)
    {
        int[] shape = json.Integers("shape");
        return shape.Length > 0 && Tensor.TryCountElements(shape) > 0
            ? shape : throw json.Error("shape", "extents of 1 or more", Tensor.FormatDims(shape));
    }
}
