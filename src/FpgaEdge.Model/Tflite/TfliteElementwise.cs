namespace FpgaEdge.Model.Tflite;

/// <content>Arithmetic, activations and operators that only move elements.</content>
internal sealed partial class TfliteImporter
{
    private static void ImportBinary(Scope scope, string name)
    {
        if (scope.Activation(0) is { } activation)
        {
            scope.Emit(name, [scope.In(0), scope.In(1)], null, activation);
        }
        else
        {
            scope.EmitUnknown();
        }
    }

    private static void ImportClip(Scope scope, float minimum, float maximum) =>
        scope.Emit("Clip", [scope.In(0)], new()
        {
            ["min"] = AttributeValue.Of(minimum),
            ["max"] = AttributeValue.Of(maximum),
        });

    private static void ImportLeakyRelu(Scope scope) =>
        scope.Emit("LeakyRelu", [scope.In(0)], new()
        {
            ["alpha"] = AttributeValue.Of(scope.Options?.Float(0, "alpha") ?? 0),
        });

    private static void ImportQuantize(Scope scope)
    {
        // The numbers are ONNX's for UInt8 and Int8, as in its QuantizeLinear.
        long type = scope.Output().Type switch { ElementType.UInt8 => 2, ElementType.Int8 => 3, _ => 0 };
        if (type == 0)
        {
            scope.EmitUnknown();
            return;
        }
        scope.Emit("QuantizeLinear", [scope.In(0)], new() { ["output_dtype"] = AttributeValue.Of(type) });
    }

    // Functions that have a real form only; on quantised integers they stay unknown.
    private static bool ImportRealFunction(Scope scope, int code)
    {
        string? name = code switch
        {
            8 => "Floor", 47 => "Exp", 59 => "Neg", 73 => "Log", 75 => "Sqrt", 78 => "Pow", 101 => "Abs", 104 => "Ceil",
            106 => "Sum", _ => null,
        };
        if (name is null || !scope.Input(0).Type.IsFloat())
        {
            return false;
        }
        string[] inputs = new string[scope.InputCount];
        for (int i = 0; i < inputs.Length; i++)
        {
            inputs[i] = scope.In(i);
        }
        scope.Emit(name, inputs);
        return true;
    }

    private static void ImportCast(Scope scope)
    {
        if (OnnxTypeOf(scope.Output().Type) is { } type)
        {
            scope.Emit("Cast", [scope.In(0)], new() { ["to"] = AttributeValue.Of(type) });
        }
        else
        {
            scope.EmitUnknown();
        }
    }

    private static void ImportArg(Scope scope, string name)
    {
        if (scope.ConstantInts(1) is not { Length: 1 } axis || OnnxTypeOf(scope.Output().Type) is not { } type)
        {
            scope.EmitUnknown();
            return;
        }
        string index = $"{scope.Name}:index";
        scope.EmitTo(name, [scope.In(0)], [index], new()
        {
            ["axis"] = AttributeValue.Of(axis[0]),
            ["keepdims"] = AttributeValue.Of(0L),
        });
        scope.Emit("Cast", [index], new() { ["to"] = AttributeValue.Of(type) });
    }

    private static long? OnnxTypeOf(ElementType type) => type switch
    {
        ElementType.Float32 => 1,
        ElementType.UInt8 => 2,
        ElementType.Int8 => 3,
        ElementType.Int16 => 5,
        ElementType.Int32 => 6,
        ElementType.Int64 => 7,
        ElementType.Bool => 9,
        _ => null,
    };

    private static void ImportConcat(Scope scope)
    {
        if (scope.Activation(1) is not { IsNone: true })
        {
            scope.EmitUnknown();
            return;
        }
        string[] inputs = new string[scope.InputCount];
        for (int i = 0; i < inputs.Length; i++)
        {
            inputs[i] = scope.In(i);
        }
        scope.Emit("Concat", inputs, new()
        {
            ["axis"] = AttributeValue.Of((long)(scope.Options?.Int(0, "axis") ?? 0)),
        });
    }

    private static void ImportSoftmax(Scope scope) => scope.Emit("Softmax", [scope.In(0)], new()
    {
        ["axis"] = AttributeValue.Of(-1L),
        ["beta"] = AttributeValue.Of(scope.Options?.Float(0, "beta") ?? 1),
    });

    // RESHAPE, SQUEEZE and EXPAND_DIMS: TFLite states the extents of every result.
    private void ImportReshape(Scope scope) =>
        scope.Emit("Reshape", [scope.In(0), AddShape($"{scope.Name}:shape", scope.Output().Dims)]);

    private void ImportPad(Scope scope, string mode)
    {
        if (mode == "symmetric" || scope.ConstantInts(1) is not { } paddings
            || paddings.Length != 2 * scope.Input(0).Dims.Length)
        {
            scope.EmitUnknown();
            return;
        }
        // TFLite: (before, after) per axis; ONNX: all before, then all after.
        int rank = paddings.Length / 2;
        long[] pads = new long[paddings.Length];
        for (int i = 0; i < rank; i++)
        {
            pads[i] = paddings[2 * i];
            pads[i + rank] = paddings[(2 * i) + 1];
        }
        string padsName = AddConstant($"{scope.Name}:pads", Tensor.Vector<long>(pads));
        scope.Emit("Pad", scope.HasInput(2) ? [scope.In(0), padsName, scope.In(2)] : [scope.In(0), padsName], new()
        {
            ["mode"] = AttributeValue.Of(mode),
        });
    }

    private static void ImportTranspose(Scope scope)
    {
        if (scope.ConstantInts(1) is { } perm)
        {
            scope.Emit("Transpose", [scope.In(0)], new() { ["perm"] = AttributeValue.Of(perm) });
        }
        else
        {
            scope.EmitUnknown();
        }
    }

    private static void ImportReduction(Scope scope, string name)
    {
        if (scope.ConstantInts(1) is { } axes)
        {
            scope.Emit(name, [scope.In(0)], new()
            {
                ["axes"] = AttributeValue.Of(axes),
                ["keepdims"] = AttributeValue.Of((long)(scope.Options?.Byte(0, "keep_dims") ?? 0)),
            });
        }
        else
        {
            scope.EmitUnknown();
        }
    }

    private string EmitReshape(Scope scope, TfliteTensor input, string output, int[] dims)
    {
        CopyQuantization(input, output);
        scope.EmitTo("Reshape", [input.Name, AddShape($"{output}:shape", dims)], [output]);
        return output;
    }

    private string AddShape(string name, int[] dims) =>
        AddConstant(name, Tensor.Vector<long>(Array.ConvertAll(dims, dim => (long)dim)));
}
