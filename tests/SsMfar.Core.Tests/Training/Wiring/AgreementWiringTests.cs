using SsMfar.Losses;
using SsMfar.Metadata;
using SsMfar.Models;
using SsMfar.Tasks;
using SsMfar.Training;
using TorchSharp;

namespace SsMfar.Tests.Training.Wiring;

/// <summary>The losses that a trainer builds for <c>ssp-mfar-sa</c>, against sums written out here.</summary>
public sealed class AgreementWiringTests
{
    // N / n of WiringSet, and negatives / positives.
    private static readonly double[] ClassWeights = [3, 6, 12, 12, 6, 24, 24, 12];
    private static readonly double[] UnitWeights = [23, 11, 7, 5, 3, 2, 1, 1 / 2.0, 1 / 3.0, 1 / 5.0, 1 / 7.0, 1 / 11.0];

    [Fact]
    public void Class_weights_count_on_labels_and_on_what_strong_views_agree_with()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        double[][] weak = Logits(4, 8, 1), strong = Logits(3, 8, 2);
        int[] viewed = [0, 2, 3];
        int[] agreed = [.. viewed.Select(row => Array.IndexOf(weak[row], weak[row].Max()))];
        agreed.Distinct().Should().HaveCountGreaterThan(1);

        // Rows 0 and 3 are labelled.
        TaskLossResult result = Compute(AffectTaskNames.Expression, weak, strong, viewed, [5, 0, 0, 2], [1, 0, 0, 1], validEntries: 2);

        double supervised = ((ClassWeights[5] * CrossEntropy(weak[0], 5)) + (ClassWeights[2] * CrossEntropy(weak[3], 2))) / 2;
        double agreement = agreed.Select((label, i) => ClassWeights[label] * CrossEntropy(strong[i], label)).Sum() / 3;
        Term(result, LossTerms.Supervised).Should().BeApproximately(supervised, 1e-4);
        Term(result, LossTerms.Unsupervised).Should().BeApproximately(agreement, 1e-4);
        result.Total.item<float>().Should().BeApproximately(
            (float)((0.5 * supervised) + agreement), 1e-4f, "the paper's weight of labels is one half, that of agreement 1");
    }

    [Fact]
    public void Unit_weights_count_on_labels()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        double[][] weak = Logits(2, 12, 3), strong = Logits(2, 12, 4);
        float[] present = [.. Enumerable.Range(0, 24).Select(i => (float)(i % 2))];

        float[] known = [.. Enumerable.Repeat(1f, 24)];
        TaskLossResult result = Compute(AffectTaskNames.ActionUnits, weak, strong, [0, 1], present, known, validEntries: 24);

        double supervised = Enumerable.Range(0, 24).Sum(i =>
        {
            double likelihood = 1 / (1 + Math.Exp(-weak[i / 12][i % 12]));
            return present[i] > 0 ? -UnitWeights[i % 12] * Math.Log(likelihood) : -Math.Log(1 - likelihood);
        }) / 24;
        Term(result, LossTerms.Supervised).Should().BeApproximately(supervised, 1e-4);
        Term(result, LossTerms.Unsupervised).Should().BeGreaterThan(0.1);
    }

    [Fact]
    public async Task A_ramp_up_is_of_pseudo_labels_and_changes_nothing()
    {
        using TrainingResult plain = await Fit(new()), ramped = await Fit(new() { WarmUpEpochs = 1, Epochs = 2 });

        plain.History[0].Losses["valence_arousal.unsupervised"].Should().BeGreaterThan(0);
        Tiny.ShouldEqual(ramped, plain);

        static Task<TrainingResult> Fit(RampUpOptions rampUp) => Tiny.Builder(options => options.SemiSupervision.RampUp = rampUp)
            .UseVariant(Tiny.WithoutPretraining(SsMfarVariant.SspMfarStrongAgreement)).AllowUnusedOptions().Build()
            .FitAsync(WiringSet.Dataset);
    }

    private static TaskLossResult Compute(
        string task, double[][] weak, double[][] strong, int[] viewed, float[] values, float[] mask, int validEntries)
    {
        using TrainingRun run = WiringSet.Build(MultiTaskTrainer.CreateBuilder()
            .UseRecipe(TrainingRecipe.Paper)
            .UseVariant(Tiny.WithoutPretraining(SsMfarVariant.SspMfarStrongAgreement))
            .UseBackbone(TinyBackbone.Factory)
            .UseDevice(SsMfar.Runtime.ComputeDevice.Cpu)
            .Configure(WhatIsBuiltTests.Small));
        long rows = weak.Length;
        return run.Objective.Losses.Single(loss => loss.Task == task).Loss.Compute(new TaskLossInput
        {
            Weak = Tensor(weak),
            Values = torch.tensor(values).reshape(rows, -1),
            Mask = torch.tensor(mask).reshape(rows, -1),
            Counts = new(validEntries, viewed.Length),
            Strong = new(Tensor(strong), torch.tensor(viewed.Select(row => (long)row).ToArray()), null),
        });
    }

    private static double[][] Logits(int rows, int width, int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, rows).Select(_ => Enumerable.Range(0, width).Select(_ => (4 * random.NextDouble()) - 2).ToArray())];
    }

    private static torch.Tensor Tensor(double[][] rows) =>
        torch.tensor(rows.SelectMany(row => row.Select(value => (float)value)).ToArray()).reshape(rows.Length, -1);

    private static double CrossEntropy(double[] logits, int label) => Math.Log(logits.Sum(Math.Exp)) - logits[label];

    private static double Term(TaskLossResult result, string name) => result.Terms.Single(term => term.Key == name).Value.item<float>();
}
