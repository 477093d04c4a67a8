using FpgaEdge.Vta;

namespace FpgaEdge.Compiler.Lowering;

/// <summary>Moves instruction streams made for a window at physical address 0 to the window's real address.</summary>
internal sealed class ProgramRelocation(VtaConfiguration configuration, ulong address)
{
    private readonly VtaInstructionCodec codec = new(configuration);

    /// <summary>Adds the address to every LOAD and STORE of the stream, in place.</summary>
    public void Apply(Span<byte> stream)
    {
        for (; stream.Length > 0; stream = stream[VtaInstructionCodec.InstructionBytes..])
        {
            Span<byte> bytes = stream[..VtaInstructionCodec.InstructionBytes];
            if (codec.Decode(bytes) is VtaTransfer { XSize: > 0 } transfer)
            {
                uint elements = checked((uint)(address / (ulong)configuration.ElementBytes(transfer.Memory)));
                codec.Encode(transfer with { DramBase = transfer.DramBase + elements }, bytes);
            }
        }
    }
}
