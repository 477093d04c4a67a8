namespace FpgaEdge.Model.Tflite;

/// <content>Slices, splits, stacks and the operators that fold space into channels or batches.</content>
internal sealed partial class TfliteImporter
{
    private void ImportSlice(Scope scope)
    {
        if (scope.ConstantInts(1) is not { } begin || scope.ConstantInts(2) is not { } size
            || begin.Length != size.Length)
        {
            scope.EmitUnknown();
            return;
        }
        long[] ends = new long[begin.Length];
        for (int i = 0; i < ends.Length; i++)
        {
            ends[i] = size[i] < 0 ? int.MaxValue : begin[i] + size[i];
        }
        scope.Emit("Slice", SliceOperands(scope, scope.In(0), begin, ends, null));
    }

    private void ImportStridedSlice(Scope scope)
    {
        // Options: begin, end, ellipsis, new-axis and shrink-axis masks.
        FlatTable? options = scope.Options;
        if (scope.ConstantInts(1) is not { } begin || scope.ConstantInts(2) is not { } end
            || scope.ConstantInts(3) is not { } strides || begin.Length != end.Length || begin.Length != strides.Length
            || (options?.Int(2, "ellipsis_mask") ?? 0) != 0 || (options?.Int(3, "new_axis_mask") ?? 0) != 0)
        {
            scope.EmitUnknown();
            return;
        }
        int beginMask = options?.Int(0, "begin_mask") ?? 0;
        int endMask = options?.Int(1, "end_mask") ?? 0;
        int shrinkMask = options?.Int(4, "shrink_axis_mask") ?? 0;
        for (int i = 0; i < begin.Length; i++)
        {
            bool forward = strides[i] > 0;
            begin[i] = (beginMask >> i & 1) != 0 ? (forward ? 0 : int.MaxValue) : begin[i];
            end[i] = (endMask >> i & 1) != 0 ? (forward ? int.MaxValue : int.MinValue) : end[i];
            if ((shrinkMask >> i & 1) != 0)
            {
                end[i] = begin[i] == -1 ? int.MaxValue : begin[i] + 1;
                strides[i] = 1;
            }
        }
        string slice = $"{scope.Name}:slice";
        CopyQuantization(scope.Output(), slice);
        scope.EmitTo("Slice", SliceOperands(scope, scope.In(0), begin, end, strides), [slice]);
        scope.Emit("Reshape", [slice, AddShape($"{scope.Name}:shape", scope.Output().Dims)]);
    }

    private void ImportSplit(Scope scope, bool equal)
    {
        // SPLIT: axis, value. SPLIT_V: value, sizes, axis.
        int value = equal ? 1 : 0;
        if (scope.ConstantInts(equal ? 0 : 2) is not { Length: 1 } axis)
        {
            scope.EmitUnknown();
            return;
        }
        long normal = axis[0] < 0 ? axis[0] + scope.Input(value).Dims.Length : axis[0];
        long[] sizes = new long[scope.OutputCount];
        for (int i = 0; i < sizes.Length; i++)
        {
            int[] dims = scope.Output(i).Dims;
            sizes[i] = normal >= 0 && normal < dims.Length
                ? dims[normal] : throw scope.Error("an axis of the operand", $"{axis[0]}");
        }
        string name = AddConstant($"{scope.Name}:sizes", Tensor.Vector<long>(sizes));
        scope.Emit("Split", [scope.In(value), name], new() { ["axis"] = AttributeValue.Of(normal) });
    }

    private void ImportPack(Scope scope)
    {
        int[] dims = scope.Output().Dims;
        long axis = scope.Options?.Int(1, "axis") ?? 0;
        axis = axis < 0 ? axis + dims.Length : axis;
        if (axis < 0 || axis >= dims.Length || scope.InputCount == 0)
        {
            throw scope.Error("an axis of the result", $"{axis}");
        }
        int[] one = [.. dims];
        one[axis] = 1;
        string[] parts = new string[scope.InputCount];
        for (int i = 0; i < parts.Length; i++)
        {
            parts[i] = EmitReshape(scope, scope.Input(i), $"{scope.Name}:{i}", one);
        }
        scope.Emit("Concat", parts, new() { ["axis"] = AttributeValue.Of(axis) });
    }

