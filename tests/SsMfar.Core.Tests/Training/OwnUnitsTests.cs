using SsMfar.Data;
using SsMfar.Imaging;
using SsMfar.Inference;
using SsMfar.Metadata;
using SsMfar.Models;
using SsMfar.Predictions;
using SsMfar.Runtime;
using SsMfar.Tests.Models;
using SsMfar.Training;

namespace SsMfar.Tests.Training;

/// <summary>Units of a file's own from the labels to a loaded model; valence without arousal; rows that weigh.</summary>
public sealed class OwnUnitsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("AU1,AU2,AU4,AU5,AU6,AU9,AU12,AU15,AU17,AU20,AU25,AU26")] // DISFA
    [InlineData("AU1,AU2,AU4,AU6,AU7,AU10,AU12,AU14,AU15,AU17,AU23,AU24")] // BP4D
    [InlineData("AU12,AU17,AU45")]
    public async Task Units_are_learned_judged_saved_and_predicted_by_name(string names)
    {
        ActionUnitSet units = ActionUnitSet.Parse(names.Split(','));
        string model = _folder.File("model.safetensors");
        MultiTaskTrainer trainer = Tiny.Builder(options =>
        {
            options.SemiSupervision.Tasks = UnlabelledTasks.Expression | UnlabelledTasks.ActionUnits;
            options.SemiSupervision.Coupling.Weight = 0.1;
        }).Build();

        using TrainingResult result = await trainer.FitAsync(Dataset(units, 32), Dataset(units, 24, seed: 2));
        result.SaveModel(model);

        result.Evaluation.Affect.ActionUnits!.Units.Should().Be(units);
        result.Evaluation.Tasks["action_units"].Values.Keys.Should().Contain("f1." + units.Names[^1]).And.HaveCount(units.Count + 1);
        result.Model.Head("action_units").Description.Number("outputs").Should().Be(units.Count);
        using AffectPredictor predictor = AffectPredictor.Load(model, new() { Parts = TinyBackbone.Parts, Device = ComputeDevice.Cpu });
        predictor.Metadata.Units().Should().Be(units);
        predictor.Metadata.ActionUnits.Should().Equal(units.Names);
        AffectPrediction prediction = predictor.Predict(new RgbImage(32, 32, new byte[32 * 32 * 3]));
        prediction.ActionUnits!.Units.Should().Be(units);
        AffectEvaluation judged = await predictor.EvaluateAsync(Dataset(units, 24, seed: 2));
        judged.Scores.ActionUnits!.MeanF1.Should().BeApproximately(result.Evaluation.Affect.ActionUnits.MeanF1, 1e-9);
    }

    [Fact]
    public async Task Checkpoints_go_on_with_the_units_and_refuse_others()
    {
        string checkpoints = _folder.File("checkpoints");

        using TrainingResult first = await Builder(CheckpointMode.New).Build().FitAsync(Dataset(ActionUnitSet.Disfa, 32), null);
        Func<Task> others = () => Builder(CheckpointMode.Resume).Build().FitAsync(TinyFaces.Dataset(32), null);
        using TrainingResult again = await Builder(CheckpointMode.Resume).Build().FitAsync(Dataset(ActionUnitSet.Disfa, 32), null);

        Tiny.ShouldEqual(again, first);
        await others.Should().ThrowAsync<CheckpointException>();

        MultiTaskTrainerBuilder Builder(CheckpointMode mode) =>
            Tiny.Builder(options => options.Epochs = 1).UseCheckpoints(checkpoints, mode);
    }

    [Fact]
    public async Task Valence_alone_is_learned_and_the_model_says_so()
    {
        AnnotationSet valence = Halved(TinyFaces.Annotations(32)), judged = Halved(TinyFaces.Annotations(24, seed: 2));
        string model = _folder.File("model.safetensors");

        using TrainingResult result = await Tiny.Builder(options => options.Epochs = 6).Build().FitAsync(
            new(valence, new TinyFaces.Images()), new(judged, new TinyFaces.Images()));
        result.SaveModel(model);

        result.Model.TaskNames.Should().Contain("valence_arousal");
        result.Evaluation.Tasks["valence_arousal"].Primary.Should().Be(result.Evaluation.Tasks["valence_arousal"].Values["ccc.valence"]);
        result.Evaluation.Affect.ValenceArousal!.Valence.Should().BeGreaterThan(0.1);
        result.Evaluation.Affect.ValenceArousal.Arousal.Should().BeNull();
        ModelFile.ReadDescription(model).Metadata.Notes[ModelMetadata.NotLearned].Should().Be("arousal");
        using TrainingResult both = await Tiny.Builder().Build().FitAsync(TinyFaces.Dataset(24), null);
        both.SaveModel(model);
        ModelFile.ReadDescription(model).Metadata.Notes.Should().NotContainKey(ModelMetadata.NotLearned);
    }

    [Fact]
    public async Task What_a_row_of_weight_0_says_teaches_nothing()
    {
        using TrainingResult first = await Fit(weight: 0, flip: false);
        using TrainingResult second = await Fit(weight: 0, flip: true);
        using TrainingResult third = await Fit(weight: 1, flip: true);
        using TrainingResult unweighted = await Fit(weight: null, flip: true);

        Tiny.ShouldEqual(second, first);
        Tiny.ShouldEqual(third, unweighted);
        string head = Tiny.Weights(third.Model).Keys.First(name => name.StartsWith("heads.valence_arousal.", StringComparison.Ordinal));
        Tiny.Weights(third.Model)[head].Should().NotEqual(Tiny.Weights(first.Model)[head]);

        // Every second row: other labels of all three tasks, in numbers that leave the weights of classes and units as they are.
        static Task<TrainingResult> Fit(float? weight, bool flip)
        {
            AnnotationRow[] rows = [.. TinyFaces.Annotations(48)];
            int[] odd = [.. Enumerable.Range(0, rows.Length).Where(i => i % 2 == 1)];
            AnnotationRow[] labels = [.. odd.Select(i => rows[i])];
            for (int k = 0; k < odd.Length; k++)
            {
                AnnotationRow other = labels[flip ? (k + 5) % odd.Length : k];
                rows[odd[k]] = rows[odd[k]] with
                {
                    Valence = rows[odd[k]].Valence is { } valence ? flip ? -valence : valence : null,
                    Arousal = rows[odd[k]].Arousal is { } arousal ? flip ? -arousal : arousal : null,
                    Expression = other.Expression is null == rows[odd[k]].Expression is null ? other.Expression : rows[odd[k]].Expression,
                };
            }

            AnnotationSet set = new(rows);
            AnnotationSet weighted = weight is null
                ? set : set.WithWeights(row => Array.FindIndex(rows, own => own.Image == row.Image) % 2 == 1 ? weight : 1);
            return Tiny.Builder(options =>
            {
                options.SemiSupervision.Mode = SemiSupervisionMode.None;
                options.Imbalance.ExpressionPower = 0; // the weights of classes stay out of it
                options.Imbalance.WeightCap = 10;
            }).Build().FitAsync(new(weighted, new TinyFaces.Images()), null);
        }
    }

    private static AnnotationSet Halved(AnnotationSet set) =>
        new(set.Select(row => row with { Arousal = null }), set.ExpressionClasses, units: set.Units);

    // The twelve drawn units under other names; of fewer, the first.
    private static AffectDataset Dataset(ActionUnitSet units, int rows, long seed = 1)
    {
        AnnotationSet drawn = TinyFaces.Annotations(rows, seed);
        return new(
            new AnnotationSet(
                drawn.Select(row =>
                {
                    ActionUnitLabels labels = ActionUnitLabels.Unknown;
                    for (int i = 0; i < units.Count; i++)
                    {
                        labels = labels.With(units[i], row.ActionUnits[i]);
                    }

                    return row with { ActionUnits = labels };
                }),
                units: units),
            new TinyFaces.Images());
    }
}
