using System.Reflection;
using SsMfar.Augmentation;
using SsMfar.Losses;
using SsMfar.Metadata;
using SsMfar.Models;
using SsMfar.SemiSupervised;
using SsMfar.Training;
using TorchSharp;

namespace SsMfar.Tests.Training.Wiring;

/// <summary>What a trainer built and by which numbers it stepped, read from the objects themselves, never from the options.</summary>
internal static class BuiltRun
{
    private const BindingFlags Hidden = BindingFlags.NonPublic | BindingFlags.Instance;

    /// <summary>Builds a run of <see cref="WiringSet"/> and records it.</summary>
    /// <param name="builder">The trainer.</param>
    /// <param name="walk">Whether to run it to its end as well, and record the steps.</param>
    public static Entries Record(MultiTaskTrainerBuilder builder, bool walk)
    {
        var kernels = new RecordingKernels();
        using TrainingRun run = WiringSet.Build(builder, kernels);
        var entries = new Entries();
        AddModel(entries, run);
        foreach ((string task, ITaskLoss loss) in run.Objective.Losses)
        {
            AddLoss(entries, task, loss);
        }

        entries["balancing"] = run.Objective.Balancing switch
        {
            WeightedSumBalancing sum =>
                string.Join(' ', sum.Weights.OrderBy(weight => weight.Key)
                    .Select(weight => $"{weight.Key} {Entries.Text(weight.Value)}").Prepend("sum")),
            { } other => other.GetType().Name,
        };
        AddPolicy(entries, run.Objective.Policies.GetValueOrDefault(AffectTaskNames.Expression));
        entries["policies"] = run.Objective.Policies.Count == 0 ? Entries.None : string.Join(' ', run.Objective.Policies.Keys);
        AddUnits(entries, run.Objective);
        entries.AddOptions("ownLosses.rampUp", run.Objective.RampUp);
        AddStep(entries, run);
        if (walk)
        {
            new TrainingLoop(run).Run(run.Resume(), CancellationToken.None);
            AddWalk(entries, run, kernels);
        }

        return entries;
    }

    private static void AddModel(Entries entries, TrainingRun run)
    {
        MultiTaskModel model = run.State.Model;
        entries["backbone"] = model.Backbone.Description.Kind;
        entries["features.dropout"] = Entries.Text(model.Features.Dropout);
        entries["features.l2"] = Entries.Text(model.Features.L2Normalize);
        entries["head.inputs"] = Widths(1, _ => 1);
        entries["head.hidden"] = Widths(0, head => head is PerOutputMlpHead ? head.OutputWidth : 1);
        foreach (string task in model.TaskNames)
        {
            long outputs = Weight(task, "output").shape[0];
            entries[$"head.{task}"] = $"{model.Head(task).Description.Kind} {outputs}";
        }

        entries["average"] = run.State.AveragedModel is not { } average ? Entries.None
            : Features(average) == Features(model) && Shapes(average).SequenceEqual(Shapes(model)) && !average.training ? "same"
            : "other";
        entries["precision"] = Entries.Text((model.Backbone as IComputePrecision)?.Precision ?? ComputePrecision.Full);
        ModelMetadata metadata = run.Metadata(new());
        entries["model.input"] = $"{metadata.Input!.Width}x{metadata.Input.Height}";
        entries["model.recipe"] = metadata.Recipe!;
        entries["model.variant"] = metadata.Variant!;
        entries["model.seed"] = Entries.Text(metadata.Training!.Seed);

        torch.Tensor Weight(string task, string layer) => model.get_parameter($"heads.{task}.{layer}.weight")!;

        string Widths(int dimension, Func<ITaskHead, long> parts) => string.Join(
            ' ', model.TaskNames.Select(task => Weight(task, "hidden").shape[dimension] / parts(model.Head(task))).Distinct());

        static (double, bool) Features(MultiTaskModel model) => (model.Features.Dropout, model.Features.L2Normalize);

        static IEnumerable<string> Shapes(MultiTaskModel model) =>
            model.state_dict().Select(entry => $"{entry.Key} {string.Join('x', entry.Value.shape)}");
    }

