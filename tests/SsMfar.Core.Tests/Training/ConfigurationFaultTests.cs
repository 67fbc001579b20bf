using SsMfar.Data;
using SsMfar.Losses;
using SsMfar.Metadata;
using SsMfar.Models;
using SsMfar.SemiSupervised;
using SsMfar.Tasks;
using SsMfar.Training;

namespace SsMfar.Tests.Training;

/// <summary>Each fault of a configuration is told, once, and nothing that works is called a fault.</summary>
public sealed class ConfigurationFaultTests
{
    public static TheoryData<string, string> Faulty => new()
    {
        { "option out of range", "*Epochs*" },
        { "pretrained", "*ssp-mfar*AffectNet*UseBackbone*" },
        { "backbone", "*ss-mfar-50*resnet50, not resnet18*" },
        { "no task", "There is no task to learn" },
        { "unknown task", "*no built-in task 'gaze'*expression, valence_arousal, action_units*AddTask*" },
        { "task twice", "Task 'expression' is there twice" },
        { "part of no task", "*task 'pain', which is not learned*expression*" },
        { "weight of no task", "Balancing.Weights*'age'*expression*" },
        { "negative weight", "Balancing.Weights*not negative*'expression' is -2" },
        { "infinite weight", "Balancing.Weights*finite*'expression' is Infinity" },
        { "weights of no sum", "Balancing.Weights*Kind is Uncertainty*" },
        { "weights and a balancing", "UseTaskBalancing takes the place of Balancing*" },
        { "a kind and a balancing", "UseTaskBalancing takes the place of Balancing*" },
        { "a sampler and re-sampling", "UseSampler takes the place*Imbalance.ResampleExpressions*ExpressionPower to 0" },
        { "a sampler and a variant that re-samples", "UseSampler takes the place*Imbalance.ResampleExpressions*ExpressionPower to 0" },
        { "no expression", "Pseudo-labels are for the task 'expression', which is not learned*add it*SemiSupervision.Mode to None" },
        { "policy for no expression", "*policy was given*'expression' is not learned*UseTasks" },
        { "no average", "SemiSupervision.Teacher Average*EmaDecay*" },
        { "no task's pseudo-labels", "Pseudo-labels are for the task 'action_units', which is not learned*add it*" },
        { "values without an average", "Rows without valence and arousal*SemiSupervision.Teacher to Average*ValenceArousal*Tasks" },
        { "no task at all", "*Tasks*" },
        { "policy of a stranger", "*policy was given*'age' is not learned*add that task, too" },
        { "policy of no use", "*policy was given*None" },
        { "policy of intensities", "*policy was given*'action_unit_intensity' learns from labels alone*leave the policy out*" },
        { "policy twice", "UsePseudoLabelPolicy*SemiSupervision.Policy*FreeMatch*" },
    };

    public static TheoryData<string> Working =>
    [
        "nothing changed", "weight of nothing", "weights of every task", "learned weights", "own balancing", "average",
        "own sampler", "own sampler that balances", "own sampler of any variant",
        "no average without pseudo-labels",
        "all tasks", "all tasks of one", "units alone", "values with a policy of their own",
        "own policy", "policy of intensities with a loss of its own", "another policy", "agreement without expressions", "one task",
        "no expression", "pretrained backbone of its own",
    ];

    [Theory]
    [MemberData(nameof(Faulty))]
    public void A_fault_is_told_once_and_alone(string what, string message)
    {
        MultiTaskTrainerBuilder builder = MultiTaskTrainer.CreateBuilder();
        Spoil(builder, what);
        FluentActions.Invoking(builder.Build).Should().Throw<TrainingConfigurationException>().Which.Faults.Should().ContainSingle().Which
            .Should().Match(message);
    }

    [Theory]
    [MemberData(nameof(Working))]
    public void What_works_is_built(string what)
    {
        MultiTaskTrainerBuilder builder = MultiTaskTrainer.CreateBuilder();
        Use(builder, what);
        FluentActions.Invoking(builder.Build).Should().NotThrow();
    }

