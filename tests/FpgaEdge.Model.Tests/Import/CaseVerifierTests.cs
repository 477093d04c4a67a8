using System.Text;
using FpgaEdge.Model.Verification;
using FpgaEdge.Tests;

namespace FpgaEdge.Model.Tests.Import;

[TestClass]
public sealed class CaseVerifierTests
{
    private const string Good = """
        {"schema":1,"cases":[{"name":"a","model":"m.onnx",
          "inputs":[{"name":"x","source":{"kind":"raw","file":"x.bin","dtype":"uint8","shape":[2,2]},
            "convert":{"subtract":[128],"dtype":"float32","layout":"none","shape":[1,2]}}],
          "expected":{"file":"y.bin","dtype":"float32","shape":[2,2]},
          "check":{"kind":"tolerance","absolute":0.5,"relative":0},
          "labels":[[1],[]],"reference":{"top1":1,"by":"hand"},"tags":["t"]}]}
        """;

    // Goal: networks of every arithmetic give the stored outputs, exactly where the case asks for it.
    // Method: the cases of the shared data that run in seconds; the verb `model verify` runs all of them.
    [TestMethod]
    [DataRow("mobilenet_v1_0.25_224_uint8/photos")]
    [DataRow("mobilenet_v2_qlinear_uint8/photos-double")]
    [DataRow("cifar_resnet20/cifar10")]
    [DataRow("ic_resnet8_int8/cifar10-board")]
    [DataRow("kws_dscnn_int8/speech-board")]
    [DataRow("ad01_autoencoder_int8/toycar")]
    [DataRow("ad01_autoencoder_float/toycar")]
    [DataRow("vww96_mobilenetv1_int8/pictures")]
    [DataRow("hello_world_int8/all-inputs")]
    [DataRow("mnist-8/digits")]
    [DataRow("mnist-8/test-data-set-0")]
    [DataRow("classify_heartbeats_cnn/beats")]
    [DataRow("classify_heartbeats_cnn_quantized/beats")]
    [DataRow("arrhythmia_4class_int8/windows")]
    [DataRow("eeg_seizure_cnn/segments")]
    [DataRow("hls4ml_jet_dense_big/random")]
    [DataRow("shufflenetv2_x0_5_synth/goldfish")]
    [DataRow("light_squeezenet/ramp")]
    [DataRow("onnx_node_tests")]
    public void StoredOutputsAreReproduced(string name)
    {
        CaseVerifier verifier = new(Path.GetDirectoryName(SharedData.Require("data/cases.json"))!);
        CaseEntry entry = verifier.Entries.Single(entry => entry.Name == name);
        CaseResult result = verifier.Verify(entry);
        Assert.IsTrue(result.Passed, result.Detail);
        Assert.AreEqual(entry.Reference?.Top1, result.Top1);
        Assert.IsGreaterThan(0, result.Samples);
        Assert.AreEqual(entry.Tags.Any(tag => tag is "int8" or "uint8"), result.IsGolden);
    }

    // Goal: a wrong output is reported as a failure, with the element. Method: a folder with one wrong value of four.
    [TestMethod]
    public void WrongValuesFailTheCheck()
    {
        using TemporaryFolder folder = MakeFolder([-128, -64, 10, 20]);
        CaseVerifier verifier = new(folder.Path);
        CaseResult result = verifier.Verify(verifier.Entries[0]);
        Assert.IsFalse(result.Passed);
        Assert.AreEqual(1, result.FailedSamples);
        Assert.AreEqual(2, result.Samples);
        StringAssert.Contains(result.Detail, "case 1, element 1");
        Assert.AreEqual(1, result.Top1);
    }

    // Goal: right outputs pass within the tolerance. Method: the same folder with values off by less than it.
    [TestMethod]
    public void ValuesWithinTolerancePass()
    {
        using TemporaryFolder folder = MakeFolder([-128, -64.4f, 10, -118]);
        CaseVerifier verifier = new(folder.Path);
        CaseResult result = verifier.Verify(verifier.Entries[0]);
        Assert.IsTrue(result.Passed, result.Detail);
        Assert.AreEqual(0.4, result.MaxAbsoluteError!.Value, 1e-5);
    }

