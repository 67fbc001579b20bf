using System.Collections.Immutable;
using SsMfar.Data;
using SsMfar.Losses;
using SsMfar.Metadata;
using SsMfar.Metrics;
using SsMfar.Models;
using SsMfar.Tasks;

namespace SsMfar.Training;

/// <summary>The three tasks of SS-MFAR, and that of intensities, as the options have them.</summary>
internal static class BuiltInTasks
{
    /// <summary>Gets the tasks that are learned unless others are asked for: those of SS-MFAR.</summary>
    public static ImmutableArray<string> Usual { get; } =
        [AffectTaskNames.Expression, AffectTaskNames.ValenceArousal, AffectTaskNames.ActionUnits];

    /// <summary>Gets all of them, in the order in which their heads are made.</summary>
    public static ImmutableArray<string> Names { get; } = [.. Usual, AffectTaskNames.ActionUnitIntensity];

    /// <summary>Makes a task.</summary>
    /// <param name="name">One of <see cref="Names"/>.</param>
    /// <param name="options">The options.</param>
    /// <param name="classes">The expression classes.</param>
    /// <param name="units">The action units.</param>
    /// <param name="intensityUnits">The action units of intensities.</param>
    /// <param name="hasPolicy">Whether rows without the task's label teach it by a policy.</param>
    public static AffectTask Create(
        string name, TrainingOptions options, ExpressionClassSet classes, ActionUnitSet units, ActionUnitSet intensityUnits,
        bool hasPolicy) => name switch
    {
        AffectTaskNames.Expression => Expression(options, classes),
        AffectTaskNames.ValenceArousal => ValenceArousal(options, hasPolicy),
        AffectTaskNames.ActionUnits => ActionUnit(options, units, hasPolicy),
        AffectTaskNames.ActionUnitIntensity => IntensityTask.Create(options, intensityUnits),
        _ => throw new ArgumentException($"There is no built-in task '{name}'; there are {string.Join(", ", Names)}.", nameof(name)),
    };

    private static AffectTask Expression(TrainingOptions options, ExpressionClassSet classes) => AffectTask.Create(
        AffectTaskNames.Expression,
        new ExpressionLabels(),
        context => new MlpHead(context.FeatureWidth, options.Heads.HiddenWidth, classes.Count, context.Key),
        context =>
        {
            IReadOnlyList<double>? weights = ExpressionWeights(options.Imbalance, context.Annotations.Statistics);
            return Agreeing(
                options,
                new CategoricalTaskLoss(
                    options.ExpressionLoss, weights, options.LabelSmoothing, options.SemiSupervision.RampUp),
                () => new CategoricalTaskLoss(ExpressionLossWeights.SupervisedOnly, weights),
                AgreementTargets.MostProbableClass);
        },
        context => AffectMetrics.Expression(context.Annotations.ExpressionClasses),
        new ExpressionDecoder(classes));

    private static AffectTask ValenceArousal(TrainingOptions options, bool hasPolicy) => AffectTask.Create(
        AffectTaskNames.ValenceArousal,
        new ValenceArousalLabels(),
        context => new MlpHead(context.FeatureWidth, options.Heads.HiddenWidth, 2, context.Key),
        _ => Agreeing(
            options,
            new ValenceArousalLoss(hasPolicy ? options.SemiSupervision.ValenceArousal : null, options.SemiSupervision.RampUp),
            () => new ValenceArousalLoss(),
            AgreementTargets.SameValues),
        _ => AffectMetrics.ValenceArousal(),
        new ValenceArousalDecoder());

    private static AffectTask ActionUnit(TrainingOptions options, ActionUnitSet units, bool hasPolicy) => AffectTask.Create(
        AffectTaskNames.ActionUnits,
        new ActionUnitTaskLabels(units),
        context => new PerOutputMlpHead(context.FeatureWidth, options.Heads.HiddenWidth, units.Count, context.Key),
        context =>
        {
            ImbalanceOptions imbalance = options.Imbalance;
            IReadOnlyList<double> weights = context.Annotations.Statistics.RequireActionUnitWeights(
                imbalance.ActionUnitPower, imbalance.ActionUnitWeighting, imbalance.WeightCap);
            return Agreeing(
                options,
                new ActionUnitLoss(
                    weights, hasPolicy ? options.SemiSupervision.ActionUnits.Loss : null, options.SemiSupervision.RampUp),
                () => new ActionUnitLoss(),
                AgreementTargets.PresentUnits);
        },
        _ => AffectMetrics.ActionUnits(units: units),
        new ActionUnitDecoder(units: units));

    // Re-sampling stands in for expression weights, never in addition to them.
    private static ImmutableArray<double>? ExpressionWeights(ImbalanceOptions imbalance, AnnotationStatistics statistics)
    {
        if (imbalance.ResampleExpressions)
        {
            return null;
        }

        // The cap is of what a class weighs in the end.
        double scale = imbalance.NormalizeExpressionWeights
            ? Math.Pow(statistics.ExpressionCounts.Length, -imbalance.ExpressionPower) : 1;
        ImmutableArray<double> weights = statistics.RequireExpressionWeights(imbalance.ExpressionPower, imbalance.WeightCap / scale);
        return [.. weights.Select(weight => weight * scale)];
    }

    private static ITaskLoss Agreeing(
        TrainingOptions options, ITaskLoss loss, Func<ITaskLoss> agreement,
        Func<TorchSharp.torch.Tensor, TorchSharp.torch.Tensor> targets) =>
        options.SemiSupervision.Mode == SemiSupervisionMode.Agreement ? new AgreementLoss(loss, agreement(), targets) : loss;
}
