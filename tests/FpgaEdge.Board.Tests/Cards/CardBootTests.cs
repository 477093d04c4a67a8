using System.Text.Json;
using FpgaEdge.Tests;

namespace FpgaEdge.Board.Tests;

/// <summary>From the verbs that make cards to boards that were switched on with them, in QEMU.</summary>
[TestClass]
[DoNotParallelize]
public sealed class CardBootTests
{
    // Goal: the whole way of a card. The same inputs give the same image; flashed to two cards with identities of their own, it starts
    // two boards from power-on through boot loader, kernel and init to one cluster with nothing typed; they answer pictures with the
    // golden interpreter's bytes as a pipeline; console and diag speak with a board over its serial line meanwhile. Method: the verbs
    // as users type them, each a process of its own; the boards are QEMU guests that boot from those very cards.
    [TestMethod]
    public async Task FlashedCardsBecomeAPipelineThatAnswers()
    {
        using CardFolder cards = await CardFolder.CreateAsync();
        string root = await cards.RootWithAsync("options", "--strategy pipeline\n");
        JsonElement first = (await cards.BuildAsync("card.img", root: root)).Json;
        JsonElement again = (await cards.BuildAsync("again.img", root: root)).Json;
        Assert.AreEqual(first.GetProperty("sha256").GetString(), again.GetProperty("sha256").GetString());
        string[] flashed = await cards.FlashAsync("card.img", 2);
        await CardFolder.RunAsync("image", "verify", cards.Path("card.img"));

        using var shelf = new RunningVerb(
            ["virtual", "up", "--card", .. flashed, "--cluster", CardFolder.Cluster, "--key-file", cards.KeyFile, "--pty"]);
        string serial = await shelf.AfterAsync("board-1: powered on; serial line ");
        using (var console = new RunningVerb("console", serial, "--log", cards.Path("console.log")))
        {
            await console.AfterAsync("fpgaedge: slot A, board board-1, cluster shelf, address 10.77.0.1/24");
        }
        StringAssert.Contains(File.ReadAllText(cards.Path("console.log")), "fpgaedge boot: slot A, trial 0");
        string segment = (await shelf.AfterAsync("--segment ")).Split(';')[0];

        string[] reach = ["--cluster", CardFolder.Cluster, "--key-file", cards.KeyFile, "--segment", segment];
        await CardFolder.RunAsync(["boards", "--expect", "2", .. reach]);
        JsonElement run = (await CardFolder.RunAsync(
        [
            "run", Sample("digits.onnx"), "--input", Sample("digits_u8.bin"), "--calibrate", Sample("digits_calibration_u8.bin"),
            "--input-shape", "28,28,1", "--input-type", "uint8", "--json", .. reach,
        ])).Json;
        Assert.IsTrue(run.GetProperty("bitExact").GetBoolean());
        Assert.AreEqual(2, run.GetProperty("stages").GetArrayLength());

        string[] answers = (await CardFolder.RunAsync("diag", "--port", serial, "--json", "status", "boot-report"))
            .Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        using JsonDocument status = JsonDocument.Parse(answers[0]);
        Assert.AreEqual("board-1", status.RootElement.GetProperty("name").GetString());
        Assert.AreEqual("A", status.RootElement.GetProperty("slot").GetString());
        Assert.IsTrue(status.RootElement.GetProperty("fpgaedgedRuns").GetBoolean());
        StringAssert.Contains(answers[1], "root=PARTUUID=46706745-02");
    }

    private static string Sample(string name) => Path.Combine(SharedData.RepositoryRoot, "samples", name);
}
