using System.Collections.Immutable;
using SsMfar.Data;
using TorchSharp;

namespace SsMfar.Metrics;

/// <summary>
/// Judges intensities of action units by the mean ICC(3,1). Values: <c>meanIcc</c>, <c>meanPcc</c>, <c>meanMae</c>, and <c>icc.AU1</c>,
/// <c>pcc.AU1</c>, <c>mae.AU1</c> for each unit. Outputs are ordinal logits, five a unit.
/// </summary>
internal sealed class IntensityMetric(ActionUnitSet units) : ITaskMetric
{
    private const int Steps = ActionUnitIntensities.Highest;

    private readonly ActionUnitIntensityMetric _scores = new(units);

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">A shape is wrong, or an output is not finite.</exception>
    public void Update(torch.Tensor outputs, torch.Tensor values, torch.Tensor mask)
    {
        HostRows rows = HostRows.Copy(outputs, values, mask, units.Count * Steps, units.Count);
        double[] truth = new double[units.Count], predicted = new double[units.Count];
        for (int start = 0; start < rows.Mask.Length; start += units.Count)
        {
            for (int unit = 0; unit < units.Count; unit++)
            {
                truth[unit] = rows.Mask[start + unit] != 0 ? rows.Values[start + unit] : double.NaN;
                predicted[unit] = 0;
                foreach (double logit in rows.Outputs.AsSpan((start + unit) * Steps, Steps))
                {
                    predicted[unit] += 1 / (1 + Math.Exp(-logit));
                }
            }

            _scores.Add(truth, predicted);
        }
    }

    /// <inheritdoc/>
    public TaskScore Compute()
    {
        ActionUnitIntensityScores? scores = _scores.Compute();
        var values = ImmutableSortedDictionary.CreateBuilder<string, double?>(StringComparer.Ordinal);
        values["meanIcc"] = scores?.MeanIcc;
        values["meanPcc"] = scores?.MeanPcc;
        values["meanMae"] = scores?.MeanMae;
        for (int i = 0; i < units.Count; i++)
        {
            values["icc." + units.Names[i]] = scores?.Icc[i];
            values["pcc." + units.Names[i]] = scores?.Pcc[i];
            values["mae." + units.Names[i]] = scores?.Mae[i];
        }

        return new(scores?.MeanIcc, values.ToImmutable());
    }
}
