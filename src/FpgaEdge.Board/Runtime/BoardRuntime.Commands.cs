using System.Text.Json;
using FpgaEdge.Cluster;
using FpgaEdge.Hardware;

namespace FpgaEdge.Board;

/// <content>What people ask of this board, over the network.</content>
internal sealed partial class BoardRuntime
{
    private static readonly TimeSpan AloneLimit = TimeSpan.FromSeconds(20);

    /// <summary>Answers commands; set before the start.</summary>
    public Func<string, byte[]> Answer { get; set; } = _ => [];

    /// <summary>Frames that wait for compute, and frames in hand.</summary>
    public (int Waiting, int Executing) Load => compute.Load;

    /// <summary>Writes what the cluster's machine and the compute threads have counted.</summary>
    public void WriteStatus(Utf8JsonWriter json) => loop.Call(now =>
    {
        NodeCounters counters = node.Counters;
        (int waiting, int executing) = compute.Load;
        json.WriteNumber("clockNs", now);
        json.WriteNumber("boards", node.View.Members.Length);
        json.WriteNumber("packages", node.View.Packages.Length);
        json.WriteNumber("framesExecuted", counters.FramesExecuted);
        json.WriteNumber("framesExpired", counters.FramesExpired);
        json.WriteNumber("framesDropped", counters.FramesDropped);
        json.WriteNumber("deadlinesMissed", missed[0] + missed[1]);
        json.WriteNumber("framesHeld", node.FramesHeld);
        json.WriteNumber("framesWaiting", waiting);
        json.WriteNumber("framesInHand", executing);
        json.WriteNumber("datagramsReceived", counters.Received);
        json.WriteNumber("datagramsSent", counters.Sent);
        json.WriteNumber("datagramsRefused", counters.IgnoredDamaged + counters.IgnoredForged + counters.IgnoredReplayed
            + counters.IgnoredMalformed + counters.IgnoredOtherSeal);
        json.WriteStartArray("stages");
        foreach (StageAbout stage in loader.Loaded())
        {
            json.WriteStartObject();
            json.WriteString("network", stage.Network);
            json.WriteNumber("stage", stage.Stage);
            json.WriteNumber("stages", stage.Stages);
            json.WriteNumber("firstLayer", stage.FirstLayer);
            json.WriteNumber("layers", stage.Layers);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    });

    /// <summary>Does something that nothing else may disturb: between frames, and while no stage is being loaded.</summary>
    /// <exception cref="HardwareException">There are frames, or stages are being prepared.</exception>
    public T Alone<T>(Func<T> work)
        where T : class
    {
        T? result = null;
        Exception? failure = null;
        bool started = false;
        var done = new ManualResetEventSlim();
        worker.Post(() =>
        {
            try
            {
                started = compute.TryAlone(() => result = work());
            }
            catch (Exception e)
            {
                failure = e;
            }
            done.Set();
        });
        if (!done.Wait(AloneLimit))
        {
            throw new HardwareException("the board is preparing a stage; ask again when it is done");
        }
        return failure is not null ? throw failure
            : started ? result!
            : throw new HardwareException("expected no frames under way, because this would delay them; ask again when the stream is over");
    }

    void IBoardEffects.CommandGiven(in CommandToken token, string command)
    {
        CommandToken given = token;
        questions.Post(() =>
        {
            byte[] answer = Answer(command);
            loop.Call(now => node.OnCommandDone(now, given, answer, this));
        });
    }
}
