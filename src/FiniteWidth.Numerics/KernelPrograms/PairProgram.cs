using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using FiniteWidth.Numerics.KernelPrograms;

namespace FiniteWidth.Numerics;

/// <summary>
/// A straight-line program over kernels: its value at a pair of points depends on the Gram matrix at that pair and on the two
/// variances, so whole matrices are evaluated tile by tile, without intermediates of their size.
/// </summary>
/// <remarks>
/// Weights are the parameters that change between evaluations (order parameters, precisions). Results do not depend on
/// the number of threads. Matrices of kernels are symmetric to the bit, with the diagonal of <see cref="Diagonal"/>.
/// </remarks>
public sealed class PairProgram
{
    private readonly int output;
    private readonly int size;
    private readonly PairNode[] nodes;

    private PairProgram(PairNode[] nodes, int size, int output, int weightCount)
    {
        this.nodes = nodes;
        this.size = size;
        this.output = output;
        WeightCount = weightCount;
    }

    /// <summary>The number of weights: one more than the largest that a node refers to.</summary>
    public int WeightCount { get; }

    /// <summary>The kernel of every point with itself, from the diagonal of the Gram matrix.</summary>
    public double[] Diagonal(ReadOnlySpan<double> weights, ReadOnlySpan<double> variances) =>
        Table(Checked(weights), variances.ToArray()).Diagonal[output];

    /// <summary>K of the points in the rows of X, with Gram matrix scale X X^T. Shapes: X n x m, K n x n.</summary>
    public void Symmetric(LinearAlgebraProvider algebra, ReadOnlySpan<double> weights, Matrix x, double scale, Matrix k)
    {
        ArgumentNullException.ThrowIfNull(algebra);
        ArgumentNullException.ThrowIfNull(x);
        Require.Shape(k, x.Rows, x.Rows, nameof(k));
        var w = Checked(weights);
        var points = Table(w, GramTiles.Variances(x, scale));
        if (AsAffine(w) is { } affine)
        {
            algebra.Gram(x, affine.Gram * scale, k);
            TileStore.AddConstant(k, affine.Constant);
            TileStore.SetDiagonal(k, points.Diagonal[output]);
            return;
        }

        var tiles = Tile.Lower(points.Count, Tile.Edge(points.Count));
        using (algebra.SingleThreaded())
        {
            Work.For(tiles.Length, () => Segment(points), (t, row) =>
            {
                GramTiles.Multiply(algebra, scale, x, x, tiles[t], k);
                EvaluateLower(row, w, tiles[t], k, k);
            });
        }
    }

    /// <summary>
    /// The tiles on and below the diagonal of K of the points in the rows of X, with Gram matrix scale X X^T: one after the other, on
    /// several threads, each handed to <paramref name="sink"/> with the place of its first entry. No matrix of the size of K is made.
    /// </summary>
    /// <remarks>A tile lives in memory that the next one overwrites. Tiles on the diagonal are whole and symmetric.</remarks>
    public void SymmetricTiles(
        LinearAlgebraProvider algebra,
        ReadOnlySpan<double> weights,
        Matrix x,
        double scale,
        int edge,
        Action<int, int, Matrix> sink,
        CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(algebra);
        ArgumentNullException.ThrowIfNull(x);
        ArgumentNullException.ThrowIfNull(sink);
        ArgumentOutOfRangeException.ThrowIfLessThan(edge, 1);
        var w = Checked(weights);
        var points = Table(w, GramTiles.Variances(x, scale));
        var tiles = Tile.Lower(points.Count, edge);
        using (algebra.SingleThreaded())
        {
            Work.For(tiles.Length, () => (Segment(points), Matrix.Uninitialized(edge, edge)), (t, local) =>
            {
                cancellation.ThrowIfCancellationRequested();
                var (row, room) = local;
                var k = room.View(0, 0, tiles[t].Rows, tiles[t].Columns);
                GramTiles.MultiplyInto(algebra, scale, x, tiles[t], k);
                EvaluateApart(row, w, tiles[t], k);
                sink(tiles[t].Row, tiles[t].Column, k);
            });
        }
    }

