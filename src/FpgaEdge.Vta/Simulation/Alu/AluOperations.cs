using System.Runtime.Intrinsics;

namespace FpgaEdge.Vta.Simulation.Alu;

/// <summary>One ALU operation on one lane and on vectors of lanes. A value type, so that loops over it are compiled for
/// it.</summary>
internal interface IAluOperation
{
    int Apply(int left, int right);

    Vector128<int> Apply(Vector128<int> left, Vector128<int> right);

    Vector256<int> Apply(Vector256<int> left, Vector256<int> right);

    Vector512<int> Apply(Vector512<int> left, Vector512<int> right);
}

/// <summary>Signed minimum.</summary>
internal readonly struct MinOperation : IAluOperation
{
    public int Apply(int left, int right) => Math.Min(left, right);

    public Vector128<int> Apply(Vector128<int> left, Vector128<int> right) => Vector128.Min(left, right);

    public Vector256<int> Apply(Vector256<int> left, Vector256<int> right) => Vector256.Min(left, right);

    public Vector512<int> Apply(Vector512<int> left, Vector512<int> right) => Vector512.Min(left, right);
}

/// <summary>Signed maximum.</summary>
internal readonly struct MaxOperation : IAluOperation
{
    public int Apply(int left, int right) => Math.Max(left, right);

    public Vector128<int> Apply(Vector128<int> left, Vector128<int> right) => Vector128.Max(left, right);

    public Vector256<int> Apply(Vector256<int> left, Vector256<int> right) => Vector256.Max(left, right);

    public Vector512<int> Apply(Vector512<int> left, Vector512<int> right) => Vector512.Max(left, right);
}

/// <summary>Wrapping sum.</summary>
internal readonly struct AddOperation : IAluOperation
{
    public int Apply(int left, int right) => unchecked(left + right);

    public Vector128<int> Apply(Vector128<int> left, Vector128<int> right) => left + right;

    public Vector256<int> Apply(Vector256<int> left, Vector256<int> right) => left + right;

    public Vector512<int> Apply(Vector512<int> left, Vector512<int> right) => left + right;
}

/// <summary>Wrapping product.</summary>
internal readonly struct MulOperation : IAluOperation
{
    public int Apply(int left, int right) => unchecked(left * right);

    public Vector128<int> Apply(Vector128<int> left, Vector128<int> right) => left * right;

    public Vector256<int> Apply(Vector256<int> left, Vector256<int> right) => left * right;

    public Vector512<int> Apply(Vector512<int> left, Vector512<int> right) => left * right;
}

/// <summary>Arithmetic shift right by the second operand; left by a negative one. Amounts of 32 and more are undefined
/// in the reference; here they count modulo 32, as on the processors it runs on.</summary>
internal readonly struct ShiftOperation : IAluOperation
{
    public int Apply(int left, int right) => right >= 0 ? left >> right : left << -right;

    public Vector128<int> Apply(Vector128<int> left, Vector128<int> right)
    {
        Vector128<int> result = left;
        for (int lane = 0; lane < Vector128<int>.Count; lane++)
        {
            result = result.WithElement(lane, Apply(left[lane], right[lane]));
        }
        return result;
    }

    public Vector256<int> Apply(Vector256<int> left, Vector256<int> right) => Vector256.Create(
        Apply(left.GetLower(), right.GetLower()), Apply(left.GetUpper(), right.GetUpper()));

    public Vector512<int> Apply(Vector512<int> left, Vector512<int> right) => Vector512.Create(
        Apply(left.GetLower(), right.GetLower()), Apply(left.GetUpper(), right.GetUpper()));
}

/// <summary>Shift of all lanes by one amount; the second operand is not looked at.</summary>
internal readonly struct UniformShiftOperation(int amount) : IAluOperation
{
    private readonly bool isRight = amount >= 0;
    private readonly int count = Math.Abs(amount) & 31;

    public int Apply(int left, int right) => isRight ? left >> count : left << count;

    public Vector128<int> Apply(Vector128<int> left, Vector128<int> right) => isRight ? left >> count : left << count;

    public Vector256<int> Apply(Vector256<int> left, Vector256<int> right) => isRight ? left >> count : left << count;

    public Vector512<int> Apply(Vector512<int> left, Vector512<int> right) => isRight ? left >> count : left << count;
}
