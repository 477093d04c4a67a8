namespace FpgaEdge.Cli;

/// <summary>The documented exit codes (docs/ERRORS.md): the same code for the same cause in every verb.</summary>
internal static class ExitCode
{
    /// <summary>Everything asked for was done.</summary>
    public const int Ok = 0;

    /// <summary>A defect of this program.</summary>
    public const int Bug = 1;

    /// <summary>An option or argument cannot be used as given.</summary>
    public const int Usage = 2;

    /// <summary>A file is missing, damaged, or holds something unsupported.</summary>
    public const int BadInputFile = 3;

    /// <summary>No board answered, or not the ones that are needed.</summary>
    public const int NoBoard = 4;

    /// <summary>The hardware refused or did not answer in time.</summary>
    public const int HardwareRefused = 5;

    /// <summary>A result differs from its reference.</summary>
    public const int VerificationFailed = 6;

    /// <summary>A deadline or a quality gate was missed.</summary>
    public const int QualityGateMissed = 7;

    /// <summary>Ended by Ctrl-C.</summary>
    public const int Interrupted = 130;

    /// <summary>Ended by SIGTERM.</summary>
    public const int Terminated = 143;
}
