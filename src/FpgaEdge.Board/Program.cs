namespace FpgaEdge.Board;

internal static class Program
{
    private static int Main(string[] args)
    {
        Console.Error.WriteLine("fpgaedged: nothing to run yet");
        return args.Length;
    }
}
