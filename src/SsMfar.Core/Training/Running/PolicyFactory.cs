using SsMfar.Data;
using SsMfar.SemiSupervised;

namespace SsMfar.Training;

/// <summary>Makes the pseudo-label policy that a configuration asks for.</summary>
internal static class PolicyFactory
{
    /// <summary>The policy, aligned where that is asked for; null without pseudo-labels.</summary>
    public static IPseudoLabelPolicy? Create(TrainerConfiguration configuration, AnnotationStatistics statistics)
    {
        SemiSupervisionOptions options = configuration.Options.SemiSupervision;
        if (options.Mode != SemiSupervisionMode.PseudoLabels)
        {
            return null;
        }

        IPseudoLabelPolicy policy = configuration.Policy?.Invoke(statistics.ExpressionClasses) ?? BuiltIn(options, statistics);
        if (policy is AlignedPolicy && options.Alignment.Target != AlignmentTarget.None)
        {
            policy.Dispose();
            throw new TrainingConfigurationException(
                $"The pseudo-label policy given is aligned already, and " +
                    $"{nameof(TrainingOptions.SemiSupervision)}.{nameof(SemiSupervisionOptions.Alignment)}.{nameof(DistributionAlignmentOptions.Target)} is {options.Alignment.Target}: leave one of the two out.");
        }

        return options.Alignment.Target switch
        {
            AlignmentTarget.LabelledRows => new AlignedPolicy(
                policy,
                [.. statistics.ExpressionCounts.Select(count => (double)count)],
                options.Alignment.Window),
            AlignmentTarget.Uniform => new AlignedPolicy(
                policy,
                [.. statistics.ExpressionCounts.Select(_ => 1.0)],
                options.Alignment.Window),
            _ => policy,
        };
    }

    private static PseudoLabelPolicy BuiltIn(SemiSupervisionOptions options, AnnotationStatistics statistics)
    {
        int classes = statistics.ExpressionClasses.Count;
        return options.Policy switch
        {
            PseudoLabelPolicyKind.FixedThreshold => new FixedThresholdPolicy(classes),
            PseudoLabelPolicyKind.FlexMatch => new FlexMatchPolicy(classes, statistics.Rows, statistics.InvalidExpression),
            PseudoLabelPolicyKind.FreeMatch => new FreeMatchPolicy(classes),
            PseudoLabelPolicyKind.SoftMatch => new SoftMatchPolicy(classes),
            _ => new AdaptiveThresholdPolicy(classes, options.Threshold),
        };
    }
}