    /// <summary>K from the Gram matrix; only its lower triangle is read. <paramref name="k"/> may be the Gram matrix itself.</summary>
    public void SymmetricFromGram(ReadOnlySpan<double> weights, Matrix gram, Matrix k)
    {
        ArgumentNullException.ThrowIfNull(gram);
        Require.Shape(gram, gram.Rows, gram.Rows, nameof(gram));
        Require.Shape(k, gram.Rows, gram.Rows, nameof(k));
        var w = Checked(weights);
        var points = Table(w, gram.Diagonal());
        var tiles = Tile.Lower(points.Count, Tile.Edge(points.Count));
        Work.For(tiles.Length, () => Segment(points), (t, row) => EvaluateLower(row, w, tiles[t], gram, k));
    }

    /// <summary>
    /// K between the rows of X1 and those of X2, with Gram matrix scale X1 X2^T. Shapes: X1 n1 x m, X2 n2 x m, K n1 x n2.
    /// </summary>
    public void Cross(LinearAlgebraProvider algebra, ReadOnlySpan<double> weights, Matrix x1, Matrix x2, double scale, Matrix k)
    {
        ArgumentNullException.ThrowIfNull(algebra);
        ArgumentNullException.ThrowIfNull(x1);
        ArgumentNullException.ThrowIfNull(x2);
        Require.Shape(x2, x2.Rows, x1.Columns, nameof(x2));
        Require.Shape(k, x1.Rows, x2.Rows, nameof(k));
        var w = Checked(weights);
        if (AsAffine(w) is { } affine)
        {
            algebra.Multiply(affine.Gram * scale, x1, false, x2, true, 0.0, k);
            TileStore.AddConstant(k, affine.Constant);
            return;
        }

        var rows = (int)x1.Rows;
        var points = Table(w, [.. GramTiles.Variances(x1, scale), .. GramTiles.Variances(x2, scale)]);
        var tiles = Tile.All(rows, (int)x2.Rows, Tile.Edge((int)Math.Max(x1.Rows, x2.Rows)));
        using (algebra.SingleThreaded())
        {
            Work.For(tiles.Length, () => Segment(points), (t, row) =>
            {
                GramTiles.Multiply(algebra, scale, x1, x2, tiles[t], k);
                EvaluateAll(row, w, tiles[t], rows, k, k);
            });
        }
    }

    /// <summary>
    /// K from a rectangular Gram matrix and the variances of the points of its rows and of its columns.
    /// <paramref name="k"/> may be the Gram matrix itself.
    /// </summary>
    public void CrossFromGram(
        ReadOnlySpan<double> weights,
        ReadOnlySpan<double> leftVariances,
        ReadOnlySpan<double> rightVariances,
        Matrix gram,
        Matrix k)
    {
        Require.Shape(gram, leftVariances.Length, rightVariances.Length, nameof(gram));
        Require.Shape(k, leftVariances.Length, rightVariances.Length, nameof(k));
        var w = Checked(weights);
        var rows = leftVariances.Length;
        var points = Table(w, [.. leftVariances, .. rightVariances]);
        var tiles = Tile.All(rows, rightVariances.Length, Tile.Edge(Math.Max(rows, rightVariances.Length)));
        Work.For(tiles.Length, () => Segment(points), (t, row) => EvaluateAll(row, w, tiles[t], rows, gram, k));
    }

