namespace FpgaEdge.Vta.Simulation.Gemm;

/// <summary>
/// Finds the matrix product in a GEMM instruction. Its steps only add to accumulators, addition wraps and so commutes,
/// and activations and weights are read-only: the order of steps is free. A loop that leaves the weight alone makes
/// rows, one that leaves the accumulator alone makes terms, one that leaves the activation alone makes columns;
/// micro-ops are grouped the same way.
/// </summary>
internal sealed class GemmPlanner(VtaConfiguration configuration, GemmKernel kernel)
{
    /// <summary>Longer sums are split into outer iterations, so that a plan stays small whatever the program asks.
    /// </summary>
    private const int MaxTerms = 4096;

    /// <summary>Accumulators that take as long one by one as a whole block does.</summary>
    private const int SinglesPerBlock = 2;

    private readonly bool[] seen = new bool[configuration.AccDepth];

    /// <summary>A loop of the instruction: extent and what an iteration adds, in elements.</summary>
    private readonly record struct Loop(int Count, int Dst, int Src, int Wgt);

    /// <summary>Micro-ops with the same accumulator: its index, the first term, and where its terms are.</summary>
    private readonly record struct Group(int Dst, int Src, int Wgt, int Start, int Length);

    /// <summary>Plans an instruction whose indices were checked.</summary>
    public GemmPlan Plan(VtaGemm gemm, ReadOnlySpan<VtaMicroOp> microOps)
    {
        VtaMicroOp[] sorted = microOps.ToArray();
        Array.Sort(sorted, static (a, b) =>
            a.Dst != b.Dst ? a.Dst.CompareTo(b.Dst) :
            a.Wgt != b.Wgt ? a.Wgt.CompareTo(b.Wgt) : a.Src.CompareTo(b.Src));
        List<Group> groups = GroupByAccumulator(sorted);
        var loops = new LoopRoles(gemm, groups.Max(group => group.Length), groups.Count, configuration.AccDepth);
        var blocks = new List<GemmBlock>();
        foreach (List<Group> family in Families(groups, sorted))
        {
            AddBlocks(family, sorted, loops, blocks);
        }
        return new GemmPlan([.. blocks], ToLanes(loops.Outer, 0), ToLanes(loops.Outer, 1));
    }

    private int InpLanes => configuration.Batch * configuration.BlockIn;

    private int AccLanes => configuration.Batch * configuration.BlockOut;

    private int WgtLanes => Scratchpads.WeightLanes(configuration);

    private GemmLoop ToLanes(List<Loop> loops, int index) => index < loops.Count
        ? new GemmLoop(
            loops[index].Count, loops[index].Dst * AccLanes, loops[index].Src * InpLanes, loops[index].Wgt * WgtLanes)
        : GemmLoop.Once;

    private static List<Group> GroupByAccumulator(VtaMicroOp[] sorted)
    {
        var groups = new List<Group>();
        int start = 0;
        for (int i = 1; i <= sorted.Length; i++)
        {
            if (i == sorted.Length || sorted[i].Dst != sorted[start].Dst)
            {
                VtaMicroOp first = sorted[start];
                groups.Add(new Group(first.Dst, first.Src, first.Wgt, start, i - start));
                start = i;
            }
        }
        return groups;
    }

    /// <summary>Splits the groups into those whose terms differ by a constant offset only.</summary>
    private static List<List<Group>> Families(List<Group> groups, VtaMicroOp[] sorted)
    {
        var families = new List<List<Group>>();
        foreach (Group group in groups)
        {
            List<Group>? family = families.Find(candidate => SameTerms(candidate[0], group, sorted));
            if (family is null)
            {
                families.Add(family = []);
            }
            family.Add(group);
        }
        return families;
    }

    private static bool SameTerms(Group a, Group b, VtaMicroOp[] sorted)
    {
        if (a.Length != b.Length)
        {
            return false;
        }
        for (int i = 1; i < a.Length; i++)
        {
            VtaMicroOp left = sorted[a.Start + i];
            VtaMicroOp right = sorted[b.Start + i];
            if (left.Src - a.Src != right.Src - b.Src || left.Wgt - a.Wgt != right.Wgt - b.Wgt)
            {
                return false;
            }
        }
        return true;
    }

    /// <summary>Groups of one family with equal weights are rows; equal rows with other weights are columns.</summary>
    private void AddBlocks(List<Group> family, VtaMicroOp[] sorted, LoopRoles loops, List<GemmBlock> blocks)
    {
        GemmTerm[] terms = Terms(family[0], sorted, loops);
        var byWeight = family.GroupBy(group => group.Wgt)
            .Select(column => column.OrderBy(group => group.Src).ThenBy(group => group.Dst).ToArray()).ToList();
        while (byWeight.Count > 0)
        {
            Group[] rows = byWeight[0];
            List<Group[]> columns = byWeight.FindAll(column => IsTranslation(rows, column));
            byWeight.RemoveAll(column => IsTranslation(rows, column));
            blocks.Add(Block(rows, columns, terms, loops));
        }
    }

    private static bool IsTranslation(Group[] rows, Group[] column)
    {
        if (rows.Length != column.Length)
        {
            return false;
        }
        for (int i = 0; i < rows.Length; i++)
        {
            if (rows[i].Src != column[i].Src || rows[i].Dst - rows[0].Dst != column[i].Dst - column[0].Dst)
            {
                return false;
            }
        }
        return true;
    }

