namespace FpgaEdge.Vta;

/// <summary>Tokens in the four dependency queues, or the most each of them held.</summary>
/// <param name="LoadToCompute">Data is in the scratchpads.</param>
/// <param name="ComputeToLoad">Scratchpad space is free.</param>
/// <param name="ComputeToStore">Outputs are ready.</param>
/// <param name="StoreToCompute">Output space is free.</param>
public readonly record struct VtaTokens(int LoadToCompute, int ComputeToLoad, int ComputeToStore, int StoreToCompute)
{
    /// <summary>Sum over the four queues.</summary>
    public int Total => LoadToCompute + ComputeToLoad + ComputeToStore + StoreToCompute;
}
