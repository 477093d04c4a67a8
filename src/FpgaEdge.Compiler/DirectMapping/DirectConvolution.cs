using System.Globalization;
using System.Text;
using FpgaEdge.Model.Integer;

namespace FpgaEdge.Compiler.DirectMapping;

/// <summary>A convolution as a streaming circuit of its own.</summary>
/// <param name="Verilog">The module <c>dhm</c>: clk, rst, en, in_pixel [channels × 8], out_valid, out_pixel.</param>
/// <param name="Adders">Adders of two in it.</param>
/// <param name="LatencyPixels">Pixels that go in before the first result comes out, the line buffers' included.</param>
public sealed record MappedConvolution(string Verilog, int Adders, int LatencyPixels);

/// <summary>
/// Direct hardware mapping (DHM): every weight of a layer becomes wires and adders, two line buffers hold rows, and
/// with each clock a pixel of all channels goes in and one comes out. Padding is masked, so frames follow each other
/// without a gap; the last frame is pushed out by LatencyPixels of anything.
/// </summary>
public static class DirectConvolution
{
    /// <summary>Maps a node: 3 × 3, stride 1, padding 1, one group, int8 in and out.</summary>
    /// <exception cref="CompilerException">The node is another kind of layer.</exception>
    public static MappedConvolution Map(IntegerGraph graph, ConvolutionNode node)
    {
        IntegerTensor input = graph.Tensors[node.Inputs[0]];
        IntegerTensor output = graph.Tensors[node.Output];
        Window window = node.Window;
        bool supported = window is
        {
            KernelHeight: 3, KernelWidth: 3, StrideHeight: 1, StrideWidth: 1, PadTop: 1, PadLeft: 1, PadBottom: 1, PadRight: 1,
            DilationHeight: 1, DilationWidth: 1,
        };
        if (!supported || node.Groups != 1 || node.WeightZeroPoint != 0 || input.Type != IntegerType.Int8 ||
            output.Type != IntegerType.Int8 || input.Width < 3)
        {
            throw new CompilerException($"layer {node.Name}: expected a 3x3 convolution of int8 with stride 1 and padding 1, " +
                "found another kind of layer");
        }
        return new Writer(node, input, output).Write();
    }

    private sealed class Writer(ConvolutionNode node, IntegerTensor input, IntegerTensor output)
    {
        private readonly StringBuilder text = new();
        private readonly int channels = input.Channels;
        private readonly int width = input.Width;
        private readonly int height = input.Height;

        public MappedConvolution Write()
        {
            var tree = new AdderTree(text);
            Head();
            Signal[] taps = Taps();
            Signal[] sums = [.. Enumerable.Range(0, output.Channels).Select(o => tree.Sum(Products(taps, o)))];
            LinearRequantizer[] requantizers = [.. sums.Select(Requantizer)];
            Signal[] scaled = [.. sums.Zip(requantizers, (sum, by) => tree.Sum(AdderTree.Multiple(sum, by.Multiplier)))];
            int time = scaled.Max(signal => signal.Time) + 2;
            for (int o = 0; o < scaled.Length; o++)
            {
                Output(tree, scaled[o], requantizers[o], o, time);
            }
            int latency = width + 4 + time;
            Line($"  reg [{Signal.Bits(0, latency)}:0] filled;");
            Line($"  assign out_valid = en && filled == {latency};");
            Line("  always @(posedge clk) if (rst) filled <= 0;");
            Line($"    else if (en && filled != {latency}) filled <= filled + 1'b1;");
            Line("endmodule");
            return new MappedConvolution(text.ToString(), tree.Adders, latency);
        }

        private void Line(FormattableString line) => text.Append(line.ToString(CultureInfo.InvariantCulture)).Append('\n');

        private void Line(string line) => text.Append(line).Append('\n');

