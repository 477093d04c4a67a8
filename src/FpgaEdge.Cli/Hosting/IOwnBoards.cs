using FpgaEdge.Planning;

namespace FpgaEdge.Cli.Hosting;

/// <summary>Boards that one command started and that end with it: processes, or machines in QEMU.</summary>
internal interface IOwnBoards : IAsyncDisposable
{
    /// <summary>Their cluster.</summary>
    ClusterAddress Address { get; }

    /// <summary>How long it may take until all of them are heard.</summary>
    TimeSpan JoinLimit { get; }

    /// <summary>A client that reaches them.</summary>
    /// <exception cref="Board.PortException">No socket can be had.</exception>
    ClusterClient OpenClient();

    /// <summary>Stops one board without notice, as pulling its plug would.</summary>
    void Kill(int index);

    /// <summary>Which of the boards this is; -1 when it is none of them.</summary>
    int IndexOf(BoardId board);
}
