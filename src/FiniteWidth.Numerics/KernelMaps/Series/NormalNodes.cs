using System;

namespace FiniteWidth.Numerics.KernelMaps;

/// <summary>
/// Quadrature nodes for sigma(sqrt(c) z) under the standard normal density, placed where sigma needs them: panels of a composite
/// Gauss-Legendre rule are halved until sigma(sqrt(c) z) exp(-z^2/4) is a polynomial on each to rounding.
/// </summary>
/// <remarks>Known kinks are ends of panels; unknown ones, and jumps, are closed in on from both sides. One instance a worker: it keeps its buffers from point to point.</remarks>
internal sealed class NormalNodes(Func<double, double> sigma, double[] kinks)
{
    private const int NodesPerPanel = 16;

    /// <summary>The highest Legendre coefficients on a panel, both parities twice, measure how well it is resolved.</summary>
    private const int TailCoefficients = 4;

    private const int MaxNodes = 1 << 14;

    /// <summary>Rounding in sigma itself leaves about this much in the coefficients.</summary>
    private const double Resolution = 1e-14;

    /// <summary>And this much is put up with where sigma is a difference of nearly equal numbers.</summary>
    private const double CoarsestResolution = 1e-8;

    // Where the square root of the density has fallen to 2e-16, and on to where it underflows.
    private static readonly double[] HalfWidths = [12.0, 16.0, 20.0, 28.0, 37.0];
    private static readonly QuadratureRule Rule = GaussLegendre.Rule(NodesPerPanel, -1.0, 1.0);
    private static readonly double[] Tail = LegendreTail();
    private static readonly double[] Differentiation = DifferentiationMatrix();
    private static readonly double[] AtRightEnd = InterpolationAt(End);

    /// <summary>Just inside the end of a panel [-1, 1]: on this side of a jump that lies at the end.</summary>
    private const double End = 1.0 - 1e-9;

    private readonly double[] panel = new double[NodesPerPanel];
    private readonly double[] damping = new double[NodesPerPanel];
    private double[] nodes = new double[1024];
    private double[] values = new double[1024];
    private double[] halfDensities = new double[1024];
    private double root;
    private double scale;
    private double resolution;
    private bool exhausted;

    public int Count { get; private set; }

    /// <summary>z, the nodes.</summary>
    public ReadOnlySpan<double> Nodes => nodes.AsSpan(0, Count);

    /// <summary>exp(-z^2/4)/(2 pi)^(1/4), the square root of the density.</summary>
    public ReadOnlySpan<double> HalfDensities => halfDensities.AsSpan(0, Count);

    /// <summary>w sigma(sqrt(c) z) times the square root of the density; what it is integrated with takes the other.</summary>
    public ReadOnlySpan<double> Weighted => values.AsSpan(0, Count);

    /// <summary>E[sigma(sqrt(c) z)^2].</summary>
    public double SecondMoment { get; private set; }

    /// <summary>E[(sigma(sqrt(c) z)^2 - sigma(0)^2) (z^2 - 1)].</summary>
    public double SecondMomentCurvature { get; private set; }

    /// <summary>Places the nodes for variance c, close enough together to integrate Hermite polynomials up to an order.</summary>
    /// <exception cref="InaccurateKernelException">sigma is not finite, not square integrable, too rough, or mostly rounding.</exception>
    public void Place(double c, int order)
    {
        root = Math.Sqrt(c);
        var halfWidth = Reach(c);
        var width = Math.Min(0.75, 6.0 / Math.Sqrt(order + 1.0));
        var panels = (int)Math.Ceiling(halfWidth / width);
        for (resolution = Resolution; !TryPlace(c, halfWidth, panels); resolution *= 100.0)
        {
            var noise = Noise();
            if (!IsOfRounding(noise))
            {
                throw new InaccurateKernelException(
                    $"The activation is too rough for quadrature at variance {c}: {MaxNodes} points do not resolve it; "
                    + "it must be smooth between isolated kinks.");
            }

            if (resolution >= CoarsestResolution)
            {
                throw new InaccurateKernelException(
                    $"The activation loses its digits at variance {c}: its values there are differences of nearly equal numbers, with rounding "
                    + $"errors of {noise / scale:g1} of their size; write it with expm1 and log1p, or rescale the inputs.");
            }
        }
    }

    private bool TryPlace(double c, double halfWidth, int panels)
    {
        exhausted = false;
        Count = 0;
        SecondMoment = 0.0;
        SecondMomentCurvature = 0.0;
        var atZero = sigma(0.0);
        for (var p = -panels; p < panels; p++)
        {
            // Ends are multiples of one number, so that 0, where most kinks lie, is an end exactly.
            var from = p * (halfWidth / panels);
            var to = (p + 1) * (halfWidth / panels);
            foreach (var kink in kinks)
            {
                var end = kink / root;
                if (end > from && end < to)
                {
                    Refine(from, end, atZero * atZero, c);
                    from = end;
                }
            }

            Refine(from, to, atZero * atZero, c);
        }

        return !exhausted;
    }

