using SsMfar.Losses;
using SsMfar.Metadata;
using SsMfar.Models;
using SsMfar.Tasks;
using SsMfar.Training;

namespace SsMfar.Tests.Training.Wiring;

/// <summary>A face and its labels are mixed with the same other face, by the same share.</summary>
public sealed class MixedShareTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(5)]
    public async Task Images_and_labels_are_mixed_by_the_same_share_and_with_the_same_partner(long seed)
    {
        Step plain = await FirstStep(seed, new()), mixed = await FirstStep(seed, new() { Alpha = 0.3, Share = 1 });
        (int Partner, double Share)[] found =
            [.. Enumerable.Range(0, WiringSet.Rows).Select(row => Mixture(plain.Images, mixed.Images[row], row))];
        (int Partner, double Share)[] changed = [.. found.Where((f, row) => f.Partner != row)];
        changed.Should().NotBeEmpty();
        double lambda = changed[0].Share;

        changed.Should().OnlyContain(f => Math.Abs(f.Share - lambda) < 1e-3);
        Math.Abs(lambda - 0.5).Should().BeGreaterThan(0.02, "a share near one half could be that of the partner");
        for (int row = 0; row < WiringSet.Rows; row++)
        {
            float?[] own = plain.Affect[row], other = plain.Affect[found[row].Partner], seen = mixed.Affect[row];
            for (int i = 0; i < 2; i++)
            {
                (seen[i] is null).Should().Be(own[i] is null);
                double expected = (lambda * own[i]) + ((1 - lambda) * other[i]) ?? 0;
                (seen[i] ?? 0).Should().BeApproximately((float)expected, 1e-3f, "valence and arousal of row {0}", row);
            }
        }

        // The loss of classes is that of either label, each by its share.
        double ofOwn = Weighed(row => row), ofPartners = Weighed(row => found[row].Partner);
        Math.Abs(ofOwn - ofPartners).Should().BeGreaterThan(10);
        mixed.ExpressionLoss.Should().BeApproximately((lambda * ofOwn) + ((1 - lambda) * ofPartners), 0.1);

        double Weighed(Func<int, int> shown) =>
            Enumerable.Range(0, WiringSet.Rows).Sum(row => (row + 1) * (double)(plain.Classes[shown(row)][0] ?? 0));
    }

    private sealed record Step(float[][] Images, float?[][] Affect, float?[][] Classes, double ExpressionLoss);

    // One step over the whole set, without pseudo-labels, so that any row may be mixed.
    private static async Task<Step> FirstStep(long seed, MixupOptions mixup)
    {
        PlainBackbone? backbone = null;
        var affect = new LabelRecorder(LabelMixing.Values);
        var classes = new LabelRecorder();
        var progress = new ProgressRecorder();
        MultiTaskTrainer trainer = Tiny.Builder(options =>
            {
                (options.Epochs, options.BatchSize, options.EmaDecay, options.Seed) = (1, WiringSet.Rows, null, seed);
                options.Mixup = mixup;
            })
            .UseVariant(SsMfarVariant.Mfar)
            .UseBackbone(BackboneFactory.Of(key => backbone = new PlainBackbone(key)))
            .UseLoss(AffectTaskNames.ValenceArousal, _ => affect)
            .UseLoss(AffectTaskNames.Expression, _ => classes)
            .UseWeakView(_ => new Unchanged())
            .Build();
        (await trainer.FitAsync(WiringSet.Dataset, null, progress)).Dispose();
        double loss = progress.Steps.Single().Losses[AffectTaskNames.Expression];
        return new(backbone!.Inputs.Single(), affect.Labels.Single(), classes.Labels[0], loss);
    }

    // The other image, and how much of its own is left, of which an image was mixed; itself where it is as it was.
    private static (int Partner, double Share) Mixture(float[][] images, float[] mixed, int row)
    {
        if (mixed.AsSpan().SequenceEqual(images[row]))
        {
            return (row, 1);
        }

        (double distance, int partner, double share) = Enumerable.Range(0, images.Length).Where(other => other != row).Select(other =>
        {
            double length = 0, along = 0, largest = 0;
            for (int k = 0; k < mixed.Length; k++)
            {
                double way = images[row][k] - images[other][k];
                length += way * way;
                along += (mixed[k] - images[other][k]) * way;
            }

            double found = along / length;
            for (int k = 0; k < mixed.Length; k++)
            {
                largest = Math.Max(largest, Math.Abs(mixed[k] - images[other][k] - (found * (images[row][k] - images[other][k]))));
            }

            return (largest, other, found);
        }).Min();
        distance.Should().BeLessThan(1e-3, "row {0} is a mixture of itself and another", row);
        return (partner, share);
    }
}
