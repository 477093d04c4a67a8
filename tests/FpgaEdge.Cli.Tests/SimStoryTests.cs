using System.CommandLine;
using System.Text;
using System.Text.Json;
using System.Xml.Linq;
using FpgaEdge.Cli.Commands.Sim;
using FpgaEdge.Cluster;
using FpgaEdge.Tests;

namespace FpgaEdge.Cli.Tests;

/// <summary><c>fpgaedge sim</c> with boards, networks and faults that the user names.</summary>
[TestClass]
public sealed class SimStoryTests
{
    private static readonly string Digits = Path.Combine(SharedData.RepositoryRoot, "samples", "digits.onnx");

    // A board of four dies in mid-stream and comes back; expected: it is missed within M2's limit, answers flow under
    // another plan and under a third one when it is back, slower in between, and nothing is lost or doubled. Method:
    // the story of the simulation, and the marks in its picture.
    [TestMethod]
    public void AKillIsSeenInTablesAndPicture()
    {
        Story story = Simulate(Request(("--kill", "3@3s"), ("--start", "3@6s")));
        StoryLoss loss = story.Losses.Single();
        Assert.AreEqual(3, loss.Board);
        Assert.IsTrue(loss.MissedNs - loss.AtNs is > 0 and < 1_500_000_000, $"missed after {loss.MissedNs - loss.AtNs} ns");
        Assert.IsTrue(loss.FlowNs > loss.MissedNs, "answers came before anybody missed the board");
        Assert.AreEqual(0, story.AnsweredTwice);
        Assert.AreEqual(0, story.Result.Failed);
        Assert.AreEqual(0, story.Result.Violations.Length);
        double[] rates = [.. story.Phases.Select(phase => phase.FramesPerSecond)];
        Assert.AreEqual(3, rates.Length);
        Assert.IsTrue(rates[1] < rates[0] && rates[1] < rates[2], string.Join(" ", rates));
        Assert.AreEqual(2, story.Lives(3).Count());

        string svg = StoryPicture.Svg(story);
        XElement root = XDocument.Parse(svg).Root!;
        string[] texts = [.. root.Descendants().Where(element => element.Name.LocalName == "text").Select(element => element.Value)];
        CollectionAssert.Contains(texts, "board 3 killed, 3.000 s");
        CollectionAssert.Contains(texts, "board 3 listens, 6.000 s");
        Assert.IsTrue(texts.Any(text => text.StartsWith("missed by all, +", StringComparison.Ordinal)));
        Assert.IsTrue(texts.Any(text => text.StartsWith("answers under plan", StringComparison.Ordinal)));
        Assert.AreEqual(4, texts.Count(text => text.EndsWith("zynq7020", StringComparison.Ordinal)), "one lane for each board");
    }

    // The same story twice; expected: the same bytes of text, JSON and HTML. Method: comparison.
    [TestMethod]
    public void TheSameStoryGivesTheSameBytes()
    {
        SimRequest request = Request(("--kill", "1@3s")) with { LossPercent = 2, For = "5s" };
        (string text, string json, string html) = Print(request);
        (string textAgain, string jsonAgain, string htmlAgain) = Print(request);
        Assert.AreEqual(text, textAgain);
        Assert.AreEqual(json, jsonAgain);
        Assert.AreEqual(html, htmlAgain);
        (string other, _, _) = Print(request with { FirstSeed = 2 });
        Assert.AreNotEqual(text, other);
    }

    // JSON of a story with a board that leaves and one that is cut off; expected: one object with the losses, plans and a
    // command that the parser takes. Method: parse both.
    [TestMethod]
    public void JsonNamesWhatHappened()
    {
        SimRequest request = Request(("--leave", "0@3s"), ("--cut", "1-2@4s"), ("--mend", "1-2@4500ms"), ("--slow", "3@5s"))
            with { Frames = 300 };
        (_, string json, _) = Print(request);
        using JsonDocument document = JsonDocument.Parse(json);
        JsonElement root = document.RootElement;
        Assert.AreEqual(1, root.GetProperty("schema").GetInt32());
        Assert.AreEqual("modelled", root.GetProperty("figures").GetString());
        Assert.AreEqual(300, root.GetProperty("frames").GetProperty("ended").GetInt32());
        Assert.AreEqual(0, root.GetProperty("losses")[0].GetProperty("board").GetInt32());
        string[] events = [.. root.GetProperty("boards")[1].GetProperty("events").EnumerateArray()
            .Select(entry => entry.GetProperty("event").GetString()!)];
        CollectionAssert.Contains(events, "cut");
        CollectionAssert.Contains(events, "mended");
        string command = root.GetProperty("command").GetString()!;
        Assert.AreEqual(0, Program.CreateRoot().Parse(command["fpgaedge ".Length..]).Errors.Count, command);
    }

    // All boards die; expected: every frame ends in a named error, and the report says that nothing flows. Method: the
    // story.
    [TestMethod]
    public void WithoutBoardsFramesEndInErrors()
    {
        SimRequest request = Request(("--kill", "0@3s"), ("--kill", "1@3s")) with { Boards = "zynq7020:2", For = "5s", Deadline = "2s" };
        Story story = Simulate(request);
        Assert.IsTrue(story.Result.Failed > 0);
        Assert.AreEqual(0, story.Result.Violations.Length);
        Assert.IsTrue(story.History.Frames.All(frame => frame.Error is default(FrameErrorCode) or FrameErrorCode.DeadlineExceeded
            or FrameErrorCode.NoPlan));
        Assert.IsTrue(StoryText.Of(story).Contains("no frame was answered any more", StringComparison.Ordinal));
    }

    // Values that mean nothing; expected: one line that names the option and what is accepted. Method: table.
    [TestMethod]
    [DataRow("--kill", "3", "BOARD@TIME")]
    [DataRow("--kill", "3@2", "BOARD@TIME")]
    [DataRow("--kill", "-1@2s", "BOARD@TIME")]
    [DataRow("--kill", "4@2s", "0 to 3")]
    [DataRow("--kill", "1-2@2s", "BOARD@TIME")]
    [DataRow("--cut", "1@2s", "A-B@TIME")]
    [DataRow("--cut", "1-9@2s", "0 to 3")]
    [DataRow("--start", "1@5h", "BOARD@TIME")]
    public void NonsenseIsRefusedInOneLine(string option, string text, string expected)
    {
        CliException refusal = Assert.ThrowsExactly<CliException>(Request((option, text)).Check);
        Assert.AreEqual(ExitCode.Usage, refusal.ExitCode);
        Assert.IsTrue(refusal.Message.Contains(expected, StringComparison.Ordinal), refusal.Message);
        Assert.IsTrue(refusal.Message.StartsWith(option, StringComparison.Ordinal), refusal.Message);
    }

    private static SimRequest Request(params (string, string)[] faults) => new()
    {
        Seeds = 1,
        FirstSeed = 1,
        HasSingleSeed = false,
        Boards = "zynq7020:4",
        Faults = [.. faults],
        Models = [Digits],
        HasPicture = false,
        LossPercent = 0,
        Link = "1g",
        Memory = "64m",
        Compile = "300ms",
    };

    private static Story Simulate(SimRequest request)
    {
        request.Check();
        return StoryRun.Simulate(request, CancellationToken.None);
    }

    private static (string Text, string Json, string Html) Print(SimRequest request)
    {
        Story story = Simulate(request);
        using var json = new MemoryStream();
        StoryJson.Write(story, request.CommandLine(), json);
        return (StoryText.Of(story), Encoding.UTF8.GetString(json.ToArray()), StoryPicture.Html(story, request.CommandLine()));
    }
}
