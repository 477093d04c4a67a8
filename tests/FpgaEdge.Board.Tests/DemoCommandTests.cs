using System.Text.Json;

namespace FpgaEdge.Board.Tests;

/// <summary>The demo as users start it.</summary>
[TestClass]
public class DemoCommandTests
{
    // Goal: the report says what happened. Method: run the demo on two boards; every field that the documentation names
    // is there and says that all frames came back right.
    [TestMethod]
    public async Task TheReportHasEveryFrameRight()
    {
        HostProcess demo = await HostProcess.RunAsync("demo", "--boards", "2", "--frames", "40", "--json");
        Assert.AreEqual(0, demo.Code, demo.Complaint);
        JsonElement report = demo.Json;
        Assert.AreEqual(1, report.GetProperty("schema").GetInt32());
        Assert.AreEqual(2, report.GetProperty("boards").GetInt32());
        Assert.AreEqual(40, report.GetProperty("framesSent").GetInt32());
        Assert.AreEqual(40, report.GetProperty("framesDelivered").GetInt32());
        Assert.IsTrue(report.GetProperty("bitExact").GetBoolean());
        Assert.AreEqual(32, report.GetProperty("planHash").GetString()!.Length);
        Assert.AreEqual(2, report.GetProperty("stages").GetArrayLength());
        Assert.IsGreaterThanOrEqualTo(38, report.GetProperty("accuracy").GetProperty("top1").GetInt32());
    }

    // Goal: a board that goes in mid-stream costs no frame. Method: the demo's own --pull; another plan must have
    // answered, or nothing was shown.
    [TestMethod]
    public async Task APulledBoardCostsNoFrame()
    {
        HostProcess demo = await HostProcess.RunAsync("demo", "--boards", "3", "--frames", "300", "--pull", "--json");
        Assert.AreEqual(0, demo.Code, demo.Complaint);
        Assert.AreEqual(300, demo.Json.GetProperty("framesDelivered").GetInt32());
        Assert.IsTrue(demo.Json.GetProperty("bitExact").GetBoolean());
        JsonElement pulled = demo.Json.GetProperty("pulled");
        Assert.IsGreaterThan(0, pulled.GetProperty("missedAfterMsMeasured").GetDouble());
        Assert.IsGreaterThan(0, pulled.GetProperty("flowingAfterMsMeasured").GetDouble());
    }

    // Goal: what cannot be done is refused in one line. Method: values out of range.
    [TestMethod]
    [DataRow("--boards", "0")]
    [DataRow("--boards", "65")]
    [DataRow("--frames", "0")]
    public async Task ImpossibleValuesAreUsageErrors(string option, string value)
    {
        HostProcess demo = await HostProcess.RunAsync("demo", option, value);
        Assert.AreEqual(2, demo.Code);
        Assert.AreEqual(1, demo.Complaint.Trim().Split('\n').Length, demo.Complaint);
        StringAssert.Contains(demo.Complaint, option);
    }
}