    private static void Spoil(MultiTaskTrainerBuilder builder, string what) => _ = what switch
    {
        "option out of range" => builder.Configure(o => o.Epochs = 0),
        "pretrained" => builder.UseVariant(SsMfarVariant.SspMfar),
        "backbone" => builder.UseVariant(SsMfarVariant.SsMfar50).UseBackbone(BackboneFactory.ResNet18),
        "no task" => builder.UseVariant(SsMfarVariant.Mfar).UseTasks(),
        "unknown task" => builder.UseTasks("expression", "gaze"),
        "task twice" => builder.UseTasks("expression", "action_units", "expression"),
        "part of no task" => builder.UseLoss("pain", _ => new ValenceArousalLoss()),
        "weight of no task" => builder.Configure(o => o.Balancing.Weights["age"] = 2),
        "negative weight" => builder.Configure(o => o.Balancing.Weights[AffectTaskNames.Expression] = -2),
        "infinite weight" => builder.Configure(o => o.Balancing.Weights[AffectTaskNames.Expression] = double.PositiveInfinity),
        "weights of no sum" =>
            builder.Configure(o => (o.Balancing.Weights["expression"], o.Balancing.Kind) = (2, TaskBalancingKind.Uncertainty)),
        "weights and a balancing" =>
            builder.UseTaskBalancing(_ => new WeightedSumBalancing()).Configure(o => o.Balancing.Weights["expression"] = 2),
        "a kind and a balancing" =>
            builder.UseTaskBalancing(_ => new WeightedSumBalancing()).Configure(o => o.Balancing.Kind = TaskBalancingKind.Uncertainty),
        "a sampler and re-sampling" =>
            builder.UseSampler(_ => new ShuffleSampler()).Configure(o => o.Imbalance.ResampleExpressions = true),
        "a sampler and a variant that re-samples" =>
            builder.UseSampler(_ => new ClassBalancedSampler()).UseVariant(SsMfarVariant.SsMfarResampled),
        "no expression" => builder.UseVariant(SsMfarVariant.Mfar).UseTasks(AffectTaskNames.ActionUnits)
            .Configure(o => o.SemiSupervision.Mode = SemiSupervisionMode.PseudoLabels),
        "policy for no expression" => builder.UseTasks(AffectTaskNames.ActionUnits)
            .UsePseudoLabelPolicy(AffectTaskNames.Expression, context => new FixedThresholdPolicy(context.Classes.Count)),
        "no average" => builder.Configure(o => (o.SemiSupervision.Teacher, o.EmaDecay) = (PseudoLabelTeacher.Average, null)),
        "no task's pseudo-labels" => builder.UseTasks(AffectTaskNames.Expression)
            .Configure(o => o.SemiSupervision.Tasks = UnlabelledTasks.ActionUnits),
        "values without an average" => builder.Configure(o => o.SemiSupervision.Tasks = UnlabelledTasks.All),
        "no task at all" => builder.Configure(o => o.SemiSupervision.Tasks = 0),
        "policy of a stranger" => builder.UsePseudoLabelPolicy("age", _ => new TeacherEstimatePolicy(0, 100)),
        "policy of no use" =>
            builder.UseVariant(SsMfarVariant.Mfar)
                .UsePseudoLabelPolicy(AffectTaskNames.Expression, context => new FixedThresholdPolicy(context.Classes.Count)),
        "policy of intensities" => builder.UseTasks(AffectTaskNames.Expression, AffectTaskNames.ActionUnitIntensity)
            .UsePseudoLabelPolicy(AffectTaskNames.ActionUnitIntensity, _ => new TeacherEstimatePolicy(0, 5)),
        "policy twice" => builder.Configure(o => o.SemiSupervision.Policy = PseudoLabelPolicyKind.FreeMatch)
            .UsePseudoLabelPolicy(AffectTaskNames.Expression, context => new FixedThresholdPolicy(context.Classes.Count)),
        _ => throw new ArgumentOutOfRangeException(nameof(what)),
    };

    private static void Use(MultiTaskTrainerBuilder builder, string what) => _ = what switch
    {
        "nothing changed" => builder,
        "weight of nothing" => builder.Configure(o => o.Balancing.Weights["expression"] = 0),
        "weights of every task" =>
            builder.Configure(o => o.Balancing.Weights = new() { ["expression"] = 1, ["valence_arousal"] = 2, ["action_units"] = 3 }),
        "learned weights" => builder.Configure(o => o.Balancing.Kind = TaskBalancingKind.Uncertainty),
        "own balancing" => builder.UseTaskBalancing(_ => new WeightedSumBalancing()),
        "own sampler" => builder.UseSampler(_ => new ShuffleSampler()),
        "own sampler that balances" => builder.UseSampler(_ => new ClassBalancedSampler()).UseVariant(SsMfarVariant.SsMfarResampled)
            .Configure(o => (o.Imbalance.ResampleExpressions, o.Imbalance.ExpressionPower) = (false, 0)),
        "own sampler of any variant" => builder.UseSampler(_ => new ShuffleSampler()).UseVariant(SsMfarVariant.MfarResampled)
            .AllowUnusedOptions(),
        "average" => builder.Configure(o => (o.SemiSupervision.Teacher, o.EmaDecay) = (PseudoLabelTeacher.Average, 0.9)),
        "no average without pseudo-labels" => builder.UseVariant(SsMfarVariant.Mfar).AllowUnusedOptions()
            .Configure(o => (o.SemiSupervision.Teacher, o.EmaDecay) = (PseudoLabelTeacher.Average, null)),
        "all tasks" => builder.UseVariant(SsMfarVariant.SsMfarAllTasks).UseRecipe(TrainingRecipe.Paper),
        "all tasks of one" => builder.UseVariant(SsMfarVariant.SsMfarAllTasks).UseTasks(AffectTaskNames.Expression),
        "units alone" => builder.UseTasks(AffectTaskNames.ActionUnits)
            .Configure(o => o.SemiSupervision.Tasks = UnlabelledTasks.ActionUnits),
        "values with a policy of their own" => builder
            .UsePseudoLabelPolicy(AffectTaskNames.ValenceArousal, _ => new TeacherEstimatePolicy()),
        "own policy" => builder
            .UsePseudoLabelPolicy(AffectTaskNames.Expression, context => new FixedThresholdPolicy(context.Classes.Count)),
        "policy of intensities with a loss of its own" => builder.UseTasks(AffectTaskNames.ActionUnitIntensity)
            .UsePseudoLabelPolicy(AffectTaskNames.ActionUnitIntensity, _ => new TeacherEstimatePolicy(0, 5))
            .UseLoss(AffectTaskNames.ActionUnitIntensity, _ => new OrdinalLoss(6)),
        "another policy" => builder.Configure(o => o.SemiSupervision.Policy = PseudoLabelPolicyKind.SoftMatch),
        "agreement without expressions" => builder.UseTasks(AffectTaskNames.ActionUnits)
            .Configure(o => o.SemiSupervision.Mode = SemiSupervisionMode.Agreement),
        "no expression" => builder.UseTasks(AffectTaskNames.ValenceArousal),
        "one task" => builder.UseTasks(AffectTaskNames.Expression).UseLoss(AffectTaskNames.Expression, _ => new ActionUnitLoss()),
        "pretrained backbone of its own" => builder.UseVariant(SsMfarVariant.SsMfar50),
        _ => throw new ArgumentOutOfRangeException(nameof(what)),
    };
}
