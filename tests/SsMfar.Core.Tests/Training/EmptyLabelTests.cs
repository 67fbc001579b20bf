using SsMfar.Data;
using SsMfar.Randomness;
using SsMfar.Runtime;
using SsMfar.Tests.Models;
using SsMfar.Training;

namespace SsMfar.Tests.Training;

/// <summary>Batches in which one, two or all three tasks have no valid label train on, without NaN in value or gradient.</summary>
public sealed class EmptyLabelTests
{
    private const int BatchSize = 12;

    public static TheoryData<string, bool, bool, bool> Cases
    {
        get
        {
            var cases = new TheoryData<string, bool, bool, bool>();
            foreach (string variant in new[] { "mfar", "ss-mfar", "ssp-mfar-sa" })
            {
                for (int i = 0; i < 8; i++)
                {
                    cases.Add(variant, (i & 1) != 0, (i & 2) != 0, (i & 4) != 0);
                }
            }

            return cases;
        }
    }

    [Fact]
    public async Task With_weights_switched_off_classes_and_units_that_no_row_shows_are_no_error()
    {
        AnnotationSet faces = TinyFaces.Annotations(2 * BatchSize);
        var rows = faces.Select(row =>
            new AnnotationRow(row.Image, row.ValenceArousal, row.Expression == 2 ? 3 : row.Expression, row.ActionUnits.With(4, true)));

        using TrainingResult result = await Tiny.Builder(options =>
            (options.Imbalance.ExpressionPower, options.Imbalance.ActionUnitPower) = (0, 0)).AllowUnusedOptions()
            .Build().FitAsync(new AffectDataset(new AnnotationSet(rows), new TinyFaces.Images()));

        result.History.SelectMany(epoch => epoch.Losses.Values).Should().OnlyContain(loss => double.IsFinite(loss));
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task Whole_batches_without_labels_train(string variant, bool expression, bool affect, bool units)
    {
        // The first two batches have labels, so that classes have counts; in the others the tasks not named have no label at all.
        AnnotationSet complete = TinyFaces.Annotations(4 * BatchSize);
        var rows = complete.Select((row, i) => i < 2 * BatchSize ? row : new AnnotationRow(
            row.Image, affect ? row.ValenceArousal : null, expression ? row.Expression : null, units ?
                row.ActionUnits :
                ActionUnitLabels.Unknown));
        var training = new AffectDataset(new AnnotationSet(rows), new TinyFaces.Images());
        var progress = new ProgressRecorder();

        using TrainingResult result = await Tiny.Builder(options => options.BatchSize = BatchSize)
            .UseVariant(Tiny.WithoutPretraining(SsMfarVariant.Parse(variant)))
            .UseSampler(_ => new InOrder())
            .Build().FitAsync(training, training, progress);

        progress.Steps.SelectMany(step => step.Losses.Values).Should().OnlyContain(loss => double.IsFinite(loss));
        Tiny.Weights(result.Model).Should().NotBeEmpty();
        foreach ((string name, TorchSharp.torch.Tensor tensor) in result.Model.state_dict())
        {
            Build.Values(tensor).Should().OnlyContain(value => float.IsFinite(value), name);
        }

        if (!expression && variant == "mfar")
        {
            // The last batch of an epoch adds nothing to the mean's sum: an empty mask is exactly 0.
            StepProgress[] first = [.. progress.Steps.Where(step => step.Epoch == 1)];
            (first[3].Losses["expression"] * 4).Should().BeApproximately(first[2].Losses["expression"] * 3, 1e-12);
        }
    }

    private sealed class InOrder : ISampler
    {
        public int[] Sample(AnnotationSet annotations, RandomKey key) => [.. Enumerable.Range(0, annotations.Count)];
    }
}
