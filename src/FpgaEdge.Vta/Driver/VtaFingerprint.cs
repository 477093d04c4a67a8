namespace FpgaEdge.Vta;

/// <summary>
/// What a loaded accelerator says of itself: the identification block of this project's gateware (docs/GATEWARE.md). The
/// published designs have none; of them only a computed result tells what they are.
/// </summary>
public static class VtaFingerprint
{
    /// <summary>Register with <see cref="Identification"/>.</summary>
    public const uint IdentificationRegister = 0x100;

    /// <summary>"FEVT".</summary>
    public const uint Identification = 0x4645_5654;

    private const uint VersionRegister = 0x104;
    private const uint Version = 0x0001_0000;
    private const uint WidthsRegister = 0x108;
    private const uint BuffersRegister = 0x10C;
    private const uint FeaturesRegister = 0x110;
    private const uint LegacyFeature = 1;

    /// <summary>Reads the configuration that the accelerator was made with; null where there is no identification block, or
    /// one of a newer layout.</summary>
    public static VtaConfiguration? Read(IRegisterWindow registers)
    {
        if (registers.Read(IdentificationRegister) != Identification || registers.Read(VersionRegister) >> 16 != Version >> 16)
        {
            return null;
        }
        uint widths = registers.Read(WidthsRegister);
        uint buffers = registers.Read(BuffersRegister);
        bool legacy = (registers.Read(FeaturesRegister) & LegacyFeature) != 0;
        int Width(int shift) => (int)(widths >> shift) & 15;
        int Buffer(int shift) => (int)(buffers >> shift) & 255;
        return new VtaConfiguration
        {
            Isa = legacy ? VtaIsa.Legacy : VtaIsa.Current,
            LogAccWidth = Width(28),
            LogWgtWidth = Width(24),
            LogInpWidth = Width(20),
            LogBlock = Width(16),
            LogBatch = Width(12),
            LogAccBufferSize = Buffer(24),
            LogWgtBufferSize = Buffer(16),
            LogInpBufferSize = Buffer(8),
            LogUopBufferSize = Buffer(0),
        };
    }

    /// <summary>Writes the block, for models of the gateware.</summary>
    public static void Write(IRegisterWindow registers, VtaConfiguration configuration)
    {
        registers.Write(IdentificationRegister, Identification);
        registers.Write(VersionRegister, Version);
        registers.Write(WidthsRegister, ((uint)configuration.LogAccWidth << 28) | ((uint)configuration.LogWgtWidth << 24)
            | ((uint)configuration.LogInpWidth << 20) | ((uint)configuration.LogBlock << 16) | ((uint)configuration.LogBatch << 12));
        registers.Write(BuffersRegister, ((uint)configuration.LogAccBufferSize << 24) | ((uint)configuration.LogWgtBufferSize << 16)
            | ((uint)configuration.LogInpBufferSize << 8) | (uint)configuration.LogUopBufferSize);
        registers.Write(FeaturesRegister, configuration.Isa == VtaIsa.Legacy ? LegacyFeature : 4u);
    }

    /// <summary>Every parameter in which two configurations differ, each in words: "LOG_BLOCK: expected 4, found 5". Names are
    /// those of the configuration file; the target's name says nothing about the gateware and is left out.</summary>
    public static IReadOnlyList<string> Differences(VtaConfiguration expected, VtaConfiguration found)
    {
        (string Name, object Expected, object Found)[] parameters =
        [
            ("instruction set", expected.Isa, found.Isa),
            ("LOG_INP_WIDTH", expected.LogInpWidth, found.LogInpWidth),
            ("LOG_WGT_WIDTH", expected.LogWgtWidth, found.LogWgtWidth),
            ("LOG_ACC_WIDTH", expected.LogAccWidth, found.LogAccWidth),
            ("LOG_BATCH", expected.LogBatch, found.LogBatch),
            ("LOG_BLOCK", expected.LogBlock, found.LogBlock),
            ("LOG_UOP_BUFF_SIZE", expected.LogUopBufferSize, found.LogUopBufferSize),
            ("LOG_INP_BUFF_SIZE", expected.LogInpBufferSize, found.LogInpBufferSize),
            ("LOG_WGT_BUFF_SIZE", expected.LogWgtBufferSize, found.LogWgtBufferSize),
            ("LOG_ACC_BUFF_SIZE", expected.LogAccBufferSize, found.LogAccBufferSize),
        ];
        return [.. parameters.Where(parameter => !parameter.Expected.Equals(parameter.Found))
            .Select(parameter => $"{parameter.Name}: expected {parameter.Expected}, found {parameter.Found}")];
    }
}
