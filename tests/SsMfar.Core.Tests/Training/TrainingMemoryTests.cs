using SsMfar.Data;
using SsMfar.Losses;
using SsMfar.Metadata;
using SsMfar.Runtime;
using SsMfar.Tasks;
using SsMfar.Training;
using TorchSharp;

namespace SsMfar.Tests.Training;

/// <summary>Training frees every tensor it makes. Progress is reported on the training thread, whose tensors are counted.</summary>
public sealed class TrainingMemoryTests
{
    private const int Epochs = 25;

    [Theory]
    [InlineData("ss-mfar-rs", 2)]
    [InlineData("ssp-mfar-sa", 1)]
    public async Task Live_tensors_stay_constant_while_the_number_of_unlabelled_rows_varies(string variant, int accumulation)
    {
        var live = new List<long>();
        var progress = new ProgressRecorder(report =>
        {
            if (report is StepProgress)
            {
                live.Add(DisposeScopeManager.Statistics.ThreadTotalLiveCount);
            }
        });
        using TrainingResult result = await Tiny.Builder(options =>
        {
            options.Epochs = Epochs;
            options.BatchSize = 8;
            options.AccumulationSteps = accumulation;
            options.GradientClipNorm = 1;
        }).UseVariant(Tiny.WithoutPretraining(SsMfarVariant.Parse(variant)))
            .Build().FitAsync(TinyFaces.Dataset(64), TinyFaces.Dataset(10, seed: 2), progress);

        int stepsAnEpoch = 8 / accumulation;
        live.Should().HaveCount(Epochs * stepsAnEpoch);
        live.Skip(stepsAnEpoch).Distinct().Should().ContainSingle("after the first epoch, which leaves a best model, nothing is added");
    }

    [Fact]
    public async Task A_fit_leaves_nothing_but_its_result_and_a_failed_one_nothing()
    {
        long before = 0;
        long after = 0;
        AffectTask task = AffectTask.Create(
            "counting",
            new ValenceArousalLabels(),
            context => new SsMfar.Models.LinearHead(context.FeatureWidth, 2, context.Key),
            _ => new CountingLoss(count => before = count, count => after = count),
            _ => SsMfar.Metrics.AffectMetrics.ValenceArousal(),
            new SsMfar.Metadata.ValenceArousalDecoder());
        Func<Task> fit = async () => (await Tiny.Builder().AddTask(task).Build().FitAsync(TinyFaces.Dataset(40))).Dispose();

        await fit.Should().ThrowAsync<TrainingDivergedException>();

        before.Should().BePositive();
        after.Should().BeLessThanOrEqualTo(0, "model, average, moments and thresholds were freed before the loss was");
    }

    /// <summary>Diverges, and counts the thread's tensors when it is disposed, which is after models and optimizer.</summary>
    private sealed class CountingLoss(Action<long> atWork, Action<long> atEnd) : ITaskLoss, IDisposable
    {
        public TaskLossResult Compute(TaskLossInput input)
        {
            atWork(DisposeScopeManager.Statistics.ThreadTotalLiveCount);
            return new(input.Weak.sum() * Scalars.Of(double.NaN), []);
        }

        public void Dispose() => atEnd(DisposeScopeManager.Statistics.ThreadTotalLiveCount);
    }
}