    // Goal: a reader that does not know a field or value says so instead of passing over it.
    // Method: one change each to a good file.
    [TestMethod]
    [DataRow("\"tags\"", "\"colour\"")]
    [DataRow("\"kind\":\"tolerance\"", "\"kind\":\"roughly\"")]
    [DataRow("\"layout\":\"none\"", "\"layout\":\"HWCN\"")]
    [DataRow("\"dtype\":\"uint8\"", "\"dtype\":\"complex64\"")]
    [DataRow("\"subtract\":[128]", "\"substract\":[128]")]
    [DataRow("\"schema\":1", "\"schema\":2")]
    [DataRow("\"x.bin\"", "\"../x.bin\"")]
    [DataRow("\"m.onnx\"", "\"/m.onnx\"")]
    [DataRow("\"kind\":\"raw\"", "\"kind\":\"cooked\"")]
    [DataRow("[2,2]},\n    \"convert\"", "[2,-2]},\n    \"convert\"")]
    [DataRow("\"absolute\":0.5", "\"absolute\":\"0.5\"")]
    public void UnknownFieldsAndValuesAreRefused(string good, string bad)
    {
        string json = Good.Replace("\r\n", "\n");
        Assert.AreEqual(1, CaseReader.Parse(Encoding.UTF8.GetBytes(json), "good.json").Count);
        StringAssert.Contains(json, good);
        ModelFormatException error = Assert.ThrowsExactly<ModelFormatException>(
            () => CaseReader.Parse(Encoding.UTF8.GetBytes(json.Replace(good, bad)), "bad.json"));
        StringAssert.StartsWith(error.Message, "bad.json: ");
    }

    // Goal: damaged JSON is one line, never an exception of another kind. Method: cut a good file at every byte.
    [TestMethod]
    public void TruncatedCaseFilesAreRefused()
    {
        byte[] json = Encoding.UTF8.GetBytes(Good);
        for (int length = 0; length < json.Length; length++)
        {
            Assert.ThrowsExactly<ModelFormatException>(() => CaseReader.Parse(json.AsMemory(0, length), "cut.json"));
        }
    }

    // Goal: an entry whose files are missing is a failure of that entry, not of the run.
    // Method: the good file in an empty folder.
    [TestMethod]
    public void MissingFilesFailTheirEntry()
    {
        using TemporaryFolder folder = new();
        File.WriteAllText(Path.Combine(folder.Path, "cases.json"), Good);
        CaseVerifier verifier = new(folder.Path);
        CaseResult result = verifier.Verify(verifier.Entries[0]);
        Assert.IsFalse(result.Passed);
        StringAssert.Contains(result.Detail, "m.onnx");
    }

    private static TemporaryFolder MakeFolder(float[] expected)
    {
        TemporaryFolder folder = new();
        byte[] model = new OnnxBuilder()
            .Input("x", 1, 2).Node("Identity", ["x"], ["y"]).Output("y", 1, 2).Build();
        byte[] raw = new byte[expected.Length * 4];
        Buffer.BlockCopy(expected, 0, raw, 0, raw.Length);
        File.WriteAllText(Path.Combine(folder.Path, "cases.json"), Good);
        File.WriteAllBytes(Path.Combine(folder.Path, "m.onnx"), model);
        File.WriteAllBytes(Path.Combine(folder.Path, "x.bin"), [0, 64, 138, 10]);
        File.WriteAllBytes(Path.Combine(folder.Path, "y.bin"), raw);
        return folder;
    }

    private sealed class TemporaryFolder : IDisposable
    {
        public string Path { get; } = Directory.CreateTempSubdirectory("fpgaedge-cases").FullName;

        public void Dispose() => Directory.Delete(Path, recursive: true);
    }
}
