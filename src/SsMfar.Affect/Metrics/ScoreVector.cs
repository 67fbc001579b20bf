using SsMfar.Data;

namespace SsMfar.Metrics;

/// <summary>All scores side by side as numbers, NaN where undefined, so that one loop makes every interval.</summary>
internal static class ScoreVector
{
    private const int Summaries = 6;

    public static double[] Of(AffectScores scores, int classes, ActionUnitSet judged) =>
    [
        scores.PMtl ?? double.NaN,
        scores.Expression?.MacroF1 ?? double.NaN,
        scores.ActionUnits?.MeanF1 ?? double.NaN,
        scores.ValenceArousal?.Mean ?? double.NaN,
        scores.ValenceArousal?.Valence ?? double.NaN,
        scores.ValenceArousal?.Arousal ?? double.NaN,
        .. scores.Expression?.F1 ?? Enumerable.Repeat(double.NaN, classes),
        .. scores.ActionUnits?.F1 ?? Enumerable.Repeat(double.NaN, judged.Count),
    ];

    /// <summary>
    /// Makes the mean of valence and arousal undefined in resamples that have labels of one alone, where all rows have both: the mean would
    /// be that one's score, and another quantity.
    /// </summary>
    public static void KeepMeansOfBoth(double[] values, double[][] resamples)
    {
        if (double.IsNaN(values[4] + values[5]))
        {
            return;
        }

        foreach (double[] resample in resamples)
        {
            resample[3] = double.IsNaN(resample[4] + resample[5]) ? double.NaN : resample[3];
        }
    }

    /// <summary>Makes scores undefined whose labels are all in one group.</summary>
    public static void LeaveOut(double[] values, LabelledGroups labelled, ActionUnitSet judged)
    {
        int units = values.Length - judged.Count;
        if (!labelled.Expression)
        {
            values[0] = values[1] = double.NaN;
            values.AsSpan(Summaries, units - Summaries).Fill(double.NaN);
        }

        if (!labelled.ActionUnits)
        {
            values[0] = values[2] = double.NaN;
        }

        if (!labelled.ValenceArousal)
        {
            values[0] = values[3] = double.NaN;
        }

        if (!labelled.Valence)
        {
            values[4] = double.NaN;
        }

        if (!labelled.Arousal)
        {
            values[5] = double.NaN;
        }

        for (int unit = 0; unit < judged.Count; unit++)
        {
            if ((labelled.Units >> judged.Slots[unit] & 1) == 0)
            {
                values[units + unit] = double.NaN;
            }
        }
    }

    /// <summary>
    /// The percentile interval of each score: the quantiles (1 - level) / 2 and (1 + level) / 2 of the resamples that define it.
    /// </summary>
    public static AffectScoreIntervals Intervals(
        double[] values, double[][] resamples, double level, int groups, ActionUnitSet judged)
    {
        ScoreInterval?[] all = [.. values.Select((value, i) => Interval(value, resamples, i, level))];
        int units = values.Length - judged.Count;
        return new()
        {
            PMtl = all[0],
            ExpressionMacroF1 = all[1],
            ActionUnitMeanF1 = all[2],
            ValenceArousalMean = all[3],
            Valence = all[4],
            Arousal = all[5],
            ExpressionF1 = [.. all[Summaries..units]],
            ActionUnitF1 = [.. all[units..]],
            Units = judged,
            Groups = groups,
            Resamples = resamples.Length,
            Level = level,
        };
    }

    /// <summary>A quantile of sorted values, linear between them (type 7 of Hyndman and Fan, NumPy's default).</summary>
    public static double Quantile(ReadOnlySpan<double> sorted, double share)
    {
        double place = share * (sorted.Length - 1);
        int below = (int)place;
        return below + 1 < sorted.Length ? sorted[below] + ((place - below) * (sorted[below + 1] - sorted[below])) : sorted[below];
    }

    /// <summary>The percentile interval of one score; null where it is undefined.</summary>
    public static ScoreInterval? Interval(double value, double[][] resamples, int index, double level)
    {
        double[] defined = [.. resamples.Select(scores => scores[index]).Where(score => !double.IsNaN(score)).Order()];
        return double.IsNaN(value) || defined.Length == 0
            ? null
            : new(value, Quantile(defined, (1 - level) / 2), Quantile(defined, (1 + level) / 2));
    }
}
