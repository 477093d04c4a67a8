using FpgaEdge.Wire;

namespace FpgaEdge.Cluster;

/// <summary>What a slot is doing.</summary>
internal enum SlotState : byte
{
    Free,

    /// <summary>Kept for a sender that was told to send.</summary>
    Reserved,
    Receiving,
    Executing,
    Sending,
}

/// <summary>Room for one frame in one stage, from its first chunk until its result is with the next one.</summary>
internal sealed class FrameSlot(int index)
{
    public int Index { get; } = index;

    public uint Generation { get; set; }

    public SlotState State { get; set; }

    /// <summary>While executing: nobody wants the result any more.</summary>
    public bool Abandoned { get; set; }

    /// <summary>While executing: its stage was dropped; the slot goes back to the spare ones afterwards.</summary>
    public bool Orphaned { get; set; }

    public StageRuntime? Runtime { get; set; }

    public FrameAddress Address { get; set; }

    public PeerAddress From { get; set; }

    public IncomingTransfer Input { get; } = new();

    public byte[] Output { get; set; } = [];

    public OutgoingTransfer Outgoing { get; } = new();

    public long DeadlineNs { get; set; }

    /// <summary>The client was told that the deadline passed here, or that there will be no result.</summary>
    public bool MissReported { get; set; }

    /// <summary>Last sign of life of whoever has to do something next.</summary>
    public long TouchedNs { get; set; }

    public FrameToken Token => new(Index, Generation);

    public bool HoldsFrame(in FrameAddress address) =>
        State != SlotState.Free && !Abandoned && Address.Client == address.Client && Address.Request == address.Request
        && Address.Frame == address.Frame;
}
