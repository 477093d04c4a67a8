using System.Text.Json;
using FpgaEdge.Model.Integer;

namespace FpgaEdge.Board.Tests;

/// <summary><c>fpgaedge run</c> and <c>fpgaedge boards</c> as users type them: answers, exit codes, one line per
/// failure.</summary>
[TestClass]
public sealed class RunCommandTests
{
    private static readonly string Folder = Directory.CreateTempSubdirectory("fpgaedge-test-").FullName;
    private static readonly IntegerGraph Graph = SampleNetwork.Create(31);
    private static readonly string Network = Write("sample.package", SampleNetwork.Package(Graph));
    private static readonly byte[][] Cases = SampleNetwork.Inputs(Graph, 6, seed: 32);
    private static readonly string Inputs = Write("cases.bin", [.. Cases.SelectMany(bytes => bytes)]);

    [ClassCleanup]
    public static void Clean() => Directory.Delete(Folder, recursive: true);

    // Goal: raw tensors through a package on two boards give the golden interpreter's scores, and the report has the
    // documented shape. Method: compare every class and score with the interpreter's, under several plans.
    [TestMethod]
    public async Task AnswersAreTheGoldenOnes()
    {
        HostProcess run = await HostProcess.RunAsync(
            "run", Network, "--input", Inputs, "--input-shape", "12,12,3", "--input-type", "int8", "--boards", "2", "--json");
        Assert.AreEqual(0, run.Code, run.Complaint);
        Assert.AreEqual("", run.Complaint);
        JsonElement json = run.Json;
        Assert.AreEqual(1, json.GetProperty("schema").GetInt32());
        Assert.IsTrue(json.GetProperty("bitExact").GetBoolean());
        Assert.AreEqual(32, json.GetProperty("planHash").GetString()!.Length);
        JsonElement results = json.GetProperty("results");
        Assert.AreEqual(Cases.Length, results.GetArrayLength());
        for (int i = 0; i < Cases.Length; i++)
        {
            sbyte[] scores = [.. GoldenInterpreter.Run(Graph, [Cases[i]])[0].Select(value => (sbyte)value)];
            int[] best = [.. Enumerable.Range(0, 10).OrderByDescending(entry => scores[entry]).ThenBy(entry => entry).Take(5)];
            JsonElement[] top = [.. results[i].GetProperty("top").EnumerateArray()];
            CollectionAssert.AreEqual(best, top.Select(entry => entry.GetProperty("class").GetInt32()).ToArray());
            CollectionAssert.AreEqual(
                best.Select(entry => (double)scores[entry]).ToArray(),
                top.Select(entry => entry.GetProperty("score").GetDouble()).ToArray());
            Assert.AreEqual($"{Inputs}[{i}]", results[i].GetProperty("input").GetString());
        }
    }

    // Goal: a deadline that nothing can keep is counted frame by frame and is exit code 7; one that everything keeps changes
    // nothing. Method: ten microseconds, and a minute, at 200 frames per second.
    [TestMethod]
    [DataRow("0.01", 7, 6)]
    [DataRow("60000", 0, 0)]
    public async Task MissedDeadlinesAreCounted(string milliseconds, int code, int missed)
    {
        HostProcess run = await HostProcess.RunAsync(
            "run", Network, "--input", Inputs, "--input-shape", "12,12,3", "--input-type", "int8", "--boards", "1", "--rate", "200",
            "--deadline-ms", milliseconds, "--json");
        Assert.AreEqual(code, run.Code, run.Complaint);
        JsonElement repetition = run.Json.GetProperty("repetition");
        Assert.AreEqual(missed, repetition.GetProperty("missed").GetInt32());
        Assert.AreEqual(Cases.Length - missed, repetition.GetProperty("answered").GetInt32());
    }

