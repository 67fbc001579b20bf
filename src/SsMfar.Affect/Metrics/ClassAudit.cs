using SsMfar.Data;
using SsMfar.Predictions;

namespace SsMfar.Metrics;

/// <summary>Doubt of labels that name a class: how improbable they are, by predictions and the row's other labels.</summary>
/// <param name="truth">The labels.</param>
/// <param name="predictions">A prediction for each row, of a model that did not learn from it.</param>
/// <param name="evidence">What probabilities are made of; null: they are the predictions' own.</param>
/// <param name="rule">What labels are ranked by.</param>
internal sealed class ClassAudit(
    AnnotationSet truth, IReadOnlyList<AffectPrediction> predictions, LabelEvidence? evidence, AuditRule rule)
{
    private static readonly string[] PresenceWords = ["absent", "present"];

    /// <summary>Every known expression that was predicted.</summary>
    public AuditedTask Expressions()
    {
        int[] rows =
        [
            .. Enumerable.Range(0, truth.Count)
                .Where(row => truth.Columns.Expressions[row] >= 0 && predictions[row].Expression is not null),
        ];
        double[][] probabilities = evidence?.Expressions(rows) ??
            [.. rows.Select(row => predictions[row].Expression!.Probabilities.Select(value => (double)value).ToArray())];
        return new(rows.Length, [.. Doubts(
            ScoredTask.Expression, null, truth.ExpressionClasses.Names, rows, [.. rows.Select(row => truth.Columns.Expressions[row])],
            probabilities)]);
    }

    /// <summary>Every known unit that was predicted; each unit has averages of its own.</summary>
    public AuditedTask Units()
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
            int place = read!.IndexOf(unit);
            double[][] probabilities = evidence?.Unit(unit, rows) ??
                [.. rows.Select(row => (double)predictions[row].ActionUnits!.Probabilities[place]).Select(p => new[] { 1 - p, p })];
            all.AddRange(Doubts(
                ScoredTask.ActionUnits, unit, PresenceWords, rows,
                [.. rows.Select(row => truth.Columns.ActionUnits[row][unit] == true ? 1 : 0)], probabilities));
        }

        return new(all.Count, [.. all]);
    }

    private List<DoubtfulLabel> Doubts(
        ScoredTask task, ActionUnit? unit, IReadOnlyList<string> words, int[] rows, int[] labels, double[][] probabilities)
    {
        // Of each class, how probable it is on average where it is the label; a class without a label is never suggested.
        double[] usual = new double[words.Count];
        int[] counts = new int[words.Count];
        for (int i = 0; i < rows.Length; i++)
        {
            usual[labels[i]] += probabilities[i][labels[i]];
            counts[labels[i]]++;
        }

        for (int k = 0; k < usual.Length; k++)
        {
            usual[k] = counts[k] > 0 ? usual[k] / counts[k] : double.PositiveInfinity;
        }

        List<DoubtfulLabel> doubts = new(rows.Length);
        for (int i = 0; i < rows.Length; i++)
        {
            (int label, double[] read) = (labels[i], probabilities[i]);
            int rival = -1, sure = -1, above = -1;
            for (int k = 0; k < read.Length; k++)
            {
                if (k != label && counts[k] > 0)
                {
                    rival = rival < 0 || read[k] > read[rival] ? k : rival;
                    above = above < 0 || read[k] - usual[k] > read[above] - usual[above] ? k : above;
                }

                sure = read[k] >= usual[k] && (sure < 0 || read[k] > read[sure]) ? k : sure;
            }

            if (rival < 0)
            {
                continue; // the only class with a label
            }

            bool isSuspect = sure >= 0 && sure != label;
            doubts.Add(new()
            {
                Row = rows[i],
                Image = truth.Columns.Images[rows[i]],
                Task = task,
                Unit = unit,
                Label = words[label],
                Suggested = words[isSuspect ? sure : rival],
                Doubt = rule == AuditRule.ConfidentMargin
                    ? Math.Clamp((read[above] - usual[above] - (read[label] - usual[label]) + 1) / 2, 0, 1)
                    : 1 - read[label],
                IsSuspect = isSuspect,
            });
        }

        return doubts;
    }
}

/// <summary>What labels are ranked by. There are several for the benchmark to compare; an audit uses the last.</summary>
internal enum AuditRule
{
    /// <summary>By how much more another class is above its usual probability than the label is, by the predictions alone.</summary>
    ConfidentMargin,

    /// <summary>By the label's probability, by the predictions alone.</summary>
    Probability,

    /// <summary>By the label's probability, by predictions and the row's other labels.</summary>
    Evidence,
}
