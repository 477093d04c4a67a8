using FpgaEdge.Planning;
using FpgaEdge.Wire;

namespace FpgaEdge.Cluster;

/// <summary>Where a frame of a client is.</summary>
internal enum FrameStage : byte
{
    Empty,

    /// <summary>Waits for a plan, or for its turn.</summary>
    Queued,

    /// <summary>On its way to the first stage.</summary>
    Sending,

    /// <summary>The first stage has it.</summary>
    Accepted,

    /// <summary>Its result or error is here and waits for its turn.</summary>
    Done,
}

/// <summary>One frame of a request, from submission to delivery; reused.</summary>
internal sealed class ClientFrame
{
    public FrameStage Stage { get; set; }

    public uint Number { get; set; }

    public byte[] Input { get; private set; } = [];

    public int InputBytes { get; private set; }

    public OutgoingTransfer Outgoing { get; } = new();

    public IncomingTransfer Result { get; } = new();

    /// <summary>Which copy of the result is being received.</summary>
    public FrameAddress ResultAddress { get; set; }

    public ClientPlan? ResultPlan { get; set; }

    public bool ResultIsError { get; set; }

    /// <summary>The plan it was sent under.</summary>
    public ClientPlan? Plan { get; set; }

    public uint Epoch { get; set; }

    public uint Attempts { get; set; }

    public long SubmittedNs { get; set; }

    public long DeadlineNs { get; set; }

    /// <summary>When something was last heard of it.</summary>
    public long TouchedNs { get; set; }

    /// <summary>Questions after which nobody had it.</summary>
    public int Misses { get; set; }

    /// <summary>Number of the question under way.</summary>
    public uint QueryRound { get; set; }

    /// <summary>Answers to it that said no, a bit for each board of the plan.</summary>
    public ulong Denied { get; set; }

    public long NextQueryNs { get; set; }

    public FrameErrorCode Error { get; set; }

    public string ErrorText { get; set; } = "";

    public long DoneNs { get; set; }

    public void Submit(long nowNs, uint number, ReadOnlySpan<byte> input, long deadlineNs)
    {
        if (Input.Length < input.Length)
        {
            Input = new byte[input.Length];
        }

        input.CopyTo(Input);
        InputBytes = input.Length;
        Number = number;
        Stage = FrameStage.Queued;
        Plan = null;
        ResultPlan = null;
        Epoch = 0;
        Attempts = 0;
        SubmittedNs = nowNs;
        DeadlineNs = deadlineNs;
        TouchedNs = nowNs;
        Misses = 0;
        Denied = 0;
        Error = default;
        ErrorText = "";
    }

    public void Fail(long nowNs, FrameErrorCode code, string text)
    {
        Outgoing.Stop();
        Stage = FrameStage.Done;
        Error = code;
        ErrorText = text;
        DoneNs = nowNs;
    }
}

/// <summary>A row of frames through one network.</summary>
internal sealed class ClientRequest(uint number, ClientPackage package, int framesInFlight)
{
    private readonly ClientFrame[] frames = CreateFrames(framesInFlight);

    public uint Number { get; } = number;

    public ClientPackage Package { get; } = package;

    /// <summary>Number of the next frame to be submitted.</summary>
    public uint NextFrame { get; set; }

    /// <summary>Number of the next frame to be delivered.</summary>
    public uint NextDelivery { get; set; }

    public bool WantsWritable { get; set; }

    public bool HasRoom => NextFrame - NextDelivery < (uint)frames.Length;

    public ClientFrame SlotOf(uint frame) => frames[frame % (uint)frames.Length];

    /// <summary>A frame that was submitted and not delivered, or null.</summary>
    public ClientFrame? Find(uint frame) => frame >= NextDelivery && frame < NextFrame ? SlotOf(frame) : null;

    private static ClientFrame[] CreateFrames(int count)
    {
        var created = new ClientFrame[count];
        for (int i = 0; i < count; i++)
        {
            created[i] = new ClientFrame();
        }

        return created;
    }
}
