using SsMfar.Metadata;
using SsMfar.Models;
using SsMfar.SemiSupervised;

namespace SsMfar.Training;

/// <summary>Makes the pseudo-label policies that a configuration asks for.</summary>
internal static class PolicyFactory
{
    /// <summary>The policies by task, that of the expression aligned where that is asked for; none without pseudo-labels.</summary>
    public static SortedDictionary<string, IPseudoLabelPolicy> Create(TrainerConfiguration configuration, TrainingContext context)
    {
        var policies = new SortedDictionary<string, IPseudoLabelPolicy>(StringComparer.Ordinal);
        try
        {
            foreach (string task in configuration.PolicyTasks)
            {
                IPseudoLabelPolicy policy = configuration.Policies.TryGetValue(task, out var given)
                    ? GivenPart.Required(given(context), $"pseudo-label policy of task '{task}'")
                    : BuiltIn(task, configuration.Options.SemiSupervision, context);
                policies.Add(task, policy);
                if (task == AffectTaskNames.Expression)
                {
                    policies[task] = Aligned(policy, configuration.Options.SemiSupervision.Alignment, context);
                }
            }
        }
        catch
        {
            foreach (IPseudoLabelPolicy policy in policies.Values)
            {
                policy.Dispose();
            }

            throw;
        }

        return policies;
    }

    private static IPseudoLabelPolicy Aligned(
        IPseudoLabelPolicy policy, DistributionAlignmentOptions alignment, TrainingContext context)
    {
        if (policy is AlignedPolicy && alignment.Target != AlignmentTarget.None)
        {
            const string Name = $"{nameof(TrainingOptions.SemiSupervision)}.{nameof(SemiSupervisionOptions.Alignment)}." +
                nameof(DistributionAlignmentOptions.Target);
            throw new TrainingConfigurationException(
                $"The pseudo-label policy given is aligned already, and {Name} is {alignment.Target}: leave one of the two out.");
        }

        IEnumerable<double> counts = context.Statistics.ExpressionCounts.Select(count => (double)count);
        return alignment.Target switch
        {
            AlignmentTarget.LabelledRows => new AlignedPolicy(policy, [.. counts], alignment.Window),
            AlignmentTarget.Uniform => new AlignedPolicy(policy, [.. counts.Select(_ => 1.0)], alignment.Window),
            _ => policy,
        };
    }

    private static IPseudoLabelPolicy BuiltIn(string task, SemiSupervisionOptions options, TrainingContext context) => task switch
    {
        AffectTaskNames.ActionUnits => new UnitThresholdPolicy(context.Annotations.Units.Count, options.ActionUnits.Threshold),
        AffectTaskNames.ValenceArousal => new TeacherEstimatePolicy(),
        _ => OfExpression(options, context),
    };

    private static PseudoLabelPolicy OfExpression(SemiSupervisionOptions options, TrainingContext context)
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
