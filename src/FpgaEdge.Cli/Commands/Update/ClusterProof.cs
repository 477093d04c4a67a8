using FpgaEdge.Cli.Hosting;
using FpgaEdge.Cli.Inputs;
using FpgaEdge.Model.Integer;
using FpgaEdge.Model.Quantization;
using FpgaEdge.Planning;

namespace FpgaEdge.Cli.Commands.Update;

/// <summary>
/// What the tool knows of the cluster while it updates boards: who is a member, and whether the cluster answers as the golden
/// interpreter does. A board joins only after an inference of its own came out right, so a member has computed.
/// </summary>
internal sealed class ClusterProof : IDisposable
{
    private static readonly TimeSpan FrameLimit = TimeSpan.FromSeconds(30);

    private readonly ClusterClient client;
    private readonly PreparedNetwork network;
    private readonly PackageHash package;
    private readonly byte[] picture;

    /// <summary>Joins the cluster and gives it a small network.</summary>
    /// <exception cref="Board.PortException">No socket can be had.</exception>
    /// <exception cref="CliException">There is no segment where the address says one is.</exception>
    public ClusterProof(ClusterAddress cluster)
    {
        network = NetworkPreparation.Prepare(EmbeddedSample.Model(), EmbeddedSample.ModelName, EmbeddedSample.Calibration,
            EmbeddedSample.Preprocessing(), (_, _, _) => { });
        IntegerTensor tensor = network.Graph.Tensors[network.Graph.Inputs[0]];
        picture = TensorEdges.Quantize(tensor, EmbeddedSample.HeldOut().Read(0, EmbeddedSample.Preprocessing(), EmbeddedSample.InputShape));
        client = ClusterClient.Open(cluster);
        package = client.Offer(network.File);
    }

    /// <summary>Waits until boards are members.</summary>
    /// <returns>Whether all of them are.</returns>
    public Task<bool> AreMembersAsync(IEnumerable<string> boards, TimeSpan limit, CancellationToken cancellation) =>
        client.WaitAsync(node => boards.All(board => node.View.Members.Any(member => $"{member.Id}" == board)), limit, cancellation);

    /// <summary>Sends a picture through the cluster.</summary>
    /// <returns>Null when the answer is the golden interpreter's, else what was wrong.</returns>
    public async Task<string?> ComputeAsync(CancellationToken cancellation)
    {
        FrameOutcome? outcome = null;
        await foreach (FrameOutcome answer in client.StreamAsync(package, [picture], FrameLimit, cancellation))
        {
            outcome = answer;
        }
        if (outcome?.Output is not byte[] output)
        {
            return $"expected an answer of the cluster, found none: {outcome?.ErrorText}";
        }
        var verification = new Verification(network.Graph);
        verification.CompareAll(_ => "the answer", [picture], [output], _ => { }, cancellation);
        return verification.FirstDifference;
    }

    /// <inheritdoc />
    public void Dispose() => client.Dispose();
}
