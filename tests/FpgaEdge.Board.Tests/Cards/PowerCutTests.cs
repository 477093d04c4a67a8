using System.Security.Cryptography;
using FpgaEdge.Cli.Images.Flash;
using FpgaEdge.Cli.Virtual;
using FpgaEdge.Hardware;

namespace FpgaEdge.Board.Tests;

/// <summary>
/// Cards that lost their power are put into boards and switched on. Which cut leaves what is worked out for every write by
/// <c>FlashTests</c> and <c>UpdateTests</c>; here some of those cards start in QEMU. FPGAEDGE_POWER_CUTS says how many of each
/// kind; without it, the most delicate one.
/// </summary>
[TestClass]
[DoNotParallelize]
public sealed class PowerCutTests
{
    private const int MostAtOnce = 3;

    private static readonly int Points = int.TryParse(Environment.GetEnvironmentVariable("FPGAEDGE_POWER_CUTS"), out int points) ? points : 1;

    private static readonly TimeSpan BootLimit = TimeSpan.FromMinutes(4);

    // Goal: S2 on machines: a card whose power was cut while an image was written beside its system, or an update into its slot, starts the
    // system that it had, whole, up to the program. Method: cuts spread over all writes up to the last, which is left out; the boards say who
    // they are.
    [TestMethod]
    public async Task CutCardsStartTheSystemThatTheyHad()
    {
        using CardFolder cards = await CardFolder.CreateAsync();
        await cards.BuildAsync("card.img");
        string old = (await cards.FlashAsync("card.img", 1, 560L << 20))[0];
        string update = await cards.BundleAsync("card.img");

        var cut = new List<string>();
        foreach ((string kind, Action<CutCard> write) in new (string, Action<CutCard>)[]
        {
            ("flash", card => Flash(card, cards.Path("card.img"))), ("update", card => Update(card, update, cards.Path("update.pem.pub"))),
        })
        {
            using var whole = new CutCard(Copy(old, cards.Path($"{kind}-whole")));
            write(whole);
            for (int i = 1; i <= Points; i++)
            {
                int at = whole.Writes * i / Points;
                string file = Copy(old, cards.Path($"{kind}-{at}"));
                using var card = new CutCard(file, at, tornSectors: at < whole.Writes ? 1 : 0);
                try
                {
                    write(card);
                    Assert.Fail("the power was not cut");
                }
                catch (HardwareException)
                {
                    cut.Add(file);
                }
            }
        }
        foreach (string[] some in cut.Chunk(MostAtOnce))
        {
            await BootAsync(cards, some, "fpgaedge boot: slot A, trial 0", "board board-1, cluster shelf");
        }
    }

    // Goal: the same while a board updates itself: at whatever moment it loses its power, it starts its old slot or the one on trial at
    // the next power-on, and one on trial that was not confirmed is not started again. Method: 'update push' to a guest that is powered off at
    // a moment, and switched on again.
    [TestMethod]
    public async Task ABoardThatLosesPowerInAnUpdateStarts()
    {
        (string Moment, string Starts)[] moments =
        [
            ("fpgaedge boot: slot B, trial 1", "slot A, trial 0"), ("an update is in slot B", "slot B, trial 1"),
            (" listening address=", "slot A, trial 0"), ("slot B has proven itself", "slot B, trial 0"),
        ];
        using CardFolder cards = await CardFolder.CreateAsync();
        await cards.BuildAsync("card.img");
        string update = await cards.BundleAsync("card.img");
        foreach ((string moment, string starts) in moments.Take(Points))
        {
            string[] card = await cards.FlashAsync("card.img", 1);
            await using (GuestShelf shelf = cards.PowerOn(card))
            {
                await shelf.WaitUntilListeningAsync(default);
                using var push = new RunningVerb(cards.Push(shelf, update, "10.77.0.1"));
                if (moment[0] != ' ')
                {
                    using var limit = new CancellationTokenSource(BootLimit);
                    await shelf.Guests[0].WaitForSerialAsync([moment], limit.Token);
                }
                else
                {
                    // The update is on its way.
                    await Task.Delay(TimeSpan.FromSeconds(1));
                }
                shelf.Guests[0].PowerOff();
            }
            await BootAsync(cards, card, $"fpgaedge boot: {starts}", "board board-1, cluster shelf");
        }
    }

    private static async Task BootAsync(CardFolder cards, string[] boards, params string[] words)
    {
        await using GuestShelf shelf = cards.PowerOn(boards);
        await shelf.WaitUntilListeningAsync(default);
        for (int i = 0; i < boards.Length; i++)
        {
            foreach (string word in words)
            {
                StringAssert.Contains(shelf.Guests[i].SerialText(), word, boards[i]);
            }
        }
    }

    private static void Flash(CutCard card, string file)
    {
        ImageSource image = ImageSource.Open(file);
        CardPlan plan = CardPlan.Make(card, image, new CardIdentity("fresh", "other", "dhcp", []));
        Assert.IsTrue(plan.OldSurvives);
        if (new Flasher(image, _ => { }).Run([plan], default)[0].Failure is Exception failure)
        {
            throw failure;
        }
    }

    private static void Update(CutCard card, string file, string publicKey)
    {
        using var key = ECDsa.Create();
        key.ImportFromPem(File.ReadAllText(publicKey));
        using FileStream update = File.OpenRead(file);
        new SlotUpdate(card.Read, card.Write, card.Flush).Apply(update, key, "virtual-qemu", (_, _) => { });
    }

    private static string Copy(string from, string to)
    {
        using System.Diagnostics.Process copy = System.Diagnostics.Process.Start("cp", ["--sparse=always", from, to]);
        copy.WaitForExit();
        return to;
    }
}