    /// <summary>The rounding error of sigma(sqrt(c) z): the median of fourth differences, which are nothing else where sigma is smooth.</summary>
    private double Noise()
    {
        const double Step = 1e-3;
        const int Places = 15;
        var errors = new double[Places];
        for (var i = 0; i < Places; i++)
        {
            var z = (0.37 * i) - 2.53;
            var fourth = Damped(z - (2.0 * Step)) - (4.0 * Damped(z - Step)) + (6.0 * Damped(z))
                - (4.0 * Damped(z + Step)) + Damped(z + (2.0 * Step));

            // The root of 1 + 16 + 36 + 16 + 1.
            errors[i] = Math.Abs(fourth) / 8.37;
        }

        Array.Sort(errors);
        return errors[Places / 2];
    }

    /// <summary>
    /// An error as small as the rounding of terms of order one, and more than the rounding of sigma itself: sigma is the difference of such
    /// terms.
    /// </summary>
    private bool IsOfRounding(double noise) => noise <= 1e-12 && noise >= 1e-14 * scale;

    /// <summary>
    /// E[sigma'(sqrt(c) z)^2] of the placed nodes, by differentiating on every panel the polynomial that sigma is there; infinite where
    /// sigma jumps.
    /// </summary>
    public double SlopeSecondMoment()
    {
        // Of what one panel leaves off with and the next begins with: rounding, and a billionth of the slope.
        const double LargestStep = 1e-6;

        // The panel in which a jump hides is narrower than rounding, and its slope the inverse of that.
        const double Steepest = 1e10;
        double sum = 0.0, end = 0.0;
        for (var start = 0; start < Count; start += NodesPerPanel)
        {
            var radius = (nodes[start + NodesPerPanel - 1] - nodes[start]) / (Rule.Nodes[^1] - Rule.Nodes[0]);
            for (var i = 0; i < NodesPerPanel; i++)
            {
                // sigma times the square root of the density, which alone is resolved: its derivative has one term more.
                panel[i] = values[start + i] / (radius * Rule.Weights[i]);
            }

            double begin = 0.0, next = 0.0;
            for (var i = 0; i < NodesPerPanel; i++)
            {
                next += AtRightEnd[i] * panel[i];
                begin += AtRightEnd[NodesPerPanel - 1 - i] * panel[i];
            }

            if (start > 0 && Math.Abs(begin - end) > LargestStep * scale)
            {
                return double.PositiveInfinity;
            }

            end = next;

            for (var i = 0; i < NodesPerPanel; i++)
            {
                var slope = 0.0;
                for (var j = 0; j < NodesPerPanel; j++)
                {
                    slope += Differentiation[(i * NodesPerPanel) + j] * panel[j];
                }

                slope = (slope / radius) + (0.5 * nodes[start + i] * panel[i]);
                sum += radius * Rule.Weights[i] * slope * slope;
            }
        }

        return sum > Steepest * SecondMoment ? double.PositiveInfinity : sum / (root * root);
    }

    /// <summary>The half-width of the interval that holds all of sigma(sqrt(c) z) exp(-z^2/4) but rounding.</summary>
    private double Reach(double c)
    {
        scale = 0.0;
        for (var z = -12.0; z <= 12.0; z += 0.25)
        {
            scale = Math.Max(scale, Math.Abs(Damped(z)));
        }

        if (!double.IsFinite(scale))
        {
            throw new InaccurateKernelException(
                $"The activation is not a finite number everywhere between {-12.0 * root} and {12.0 * root}.");
        }

        foreach (var half in HalfWidths)
        {
            var end = Math.Max(Math.Abs(Damped(half)), Math.Abs(Damped(-half)));
            if (double.IsNaN(end))
            {
                throw new InaccurateKernelException($"The activation is not a number at {half * root} or {-half * root}.");
            }

            if (end <= Resolution * scale)
            {
                return half;
            }

            if (double.IsInfinity(end))
            {
                break;
            }

            scale = Math.Max(scale, end);
        }

        throw new InaccurateKernelException(
            $"The activation grows so fast that E[sigma(z)^2] is not finite, or not representable, for z of variance {c}; "
            + "smaller inputs are needed.");
    }

    private double Damped(double z) => sigma(root * z) * Math.Exp(-0.25 * z * z);

