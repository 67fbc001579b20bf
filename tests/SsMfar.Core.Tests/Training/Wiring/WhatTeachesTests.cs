using Microsoft.Extensions.Logging.Abstractions;
using SsMfar.Data;
using SsMfar.Models;
using SsMfar.Training;

namespace SsMfar.Tests.Training.Wiring;

/// <summary>Which parts learn from faces without any label: by that variants differ.</summary>
public sealed class WhatTeachesTests
{
    private const double AllAreConfident = 0;
    private const double NoneIsConfident = 1;
    private const int LabelledRows = 12;

    [Theory]
    [InlineData("mfar", AllAreConfident, "")]
    [InlineData("mfar-rs", AllAreConfident, "")]
    [InlineData("ss-mfar", AllAreConfident, "backbone expression")]
    [InlineData("ss-mfar", NoneIsConfident, "backbone expression")]
    [InlineData("ss-mfar-rs", AllAreConfident, "backbone expression")]
    [InlineData("ss-mfar-no-kl", AllAreConfident, "backbone expression")]
    [InlineData("ss-mfar-no-kl", NoneIsConfident, "")]
    [InlineData("ssp-mfar", NoneIsConfident, "backbone expression")]
    [InlineData("ssp-mfar-sa", AllAreConfident, "action_units backbone expression valence_arousal")]
    [InlineData("ss-mfar-all", AllAreConfident, "action_units backbone expression valence_arousal")]
    [InlineData("ss-mfar-all", NoneIsConfident, "backbone expression valence_arousal")]
    public void Unlabelled_faces_teach_what_the_variant_says_and_nothing_else(string variant, double threshold, string learning) =>
        Learning(variant, options => Start(options, threshold))
            .Should().Equal(learning.Split(' ', StringSplitOptions.RemoveEmptyEntries));

    [Fact]
    public void Confident_rows_teach_by_pseudo_labels_alone_and_the_others_by_consistency_alone()
    {
        Learning("ss-mfar", Without(AllAreConfident, unsupervised: 0, consistency: 1)).Should().BeEmpty();
        Learning("ss-mfar", Without(NoneIsConfident, unsupervised: 1, consistency: 0)).Should().BeEmpty();

        static Action<TrainingOptions> Without(double threshold, double unsupervised, double consistency) => options =>
        {
            options.SemiSupervision.Threshold.Start = threshold;
            options.ExpressionLoss.Unsupervised = unsupervised;
            options.ExpressionLoss.Consistency = consistency;
        };
    }

    [Fact]
    public void Units_learn_by_consistency_where_no_unit_is_sure_and_by_the_coupling_where_there_is_one()
    {
        Learning("ss-mfar-all", options =>
        {
            Start(options, NoneIsConfident);
            options.SemiSupervision.ActionUnits.Loss.Consistency = 1;
        }).Should().Contain("action_units");
        Learning("ss-mfar", options =>
        {
            Start(options, NoneIsConfident);
            options.SemiSupervision.Coupling.Weight = 0.5;
        }).Should().Equal("action_units", "backbone", "expression");
    }

    [Fact]
    public void Tasks_that_are_not_named_are_not_taught() =>
        Learning("ss-mfar-all", options =>
        {
            Start(options, AllAreConfident);
            options.SemiSupervision.Tasks = UnlabelledTasks.ActionUnits;
        }).Should().Equal("action_units", "backbone");

    private static void Start(TrainingOptions options, double threshold) =>
        options.SemiSupervision.Threshold.Start = options.SemiSupervision.ActionUnits.Threshold.Start = threshold;

    // The parts of which any weight has changed after two steps: without decay Adam leaves a weight alone that has no gradient.
    private static string[] Learning(string variant, Action<TrainingOptions> configure)
    {
        // Every task has labels, in rows that no epoch visits.
        AnnotationSet faces = new(
            TinyFaces.Annotations(LabelledRows).Concat(Enumerable.Range(LabelledRows, 16).Select(row => TinyFaces.Unlabelled(row))));
        MultiTaskTrainer trainer = MultiTaskTrainer.CreateBuilder()
            .UseRecipe(TrainingRecipe.Paper)
            .UseVariant(Tiny.WithoutPretraining(SsMfarVariant.Parse(variant)))
            .UseDevice(SsMfar.Runtime.ComputeDevice.Cpu)
            .UseBackbone(BackboneFactory.Of(key => new PlainBackbone(key)))
            .UseSampler(_ => new UnlabelledRows())
            .AllowUnusedOptions()
            .Configure(options => (options.ImageSize, options.BatchSize, options.Epochs) = (32, 8, 1))
            .Configure(configure)
            .Build();
        using TrainingRun run = new TrainingRunFactory(trainer.Configuration, NullLogger.Instance, null)
            .Create(new AffectDataset(faces, new TinyFaces.Images()), null, CancellationToken.None);
        Dictionary<string, byte[]> before = Tiny.Weights(run.State.Model);
        new TrainingLoop(run).Run(run.Resume(), CancellationToken.None);

        Dictionary<string, byte[]> after = Tiny.Weights(run.State.Model);
        return
        [
            .. after.Keys.Where(name => !after[name].AsSpan().SequenceEqual(before[name]))
                .Select(name => name.Split('.')).Select(parts => parts[0] == "heads" ? parts[1] : parts[0])
                .Distinct().Order(StringComparer.Ordinal),
        ];
    }

    private sealed class UnlabelledRows : ISampler
    {
        public int[] Sample(AnnotationSet annotations, SsMfar.Randomness.RandomKey key) =>
            [.. Enumerable.Range(LabelledRows, annotations.Count - LabelledRows)];
    }
}