    // Goal: each wrong use is one line that names the culprit, with the documented exit code, and the same line as
    // JSON. Method: a table of wrong uses.
    [TestMethod]
    [DataRow(3, "missing.onnx", "run missing.onnx --input CASES RAW")]
    [DataRow(3, "cut.onnx", "run CUT --input CASES RAW")]
    [DataRow(3, "nowhere", "run NETWORK --input nowhere")]
    [DataRow(3, "expected a PPM, PGM, PNG or JPEG image", "run NETWORK --input CASES")]
    [DataRow(3, "12x12", "run NETWORK --input CASES --input-shape 24,6,3 --input-type uint8")]
    [DataRow(2, "--boards: expected 1 to 64 boards, found 0", "run NETWORK --input CASES --boards 0")]
    [DataRow(2, "--boards: expected 1 to 64 boards, found 65", "run NETWORK --input CASES --boards 65")]
    [DataRow(2, "give one of them", "run NETWORK --input CASES --boards 2 --cluster x")]
    [DataRow(2, "--cluster NAME as well", "run NETWORK --input CASES --peer 127.0.0.1:9")]
    [DataRow(2, "found '127.0.0.1'", "run NETWORK --input CASES --cluster x --peer 127.0.0.1")]
    [DataRow(2, "--input", "run NETWORK")]
    [DataRow(4, "no board of cluster nobody-is-here", "run NETWORK --input CASES RAW --cluster nobody-is-here")]
    [DataRow(4, "no board of cluster nobody-is-here answered within 3 s", "run CUT --input CASES RAW --cluster nobody-is-here")]
    [DataRow(3, "missing.onnx", "run missing.onnx --input CASES RAW --cluster nobody-is-here")]
    [DataRow(2, "expected one of auto, pipeline, scatter-gather, ai-core-assignment, fused", "run NETWORK --input CASES --strategy best")]
    [DataRow(2, "--strategy is for boards started here", "run NETWORK --input CASES --strategy fused --cluster x")]
    [DataRow(4, "no board of cluster nobody-is-here", "boards --cluster nobody-is-here --seconds 0.3")]
    [DataRow(3, "board 1 did not start", "run NETWORK --input CASES RAW --boards 2 --board missing.json")]
    [DataRow(2, "--seconds", "boards --seconds 0")]
    public async Task WrongUseIsOneLine(int code, string words, string line)
    {
        string cut = Write("cut.onnx", [0x08, 0x07, 0x3A, 0xFF, 0x7F, 0x00]);
        string[] arguments = [.. line.Replace("RAW", "--input-shape 12,12,3 --input-type int8").Split(' ').Select(word => word switch
        {
            "NETWORK" => Network,
            "CASES" => Inputs,
            "CUT" => cut,
            _ => word,
        })];
        HostProcess run = await HostProcess.RunAsync(arguments);
        Assert.AreEqual(code, run.Code, run.Complaint);
        Assert.Contains(words, run.Complaint);
        // Who uses a running cluster without a key is told so first.
        string[] lines = [.. run.Complaint.TrimEnd().Split('\n').Where(text => !text.Contains(ClusterKeys.MissingNotice))];
        Assert.HasCount(1, lines, run.Complaint);
    }

    // Goal: boards that run are listed, with their figures. Method: one board by hand, the list as JSON.
    [TestMethod]
    public async Task BoardsListsWhatIsHeard()
    {
        string cluster = $"test-{Guid.NewGuid():N}";
        using var board = new BoardProcess("--cluster", cluster, "--name", "only");
        await board.ListeningAsync();
        HostProcess list = await HostProcess.RunAsync("boards", "--cluster", cluster, "--seconds", "2", "--json");
        Assert.AreEqual(0, list.Code, list.Complaint);
        JsonElement member = list.Json.GetProperty("boards").EnumerateArray().Single();
        Assert.AreEqual(BoardIdentity.FromName("only").ToString(), member.GetProperty("id").GetString());
        Assert.AreEqual("only", member.GetProperty("name").GetString());
        Assert.AreEqual("virtual-zynq7020", member.GetProperty("board").GetString());
        Assert.AreEqual("1x16_i8w8a32_15_15_18_17", member.GetProperty("accelerator").GetString());
        Assert.AreEqual(100_000_000, member.GetProperty("clockHertz").GetInt64());
    }

    private static string Write(string name, byte[] content)
    {
        string path = Path.Combine(Folder, name);
        File.WriteAllBytes(path, content);
        return path;
    }
}