        private void Head()
        {
            int pixel = channels * 8;
            int columnBits = Signal.Bits(0, width);
            int rowBits = Signal.Bits(0, height);
            Line($"// Layer {node.Name}: {height}x{width}, {channels} to {output.Channels} channels, 3x3; generated, do not edit.");
            Line($"module dhm (input wire clk, rst, en, input wire [{pixel - 1}:0] in_pixel, output wire out_valid,");
            Line($"  output wire [{(output.Channels * 8) - 1}:0] out_pixel);");
            Line("  // two rows in one memory: the row before, and the one before that");
            Line($"  (* ram_style = \"block\" *) reg [{(2 * pixel) - 1}:0] lines [0:{width - 1}];");
            Line($"  reg [{(2 * pixel) - 1}:0] above; reg [{pixel - 1}:0] below; reg [{columnBits - 1}:0] column, column_q;");
            Line("  always @(posedge clk) begin");
            Line("    if (en) begin");
            Line($"      column <= column == {width - 1} ? 0 : column + 1'b1; column_q <= column;");
            Line("      above <= lines[column]; below <= in_pixel;");
            Line($"      lines[column_q] <= {{above[{pixel - 1}:0], below}};");
            Line("    end");
            Line("    if (rst) begin column <= 0; column_q <= 0; end");
            Line("  end");
            Line("  // the window, and which pixel its centre is");
            Line($"  reg [{pixel - 1}:0] w00, w01, w02, w10, w11, w12, w20, w21, w22;");
            Line($"  reg [{columnBits - 1}:0] x; reg [{rowBits - 1}:0] y; reg [{Signal.Bits(0, width + 3) - 1}:0] wait_left;");
            Line("  always @(posedge clk) begin");
            Line("    if (en) begin");
            Line($"      w02 <= above[{(2 * pixel) - 1}:{pixel}]; w12 <= above[{pixel - 1}:0]; w22 <= below;");
            Line("      w01 <= w02; w11 <= w12; w21 <= w22; w00 <= w01; w10 <= w11; w20 <= w21;");
            Line("      if (wait_left != 0) wait_left <= wait_left - 1'b1;");
            Line($"      else if (x != {width - 1}) x <= x + 1'b1;");
            Line($"      else begin x <= 0; y <= y == {height - 1} ? 0 : y + 1'b1; end");
            Line("    end");
            Line($"    if (rst) begin x <= 0; y <= 0; wait_left <= {width + 3}; end");
            Line("  end");
            Line($"  wire top = y == 0, bottom = y == {height - 1}, left = x == 0, right = x == {width - 1};");
        }

        /// <summary>Window cells minus the zero point, 0 outside the image; registered.</summary>
        private Signal[] Taps()
        {
            var taps = new Signal[9 * channels];
            for (int cell = 0; cell < 9; cell++)
            {
                (int row, int column) = (cell / 3, cell % 3);
                string[] masks = [.. new[]
                {
                    row == 0 ? "top" : "", row == 2 ? "bottom" : "", column == 0 ? "left" : "", column == 2 ? "right" : "",
                }.Where(mask => mask.Length > 0)];
                for (int c = 0; c < channels; c++)
                {
                    var tap = new Signal(
                        $"t{cell}_{c}", Math.Min(0, -128 - input.ZeroPoint), Math.Max(0, 127 - input.ZeroPoint), 0);
                    string value = $"$signed(w{row}{column}[{c * 8} +: 8]) - ({input.ZeroPoint})";
                    Line($"  reg signed [{tap.Width - 1}:0] {tap.Name};");
                    string masked = masks.Length == 0 ? value : $"{string.Join(" || ", masks)} ? 0 : {value}";
                    Line($"  always @(posedge clk) if (en) {tap.Name} <= {masked};");
                    taps[(cell * channels) + c] = tap;
                }
            }
            return taps;
        }

        private IEnumerable<Term> Products(Signal[] taps, int o)
        {
            IEnumerable<Term> terms = taps.SelectMany(
                (tap, i) => AdderTree.Multiple(tap, node.Weights[(o * taps.Length) + i]));
            // A channel without weights still has a sum.
            return terms.Any() ? terms : [new Term(taps[0] with { Least = 0, Most = 0 }, 0, false)];
        }

        /// <summary>Requantisation of a sum without bias.</summary>
        private LinearRequantizer Requantizer(Signal sum, int o) => LinearRequantizer.Fit(
            accumulator => GoldenInterpreter.Requantize(
                node.Requantization, unchecked(accumulator + node.Bias[o]), o, output.ZeroPoint),
            checked((int)sum.Least), checked((int)sum.Most));

        private void Output(AdderTree tree, Signal scaled, LinearRequantizer by, int o, int time)
        {
            int wide = Math.Max(
                Signal.Bits(scaled.Least + by.Offset, scaled.Most + by.Offset),
                Signal.Bits(-Math.Abs(by.Offset), Math.Abs(by.Offset)));
            Signal moved = tree.Register(
                string.Create(CultureInfo.InvariantCulture,
                    $"({tree.Delay(scaled, time - 2).Name} {(by.Offset < 0 ? '-' : '+')} " +
                    $"{wide}'sd{Math.Abs(by.Offset)}) >>> {by.Shift}"),
                ((scaled.Least + by.Offset) >> by.Shift, (scaled.Most + by.Offset) >> by.Shift), time - 1);
            Line($"  reg signed [7:0] o{o}; assign out_pixel[{o * 8} +: 8] = o{o};");
            string upper = $"{moved.Name} > ({by.Highest}) ? {by.Highest} : {moved.Name}";
            Line($"  always @(posedge clk) if (en) o{o} <= {moved.Name} < ({by.Lowest}) ? {by.Lowest} : {upper};");
        }
    }
}
