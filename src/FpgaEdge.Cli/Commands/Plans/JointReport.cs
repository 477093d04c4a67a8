using System.Text;
using System.Text.Json;
using FpgaEdge.Cli.Terminal;
using FpgaEdge.Planning;

namespace FpgaEdge.Cli.Commands.Plans;

/// <summary>A joint plan of several networks as text and as JSON; all figures are modelled.</summary>
internal sealed class JointReport(
    BoardList boards, IReadOnlyList<PlannedNetwork> networks, int[] shares, JointPlan joint)
{
    public string ToText()
    {
        var text = new StringBuilder();
        text.AppendLine($"{networks.Count} networks on {boards.View.Members.Length} boards, " +
            $"a round every {joint.RoundNs / 1e6:f3} ms (all figures modelled)");
        text.AppendLine();
        var table = new TextTable("network", "frames/s", "stage", "boards", "layers", "compute ms");
        for (int index = 0; index < networks.Count; index++)
        {
            for (int number = 0; number < joint.Plans[index].Stages.Length; number++)
            {
                PlanStage stage = joint.Plans[index].Stages[number];
                table.Add(
                    networks[index].File, $"{Fps(index):f2}", $"{number + 1}",
                    boards.NamesOf(stage.Boards),
                    networks[index].Layers(stage.FirstNode, stage.LastNode), $"{stage.ComputeNs / 1e6:f3}");
            }
        }
        text.Append(table);
        text.AppendLine(joint.IsProvenOptimal
            ? "proven: no joint plan of this form has a shorter round"
            : $"bound: no joint plan of this form has a round below {joint.BoundNs / 1e6:f3} ms");
        return text.ToString();
    }

    public void WriteJson(Stream stream)
    {
        using var writer = new Utf8JsonWriter(stream);
        writer.WriteStartObject();
        writer.WriteNumber("schema", 1);
        writer.WriteNumber("boards", boards.View.Members.Length);
        writer.WriteStartObject("modelled");
        writer.WriteNumber("roundMs", joint.RoundNs / 1e6);
        writer.WriteNumber("boundMs", joint.BoundNs / 1e6);
        writer.WriteBoolean("provenOptimal", joint.IsProvenOptimal);
        writer.WriteEndObject();
        writer.WriteStartArray("networks");
        for (int index = 0; index < networks.Count; index++)
        {
            WriteNetwork(writer, index);
        }
        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    private double Fps(int network) => shares[network] * 1e9 / joint.RoundNs;

    private void WriteNetwork(Utf8JsonWriter writer, int index)
    {
        writer.WriteStartObject();
        writer.WriteString("model", networks[index].File);
        writer.WriteNumber("share", shares[index]);
        writer.WriteNumber("throughputFps", Math.Round(Fps(index), 6));
        writer.WriteString("planHash", joint.Plans[index].Hash.ToString());
        writer.WriteStartArray("stages");
        foreach (PlanStage stage in joint.Plans[index].Stages)
        {
            writer.WriteStartObject();
            writer.WriteNumber("firstNode", stage.FirstNode);
            writer.WriteNumber("lastNode", stage.LastNode);
            writer.WriteStartArray("boards");
            foreach (BoardId board in stage.Boards)
            {
                writer.WriteStringValue(boards.NameOf(board));
            }
            writer.WriteEndArray();
            writer.WriteNumber("computeMs", stage.ComputeNs / 1e6);
            writer.WriteEndObject();
        }
        writer.WriteEndArray();
        writer.WriteEndObject();
    }
}
