using System.Collections.Immutable;
using SsMfar.Data;
using SsMfar.Predictions;

namespace SsMfar.Metrics;

/// <summary>Thresholds of action units: as they were, tuned on all rows, and for each row tuned on the folds that it is not in.</summary>
internal sealed record UnitFit(ImmutableArray<float> Before, ImmutableArray<float> Tuned, Func<int, ImmutableArray<float>> Held)
{
    public static UnitFit Of(AnnotationSet truth, IReadOnlyList<AffectPrediction> predictions, float[] before, int[] foldOf)
    {
        float[] probabilities = [.. predictions.SelectMany(prediction => prediction.ActionUnits!.Probabilities)];
        ActionUnitSet units = predictions[0].ActionUnits!.Units;
        ImmutableArray<float>[] folds = ThresholdTuning.TuneFolds(truth, units, probabilities, before, foldOf);
        return new([.. before], ThresholdTuning.Tune(truth, probabilities, before, units), row => folds[foldOf[row]]);
    }
}
