using System.Collections.Immutable;
using SsMfar.Augmentation;
using SsMfar.Data;
using SsMfar.Inference;
using SsMfar.Metadata;
using SsMfar.Models;
using SsMfar.Randomness;
using SsMfar.Runtime;
using SsMfar.SemiSupervised;
using SsMfar.Tests.Models;
using SsMfar.Tests.SemiSupervised;
using SsMfar.Training;
using TorchSharp;

namespace SsMfar.Tests.Training;

public sealed class TeacherTests
{
    private const int Rows = 48;
    private static readonly AffectDataset Training = TinyFaces.Dataset(Rows);

    [Fact]
    public async Task The_policy_of_an_averaged_teacher_is_given_what_the_average_predicts()
    {
        // Without views and with a constant rate, the second epoch begins with the weights that a run of one epoch gives.
        using var folder = new TemporaryFolder();
        using (TrainingResult result = await Builder(new(), PseudoLabelTeacher.Average, epochs: 1).Build().FitAsync(Training))
        {
            result.SaveModel(folder.File("average.safetensors"));
        }

        var watched = new Watched();
        (await Builder(watched, PseudoLabelTeacher.Average, epochs: 2).Build().FitAsync(Training)).Dispose();

        using AffectPredictor predictor = AffectPredictor.Load(
            folder.File("average.safetensors"), new() { Parts = TinyBackbone.Parts, Device = ComputeDevice.Cpu });
        var images = new TinyFaces.Images();
        Observation first = watched.Observations.First(observation => observation.Epoch == 2);
        for (int i = 0; i < first.Rows.Length; i++)
        {
            string name = Training.Annotations[(int)first.Rows[i]].Image;
            ImmutableArray<float> expected = predictor.Predict(FaceImage.FromBytes(images.Encoded(name))).Expression!.Probabilities;
            first.Probabilities[i].Zip(expected, (a, b) => Math.Abs(a - b)).Should().AllSatisfy(error => error.Should().BeLessThan(1e-5f));
        }

        // Pseudo-labels are asked of the same predictions.
        float[][] unlabelled = [.. first.Rows.Select((row, i) => (row, i))
            .Where(pair => Training.Annotations[(int)pair.row].Expression is null)
            .Select(pair => first.Probabilities[pair.i])];
        watched.Asked[watched.Observations.IndexOf(first)].SelectMany(p => p).Should().Equal(unlabelled.SelectMany(p => p));
    }

    [Fact]
    public async Task The_model_itself_teaches_unless_asked_otherwise()
    {
        (Watched model, Watched average) = (new(), new());
        (await Builder(model, PseudoLabelTeacher.Model, epochs: 1).Build().FitAsync(Training)).Dispose();
        (await Builder(average, PseudoLabelTeacher.Average, epochs: 1).Build().FitAsync(Training)).Dispose();

        new TrainingOptions().SemiSupervision.Teacher.Should().Be(PseudoLabelTeacher.Model);
        Observation taught = average.Observations[0], itself = model.Observations[0];
        itself.Rows.Should().Equal(taught.Rows);
        itself.Probabilities.SelectMany(p => p).Should()
            .NotEqual(taught.Probabilities.SelectMany(p => p), "the model drops features and uses the batch's statistics");
    }

    [Fact]
    public void An_averaged_teacher_needs_averaged_weights() =>
        FluentActions.Invoking(
            () => Tiny.Builder(options => (options.SemiSupervision.Teacher, options.EmaDecay) = (PseudoLabelTeacher.Average, null)).Build())
            .Should().Throw<TrainingConfigurationException>().WithMessage("*Teacher*Average*EmaDecay*");

    private static MultiTaskTrainerBuilder Builder(Watched policy, PseudoLabelTeacher teacher, int epochs) => Tiny
        .Builder(options =>
        {
            (options.Epochs, options.EmaDecay, options.SemiSupervision.Teacher) = (epochs, 0.9, teacher);
            options.Schedule.Kind = ScheduleKind.Constant;
        })
        .UseWeakView(_ => new Unchanged())
        .UsePseudoLabelPolicy(AffectTaskNames.Expression, _ => policy);

    private sealed record Observation(int Epoch, long[] Rows, float[][] Probabilities);

    private sealed class Unchanged : IAugmentation
    {
        public torch.Tensor Apply(torch.Tensor pixels, RandomKey key) => pixels.alias();
    }

    /// <summary>Sure of nothing, and keeps what it is given.</summary>
    private sealed class Watched : QuietPolicy
    {
        public List<Observation> Observations { get; } = [];

        public List<float[][]> Asked { get; } = [];

        public override PseudoLabels Assign(PolicyBatch strong)
        {
            Asked.Add(ByRow(strong.Predictions));
            return new(strong.Predictions.argmax(1), torch.zeros(strong.Predictions.size(0)));
        }

        public override void Observe(PolicyBatch observation) => Observations.Add(
            new(observation.Epoch, observation.RowIds.data<long>().ToArray(), ByRow(observation.Predictions)));

        private static float[][] ByRow(torch.Tensor probabilities) =>
            [.. probabilities.data<float>().ToArray().Chunk((int)probabilities.size(1))];
    }
}
