using SsMfar.SemiSupervised;

namespace SsMfar.Training;

/// <summary>Makes the pseudo-label policy that a configuration asks for.</summary>
internal static class PolicyFactory
{
    /// <summary>The policy, aligned where that is asked for; null without pseudo-labels.</summary>
    public static IPseudoLabelPolicy? Create(TrainerConfiguration configuration, TrainingContext context)
    {
        SemiSupervisionOptions options = configuration.Options.SemiSupervision;
        if (options.Mode != SemiSupervisionMode.PseudoLabels)
        {
            return null;
        }

        IPseudoLabelPolicy policy = configuration.Policy?.Invoke(context) ?? BuiltIn(options, context);
        AlignmentTarget target = options.Alignment.Target;
        if (policy is AlignedPolicy && target != AlignmentTarget.None)
        {
            policy.Dispose();
            const string Name = $"{nameof(TrainingOptions.SemiSupervision)}.{nameof(SemiSupervisionOptions.Alignment)}." +
                nameof(DistributionAlignmentOptions.Target);
            throw new TrainingConfigurationException(
                $"The pseudo-label policy given is aligned already, and {Name} is {target}: leave one of the two out.");
        }

        IEnumerable<double> counts = context.Statistics.ExpressionCounts.Select(count => (double)count);
        return target switch
        {
            AlignmentTarget.LabelledRows => new AlignedPolicy(policy, [.. counts], options.Alignment.Window),
            AlignmentTarget.Uniform => new AlignedPolicy(policy, [.. counts.Select(_ => 1.0)], options.Alignment.Window),
            _ => policy,
        };
    }

    private static PseudoLabelPolicy BuiltIn(SemiSupervisionOptions options, TrainingContext context)
    {
        int classes = context.Classes.Count;
        return options.Policy switch
        {
            PseudoLabelPolicyKind.FixedThreshold => new FixedThresholdPolicy(classes, options.FixedThreshold),
            PseudoLabelPolicyKind.FlexMatch => new FlexMatchPolicy(classes, context.Rows, context.UnlabelledRows, options.FlexMatch),
            PseudoLabelPolicyKind.FreeMatch => new FreeMatchPolicy(classes, options.FreeMatch),
            PseudoLabelPolicyKind.SoftMatch => new SoftMatchPolicy(classes, options.SoftMatch),
            _ => new AdaptiveThresholdPolicy(classes, options.Threshold),
        };
    }
}
