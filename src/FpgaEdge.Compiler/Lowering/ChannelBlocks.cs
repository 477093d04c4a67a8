using System.Runtime.InteropServices;
using FpgaEdge.Model.Integer;

namespace FpgaEdge.Compiler.Lowering;

/// <summary>
/// Which input blocks an output block reads: block o reads <see cref="GroupInputs"/> blocks from o /
/// <see cref="GroupOutputs"/> × <see cref="GroupInputs"/>. Groups smaller than a block share one, with zeros between
/// them; a depth-wise convolution is then a diagonal in each block.
/// </summary>
internal readonly struct ChannelBlocks
{
    private readonly int block;
    private readonly int inputs;
    private readonly int outputs;
    private readonly int groups;

    /// <summary>Channels in groups, without a check that the relation above can hold.</summary>
    public ChannelBlocks(int groups, int inputs, int outputs, int block)
    {
        (this.groups, this.inputs, this.outputs, this.block) = (groups, inputs, outputs, block);
        OutputBlocks = (outputs + block - 1) / block;
        GroupInputs = WidestRange();
        GroupOutputs = 1;
        while (GroupOutputs < OutputBlocks && FirstInput(GroupOutputs) == FirstInput(0))
        {
            GroupOutputs++;
        }
    }

    /// <summary>Output blocks.</summary>
    public int OutputBlocks { get; }

    /// <summary>Input blocks that one output block reads.</summary>
    public int GroupInputs { get; }

    /// <summary>Consecutive output blocks that read the same input blocks.</summary>
    public int GroupOutputs { get; }

    /// <summary>The relation of a convolution's blocks; null when it has not the form that micro-ops can
    /// follow.</summary>
    public static ChannelBlocks? Of(ConvolutionNode node, int inputs, int outputs, int block)
    {
        var blocks = new ChannelBlocks(node.Groups, inputs, outputs, block);
        for (int o = 0; o < blocks.OutputBlocks; o++)
        {
            int first = blocks.Start(o);
            int end = first + blocks.GroupInputs;
            if (blocks.FirstInput(o) < first || blocks.LastInput(o) >= end || end > (inputs + block - 1) / block)
            {
                return null;
            }
        }
        return blocks;
    }

    /// <summary>Weight elements [output block][input block of the group][tap][output channel][input
    /// channel].</summary>
    /// <param name="weights">[output channel][tap][input channel within the group].</param>
    /// <param name="taps">Cells of the kernel.</param>
    public byte[] PackWeights(sbyte[] weights, int taps)
    {
        byte[] packed = new byte[checked(OutputBlocks * GroupInputs * taps * block * block)];
        int width = inputs / groups;
        for (int o = 0; o < outputs; o++)
        {
            int first = (o / (outputs / groups) * width) - (Start(o / block) * block);
            for (int tap = 0; tap < taps; tap++)
            {
                ReadOnlySpan<byte> source = MemoryMarshal.AsBytes(weights.AsSpan(((o * taps) + tap) * width, width));
                for (int i = 0; i < width;)
                {
                    int channel = first + i;
                    int count = Math.Min(block - (channel % block), width - i);
                    int element = (((o / block * GroupInputs) + (channel / block)) * taps) + tap;
                    source.Slice(i, count).CopyTo(
                        packed.AsSpan((((element * block) + (o % block)) * block) + (channel % block), count));
                    i += count;
                }
            }
        }
        return packed;
    }

    private int Start(int outputBlock) => outputBlock / GroupOutputs * GroupInputs;

    private int WidestRange()
    {
        int widest = 0;
        for (int o = 0; o < OutputBlocks; o++)
        {
            widest = Math.Max(widest, LastInput(o) - FirstInput(o) + 1);
        }
        return widest;
    }

    /// <summary>First input block that an output block reads.</summary>
    private int FirstInput(int outputBlock) => outputBlock * block / (outputs / groups) * (inputs / groups) / block;

    /// <summary>Last input block that an output block reads.</summary>
    private int LastInput(int outputBlock)
    {
        int lastChannel = Math.Min((outputBlock + 1) * block, outputs) - 1;
        int lastGroup = lastChannel / (outputs / groups);
        return (((lastGroup + 1) * (inputs / groups)) - 1) / block;
    }
}
