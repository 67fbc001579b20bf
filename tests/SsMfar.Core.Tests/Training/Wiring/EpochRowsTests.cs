using SsMfar.Data;
using SsMfar.Metadata;
using SsMfar.Models;
using SsMfar.Tasks;
using SsMfar.Training;

namespace SsMfar.Tests.Training.Wiring;

/// <summary>Which rows the steps of an epoch bring, seen where they arrive: in the labels of the expression's loss.</summary>
public sealed class EpochRowsTests
{
    private const int Unlabelled = 80;
    private static readonly int[] ClassCounts = [240, 60, 30, 20, 20, 12, 10, 8];

    [Theory]
    [InlineData("mfar-rs")]
    [InlineData("ss-mfar-rs")]
    public async Task Re_sampling_shows_every_class_as_often_and_unlabelled_rows_once(string variant)
    {
        foreach (int[] epoch in await Shown(variant))
        {
            // 400 draws of one class in eight: 50 each, 6.6 the standard deviation.
            epoch[..8].Should().OnlyContain(count => count >= 25 && count <= 75);
            epoch[..8].Sum().Should().Be(400);
            epoch[8].Should().Be(Unlabelled);
        }
    }

    [Theory]
    [InlineData("mfar")]
    [InlineData("ss-mfar")]
    public async Task Without_re_sampling_every_row_comes_once(string variant)
    {
        foreach (int[] epoch in await Shown(variant))
        {
            epoch.Should().Equal([.. ClassCounts, Unlabelled]);
        }
    }

    [Fact]
    public async Task Each_epoch_and_each_seed_has_an_order_of_its_own()
    {
        float?[][] first = await Order(1), again = await Order(1), other = await Order(2);

        again.SelectMany(label => label).Should().Equal(first.SelectMany(label => label));
        other.Take(480).SelectMany(label => label).Should().NotEqual(first.Take(480).SelectMany(label => label));
        first.Skip(480).SelectMany(label => label).Should().NotEqual(first.Take(480).SelectMany(label => label));

        static async Task<float?[][]> Order(long seed)
        {
            var recorder = new LabelRecorder();
            await Fit("mfar", recorder, seed);
            return [.. recorder.Labels.SelectMany(labels => labels)];
        }
    }

    // Of each epoch, how many rows of each class came, and of none.
    private static async Task<int[][]> Shown(string variant)
    {
        var recorder = new LabelRecorder();
        await Fit(variant, recorder, 3);
        float?[] labels = [.. recorder.Labels.SelectMany(step => step).Select(row => row[0])];
        labels.Should().HaveCount(2 * 480);
        return [.. labels.Chunk(480).Select(epoch => Enumerable.Range(0, 9).Select(c => epoch.Count(IsOf(c))).ToArray())];

        static Func<float?, bool> IsOf(int entry) => label => label == (entry < ClassCounts.Length ? (float)entry : null);
    }

    private static async Task Fit(string variant, LabelRecorder recorder, long seed)
    {
        int[] classes = [.. ClassCounts.SelectMany((count, label) => Enumerable.Repeat(label, count))];
        AnnotationSet annotations = new(Enumerable.Range(0, classes.Length + Unlabelled)
            .Select(row => TinyFaces.Unlabelled(row) with { Expression = row < classes.Length ? classes[row] : null }));
        MultiTaskTrainer trainer = Tiny.Builder(options => (options.BatchSize, options.EmaDecay, options.Seed) = (120, null, seed))
            .UseVariant(SsMfarVariant.Parse(variant))
            .UseTasks(AffectTaskNames.Expression)
            .UseLoss(AffectTaskNames.Expression, _ => recorder)
            .UseWeakView(_ => new Unchanged())
            .Build();
        (await trainer.FitAsync(new AffectDataset(annotations, new TinyFaces.Images()))).Dispose();
    }
}
