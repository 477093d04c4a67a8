using FpgaEdge.Hardware;
using FpgaEdge.Vta;

namespace FpgaEdge.Board;

/// <summary>
/// The accelerator as stages use it: its DMA window and a driver whose waits all end. Used by one thread.
/// </summary>
internal sealed class BoardAccelerator
{
    /// <summary>A model takes longer than the hardware it models: so much longer, at worst, on a busy
    /// machine.</summary>
    private static readonly TimeSpan ModelLimit = TimeSpan.FromSeconds(30);

    private readonly BoardDescription board;
    private readonly BoardMemory memory;
    private readonly PollingPace pace = new();
    private readonly VtaHlsDriver driver;
    private volatile bool timedOut;

    public BoardAccelerator(BoardDescription board, BoardMemory memory)
    {
        this.board = board;
        this.memory = memory;
        driver = new VtaHlsDriver(memory.Registers, TimeProvider.System, pace.Wait);
    }

    /// <summary>Whether the latest program did not end in time.</summary>
    public bool HasGivenUp => timedOut;

    /// <summary>The memory shared with the accelerator.</summary>
    public DmaWindow Dma => memory.Dma;

    /// <summary>Runs a program to its end or to the end of patience.</summary>
    /// <param name="instructionAddress">Physical address of the first instruction.</param>
    /// <param name="instructionCount">Instructions.</param>
    /// <param name="modelledCycles">What the cycle model predicts.</param>
    /// <param name="shared">The part of the DMA window that the processor has written and the program reads and writes.</param>
    /// <exception cref="VtaTimeoutException">It did not end; holds the registers.</exception>
    /// <exception cref="HardwareException">A program that was given up on still runs.</exception>
    public void Run(uint instructionAddress, int instructionCount, long modelledCycles, (int Offset, int ByteCount) shared)
    {
        RefuseWhileBusy();
        TimeSpan predicted = TimeSpan.FromSeconds((double)modelledCycles / board.Accelerator.ClockHertz);
        TimeSpan limit = VtaWaitLimit.For(predicted);
        bool model = board.Access == MemoryAccess.Files;
        pace.Reset(model ? TimeSpan.Zero : predicted);
        try
        {
            Dma.GiveToAccelerator(shared.Offset, shared.ByteCount);
            driver.Run(instructionAddress, instructionCount, model && limit < ModelLimit ? ModelLimit : limit);
            Dma.TakeFromAccelerator(shared.Offset, shared.ByteCount);
            timedOut = false;
        }
        catch (VtaTimeoutException)
        {
            timedOut = true;
            throw;
        }
    }

    /// <summary>Starting again what still runs would mix two programs: after a timeout, look first. Ones mean that nobody
    /// answers there, so that nothing runs; a bitstream may have been loaded since.</summary>
    private void RefuseWhileBusy()
    {
        uint control = timedOut ? memory.Registers.Read(VtaRegisters.FetchControl) : 0;
        if (control != uint.MaxValue && (control & VtaRegisters.Start) != 0)
        {
            throw new HardwareException(
                $"the accelerator still runs the program that was given up on; load its bitstream again [{driver.DumpRegisters()}]");
        }
    }
}
