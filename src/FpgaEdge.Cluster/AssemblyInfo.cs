using System.Runtime.CompilerServices;

[assembly: InternalsVisibleTo("FpgaEdge.Cluster.Tests")]
