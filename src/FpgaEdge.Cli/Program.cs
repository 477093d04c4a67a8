using System.CommandLine;

namespace FpgaEdge.Cli;

internal static class Program
{
    private static int Main(string[] args)
    {
        var root = new RootCommand("A shelf of Zynq boards as one inference machine.");
        return root.Parse(args).Invoke();
    }
}
