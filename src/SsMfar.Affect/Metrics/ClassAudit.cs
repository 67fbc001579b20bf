using SsMfar.Data;
using SsMfar.Predictions;

namespace SsMfar.Metrics;

/// <summary>Doubt of labels that name a class, by confident learning.</summary>
internal static class ClassAudit
{
    private static readonly string[] PresenceWords = ["absent", "present"];

    /// <summary>Every known expression that was predicted.</summary>
    public static AuditedTask Expressions(AnnotationSet truth, IReadOnlyList<AffectPrediction> predictions)
    {
        int[] rows =
        [
            .. Enumerable.Range(0, truth.Count)
                .Where(row => truth.Columns.Expressions[row] >= 0 && predictions[row].Expression is not null),
        ];
        return new(rows.Length, [.. Doubts(
            truth, ScoredTask.Expression, null, truth.ExpressionClasses.Names, rows, row => truth.Columns.Expressions[row],
            row => predictions[row].Expression!.Probabilities.AsSpan())]);
    }

    /// <summary>Every known unit that was predicted; each unit has averages of its own.</summary>
    public static AuditedTask Units(AnnotationSet truth, IReadOnlyList<AffectPrediction> predictions)
    {
        List<DoubtfulLabel> all = [];
        ActionUnitSet? read = predictions.Select(prediction => prediction.ActionUnits?.Units).FirstOrDefault(units => units is not null);
        foreach (ActionUnit unit in (read is null ? null : truth.Units.Common(read))?.Units ?? [])
        {
            int[] rows =
            [
                .. Enumerable.Range(0, truth.Count)
                    .Where(row => truth.Columns.ActionUnits[row][unit] is not null && predictions[row].ActionUnits is not null),
            ];
            float[] pair = new float[2];
            int place = read!.IndexOf(unit);
            all.AddRange(Doubts(
                truth, ScoredTask.ActionUnits, unit, PresenceWords, rows, row => truth.Columns.ActionUnits[row][unit] == true ? 1 : 0,
                row =>
                {
                    pair[1] = predictions[row].ActionUnits!.Probabilities[place];
                    pair[0] = 1 - pair[1];
                    return pair;
                }));
        }

        return new(all.Count, [.. all]);
    }

    private delegate ReadOnlySpan<float> Probabilities(int row);

    private static List<DoubtfulLabel> Doubts(
        AnnotationSet truth,
        ScoredTask task,
        ActionUnit? unit,
        IReadOnlyList<string> words,
        int[] rows,
        Func<int, int> labelOf,
        Probabilities of)
    {
        // Of each class, how probable it is on average where it is the label; a class without a label is never suggested.
        double[] usual = new double[words.Count];
        int[] counts = new int[words.Count];
        foreach (int row in rows)
        {
            int label = labelOf(row);
            usual[label] += of(row)[label];
            counts[label]++;
        }

        for (int k = 0; k < usual.Length; k++)
        {
            usual[k] = counts[k] > 0 ? usual[k] / counts[k] : double.PositiveInfinity;
        }

        List<DoubtfulLabel> doubts = new(rows.Length);
        foreach (int row in rows)
        {
            ReadOnlySpan<float> probabilities = of(row);
            int label = labelOf(row);
            int rival = -1, sure = -1;
            for (int k = 0; k < probabilities.Length; k++)
            {
                double above = probabilities[k] - usual[k];
                if (k != label && counts[k] > 0 && (rival < 0 || above > probabilities[rival] - usual[rival]))
                {
                    rival = k;
                }

                if (above >= 0 && (sure < 0 || probabilities[k] > probabilities[sure]))
                {
                    sure = k;
                }
            }

            if (rival < 0)
            {
                continue; // the only class with a label
            }

            double margin = probabilities[rival] - usual[rival] - (probabilities[label] - usual[label]);
            doubts.Add(new()
            {
                Row = row,
                Image = truth.Columns.Images[row],
                Task = task,
                Unit = unit,
                Label = words[label],
                Suggested = words[sure >= 0 && sure != label ? sure : rival],
                Doubt = Math.Clamp((margin + 1) / 2, 0, 1),
                IsSuspect = sure >= 0 && sure != label,
            });
        }

        return doubts;
    }
}