    private static void AddLoss(Entries entries, string name, ITaskLoss loss)
    {
        if (loss is AgreementLoss agreement)
        {
            AddLoss(entries, name, agreement.Task);
            AddLoss(entries, $"agreement.{name}", agreement.Agreement);
            entries[$"agreement.{name}.weight"] = Entries.Text(agreement.Weight);
            return;
        }

        entries[$"{name}.loss"] = loss.GetType().Name;
        switch (loss)
        {
            case CategoricalTaskLoss categorical:
                entries[$"{name}.lambda1"] = Entries.Text(categorical.Weights.Supervised);
                entries[$"{name}.lambda2"] = Entries.Text(categorical.Weights.Unsupervised);
                entries[$"{name}.lambda3"] = Entries.Text(categorical.Weights.Consistency);
                entries[$"{name}.lambda1WithoutUnlabelled"] = Entries.Text(categorical.Weights.WithoutUnlabelled);
                entries[$"{name}.classWeights"] = Entries.Text(categorical.ClassWeights);
                entries[$"{name}.smoothing"] = Entries.Text(categorical.LabelSmoothing);
                entries[$"{name}.pseudoLabelClassWeights"] = Entries.Text(categorical.Weights.PseudoLabelClassWeights);
                entries[$"{name}.pseudoLabelLimit"] = Entries.Text(categorical.Weights.PseudoLabelLimit);
                entries.AddOptions($"{name}.rampUp", categorical.RampUp);
                break;
            case ActionUnitLoss units:
                entries[$"{name}.positiveWeights"] = Entries.Text(units.PositiveWeights);
                AddUnlabelled(entries, name, units.Unlabelled, units.RampUp);
                break;
            case ValenceArousalLoss affect:
                AddUnlabelled(entries, name, affect.Unlabelled, affect.RampUp);
                break;
        }
    }

    private static void AddUnlabelled(Entries entries, string name, object? options, RampUpOptions rampUp)
    {
        if (options is not null)
        {
            entries.AddOptions($"{name}.unlabelled", options);
            entries.AddOptions($"{name}.rampUp", rampUp);
        }
    }

    private static void AddUnits(Entries entries, MultiTaskObjective objective)
    {
        if (objective.Policies.GetValueOrDefault(AffectTaskNames.ActionUnits) is { } policy)
        {
            entries["units"] = policy.GetType().Name;
            entries.AddOptions("units", ((UnitThresholdPolicy)policy).Options);
        }

        if (objective.Policies.GetValueOrDefault(AffectTaskNames.ValenceArousal) is { } estimate)
        {
            entries["affect"] = estimate.GetType().Name;
        }

        if (objective.Coupling is { } coupling)
        {
            entries["coupling"] = Entries.Text(coupling.Weight);
            entries["coupling.bothWays"] = Entries.Text(coupling.BothWays);
            entries["coupling.unit12"] = string.Join(' ', coupling.Shares.Select(row => Entries.Text(row[6])));
        }
    }

    private static void AddPolicy(Entries entries, IPseudoLabelPolicy? policy)
    {
        if (policy is AlignedPolicy aligned)
        {
            entries["alignment"] = Entries.Text(aligned.TargetShares);
            entries["alignment.window"] = Entries.Text(aligned.SaveState()["alignmentWindow"].shape[0]);
            policy = aligned.Policy;
        }

        entries["policy"] = Entries.Text(policy?.GetType().Name);
        object? options = policy?.GetType().GetProperty("Options", Hidden)?.GetValue(policy);
        if (options is not null)
        {
            entries.AddOptions("policy", options);
        }
    }