    /// <summary>
    /// sum_munu G_munu dK_munu/dw for every weight w, for a symmetric adjoint G, by one reverse sweep. Only the lower
    /// triangles of the Gram matrix and of G are read.
    /// </summary>
    /// <remarks>
    /// The values of a row are computed anew before they are swept back; variances collect what every pair contributes to
    /// them, and the sweep ends along the recursion of the diagonal.
    /// </remarks>
    /// <exception cref="NotSupportedException">The program holds a map without derivatives, a <see cref="PairMap"/> alone.</exception>
    public double[] Gradient(ReadOnlySpan<double> weights, Matrix gram, Matrix adjoint)
    {
        ArgumentNullException.ThrowIfNull(gram);
        Require.Shape(gram, gram.Rows, gram.Rows, nameof(gram));
        Require.Shape(adjoint, gram.Rows, gram.Rows, nameof(adjoint));
        var w = Checked(weights);
        var points = Table(w, gram.Diagonal());
        var tiles = Tile.Lower(points.Count, ReverseEdge(points.Count));
        var parts = SweepBack(w, points, tiles, 0, i => i, gram, adjoint);
        return Concluded(w, points, adjoint.Diagonal(), parts);
    }

    /// <summary>
    /// What some of the pairs contribute to the gradient of <see cref="Gradient(ReadOnlySpan{double}, Matrix, Matrix)"/>: those of the left
    /// point i with the right points before ends[i], each of which stands for itself and its mirror image. Shapes: G and the Gram
    /// matrix left x right.
    /// </summary>
    public PairAdjoints CrossGradient(
        ReadOnlySpan<double> weights,
        ReadOnlySpan<double> leftVariances,
        ReadOnlySpan<double> rightVariances,
        int[] ends,
        Matrix gram,
        Matrix adjoint)
    {
        ArgumentNullException.ThrowIfNull(ends);
        Require.Shape(gram, leftVariances.Length, rightVariances.Length, nameof(gram));
        Require.Shape(adjoint, leftVariances.Length, rightVariances.Length, nameof(adjoint));
        Require.SameLength(leftVariances.Length, ends.Length);
        var w = Checked(weights);
        var rows = leftVariances.Length;
        var points = Table(w, [.. leftVariances, .. rightVariances]);
        var tiles = Tile.All(rows, rightVariances.Length, ReverseEdge(Math.Max(rows, rightVariances.Length)));
        return SweepBack(w, points, tiles, rows, i => ends[i], gram, adjoint);
    }

    /// <summary>The gradient from what all pairs off the diagonal contribute and the diagonal of the adjoint.</summary>
    public double[] Gradient(
        ReadOnlySpan<double> weights, ReadOnlySpan<double> variances, ReadOnlySpan<double> adjointDiagonal, PairAdjoints pairs)
    {
        ArgumentNullException.ThrowIfNull(pairs);
        Require.SameLength(variances.Length, adjointDiagonal.Length);
        var w = Checked(weights);
        var points = Table(w, variances.ToArray());
        PrepareReverse(points);
        return Concluded(w, points, adjointDiagonal, pairs);
    }

    /// <summary>The number of nodes, and so of rows of a <see cref="PairAdjoints.Variances"/>.</summary>
    public int NodeCount => size;

    private void PrepareReverse(PointTable points)
    {
        foreach (var node in nodes)
        {
            node.PrepareReverse(points);
        }
    }

    private PairAdjoints SweepBack(
        double[] w, PointTable points, Tile[] tiles, int offset, Func<int, int> ends, Matrix gram, Matrix adjoint)
    {
        PrepareReverse(points);
        var parts = new Adjoints[tiles.Length];
        Work.For(tiles.Length, () => new RowSegment(points, size, reverse: true), (t, row) =>
        {
            parts[t] = new Adjoints(tiles[t], offset, w.Length, size);
            SweepBack(row, w, tiles[t], offset, ends, gram, adjoint, parts[t]);
        });

        var all = new PairAdjoints(w.Length, size, points.Count);
        foreach (var part in parts)
        {
            part.AddTo(all);
        }

        return all;
    }

    private double[] Concluded(double[] w, PointTable points, ReadOnlySpan<double> adjointDiagonal, PairAdjoints pairs)
    {
        RowArithmetic.AddScaled(adjointDiagonal, 1.0, pairs.Variances[output]);
        for (var n = nodes.Length - 1; n >= 0; n--)
        {
            nodes[n].BackwardDiagonal(points, w, pairs.Variances, pairs.Weights);
        }

        return pairs.Weights;
    }

