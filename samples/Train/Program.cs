using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace FpgaEdge.Samples.Train;

/// <summary>Paints the digits, trains the sample network and writes the files of <c>samples/</c>.</summary>
internal static class Program
{
    private static int Main(string[] args)
    {
        if (args.Length != 1 || !Directory.Exists(args[0]))
        {
            Console.Error.WriteLine("usage: dotnet run -c Release --project samples/Train -- samples");
            return 2;
        }
        var clock = Stopwatch.StartNew();
        DigitNetwork network = Trainer.Train(
            Trainer.Steps, line => Console.Error.WriteLine($"{clock.Elapsed.TotalSeconds,5:F0} s  {line}"));
        DigitPicture[] heldOut = SampleSets.HeldOut();
        int right = Trainer.CountRight(network, heldOut);
        Write(args[0], "digits.onnx", OnnxWriter.Write(network));
        Write(args[0], "digits_u8.bin", SampleSets.Pixels(heldOut));
        Write(args[0], "digits_labels.txt", SampleSets.Labels(heldOut));
        Write(args[0], "digits_calibration_u8.bin", SampleSets.Pixels(SampleSets.Calibration()));
        Write(args[0], "digits.preprocess.json", "{\"channels\":\"gray\",\"divide\":255}\n"u8.ToArray());
        string accuracy = string.Create(
            CultureInfo.InvariantCulture, $"{{\"correct\":{right},\"cases\":{heldOut.Length}}}\n");
        Write(args[0], "digits.accuracy.json", Encoding.ASCII.GetBytes(accuracy));
        Console.WriteLine($"{network.ParameterCount} parameters, {right} of {heldOut.Length} held-out digits right");
        return 0;
    }

    private static void Write(string folder, string name, byte[] content)
    {
        File.WriteAllBytes(Path.Combine(folder, name), content);
        Console.Error.WriteLine($"{name}: {content.Length} bytes");
    }
}
