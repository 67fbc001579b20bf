using System.Globalization;
using SkiaSharp;
using SsMfar.Augmentation;
using SsMfar.Models;
using SsMfar.Randomness;
using SsMfar.RenderedFaces;
using SsMfar.Runtime;
using SsMfar.SemiSupervised;
using SsMfar.Training;
using TorchSharp;
using Xunit.Abstractions;

namespace SsMfar.Tests.Documentation;

/// <summary>The sizes of deviations that docs/method.md quotes.</summary>
public sealed class DeviationSizeTests(ITestOutputHelper output)
{
    private const int Weak = 64;

    // As many of a batch as have no expression label in s-Aff-Wild2's training set.
    private const int Strong = 23;

    /// <summary>
    /// One pass over [weak; strong] in training mode normalises the weak rows by statistics of both: how far their pooled features move
    /// from those of a pass over the weak rows alone, in norm, before anything is learned.
    /// </summary>
    [Theory]
    [InlineData(ViewPreset.Paper, 1)]
    [InlineData(ViewPreset.Paper, 2)]
    [InlineData(ViewPreset.Published, 1)]
    [InlineData(ViewPreset.Rich, 1)]
    public void Features_of_weak_rows_move_by_a_tenth_or_more_when_strong_views_share_their_batch_norm(ViewPreset preset, long seed)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using var noGradient = torch.no_grad();
        using var network = new ResNet(18, RandomKey.FromSeed(seed));
        network.train();
        torch.Tensor pixels = Faces();
        var views = TrainingViews.Of(preset);
        var normalization = new PixelNormalization([0.485f, 0.456f, 0.406f], [0.229f, 0.224f, 0.225f]);
        RandomKey key = RandomKey.FromSeed(seed);
        torch.Tensor weak = normalization.Apply(views.Weak.Apply(pixels, key.Fold(1)));
        torch.Tensor strong = normalization.Apply(views.Strong.Apply(pixels.narrow(0, Weak - Strong, Strong), key.Fold(2)));

        torch.Tensor alone = Pooled(weak), joint = Pooled(torch.cat([weak, strong])).narrow(0, 0, Weak);
        double moved = ((joint - alone).norm(1) / alone.norm(1)).mean().item<float>();

        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{preset}, seed {seed}: {moved:P1}"));
        moved.Should().BeInRange(0.05, 0.4);

        torch.Tensor Pooled(torch.Tensor images) => network.call(images).mean([2L, 3L]);
    }

    /// <summary>
    /// The paper's thresholds after one step: 0.95 / (1 + 1/e) = 0.694 of the mean largest probability. A fresh head of 16 hidden units on
    /// features of norm 1 says little more than 1/8 of any class, whatever the features; and no largest of eight probabilities is below
    /// 1/8.
    /// </summary>
    [Fact]
    public void The_papers_thresholds_are_below_one_in_eight_after_one_step_for_any_features()
    {
        const int Rows = 256, Width = 512;
        using var noGradient = torch.no_grad();
        List<double> thresholds = [];
        for (int seed = 0; seed < 100; seed++)
        {
            using DisposeScope scope = torch.NewDisposeScope();
            using var head = new MlpHead(Width, 16, 8, RandomKey.FromSeed(seed));
            using var generator = new torch.Generator((ulong)seed);
            torch.Tensor normal = torch.empty(Rows, Width).normal_(0, 1, generator);
            torch.Tensor[] features = [normal, normal.relu(), torch.ones(Rows, Width), torch.eye(Rows, Width), normal.pow(Scalars.Of(9))];
            foreach (torch.Tensor feature in features)
            {
                torch.Tensor probabilities = head.call(torch.nn.functional.normalize(feature)).softmax(1);
                torch.Tensor predicted = probabilities.argmax(1), all = torch.ones(Rows);

                // Labelled as they are predicted: each class's threshold is that of all rows predicted as it, and so a mean of any of them.
                (torch.Tensor sums, torch.Tensor counts) = AdaptiveThreshold.CorrectRows(probabilities, predicted, all);
                torch.Tensor start = torch.full([8], Scalars.Of(AdaptiveThresholdOptions.Paper.Start), torch.ScalarType.Float64);
                torch.Tensor computed = AdaptiveThreshold.Compute(sums, counts, start, epoch: 1, AdaptiveThresholdOptions.Paper);
                thresholds.AddRange(computed.data<double>().Where((_, c) => counts[c].item<double>() > 0));
                torch.Tensor largest = probabilities.amax([1L]);
                largest.min().item<float>().Should().BeGreaterThanOrEqualTo(1 / 8f);
                (largest.max().item<float>() * 0.95 / (1 + Math.Exp(-1))).Should().BeLessThan(1 / 8.0, "whichever rows are right");
            }
        }

        thresholds.Sort();
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"from {thresholds[0]:F4} to {thresholds[^1]:F4}, median {thresholds[thresholds.Count / 2]:F4}"));
        thresholds.Should().OnlyContain(threshold => threshold < 1 / 8.0);
        thresholds[0].Should().BeGreaterThan(0.09);
    }

    /// <summary>CCC by sample moments is at most n / (n - 1) times that by population moments, so far only for means far apart.</summary>
    [Theory]
    [InlineData(16)]
    [InlineData(187)]
    public void Sample_moments_change_the_correlation_by_less_than_one_row_in_n(int n)
    {
        var random = new Random(n);
        for (int i = 0; i < 200; i++)
        {
            double offset = 3 * random.NextDouble();
            double[] y = [.. Enumerable.Range(0, n).Select(_ => random.NextDouble())];
            double[] x = [.. y.Select(value => value + random.NextDouble() + offset)];
            double mx = x.Average(), my = y.Average();
            double sxy = x.Zip(y, (a, b) => (a - mx) * (b - my)).Sum();
            double s = x.Sum(a => (a - mx) * (a - mx)) + y.Sum(b => (b - my) * (b - my));
            double ratio = Coefficient(n - 1) / Coefficient(n);

            ratio.Should().BeInRange(1, n / (n - 1.0));

            double Coefficient(int divisor) => 2 * sxy / divisor / ((s / divisor) + ((mx - my) * (mx - my)));
        }
    }

    // float32 [64, 3, 96, 96], 0 to 255.
    private static torch.Tensor Faces()
    {
        var drawing = new RenderedFaceOptions { TrainingCount = Weak, ValidationCount = 16, Size = 96 };
        return torch.cat([.. Enumerable.Range(0, Weak).Select(i =>
        {
            using SKBitmap face = RenderedFaceSet.Render(drawing, FaceSplit.Training, i);
            using SKBitmap rgba = face.Copy(SKColorType.Rgba8888);
            float[] pixels = [.. rgba.GetPixelSpan().ToArray().Select(value => (float)value)];
            return torch.tensor(pixels, [1, 96, 96, 4]).permute(0, 3, 1, 2).narrow(1, 0, 3).contiguous();
        })]);
    }
}
