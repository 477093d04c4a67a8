using System.Runtime.Intrinsics;

namespace FpgaEdge.Vta.Simulation.Alu;

/// <summary>Executes ALU instructions whose indices were checked.</summary>
internal sealed unsafe class AluEngine(Scratchpads pads, VtaKernel kernel)
{
    /// <summary>Executes one instruction.</summary>
    public void Execute(VtaAlu alu, ReadOnlySpan<VtaMicroOp> microOps)
    {
        switch (alu.Operation)
        {
            case VtaAluOpcode.Min:
                Execute(alu, microOps, default(MinOperation));
                break;
            case VtaAluOpcode.Max:
                Execute(alu, microOps, default(MaxOperation));
                break;
            case VtaAluOpcode.Add:
                Execute(alu, microOps, default(AddOperation));
                break;
            case VtaAluOpcode.Mul:
                Execute(alu, microOps, default(MulOperation));
                break;
            default:
                if (alu.UseImmediate)
                {
                    Execute(alu, microOps, new UniformShiftOperation(alu.Immediate));
                }
                else
                {
                    Execute(alu, microOps, default(ShiftOperation));
                }
                break;
        }
    }

    private void Execute<T>(VtaAlu alu, ReadOnlySpan<VtaMicroOp> microOps, T operation)
        where T : struct, IAluOperation
    {
        if (alu.UseImmediate)
        {
            // Every step touches one line only and does the same to it each time, so any order will do.
            ExecuteRuns(alu, microOps, operation);
            return;
        }
        int lanes = pads.AccLanes;
        int* acc = pads.Acc.Pointer;
        for (int y = 0; y < alu.IterOut; y++)
        {
            for (int x = 0; x < alu.IterIn; x++)
            {
                int dst = (y * alu.DstFactorOut) + (x * alu.DstFactorIn);
                int src = (y * alu.SrcFactorOut) + (x * alu.SrcFactorIn);
                foreach (VtaMicroOp op in microOps)
                {
                    WithLine(operation, acc + ((op.Dst + dst) * lanes), acc + ((op.Src + src) * lanes), lanes);
                }
            }
        }
    }

    /// <summary>Walks one loop inside and, where its lines are neighbours, takes them as one run.</summary>
    private void ExecuteRuns<T>(VtaAlu alu, ReadOnlySpan<VtaMicroOp> microOps, T operation)
        where T : struct, IAluOperation
    {
        bool swap = alu.IterIn == 1 || (alu.DstFactorIn != 1 && alu.DstFactorOut == 1);
        (int outerCount, int outerFactor) = swap ? (alu.IterIn, alu.DstFactorIn) : (alu.IterOut, alu.DstFactorOut);
        (int innerCount, int innerFactor) = swap ? (alu.IterOut, alu.DstFactorOut) : (alu.IterIn, alu.DstFactorIn);
        int run = innerFactor == 1 ? innerCount : 1;
        int lanes = pads.AccLanes;
        foreach (VtaMicroOp op in microOps)
        {
            for (int outer = 0; outer < outerCount; outer++)
            {
                for (int inner = 0; inner < innerCount; inner += run)
                {
                    int line = op.Dst + (outer * outerFactor) + (inner * innerFactor);
                    WithImmediate(operation, pads.Acc.Pointer + (line * lanes), alu.Immediate, run * lanes);
                }
            }
        }
    }

    private void WithLine<T>(T operation, int* left, int* right, int lanes)
        where T : struct, IAluOperation
    {
        int i = 0;
        if (kernel == VtaKernel.Avx512)
        {
            for (; i <= lanes - 16; i += 16)
            {
                operation.Apply(Vector512.Load(left + i), Vector512.Load(right + i)).Store(left + i);
            }
        }
        if (kernel >= VtaKernel.Avx2)
        {
            for (; i <= lanes - 8; i += 8)
            {
                operation.Apply(Vector256.Load(left + i), Vector256.Load(right + i)).Store(left + i);
            }
        }
        if (kernel >= VtaKernel.Vector128)
        {
            for (; i <= lanes - 4; i += 4)
            {
                operation.Apply(Vector128.Load(left + i), Vector128.Load(right + i)).Store(left + i);
            }
        }
        for (; i < lanes; i++)
        {
            left[i] = operation.Apply(left[i], right[i]);
        }
    }

    private void WithImmediate<T>(T operation, int* left, int right, int lanes)
        where T : struct, IAluOperation
    {
        int i = 0;
        if (kernel == VtaKernel.Avx512)
        {
            Vector512<int> all = Vector512.Create(right);
            for (; i <= lanes - 16; i += 16)
            {
                operation.Apply(Vector512.Load(left + i), all).Store(left + i);
            }
        }
        if (kernel >= VtaKernel.Avx2)
        {
            Vector256<int> all = Vector256.Create(right);
            for (; i <= lanes - 8; i += 8)
            {
                operation.Apply(Vector256.Load(left + i), all).Store(left + i);
            }
        }
        if (kernel >= VtaKernel.Vector128)
        {
            Vector128<int> all = Vector128.Create(right);
            for (; i <= lanes - 4; i += 4)
            {
                operation.Apply(Vector128.Load(left + i), all).Store(left + i);
            }
        }
        for (; i < lanes; i++)
        {
            left[i] = operation.Apply(left[i], right);
        }
    }
}
