using FpgaEdge.Cli.Commands.Model;
using FpgaEdge.Cli.Commands.Model.Fuzz;
using FpgaEdge.Model;
using FpgaEdge.Tests;

namespace FpgaEdge.Cli.Tests;

[TestClass]
public sealed class ModelFuzzTests
{
    // More than a whole run of FPGAEDGE_FUZZ_COUNT takes is the business of 'fpgaedge model fuzz'.
    private static readonly int Count =
        int.TryParse(Environment.GetEnvironmentVariable("FPGAEDGE_FUZZ_COUNT"), out int count) ? count : 2000;

    // Goal: a damaged file ends in success or one line with an exit code, soon and in little memory, whatever the verbs do
    // with it. Method: the sample network and its package, damaged at random, packages with repaired checksums too; each
    // is read, imported or quantised, packaged, compiled and run.
    [TestMethod]
    public void DamagedSampleFilesEndWell() => Run(ModelFuzzCommand.Originals([], int.MaxValue), Count);

    // Goal and method: as above, with other people's networks of both formats.
    [TestMethod]
    public void DamagedPublicNetworksEndWell() =>
        Run(ModelFuzzCommand.Originals([SharedData.Require("data")], 1 << 16), Count);

    // Goal: what a run reports can be found again. Method: the same seed gives the same bytes, another seed others.
    [TestMethod]
    public void TheSameSeedDamagesAlike()
    {
        List<(string, byte[])> files = ModelFuzzCommand.Originals([], int.MaxValue);
        byte[][] first = [.. new FileMutator(files, 7).Files(50).Select(file => file.Bytes)];
        byte[][] second = [.. new FileMutator(files, 7).Files(50).Select(file => file.Bytes)];
        byte[][] other = [.. new FileMutator(files, 8).Files(50).Select(file => file.Bytes)];
        Assert.IsTrue(first.Zip(second, (a, b) => a.AsSpan().SequenceEqual(b)).All(equal => equal));
        Assert.IsFalse(first.Zip(other, (a, b) => a.AsSpan().SequenceEqual(b)).All(equal => equal));
    }

    // Goal: ends of other kinds are found. Method: one of each, and two good ones.
    [TestMethod]
    public void EndsOfOtherKindsAreProblems()
    {
        Assert.IsNull(FileProbe.Judge(null, 0.1, 1000).Problem);
        Assert.IsNull(FileProbe.Judge(new ModelFormatException("one line"), 0.1, 1000).Problem);
        Assert.IsNotNull(FileProbe.Judge(new CliException(ExitCode.BadInputFile, "two\nlines"), 0.1, 1000).Problem);
        Assert.IsNotNull(FileProbe.Judge(new NullReferenceException(), 0.1, 1000).Problem);
        Assert.IsNotNull(FileProbe.Judge(null, 1.1, 1000).Problem);
        Assert.IsNotNull(FileProbe.Judge(null, 0.1, FileProbe.MaximumAllocatedBytes + 1).Problem);
    }

    private static void Run(List<(string, byte[])> files, int count)
    {
        var run = new FuzzRun();
        foreach (MutatedFile file in new FileMutator(files, 3).Files(count))
        {
            run.Try(file);
        }
        Assert.AreEqual("", string.Join(Environment.NewLine, run.Problems.Take(5)));
        Assert.IsGreaterThan(0, run.Succeeded);
        Assert.IsGreaterThan(0, run.Refused);
    }
}
