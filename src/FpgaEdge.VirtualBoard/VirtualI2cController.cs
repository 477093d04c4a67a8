using System.Buffers.Binary;
using FpgaEdge.Hardware;

namespace FpgaEdge.VirtualBoard;

/// <summary>
/// The I2C controller that the guest's module (Machine/fpgaedge_i2c.c) drives: a page of registers and messages, answered by
/// models of the board's sensors. The models' clock is the guest's, which the module writes beside each transfer: what
/// they show at a moment is then known exactly in the guest's time.
/// </summary>
internal sealed unsafe class VirtualI2cController
{
    /// <summary>Physical address of the page, inside the range that the guest's kernel leaves alone.</summary>
    public const uint Address = 0x43C1_0000;

    private const int PageBytes = 4096;
    private const int Status = 0x04;
    private const int Result = 0x08;
    private const int Count = 0x0C;
    private const int Time = 0x10;
    private const int Messages = 0x40;
    private const int MessageBytes = 0x110;
    private const int MaximumMessages = 8;
    private const int DataOffset = 8;
    private const ushort Reads = 1;
    private const int NoSuchDevice = -6;

    private readonly byte* page;
    private readonly Dictionary<int, IModelledPart> parts = [];
    private readonly InjectedFault fault;

    /// <summary>Puts the sensors of a board file's modelled rails on the bus.</summary>
    public VirtualI2cController(BoardDescription board, byte* page, InjectedFault fault)
    {
        this.page = page;
        this.fault = fault;
        foreach (I2cMonitorDescription part in board.Rails.Select(rail => rail.Monitor).OfType<I2cMonitorDescription>())
        {
            if (part.Load is PowerWaveform load)
            {
                var model = new Ina226Model(load, part.ShuntOhms);
                if (fault.Kind == FaultKind.SensorWrong)
                {
                    model.Manufacturer = 0x1234;
                }
                parts.Add(part.Address, model);
            }
        }
    }

    /// <summary>The module has asked for a transfer.</summary>
    public void OnGo()
    {
        if (fault.Strikes(FaultKind.BusStuck))
        {
            return;
        }
        var bytes = new Span<byte>(page, PageBytes);
        long nowNs = BinaryPrimitives.ReadInt64LittleEndian(bytes[Time..]);
        int count = BinaryPrimitives.ReadInt32LittleEndian(bytes[Count..]);
        int done = 0;
        bool removed = fault.Strikes(FaultKind.SensorRemoved);
        while (!removed && done < Math.Min(count, MaximumMessages) && Transfer(bytes.Slice(Messages + (done * MessageBytes), MessageBytes), nowNs))
        {
            done++;
        }
        BinaryPrimitives.WriteInt32LittleEndian(bytes[Result..], done < count ? NoSuchDevice : done);
        Volatile.Write(ref *(uint*)(page + Status), 1);
    }

    private bool Transfer(Span<byte> message, long nowNs)
    {
        int length = BinaryPrimitives.ReadInt32LittleEndian(message[4..]);
        bool reads = (BinaryPrimitives.ReadUInt16LittleEndian(message[2..]) & Reads) != 0;
        if (length < 0 || length > MessageBytes - DataOffset
            || !parts.TryGetValue(BinaryPrimitives.ReadUInt16LittleEndian(message), out IModelledPart? part))
        {
            return false;
        }
        Span<byte> data = message.Slice(DataOffset, length);
        return reads ? part.Read(data, nowNs) : part.Write(data, nowNs);
    }
}