    private void ImportUnpack(Scope scope)
    {
        string[] parts = new string[scope.OutputCount];
        for (int i = 0; i < parts.Length; i++)
        {
            parts[i] = $"{scope.Name}:{i}";
            CopyQuantization(scope.Output(i), parts[i]);
        }
        long axis = scope.Options?.Int(1, "axis") ?? 0;
        scope.EmitTo("Split", [scope.In(0)], parts, new() { ["axis"] = AttributeValue.Of(axis) });
        for (int i = 0; i < parts.Length; i++)
        {
            string shape = AddShape($"{scope.Name}:shape{i}", scope.Output(i).Dims);
            scope.EmitTo("Reshape", [parts[i], shape], [scope.Output(i).Name]);
        }
    }

    private static void ImportGather(Scope scope)
    {
        // Options: axis, batch_dims.
        if ((scope.Options?.Int(1, "batch_dims") ?? 0) != 0)
        {
            scope.EmitUnknown();
            return;
        }
        scope.Emit("Gather", [scope.In(0), scope.In(1)], new()
        {
            ["axis"] = AttributeValue.Of((long)(scope.Options?.Int(0, "axis") ?? 0)),
        });
    }

    private void ImportResize(Scope scope, bool linear)
    {
        // Options: bilinear has two old fields before align_corners and half_pixel_centers.
        int first = linear ? 2 : 0;
        bool corners = (scope.Options?.Byte(first, "align_corners") ?? 0) != 0;
        bool centres = (scope.Options?.Byte(first + 1, "half_pixel_centers") ?? 0) != 0;
        string sizes = AddShape($"{scope.Name}:sizes", scope.Output().Dims);
        scope.Emit("Resize", [scope.In(0), "", "", sizes], new()
        {
            ["mode"] = AttributeValue.Of(linear ? "linear" : "nearest"),
            ["nearest_mode"] = AttributeValue.Of(corners ? "round_prefer_ceil" : "floor"),
            ["coordinate_transformation_mode"] = AttributeValue.Of(
                corners ? "align_corners" : !centres ? "asymmetric" : linear ? "half_pixel" : "tf_half_pixel_for_nn"),
        });
    }

    private void ImportDepthToSpace(Scope scope)
    {
        int[] dims = scope.Input(0).Dims;
        int block = scope.Options?.Int(0, "block_size") ?? 0;
        if (dims.Length != 4 || block < 1 || dims[3] % ((long)block * block) != 0)
        {
            throw scope.Error("rank 4 and channels in multiples of the block", Tensor.FormatDims(dims));
        }
        int[] split = [dims[0], dims[1], dims[2], block, block, dims[3] / (block * block)];
        EmitRearrangement(scope, scope.Input(0), split, [0, 1, 3, 2, 4, 5]);
    }

    private void ImportSpaceToDepth(Scope scope)
    {
        int[] dims = scope.Input(0).Dims;
        int block = scope.Options?.Int(0, "block_size") ?? 0;
        if (dims.Length != 4 || block < 1 || dims[1] % block != 0 || dims[2] % block != 0)
        {
            throw scope.Error("rank 4 and an image in multiples of the block", Tensor.FormatDims(dims));
        }
        int[] split = [dims[0], dims[1] / block, block, dims[2] / block, block, dims[3]];
        EmitRearrangement(scope, scope.Input(0), split, [0, 1, 3, 2, 4, 5]);
    }

