using System.Text.Json;
using System.Xml.Linq;
using FpgaEdge.Vta.Tvm;

namespace FpgaEdge.Vta.Tests;

[TestClass]
public sealed class TextTests
{
    private static readonly ResNet18Layer Layer = ResNet18Layers.All[8];

    [TestMethod]
    public void TheDisassemblerShowsOperationOperandsAndTokens()
    {
        // Goal: a line says all that an instruction holds. Method: one instruction of each kind against its line.
        Shows("LOAD  inp[5] dram 0x10 2x3 stride 7 pad y 1+0 x 0+2  ; signal compute", new VtaLoad
        {
            Memory = VtaMemoryId.Inp,
            SramBase = 5,
            DramBase = 16,
            YSize = 2,
            XSize = 3,
            XStride = 7,
            YPadBefore = 1,
            XPadAfter = 2,
            Dependencies = VtaDependencies.PushNext,
        });
        Shows("NOP   store  ; wait compute", new VtaStore { Dependencies = VtaDependencies.PopPrevious });
        string tokens = "  ; wait load wait store signal load signal store";
        Shows("GEMM  uop[1..4) 2x3 dst 1,2 src 3,4 wgt 5,6" + tokens, new VtaGemm
        {
            UopBegin = 1,
            UopEnd = 4,
            IterOut = 2,
            IterIn = 3,
            DstFactorOut = 1,
            DstFactorIn = 2,
            SrcFactorOut = 3,
            SrcFactorIn = 4,
            WgtFactorOut = 5,
            WgtFactorIn = 6,
            Dependencies = (VtaDependencies)15,
        });
        Shows("RESET uop[0..1) 1x1 dst 0,0", new VtaGemm { Reset = true, UopEnd = 1, IterOut = 1, IterIn = 1 });
        Shows("SHR   uop[0..0) 0x0 dst 0,0 imm -3", new VtaAlu
        {
            Operation = VtaAluOpcode.Shr, UseImmediate = true, Immediate = -3,
        });
        Shows("ADD   uop[0..0) 0x0 dst 0,0 src 8,9", new VtaAlu
        {
            Operation = VtaAluOpcode.Add, SrcFactorOut = 8, SrcFactorIn = 9,
        });
        Shows("FINISH", new VtaFinish());
        Shows("invalid operation code 7", new VtaInvalid(7));
    }

    [TestMethod]
    public void TheTraceHoldsEveryInstructionOnceInItsRow()
    {
        // Goal: a trace viewer shows the whole program. Method: parse the trace of a layer; count instructions per row,
        // check that begins and ends alternate in
        // the order of time (so no span is shown inside another), and that the last one ends with the program.
        (VtaProgram program, VtaCycleEstimate estimate) = Predict();
        using var stream = new MemoryStream();
        VtaTraceWriter.Write(stream, "C10", program.Instructions, estimate, VtaTiming.Zynq7020);
        using JsonDocument trace = JsonDocument.Parse(stream.ToArray());
        JsonElement[] events = [.. trace.RootElement.GetProperty("traceEvents").EnumerateArray()];
        int begun = events.Count(e => Category(e) == "instruction" && e.GetProperty("ph").GetString() == "B");
        Assert.AreEqual(program.InstructionCount, begun);
        double end = 0;
        foreach (IGrouping<int, JsonElement> row in events.Where(e => Category(e) is not null)
            .GroupBy(e => e.GetProperty("tid").GetInt32()))
        {
            string expected = "B";
            double last = 0;
            foreach (JsonElement edge in row)
            {
                Assert.AreEqual(expected, edge.GetProperty("ph").GetString());
                Assert.IsGreaterThanOrEqualTo(last, edge.GetProperty("ts").GetDouble());
                last = edge.GetProperty("ts").GetDouble();
                expected = expected == "B" ? "E" : "B";
            }
            Assert.AreEqual("B", expected);
            end = Math.Max(end, last);
        }
        Assert.AreEqual(estimate.TotalCycles / 100.0, end, 0.02);
        Assert.IsTrue(events.Any(e => Category(e) == "dma"));
        Assert.IsTrue(events.Any(e => e.GetProperty("name").GetString() == "wait: compute to load"));
    }

    [TestMethod]
    public void ThePictureIsWellFormedAndInsideItsFrame()
    {
        // Goal: the picture in the documentation renders. Method: parse it as XML; every bar lies between the axes.
        (VtaProgram program, VtaCycleEstimate estimate) = Predict();
        XElement svg = XElement.Parse(VtaTraceSvg.Draw("a < b & c", program.Instructions, estimate, 1000, 30000));
        XElement[] bars = [.. svg.Elements().Where(e => e.Name.LocalName == "rect" && e.HasElements)];
        Assert.IsGreaterThan(20, bars.Length);
        foreach (XElement bar in bars)
        {
            double x = (double)bar.Attribute("x")!;
            Assert.IsGreaterThanOrEqualTo(120.0, x);
            Assert.IsLessThanOrEqualTo(1300.1, x + (double)bar.Attribute("width")!);
        }
    }

    private static void Shows(string expected, VtaInstruction instruction) =>
        Assert.AreEqual(expected, VtaDisassembler.Format(instruction));

    private static string? Category(JsonElement e) =>
        e.TryGetProperty("cat", out JsonElement category) ? category.GetString() : null;

    private static (VtaProgram Program, VtaCycleEstimate Estimate) Predict()
    {
        VtaProgram program = ResNet18Layers.Generate(VtaConfiguration.Pynq, Layer).Program;
        return (program, VtaCycleModel.Estimate(VtaConfiguration.Pynq, VtaTiming.Zynq7020, program.Instructions));
    }
}
