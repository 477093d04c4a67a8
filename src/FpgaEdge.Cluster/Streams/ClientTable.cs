using FpgaEdge.Wire;

namespace FpgaEdge.Cluster;

/// <summary>A client as a board knows it.</summary>
internal sealed class ClientLink
{
    private readonly (uint Request, uint FirstFrame)[] open =
        new (uint, uint)[ClientHelloMessage.MaximumRequests];

    private int openCount;
    private uint newestRequest;
    private bool heardHello;

    public required ulong Id { get; init; }

    public uint Incarnation { get; set; }

    public PeerAddress Address { get; set; }

    public long HeardNs { get; set; }

    public uint Sequence { get; private set; }

    public RoundTrip RoundTrip { get; } = new();

    /// <summary>Whether the client still waits for this frame, as far as it has said.</summary>
    public bool Wants(uint request, uint frame)
    {
        if (!heardHello || request > newestRequest)
        {
            return true;
        }

        for (int i = 0; i < openCount; i++)
        {
            if (open[i].Request == request)
            {
                return frame >= open[i].FirstFrame;
            }
        }

        return false;
    }

    /// <summary>Takes in a greeting; false when it is malformed.</summary>
    public bool OnHello(ref MessagePackReader reader, int elements)
    {
        if (!ClientHelloMessage.TryBegin(ref reader, elements, out uint sequence, out uint newest, out int count))
        {
            return false;
        }

        MessagePackReader check = reader;
        for (int i = 0; i < count; i++)
        {
            if (!ClientHelloMessage.TryReadRequest(ref check, out _, out _))
            {
                return false;
            }
        }

        if (!check.End)
        {
            return false;
        }

        if (heardHello && sequence <= Sequence)
        {
            return true;
        }

        heardHello = true;
        Sequence = sequence;
        newestRequest = newest;
        openCount = count;
        for (int i = 0; i < count; i++)
        {
            ClientHelloMessage.TryReadRequest(ref reader, out open[i].Request, out open[i].FirstFrame);
        }

        return true;
    }
}

/// <summary>The clients of a board; at most <see cref="WireLimits.Clients"/>.</summary>
internal sealed class ClientTable
{
    private readonly List<ClientLink> clients = new(WireLimits.Clients);

    public int Count => clients.Count;

    public ClientLink this[int index] => clients[index];

    public ClientLink? Find(ulong id)
    {
        foreach (ClientLink client in clients)
        {
            if (client.Id == id)
            {
                return client;
            }
        }

        return null;
    }

    public bool TryAdd(ClientLink client)
    {
        if (clients.Count >= WireLimits.Clients)
        {
            return false;
        }

        clients.Add(client);
        return true;
    }

    public void Remove(ClientLink client) => clients.Remove(client);
}