    // Pad, then the blocks of the image become images of their own.
    private void ImportSpaceToBatch(Scope scope)
    {
        TfliteTensor input = scope.Input(0);
        if (Blocks(scope, input) is not { } blocks || scope.ConstantInts(2) is not { Length: 4 } paddings)
        {
            scope.EmitUnknown();
            return;
        }
        int[] dims = input.Dims;
        long height = dims[1] + paddings[0] + paddings[1];
        long width = dims[2] + paddings[2] + paddings[3];
        if (paddings.Min() < 0 || height > int.MaxValue || width > int.MaxValue || height % blocks[0] != 0
            || width % blocks[1] != 0)
        {
            throw scope.Error("a padded image in multiples of the block", $"{height}×{width}");
        }
        string padded = $"{scope.Name}:padded";
        long[] pads = [0, paddings[0], paddings[2], 0, 0, paddings[1], paddings[3], 0];
        string padsName = AddConstant($"{scope.Name}:pads", Tensor.Vector<long>(pads));
        CopyQuantization(input, padded);
        scope.EmitTo("Pad", [input.Name, padsName], [padded]);
        int[] split =
            [dims[0], (int)height / blocks[0], blocks[0], (int)width / blocks[1], blocks[1], dims[3]];
        EmitRearrangement(scope, padded, input, split, [2, 4, 0, 1, 3, 5], scope.Output().Name, scope.Output().Dims);
    }

    // The reverse, then the padding is cut off.
    private void ImportBatchToSpace(Scope scope)
    {
        TfliteTensor input = scope.Input(0);
        if (Blocks(scope, input) is not { } blocks || scope.ConstantInts(2) is not { Length: 4 } crops)
        {
            scope.EmitUnknown();
            return;
        }
        int[] dims = input.Dims;
        long area = (long)blocks[0] * blocks[1];
        if (dims[0] % area != 0 || crops.Min() < 0)
        {
            throw scope.Error("a batch in multiples of the block", Tensor.FormatDims(dims));
        }
        int images = (int)(dims[0] / area);
        string whole = $"{scope.Name}:whole";
        CopyQuantization(input, whole);
        int[] split = [blocks[0], blocks[1], images, dims[1], dims[2], dims[3]];
        int[] merged = [images, dims[1] * blocks[0], dims[2] * blocks[1], dims[3]];
        EmitRearrangement(scope, input.Name, input, split, [2, 3, 0, 4, 1, 5], whole, merged);
        long[] begin = [0, crops[0], crops[2], 0];
        long[] end = [int.MaxValue, merged[1] - crops[1], merged[2] - crops[3], int.MaxValue];
        scope.Emit("Slice", SliceOperands(scope, whole, begin, end, null));
    }

    private static int[]? Blocks(Scope scope, TfliteTensor input) =>
        input.Dims.Length == 4 && scope.ConstantInts(1) is { Length: 2 } blocks && blocks.Min() >= 1
            && blocks.Max() <= short.MaxValue
            ? [(int)blocks[0], (int)blocks[1]] : null;

    private string[] SliceOperands(Scope scope, string input, long[] begin, long[] end, long[]? strides)
    {
        long[] axes = new long[begin.Length];
        for (int i = 0; i < axes.Length; i++)
        {
            axes[i] = i;
        }
        List<string> operands =
        [
            input,
            AddConstant($"{scope.Name}:begin", Tensor.Vector<long>(begin)),
            AddConstant($"{scope.Name}:end", Tensor.Vector<long>(end)),
            AddConstant($"{scope.Name}:axes", Tensor.Vector<long>(axes)),
        ];
        if (strides is not null)
        {
            operands.Add(AddConstant($"{scope.Name}:strides", Tensor.Vector<long>(strides)));
        }
        return [.. operands];
    }

    private void EmitRearrangement(Scope scope, TfliteTensor input, int[] split, int[] order) =>
        EmitRearrangement(scope, input.Name, input, split, order, scope.Output().Name, scope.Output().Dims);

    private void EmitRearrangement(
        Scope scope, string source, TfliteTensor like, int[] split, int[] order, string target, int[] dims)
    {
        (string parts, string moved) = ($"{scope.Name}:parts", $"{scope.Name}:moved");
        CopyQuantization(like, parts);
        CopyQuantization(like, moved);
        long[] perm = Array.ConvertAll(order, axis => (long)axis);
        scope.EmitTo("Reshape", [source, AddShape($"{parts}:shape", split)], [parts]);
        scope.EmitTo("Transpose", [parts], [moved], new() { ["perm"] = AttributeValue.Of(perm) });
        scope.EmitTo("Reshape", [moved, AddShape($"{moved}:shape", dims)], [target]);
    }
}
