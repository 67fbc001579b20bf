using CsCheck;
using SsMfar.Faces;

namespace SsMfar.Tests.Faces;

/// <summary>Umeyama's estimate beside a re-statement with singular values and scikit-image's numbers (Golden/write.py).</summary>
public sealed class SimilarityTransformTests
{
    [Fact]
    public void Ten_thousand_estimates_are_those_of_the_paper_s_formula()
    {
        Gen<(double, double)> point = Gen.Select(Gen.Double[-100, 100], Gen.Double[-100, 100], (x, y) => (x, y));
        Gen.Select(point.Array[2, 8], point.Array[8]).Sample(
            (from, others) =>
            {
                (double X, double Y)[] to = others[..from.Length];
                if (from.Max(p => p.Item1) - from.Min(p => p.Item1) < 1e-3)
                {
                    return;
                }

                SimilarityTransform transform = SimilarityTransform.Estimate(from, to);
                (double a, double b, double x, double y) = Umeyama(from, to);

                (Math.Abs(transform.A - a) + Math.Abs(transform.B - b)).Should().BeLessThan(1e-6 * Math.Max(1, transform.Scale));
                (Math.Abs(transform.ShiftX - x) + Math.Abs(transform.ShiftY - y)).Should()
                    .BeLessThan(1e-6 * Math.Max(100, 100 * transform.Scale));
            },
            iter: 10_000);
    }

    [Fact]
    public void Ten_thousand_estimates_are_scikit_image_s()
    {
        float[] golden = DecodingTests.ReadNumbers("umeyama.bin");
        golden.Should().HaveCount(4 * 10_000);
        DetectorFiles.Numbers numbers = new(21);
        for (int i = 0; i < golden.Length / 4; i++)
        {
            int count = 2 + (i % 7);
            (double, double)[] from = Points(numbers.Take(2 * count, -100, 100)), to = Points(numbers.Take(2 * count, -100, 100));

            SimilarityTransform transform = SimilarityTransform.Estimate(from, to);

            double[] found = [transform.A, transform.B, transform.ShiftX, transform.ShiftY];
            found.Zip(golden.Skip(4 * i), (ours, theirs) => Math.Abs(ours - theirs) / Math.Max(1, Math.Abs(theirs))).Max().Should()
                .BeLessThan(1e-6, "set {0} has the transform {1}", i, transform);
        }
    }

    [Fact]
    public void A_turn_a_scale_and_a_shift_are_found_again_and_undone()
    {
        SimilarityTransform known = new(2 * Math.Cos(0.5), 2 * Math.Sin(0.5), 7, -3);
        (double, double)[] from = [(0, 0), (1, 5), (-3, 2)];

        SimilarityTransform found = SimilarityTransform.Estimate(from, [.. from.Select(p => known.Apply(p.Item1, p.Item2))]);

        found.Scale.Should().BeApproximately(2, 1e-12);
        found.Degrees.Should().BeApproximately(0.5 * 180 / Math.PI, 1e-9);
        (double x, double y) = found.Invert().Apply(found.Apply(11, 13).X, found.Apply(11, 13).Y);
        (Math.Abs(x - 11) + Math.Abs(y - 13)).Should().BeLessThan(1e-9);
        found.ToString().Should().Be("turn 28.65 degrees, scale 2, shift (7, -3)");
    }

    [Fact]
    public void Points_that_say_nothing_are_refused()
    {
        FluentActions.Invoking(() => SimilarityTransform.Estimate([(1, 1), (1, 1)], [(0, 0), (1, 1)])).Should().Throw<ArgumentException>();
        FluentActions.Invoking(() => SimilarityTransform.Estimate([(1, 1)], [(0, 0)])).Should().Throw<ArgumentException>();
        FluentActions.Invoking(() => SimilarityTransform.Estimate([(1, 1), (2, 2)], [(0, 0)])).Should().Throw<ArgumentException>();
        FluentActions.Invoking(() => SimilarityTransform.Estimate([(1, double.NaN), (2, 2)], [(0, 0), (1, 1)])).Should()
            .Throw<ArgumentException>();
        FluentActions.Invoking(() => default(SimilarityTransform).Invert()).Should().Throw<InvalidOperationException>();
    }

    private static (double X, double Y)[] Points(float[] numbers) =>
        [.. numbers.Chunk(2).Select(pair => ((double)pair[0], (double)pair[1]))];

    // Umeyama (1991), eq. 38 to 42: R = U S V' of the covariance of target and source, c = tr(D S) / variance. The singular vectors of the
    // 2x2 covariance come from the angles of its turning and reflecting parts.
    private static (double A, double B, double X, double Y) Umeyama((double X, double Y)[] from, (double X, double Y)[] to)
    {
        int n = from.Length;
        (double mx, double my) = (from.Average(p => p.X), from.Average(p => p.Y));
        (double ux, double uy) = (to.Average(p => p.X), to.Average(p => p.Y));
        double variance = from.Sum(p => Math.Pow(p.X - mx, 2) + Math.Pow(p.Y - my, 2)) / n;
        double[,] c = new double[2, 2];
        for (int i = 0; i < n; i++)
        {
            (double[] t, double[] s) = ([to[i].X - ux, to[i].Y - uy], [from[i].X - mx, from[i].Y - my]);
            for (int r = 0; r < 2; r++)
            {
                for (int k = 0; k < 2; k++)
                {
                    c[r, k] += t[r] * s[k] / n;
                }
            }
        }

        (double e, double f, double g, double h) =
            ((c[0, 0] + c[1, 1]) / 2, (c[0, 0] - c[1, 1]) / 2, (c[1, 0] + c[0, 1]) / 2, (c[1, 0] - c[0, 1]) / 2);
        (double q, double w) = (Math.Sqrt((e * e) + (h * h)), Math.Sqrt((f * f) + (g * g)));
        (double large, double small) = (q + w, q - w); // the smaller is negative where the determinant is: that is S
        (double a1, double a2) = (Math.Atan2(g, f), Math.Atan2(h, e));
        (double left, double right) = ((a2 + a1) / 2, (a2 - a1) / 2);
        double angle = left + right;
        double scale = (large + small) / variance;
        (double a, double b) = (scale * Math.Cos(angle), scale * Math.Sin(angle));
        return (a, b, ux - (a * mx) + (b * my), uy - (b * mx) - (a * my));
    }
}