    private void Refine(double from, double to, double valueAtZero, double c)
    {
        if (exhausted)
        {
            return;
        }

        double middle = 0.5 * (from + to), radius = 0.5 * (to - from);
        for (var i = 0; i < NodesPerPanel; i++)
        {
            var z = middle + (radius * Rule.Nodes[i]);
            damping[i] = -0.25 * z * z;
            panel[i] = sigma(root * z);
        }

        VectorMath.Exp(damping, damping);
        var unresolved = EndMismatch(middle, radius);
        for (var t = 0; t < TailCoefficients; t++)
        {
            var coefficient = 0.0;
            for (var i = 0; i < NodesPerPanel; i++)
            {
                coefficient += Tail[(t * NodesPerPanel) + i] * panel[i] * damping[i];
            }

            unresolved = Math.Max(unresolved, Math.Abs(coefficient));
        }

        if (!double.IsFinite(unresolved))
        {
            throw new InaccurateKernelException($"The activation is not a finite number somewhere between {root * from} and {root * to}.");
        }

        if (unresolved * radius > resolution * scale && middle > from && middle < to)
        {
            Refine(from, middle, valueAtZero, c);
            Refine(middle, to, valueAtZero, c);
            return;
        }

        Append(middle, radius, valueAtZero);
    }

    /// <summary>
    /// How far the polynomial through the nodes is from sigma at the ends of the panel: it finds a transition so steep that
    /// it hides between an end and the node next to it.
    /// </summary>
    private double EndMismatch(double middle, double radius)
    {
        double left = 0.0, right = 0.0;
        for (var i = 0; i < NodesPerPanel; i++)
        {
            var value = panel[i] * damping[i];
            right += AtRightEnd[i] * value;
            left += AtRightEnd[NodesPerPanel - 1 - i] * value;
        }

        return Math.Max(
            Math.Abs(left - Damped(middle - (End * radius))),
            Math.Abs(right - Damped(middle + (End * radius))));
    }

    private void Append(double middle, double radius, double valueAtZero)
    {
        const double Normalization = 0.6316187777460647; // (2 pi)^(-1/4)
        if (Count + NodesPerPanel > nodes.Length)
        {
            if (nodes.Length >= MaxNodes)
            {
                exhausted = true;
                return;
            }

            Array.Resize(ref nodes, 2 * nodes.Length);
            Array.Resize(ref values, nodes.Length);
            Array.Resize(ref halfDensities, nodes.Length);
        }

        for (var i = 0; i < NodesPerPanel; i++)
        {
            var z = middle + (radius * Rule.Nodes[i]);
            var weight = radius * Rule.Weights[i];
            var half = damping[i] * Normalization;
            nodes[Count + i] = z;
            halfDensities[Count + i] = half;
            values[Count + i] = weight * panel[i] * half;
            var density = weight * half * half;
            SecondMoment += density * panel[i] * panel[i];
            SecondMomentCurvature += density * ((panel[i] * panel[i]) - valueAtZero) * ((z * z) - 1.0);
        }

        Count += NodesPerPanel;
    }

    /// <summary>The weights of the values at the nodes in the interpolating polynomial at x.</summary>
    private static double[] InterpolationAt(double x)
    {
        var weights = new double[NodesPerPanel];
        for (var i = 0; i < NodesPerPanel; i++)
        {
            weights[i] = 1.0;
            for (var j = 0; j < NodesPerPanel; j++)
            {
                if (j != i)
                {
                    weights[i] *= (x - Rule.Nodes[j]) / (Rule.Nodes[i] - Rule.Nodes[j]);
                }
            }
        }

        return weights;
    }

    /// <summary>Row i turns values at the nodes into the derivative at node i of the polynomial through them.</summary>
    private static double[] DifferentiationMatrix()
    {
        var rows = new double[NodesPerPanel * NodesPerPanel];
        var barycentric = new double[NodesPerPanel];
        for (var j = 0; j < NodesPerPanel; j++)
        {
            barycentric[j] = 1.0;
            for (var m = 0; m < NodesPerPanel; m++)
            {
                barycentric[j] /= m == j ? 1.0 : Rule.Nodes[j] - Rule.Nodes[m];
            }
        }

        for (var i = 0; i < NodesPerPanel; i++)
        {
            // A constant has no slope: the diagonal is minus the rest of its row.
            for (var j = 0; j < NodesPerPanel; j++)
            {
                if (j != i)
                {
                    var entry = barycentric[j] / barycentric[i] / (Rule.Nodes[i] - Rule.Nodes[j]);
                    rows[(i * NodesPerPanel) + j] = entry;
                    rows[(i * NodesPerPanel) + i] -= entry;
                }
            }
        }

        return rows;
    }

    /// <summary>Row t turns values at the nodes into the Legendre coefficient of order NodesPerPanel - 1 - t.</summary>
    private static double[] LegendreTail()
    {
        var rows = new double[TailCoefficients * NodesPerPanel];
        for (var i = 0; i < NodesPerPanel; i++)
        {
            var x = Rule.Nodes[i];
            double previous = 0.0, current = 1.0;
            for (var n = 0; n < NodesPerPanel; n++)
            {
                var t = NodesPerPanel - 1 - n;
                if (t < TailCoefficients)
                {
                    rows[(t * NodesPerPanel) + i] = 0.5 * ((2 * n) + 1) * Rule.Weights[i] * current;
                }

                (previous, current) = (current, ((((2 * n) + 1) * x * current) - (n * previous)) / (n + 1));
            }
        }

        return rows;
    }
}
