namespace FpgaEdge.Model.Verification;

/// <summary>Compares outputs with stored ones, element by element, and remembers the worst.</summary>
internal sealed class CaseComparison(CaseCheck check)
{
    /// <summary>Largest |y − e| so far; NaN where a result is not a number.</summary>
    public double MaxAbsoluteError { get; private set; }

    /// <summary>The first difference beyond the check, in words; empty when there is none.</summary>
    public string FirstFailure { get; private set; } = "";

    /// <summary>True when all elements are within the check.</summary>
    /// <param name="output">What was computed.</param>
    /// <param name="expected">A tensor that holds the stored values.</param>
    /// <param name="start">Index of the first stored value.</param>
    /// <param name="label">Names the case in <see cref="FirstFailure"/>.</param>
    public bool Compare(Tensor output, Tensor expected, int start, string label)
    {
        bool within = true;
        for (int i = 0; i < output.Length; i++)
        {
            double y = output.ValueAt(i);
            double e = expected.ValueAt(start + i);
            if (y == e || (double.IsNaN(y) && double.IsNaN(e)))
            {
                continue;
            }
            double error = Math.Abs(y - e);
            MaxAbsoluteError = double.IsNaN(error) || error > MaxAbsoluteError ? error : MaxAbsoluteError;
            if (check.IsExact || !(error <= check.Absolute + (check.Relative * Math.Abs(e))))
            {
                within = false;
                Fail($"{label}, element {i}: expected {e}, found {y}");
            }
        }
        return within;
    }

    /// <summary>Remembers a failure that is not about one element.</summary>
    public void Fail(string reason) => FirstFailure = FirstFailure.Length > 0 ? FirstFailure : reason;
}
