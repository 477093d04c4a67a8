using FpgaEdge.Vta;

namespace FpgaEdge.Hardware;

/// <summary>
/// The accelerator of a virtual board: a thread that maps the same two files as the driver, by itself, and does what
/// the hardware would do when it sees the start bits.
/// </summary>
public sealed class VirtualAccelerator : IDisposable
{
    private readonly BoardMemory memory;
    private readonly IVtaAccelerator device;
    private readonly VtaRegisterResponder responder;
    private readonly Thread thread;
    private volatile bool stopping;
    private long programs;
    private long failures;
    private volatile string? lastFailure;

    private VirtualAccelerator(BoardMemory memory, IVtaAccelerator device)
    {
        this.memory = memory;
        this.device = device;
        responder = new VtaRegisterResponder(memory.Registers, device);
        thread = new Thread(Serve) { Name = "virtual accelerator", IsBackground = true };
    }

    /// <summary>Programs that ran to their end.</summary>
    public long Programs => Interlocked.Read(ref programs);

    /// <summary>Programs that could not run; the driver saw only silence, as with hardware.</summary>
    public long Failures => Interlocked.Read(ref failures);

    /// <summary>Why the last failed program could not run: what hardware could not tell.</summary>
    public string? LastFailure => lastFailure;

    /// <summary>Maps the board's files and starts serving.</summary>
    /// <param name="board">The board.</param>
    /// <param name="folder">Where its files are.</param>
    /// <param name="device">What executes the programs, closed with this; null for the functional simulator.</param>
    /// <exception cref="HardwareException">The files cannot be mapped.</exception>
    public static VirtualAccelerator Start(BoardDescription board, string folder, IVtaAccelerator? device = null)
    {
        device ??= new VtaSimulator(board.Accelerator.Configuration);
        var accelerator = new VirtualAccelerator(BoardMemory.Open(board, folder), device);
        accelerator.ResetRegisters();
        accelerator.thread.Start();
        return accelerator;
    }

    /// <inheritdoc />
    public void Dispose()
    {
        stopping = true;
        thread.Join();
        memory.Dispose();
        (device as IDisposable)?.Dispose();
    }

    /// <summary>As after the loading of a bitstream: whatever was in the registers before asks for nothing.</summary>
    private void ResetRegisters()
    {
        for (uint offset = 0; offset < VtaRegisters.WindowBytes; offset += sizeof(uint))
        {
            memory.Registers.Write(offset, 0);
        }
    }

    private void Serve()
    {
        var pace = new PollingPace();
        while (!stopping)
        {
            if (!responder.StartRequested)
            {
                pace.Wait();
                continue;
            }
            pace.Reset();
            if (responder.TryServe(memory.Dma.Span, memory.Dma.PhysicalBase) is not null)
            {
                Interlocked.Increment(ref programs);
            }
            else
            {
                lastFailure = responder.LastError?.Message;
                Interlocked.Increment(ref failures);
            }
        }
    }
}
