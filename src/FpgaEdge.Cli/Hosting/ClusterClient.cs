using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Net;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text;
using System.Threading.Channels;
using FpgaEdge.Board;
using FpgaEdge.Cli.Reports;
using FpgaEdge.Cli.Virtual;
using FpgaEdge.Cluster;
using FpgaEdge.Planning;
using FpgaEdge.Wire;

namespace FpgaEdge.Cli.Hosting;

/// <summary>
/// The host's side of a cluster: the client's step machine between a socket and callers that await. It coordinates
/// nothing; any board serves it.
/// </summary>
internal sealed class ClusterClient : IClientEffects, ISteppedNode, IDisposable
{
    private readonly IDatagramPort socket;
    private readonly AeadSeal? seal;
    private readonly KeyFileWatch? keyFile;
    private readonly ClientNode node;
    private readonly Listening listening;
    private readonly NodeLoop loop;
    private readonly AsyncSignal changed = new();
    private readonly ConcurrentDictionary<uint, OpenRequest> requests = new();
    private readonly Dictionary<uint, TaskCompletionSource<string>> questions = [];
    private volatile Exception? defect;
    private bool isDisposed;

    private ClusterClient(ClusterAddress address, IDatagramPort socket)
    {
        this.socket = socket;
        ulong id = BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(8));
        seal = address.Keys?.NewSeal(address.Name, id);
        node = new ClientNode(new ClientOptions
        {
            ClusterName = address.Name,
            ClientId = id,
            Seal = (IDatagramSeal?)seal ?? new ChecksumSeal(),
            Seed = BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(8)),
            StaticPeers = [.. address.Peers.Select(PeerAddress.FromEndPoint)],
        });
        listening = new Listening(node.Counters);
        loop = new NodeLoop(socket, this);
        loop.Failed += Fail;
        if (address.Keys is { File: not null } keys)
        {
            keyFile = new KeyFileWatch(keys, TimeProvider.System, changed => loop.Call(_ => changed.Change(seal!)),
                reason => Console.Error.WriteLine($"fpgaedge: {reason}; the keys that it held before are used on"));
        }
    }

    /// <inheritdoc />
    public long NextTimerNs => node.NextTimerNs;

    /// <summary>What was counted at this client.</summary>
    public NodeCounters Counters => node.Counters;

    /// <summary>The names of all boards that this client has heard.</summary>
    public BoardNames Names { get; } = new();

    /// <summary>The boards this client hears.</summary>
    public ClusterView View
    {
        get
        {
            ClusterView? view = null;
            loop.Call(_ => view = node.View);
            return view!;
        }
    }

    /// <summary>What is known of each board of the view, and who else was heard.</summary>
    public (ImmutableArray<BoardStatus> Boards, IReadOnlyList<HeardFrom> Heard) Explain()
    {
        (ImmutableArray<BoardStatus>, IReadOnlyList<HeardFrom>) known = default;
        loop.Call(now => known = (node.Boards(now), listening.All(now)));
        return known;
    }

    /// <summary>Frames that missed their deadline, by the board that made them late.</summary>
    public DeadlineReport Deadlines()
    {
        DeadlineReport? report = null;
        loop.Call(_ => report = node.Deadlines());
        return report!;
    }

    /// <summary>Starts looking for boards.</summary>
    /// <exception cref="PortException">No socket can be had.</exception>
    /// <exception cref="CliException">There is no segment where the address says one is.</exception>
    public static ClusterClient Open(ClusterAddress address)
    {
        if (address.Segment is IPEndPoint segment)
        {
            return Open(address, SegmentPort.PlugIn(segment));
        }
        IPAddress own = address.Interface ?? IPAddress.Loopback;
        return Open(address, ClusterSocket.Open(new IPEndPoint(own, 0), address.Multicast, own, address.Peers.IsEmpty));
    }

    /// <summary>Starts looking for boards through a port, which is disposed of with the client.</summary>
    public static ClusterClient Open(ClusterAddress address, IDatagramPort port)
    {
        var client = new ClusterClient(address, port);
        client.loop.Call(now => client.node.Start(now, client));
        client.loop.Start();
        return client;
    }

    /// <summary>Waits until a condition on the node holds; false when the time is over first.</summary>
    public async Task<bool> WaitAsync(Func<ClientNode, bool> condition, TimeSpan limit, CancellationToken cancellation)
    {
        using var time = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        time.CancelAfter(limit);
        while (true)
        {
            Task next = changed.Next;
            bool holds = false;
            loop.Call(_ => holds = condition(node));
            RethrowDefect();
            if (holds)
            {
                return true;
            }
            try
            {
                // Not every change pulses the signal (a board that now holds a package does not), so look now and then.
                await Task.WhenAny(next, Task.Delay(50, time.Token)).ConfigureAwait(false);
                time.Token.ThrowIfCancellationRequested();
            }
            catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
            {
                return false;
            }
        }
    }

    /// <summary>Asks one board something.</summary>
    /// <param name="board">Which.</param>
    /// <param name="command">One of <see cref="DiagCommands.Names"/>.</param>
    /// <param name="limit">How long to wait.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>The board's JSON object; empty when the board went or was started again; null when no answer came in time.</returns>
    public async Task<string?> AskAsync(BoardId board, string command, TimeSpan limit, CancellationToken cancellation)
    {
        var answer = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        uint number = 0;
        loop.Call(now =>
        {
            if (!node.View.Members.Any(member => member.Id == board))
            {
                answer.SetResult("");
                return;
            }
            number = node.Ask(now, board, command, this);
            questions[number] = answer;
        });
        try
        {
            return await answer.Task.WaitAsync(limit, cancellation).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            RethrowDefect();
            return null;
        }
        finally
        {
            loop.Call(_ =>
            {
                node.GiveUp(number);
                questions.Remove(number);
            });
        }
    }

    /// <summary>Gives the cluster a package.</summary>
    public PackageHash Offer(ReadOnlyMemory<byte> package)
    {
        PackageHash hash = default;
        loop.Call(now => hash = node.OfferPackage(now, package, this));
        return hash;
    }

    /// <summary>The plan that new frames of a package follow.</summary>
    public ClientPlan? PlanOf(PackageHash package)
    {
        ClientPlan? plan = null;
        loop.Call(_ => plan = node.PlanOf(package));
        return plan;
    }

    /// <summary>Sends frames as fast as the cluster takes them and gives their outcomes in the order of the
    /// frames.</summary>
    /// <param name="package">The network.</param>
    /// <param name="inputs">The network's input tensors, one entry per frame; taken one by one when there is
    /// room.</param>
    /// <param name="frameLimit">From the submission of a frame to its end, at the latest.</param>
    /// <param name="cancellation">Cancels the frames under way.</param>
    public async IAsyncEnumerable<FrameOutcome> StreamAsync(
        PackageHash package, IEnumerable<ReadOnlyMemory<byte>> inputs, TimeSpan frameLimit,
        [EnumeratorCancellation] CancellationToken cancellation)
    {
        var request = new OpenRequest();
        loop.Call(now =>
        {
            request.Number = node.OpenRequest(now, package, this);
            requests[request.Number] = request;
        });
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        Task submitting = Task.Run(() => SubmitAsync(request, inputs, frameLimit, stop.Token), CancellationToken.None);
        try
        {
            await foreach (FrameOutcome outcome in request.Outcomes.ReadAllAsync(cancellation).ConfigureAwait(false))
            {
                yield return outcome;
            }
        }
        finally
        {
            await stop.CancelAsync();
            await submitting.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            loop.Call(now => node.CancelRequest(now, request.Number, this));
            requests.TryRemove(request.Number, out _);
        }
    }

    /// <inheritdoc />
    public void Dispose()
    {
        if (isDisposed)
        {
            return;
        }
        isDisposed = true;
        keyFile?.Dispose();
        if (defect is null)
        {
            loop.Call(now => node.Leave(now, this));
        }
        loop.Dispose();
        socket.Dispose();
        seal?.Dispose();
    }

    void ISteppedNode.OnDatagram(long nowNs, PeerAddress from, ReadOnlySpan<byte> datagram)
    {
        Listening.Ignored before = listening.Now;
        node.OnDatagram(nowNs, from, datagram, this);
        listening.Note(nowNs, from, before);
    }

    void ISteppedNode.OnTimer(long nowNs) => node.OnTimer(nowNs, this);

    void IClusterEffects.Send(PeerAddress to, ReadOnlySpan<byte> datagram) => loop.Send(to, datagram);

    void IClusterEffects.Multicast(ReadOnlySpan<byte> datagram) => socket.Announce(datagram);

    void IClusterEffects.Log(in ClusterEvent entry) => changed.Pulse();

    void IClientEffects.ViewChanged(ClusterView view)
    {
        Names.Note(view);
        changed.Pulse();
    }

    void IClientEffects.PlanChanged(ClientPlan plan) => changed.Pulse();

    void IClientEffects.RequestWritable(uint request) => changed.Pulse();

    void IClientEffects.CommandEnded(uint number, ReadOnlySpan<byte> answer)
    {
        if (questions.TryGetValue(number, out TaskCompletionSource<string>? question))
        {
            question.TrySetResult(Encoding.UTF8.GetString(answer));
        }
    }

    void IClientEffects.FrameCompleted(in FrameResult result) => Deliver(result.Key, new FrameOutcome(
        (int)result.Key.Frame, result.Output.ToArray(), result.Plan, [.. result.Statistics], result.LatencyNs, result.Attempts));

    void IClientEffects.FrameFailed(FrameKey key, FrameErrorCode code, string text) =>
        Deliver(key, new FrameOutcome((int)key.Frame, null, default, [], 0, 0, code, text));

    private void Deliver(FrameKey key, FrameOutcome outcome)
    {
        if (requests.TryGetValue(key.Request, out OpenRequest? request))
        {
            request.Deliver(outcome);
        }
    }

    private async Task SubmitAsync(
        OpenRequest request, IEnumerable<ReadOnlyMemory<byte>> inputs, TimeSpan frameLimit, CancellationToken cancellation)
    {
        try
        {
            int count = 0;
            foreach (ReadOnlyMemory<byte> input in inputs)
            {
                while (!TrySubmit(request.Number, input, frameLimit, out Task room))
                {
                    await room.WaitAsync(cancellation).ConfigureAwait(false);
                }
                count++;
            }
            request.AllSubmitted(count);
        }
        catch (Exception e)
        {
            request.Fail(e);
        }
    }

    private bool TrySubmit(uint request, ReadOnlyMemory<byte> input, TimeSpan limit, out Task room)
    {
        room = changed.Next;
        bool accepted = false;
        RethrowDefect();
        loop.Call(now => accepted = node.TrySubmit(
            now, request, input.Span, now + (long)limit.TotalNanoseconds, this, out _));
        return accepted;
    }

    private void Fail(Exception exception)
    {
        defect = exception;
        changed.Pulse();
        foreach (OpenRequest request in requests.Values)
        {
            request.Fail(exception);
        }
    }

    private void RethrowDefect()
    {
        if (defect is not null)
        {
            throw new InvalidOperationException($"the client's network thread ended: {defect.Message}", defect);
        }
    }

    /// <summary>One row of frames under way: ends when as many outcomes came as frames were submitted.</summary>
    private sealed class OpenRequest
    {
        private readonly Channel<FrameOutcome> outcomes = Channel.CreateUnbounded<FrameOutcome>();
        private readonly Lock gate = new();
        private int delivered;
        private int? submitted;

        public uint Number { get; set; }

        public ChannelReader<FrameOutcome> Outcomes => outcomes.Reader;

        public void Deliver(FrameOutcome outcome)
        {
            lock (gate)
            {
                outcomes.Writer.TryWrite(outcome);
                delivered++;
                CompleteIfAllCame();
            }
        }

        public void AllSubmitted(int count)
        {
            lock (gate)
            {
                submitted = count;
                CompleteIfAllCame();
            }
        }

        public void Fail(Exception exception) => outcomes.Writer.TryComplete(exception);

        private void CompleteIfAllCame()
        {
            if (delivered == submitted)
            {
                outcomes.Writer.TryComplete();
            }
        }
    }
}