    /// <summary>At most 64 tiles across, which bounds what the tiles leave behind to be added up.</summary>
    private static int ReverseEdge(int points) => Math.Max(Tile.Edge(points), (points + 63) / 64);

    private PointTable Table(double[] weights, double[] variances)
    {
        var points = new PointTable(variances.Length, size);
        points.Diagonal[GramNode.Position] = variances;
        foreach (var node in nodes)
        {
            node.Prepare(points, weights);
        }

        return points;
    }

    private RowSegment Segment(PointTable points) => new(points, size, reverse: false);

    private double[] Checked(ReadOnlySpan<double> weights)
    {
        if (weights.Length != WeightCount)
        {
            throw new ArgumentException($"The program has {WeightCount} weights, but {weights.Length} were given.", nameof(weights));
        }

        return weights.ToArray();
    }

    private Affine? AsAffine(double[] weights)
    {
        var forms = new Affine?[size];
        foreach (var node in nodes)
        {
            forms[node.Index] = node.AsAffine(weights, forms);
        }

        return forms[output];
    }

    private void EvaluateLower(RowSegment row, double[] weights, Tile tile, Matrix gram, Matrix k)
    {
        for (var i = tile.Row; i < tile.Row + tile.Rows; i++)
        {
            var end = Math.Min(tile.Column + tile.Columns, i);
            EvaluateRow(row, weights, i, tile.Column, end, 0, gram, k);
            if (tile.IsDiagonal)
            {
                k[i, i] = row.Points.Diagonal[output][i];
            }
        }

        TileStore.Mirror(k, tile);
    }

    // A tile in memory of its own.
    private void EvaluateApart(RowSegment row, double[] weights, Tile tile, Matrix k)
    {
        for (var i = 0; i < tile.Rows; i++)
        {
            var end = tile.IsDiagonal ? i : tile.Columns;
            for (var j = 0; j < end; j += RowSegment.Capacity)
            {
                var count = Math.Min(RowSegment.Capacity, end - j);
                row.MoveTo(tile.Row + i, tile.Column + j, count);
                Forward(row, weights, k.Row(i).Slice(j, count));
                row.Value(output).CopyTo(k.Row(i).Slice(j, count));
            }

            if (tile.IsDiagonal)
            {
                k[i, i] = row.Points.Diagonal[output][tile.Row + i];
                for (var j = 0; j < i; j++)
                {
                    k[j, i] = k[i, j];
                }
            }
        }
    }

    // The right points follow the left ones, as many as there are rows, in the table of points.
    private void EvaluateAll(RowSegment row, double[] weights, Tile tile, int rows, Matrix gram, Matrix k)
    {
        for (var i = tile.Row; i < tile.Row + tile.Rows; i++)
        {
            EvaluateRow(row, weights, i, tile.Column, tile.Column + tile.Columns, rows, gram, k);
        }
    }

    private void EvaluateRow(RowSegment row, double[] weights, int i, int start, int end, int offset, Matrix gram, Matrix k)
    {
        for (var j = start; j < end; j += RowSegment.Capacity)
        {
            var count = Math.Min(RowSegment.Capacity, end - j);
            row.MoveTo(i, offset + j, count);
            Forward(row, weights, gram.Row(i).Slice(j, count));
            row.Value(output).CopyTo(k.Row(i).Slice(j, count));
        }
    }

    private void SweepBack(
        RowSegment row, double[] weights, Tile tile, int offset, Func<int, int> ends, Matrix gram, Matrix adjoint, Adjoints adjoints)
    {
        for (var i = tile.Row; i < tile.Row + tile.Rows; i++)
        {
            var end = Math.Min(tile.Column + tile.Columns, ends(i));
            for (var j = tile.Column; j < end; j += RowSegment.Capacity)
            {
                var count = Math.Min(RowSegment.Capacity, end - j);
                row.MoveTo(i, offset + j, count);
                Forward(row, weights, gram.Row(i).Slice(j, count));
                row.ClearAdjoints();
                RowArithmetic.Scale(adjoint.Row(i).Slice(j, count), 2.0, row.Adjoint(output));
                for (var n = nodes.Length - 1; n >= 0; n--)
                {
                    nodes[n].Backward(row, weights, adjoints);
                }
            }
        }
    }