    private static void AddStep(Entries entries, TrainingRun run)
    {
        TrainingStep step = run.Step;
        entries["teacher"] = step.Teacher is null ? "model" : step.Teacher == run.State.AveragedModel ? "average" : "other";
        entries["statistics"] = Entries.Text(step.Statistics);
        entries["warmUp"] = Entries.Text(step.WarmUpEpochs);
        entries["tf32"] = Entries.Text(step.AllowsTensorFloat32);
        entries["sampler"] = run.Sampler.GetType().Name;
        entries["input"] = $"{run.Training.Width}x{run.Training.Height}";
        entries.AddOptions("mixup", step.Mixup);
        AddView(entries, "view.weak", step.Images.Views.Weak);
        AddView(entries, "view.strong", step.Images.Views.Strong);
        int[] rows = [.. Enumerable.Range(0, WiringSet.Rows)];
        Dictionary<string, LossCounts> counts = step.Counts([rows[..10], rows[10..]], epoch: 1);
        entries["counts.entries"] =
            string.Join(' ', counts.OrderBy(count => count.Key).Select(count => $"{count.Key} {count.Value.ValidEntries}"));
        entries["counts.strong"] = string.Join(' ', counts.Values.Select(count => count.StrongRows).Distinct());
        entries["counts.unlabelled"] =
            string.Join(' ', counts.OrderBy(count => count.Key).Select(count => $"{count.Key} {count.Value.UnlabelledEntries}"));
        entries["counts.microBatches"] = string.Join(' ', counts.Values.Select(count => count.MicroBatches).Distinct());
    }

    private static void AddView(Entries entries, string name, IAugmentation view)
    {
        entries[name] = view.GetType().Name;
        if (view.GetType().GetProperty("Options", Hidden)?.GetValue(view) is { } options)
        {
            entries.AddOptions(name, options);
        }
    }

    private static void AddWalk(Entries entries, TrainingRun run, RecordingKernels kernels)
    {
        Dictionary<nint, (string Name, bool IsMatrix)> parameters = run.State.Model.named_parameters()
            .ToDictionary(named => named.parameter.Handle, named => (named.name, named.parameter.dim() > 1));
        RecordingKernels.AdamCall[] Group(string part, bool matrices) =>
        [
            .. kernels.Calls.Where(call => parameters
                .Where(p => p.Value.IsMatrix == matrices && p.Value.Name.StartsWith(part, StringComparison.Ordinal))
                .All(p => call.Parameters.Contains(p.Key))),
        ];

        RecordingKernels.AdamCall[] heads = Group("heads.", true), backbone = Group("backbone.", true);
        double peak = heads.Max(call => call.Rates.LearningRate);
        RecordingKernels.AdamCall[] looked = [heads[0], heads[2], heads[^1]];
        entries["steps"] = Entries.Text(heads.Length);
        entries["steps.frozen"] = Entries.Text(heads.Length - backbone.Length);
        entries["adam"] = string.Join(' ', kernels.Calls.Select(call => call.Rates.DecoupledDecay ? "AdamW" : "Adam").Distinct());
        entries["adam.heads"] = Entries.Text(peak);
        entries["adam.backbone"] = Entries.Text(peak * backbone[^1].Rates.LearningRate / heads[^1].Rates.LearningRate);
        entries["adam.course"] = Entries.Text(looked.Select(call => call.Rates.LearningRate / peak));
        entries["adam.beta1"] = Entries.Text(looked.Select(call => call.Rates.Beta1));
        entries["adam.beta2"] = Entries.Text(kernels.Calls.Select(call => call.Rates.Beta2).Distinct());
        entries["adam.epsilon"] = Entries.Text(kernels.Calls.Select(call => call.Rates.Epsilon).Distinct());
        foreach (string part in new[] { "backbone.", "heads." })
        {
            entries[$"decay.{part}matrices"] = Entries.Text(Group(part, true).Select(call => call.Rates.WeightDecay).Distinct());
            entries[$"decay.{part}others"] = Entries.Text(Group(part, false).Select(call => call.Rates.WeightDecay).Distinct());
        }

        entries["clip"] = Entries.Text(kernels.Calls.Select(call => call.ClipNorm).Distinct());
        entries["average.steps"] = entries["average.weights"] = Entries.None;
        if (run.Average is { } average)
        {
            entries["average.steps"] = kernels.AverageWeights.Count == heads.Length ? "all" : "some";
            average.Update(10_000);
            entries["average.weights"] = Entries.Text(new[] { kernels.AverageWeights[0], kernels.AverageWeights[^1] });
        }
    }
}
