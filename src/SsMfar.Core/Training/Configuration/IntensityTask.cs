using SsMfar.Data;
using SsMfar.Losses;
using SsMfar.Metadata;
using SsMfar.Metrics;
using SsMfar.Models;
using SsMfar.Tasks;

namespace SsMfar.Training;

/// <summary>The built-in task of action units' intensities: cumulative logits (CORAL) over the grades 0 to 5.</summary>
internal static class IntensityTask
{
    private const int Steps = ActionUnitIntensityDecoder.OutputsPerUnit;

    public static AffectTask Create(TrainingOptions options, ActionUnitSet units) => AffectTask.Create(
        AffectTaskNames.ActionUnitIntensity,
        new ActionUnitIntensityLabels(units),
        context => Head(options, context, units),
        _ => options.SemiSupervision.Mode == SemiSupervisionMode.Agreement
            ? new AgreementLoss(new OrdinalLoss(Steps + 1), new OrdinalLoss(Steps + 1), AgreementTargets.ExpectedGrades(Steps))
            : new OrdinalLoss(Steps + 1),
        _ => AffectMetrics.ActionUnitIntensities(units),
        new ActionUnitIntensityDecoder(units));

    // Intensities are mostly 0. Starting from how often each is exceeded in the training set spares the first epochs from learning that.
    private static OrdinalMlpHead Head(TrainingOptions options, TaskContext context, ActionUnitSet units)
    {
        OrdinalMlpHead head = new(context.FeatureWidth, options.Heads.HiddenWidth, units.Count, Steps, context.Key);
        double[] above = new double[units.Count * Steps];
        int[] known = new int[units.Count];
        foreach (AnnotationRow row in context.Annotations)
        {
            for (int unit = 0; unit < units.Count; unit++)
            {
                if (row.Intensities[units[unit]] is { } intensity)
                {
                    known[unit]++;
                    for (int step = 0; step < Steps; step++)
                    {
                        above[(unit * Steps) + step] += Math.Clamp(intensity - step, 0, 1);
                    }
                }
            }
        }

        head.SetBiases([.. above.Select((sum, i) => (float)Math.Log((sum + 1) / (known[i / Steps] - sum + 1)))]);
        return head;
    }
}