    private GemmTerm[] Terms(Group group, VtaMicroOp[] sorted, LoopRoles loops)
    {
        var terms = new List<GemmTerm>();
        foreach (Loop offset in Offsets(loops.Terms))
        {
            for (int i = 0; i < group.Length; i++)
            {
                VtaMicroOp op = sorted[group.Start + i];
                terms.Add(new GemmTerm(
                    (op.Src - group.Src + offset.Src) * InpLanes, (op.Wgt - group.Wgt + offset.Wgt) * WgtLanes));
            }
        }
        return [.. terms];
    }

    private GemmBlock Block(Group[] rows, List<Group[]> columns, GemmTerm[] terms, LoopRoles loops)
    {
        (int Dst, int Src)[] rowElements =
        [
            .. from row in rows
               from offset in Offsets(loops.Rows)
               select (row.Dst - rows[0].Dst + offset.Dst, row.Src + offset.Src),
        ];
        (int Dst, int Wgt)[] columnElements =
        [
            .. from column in columns
               from offset in Offsets(loops.Columns)
               select (column[0].Dst + offset.Dst, column[0].Wgt + offset.Wgt),
        ];
        bool distinct = AreDistinct(rowElements, columnElements);
        int block = configuration.BlockOut;
        // A GEMM row of the batch is a row like any other, and a vector is a column of its own within a weight block.
        (int Dst, int Src)[] laneRows =
        [
            .. from row in rowElements
               from b in Enumerable.Range(0, configuration.Batch)
               select ((row.Dst * AccLanes) + (b * block), (row.Src * InpLanes) + (b * block)),
        ];
        (int Dst, int Wgt)[] laneColumns =
        [
            .. from column in columnElements
               from v in Enumerable.Range(0, block / kernel.Lanes)
               select ((column.Dst * AccLanes) + (v * kernel.Lanes), (column.Wgt * WgtLanes) + (v * kernel.Lanes * 2)),
        ];
        int rowCount = laneRows.Length;
        int columnCount = laneColumns.Length;
        if (distinct)
        {
            laneRows = Fill(laneRows, kernel.Rows, rowCount % kernel.Rows * kernel.Columns > SinglesPerBlock);
            laneColumns = Fill(laneColumns, kernel.Columns, rowCount > SinglesPerBlock);
        }
        return new GemmBlock(
            [.. laneRows.Select(row => row.Dst)], [.. laneRows.Select(row => row.Src)],
            [.. laneColumns.Select(column => column.Dst)], [.. laneColumns.Select(column => column.Wgt)],
            rowCount, columnCount, terms, distinct);
    }

    /// <summary>Completes the last block of rows or columns, if that pays, with ones whose results land beyond the
    /// accumulators.</summary>
    private (int Dst, int Other)[] Fill((int Dst, int Other)[] entries, int unit, bool pays)
    {
        int missing = (unit - (entries.Length % unit)) % unit;
        if (missing == 0 || !pays)
        {
            return entries;
        }
        (int Dst, int Other) last = entries[^1];
        int beyond = Scratchpads.BeyondAccumulators(configuration);
        return [.. entries, .. Enumerable.Repeat((last.Dst + beyond, last.Other), missing)];
    }

    private bool AreDistinct((int Dst, int Src)[] rows, (int Dst, int Wgt)[] columns)
    {
        if ((long)rows.Length * columns.Length > seen.Length)
        {
            return false;
        }
        Array.Clear(seen);
        foreach ((int columnDst, _) in columns)
        {
            foreach ((int rowDst, _) in rows)
            {
                if (seen[rowDst + columnDst])
                {
                    return false;
                }
                seen[rowDst + columnDst] = true;
            }
        }
        return true;
    }

    /// <summary>All combinations of iterations of some loops, the last loop fastest; one zero offset without loops.
    /// </summary>
    private static IEnumerable<Loop> Offsets(List<Loop> loops)
    {
        IEnumerable<Loop> offsets = [default];
        foreach (Loop loop in loops)
        {
            offsets = offsets.SelectMany(
                _ => Enumerable.Range(0, loop.Count),
                (o, i) => new Loop(0, o.Dst + (i * loop.Dst), o.Src + (i * loop.Src), o.Wgt + (i * loop.Wgt)));
        }
        return offsets;
    }

    /// <summary>What each of the two loops of an instruction does.</summary>
    private sealed class LoopRoles
    {
        public LoopRoles(VtaGemm gemm, int termsPerGroup, int groups, int accDepth)
        {
            long terms = termsPerGroup;
            long accumulators = groups;
            foreach (Loop loop in (Loop[])
                [
                    new(gemm.IterOut, gemm.DstFactorOut, gemm.SrcFactorOut, gemm.WgtFactorOut),
                    new(gemm.IterIn, gemm.DstFactorIn, gemm.SrcFactorIn, gemm.WgtFactorIn),
                ])
            {
                if (loop.Count == 1)
                {
                    continue;
                }
                if (loop.Dst == 0 && terms * loop.Count <= MaxTerms)
                {
                    terms *= loop.Count;
                    Terms.Add(loop);
                }
                else if (loop.Dst != 0 && (loop.Wgt == 0 || loop.Src == 0) && accumulators * loop.Count <= accDepth)
                {
                    accumulators *= loop.Count;
                    (loop.Wgt == 0 ? Rows : Columns).Add(loop);
                }
                else
                {
                    Outer.Add(loop);
                }
            }
        }

        public List<Loop> Rows { get; } = [];

        public List<Loop> Columns { get; } = [];

        public List<Loop> Terms { get; } = [];

        public List<Loop> Outer { get; } = [];
    }
}