    private void Forward(RowSegment row, double[] weights, ReadOnlySpan<double> gram)
    {
        gram.CopyTo(row.Value(GramNode.Position));
        foreach (var node in nodes)
        {
            node.Forward(row, weights);
        }
    }

    /// <summary>Adds nodes one by one; each method returns the number by which later nodes refer to the new one.</summary>
    public sealed class Builder
    {
        private readonly List<PairNode> nodes = [new GramNode()];

        /// <summary>The Gram matrix C.</summary>
        public int Gram() => GramNode.Position;

        /// <summary>The matrix of ones.</summary>
        public int Ones() => Add(new OnesNode(nodes.Count));

        /// <summary>The kernel map of an earlier node.</summary>
        public int Map(DualMap map, int argument)
        {
            ArgumentNullException.ThrowIfNull(map);
            return Add(new MapNode(nodes.Count, map, Earlier(argument)));
        }

        /// <summary>The map of an earlier node, in a program that has no reverse sweep.</summary>
        public int Map(PairMap map, int argument)
        {
            ArgumentNullException.ThrowIfNull(map);
            return Add(new ForwardMapNode(nodes.Count, map, Earlier(argument)));
        }

        /// <summary>m(c11) m(c22) with the mean of the map at the diagonal of an earlier node.</summary>
        public int MeanOuter(DualMap map, int argument)
        {
            ArgumentNullException.ThrowIfNull(map);
            return Add(new MeanOuterNode(nodes.Count, map, Earlier(argument)));
        }

        /// <summary>sum_k w[weights[k]] node[arguments[k]].</summary>
        public int Combine(ReadOnlySpan<int> weights, ReadOnlySpan<int> arguments)
        {
            if (weights.Length != arguments.Length || weights.IsEmpty)
            {
                throw new ArgumentException(
                    $"A combination has {weights.Length} weights and {arguments.Length} arguments; "
                    + "it needs as many of the one as of the other, and at least one.");
            }

            foreach (var weight in weights)
            {
                ArgumentOutOfRangeException.ThrowIfNegative(weight, nameof(weights));
            }

            foreach (var argument in arguments)
            {
                _ = Earlier(argument);
            }

            return Add(new CombineNode(nodes.Count, weights.ToArray(), arguments.ToArray()));
        }

        /// <summary>The entrywise product of two earlier nodes.</summary>
        public int Multiply(int a, int b) => Add(new MultiplyNode(nodes.Count, Earlier(a), Earlier(b)));

        /// <summary>The program whose value is that of the node <paramref name="output"/>; nodes it does not need are left out.</summary>
        public PairProgram Build(int output)
        {
            var needed = new bool[nodes.Count];
            needed[GramNode.Position] = true;
            needed[Earlier(output)] = true;
            for (var n = output; n >= 0; n--)
            {
                if (needed[n])
                {
                    foreach (var argument in nodes[n].Arguments)
                    {
                        needed[argument] = true;
                    }
                }
            }

            var kept = nodes.Where(node => needed[node.Index]).ToArray();
            return new PairProgram(kept, nodes.Count, output, nodes.Max(node => node.WeightCount));
        }

        private int Add(PairNode node)
        {
            nodes.Add(node);
            return node.Index;
        }

        private int Earlier(int node)
        {
            if (node < 0 || node >= nodes.Count)
            {
                throw new ArgumentOutOfRangeException(
                    nameof(node),
                    $"There is no node {node}: the nodes so far are 0 to {nodes.Count - 1}.");
            }

            return node;
        }
    }
}
