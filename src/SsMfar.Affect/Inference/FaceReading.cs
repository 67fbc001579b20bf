using System.Collections.Immutable;
using SsMfar.Data;
using SsMfar.Metadata;
using SsMfar.Predictions;

namespace SsMfar.Inference;

/// <summary>A prediction in the making: what the decoders have read in a face so far.</summary>
internal sealed class FaceReading
{
    private ExpressionPrediction? _expression;
    private ValenceArousal? _affect;
    private ActionUnitPrediction? _units;
    private ActionUnitIntensityPrediction? _intensities;
    private ImmutableDictionary<string, object> _custom = ImmutableDictionary<string, object>.Empty;

    // A built-in task that was given a custom decoder is a custom prediction too.
    public void Set(string task, object value)
    {
        switch (task, value)
        {
            case (AffectTaskNames.Expression, ExpressionPrediction expression): _expression = expression; break;
            case (AffectTaskNames.ValenceArousal, ValenceArousal affect): _affect = affect; break;
            case (AffectTaskNames.ActionUnits, ActionUnitPrediction units): _units = units; break;
            case (AffectTaskNames.ActionUnitIntensity, ActionUnitIntensityPrediction intensities): _intensities = intensities; break;
            default: _custom = _custom.SetItem(task, value); break;
        }
    }

    public AffectPrediction ToPrediction() => new()
    {
        Expression = _expression,
        ValenceArousal = _affect,
        ActionUnits = _units,
        ActionUnitIntensities = _intensities,
        Custom = _custom,
    };
}
