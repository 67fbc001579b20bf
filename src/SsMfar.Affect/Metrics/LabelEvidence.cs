using SsMfar.Data;
using SsMfar.Predictions;
using SsMfar.Shared;

namespace SsMfar.Metrics;

/// <summary>
/// What is known of each row beside the label that is judged: what the predictions say of all tasks, and the labels of the other tasks and
/// units. From that a label is predicted anew, by a regression that learned from other rows: it takes out of the predictions' probabilities
/// what the models' class weights and overconfidence put in, and adds what the row's other labels tell.
/// </summary>
internal sealed class LabelEvidence
{
    private const int Folds = 5;

    // With fewer labels there is less to learn than to get wrong; with more, nothing is gained.
    private const int FewestLabels = 50;
    private const int MostLabels = 20_000;
    private const float LeastProbability = 1e-4f;
    private const int AffectInputs = 7;

    private readonly AnnotationSet _truth;
    private readonly int[] _foldOf;
    private readonly ulong[] _hashes;
    private readonly float[][] _inputs;
    private readonly Range _ownExpression;
    private readonly Range _ownAffect;
    private readonly int _readExpression;
    private readonly int _readUnits;
    private readonly int _ownUnits;

    public LabelEvidence(AnnotationSet truth, IReadOnlyList<AffectPrediction> predictions)
    {
        _truth = truth;
        ActionUnitSet? read = predictions.Select(prediction => prediction.ActionUnits?.Units).FirstOrDefault(units => units is not null);
        Units = read is null ? null : truth.Units.Common(read);
        (int classes, int units) = (truth.ExpressionClasses.Count, Units?.Count ?? 0);
        _readExpression = 0;
        _readUnits = classes;
        int readAffect = _readUnits + units;
        _ownExpression = (readAffect + 2)..(readAffect + 2 + classes);
        _ownUnits = _ownExpression.End.Value;
        // Where no row has one side alone, nothing is to be told by the flag of the second.
        bool areBoth = Enumerable.Range(0, truth.Count).All(
            row => truth.Columns.HasValenceOrArousal(row) == truth.Columns.HasValenceArousal(row));
        _ownAffect = (_ownUnits + units)..(_ownUnits + units + AffectInputs - (areBoth ? 1 : 0));
        _hashes = [.. truth.Select(row => StableHash.Of(row.Image, Folds))];
        _foldOf = [.. _hashes.Select(hash => (int)(hash % Folds))];
        _inputs = [.. Enumerable.Range(0, truth.Count).Select(row => Inputs(row, predictions[row], read, readAffect))];
    }

    /// <summary>Gets the units that there are both labels and predictions of; null where none are predicted.</summary>
    public ActionUnitSet? Units { get; }

    /// <summary>The probability of each expression in some rows, whatever their label says.</summary>
    /// <param name="rows">Rows with a label.</param>
    public double[][]? Expressions(int[] rows)
    {
        int classes = _truth.ExpressionClasses.Count;
        float[][] inputs = [.. rows.Select(row => Without(_inputs[row], _ownExpression))];
        double[] prior = new double[inputs.Length == 0 ? 0 : inputs[0].Length * classes];
        for (int k = 0; k < classes && prior.Length > 0; k++)
        {
            prior[((_readExpression + k) * classes) + k] = 1;
        }

        return CrossFit(rows, inputs, [.. rows.Select(row => _truth.Columns.Expressions[row])], classes, prior);
    }

    /// <summary>The probabilities of a unit's absence and presence in some rows, whatever their label says.</summary>
    /// <param name="unit">One of <see cref="Units"/>.</param>
    /// <param name="rows">Rows with a label.</param>
    public double[][]? Unit(ActionUnit unit, int[] rows)
    {
        int place = Units!.IndexOf(unit);
        float[][] inputs = [.. rows.Select(row => Without(_inputs[row], (_ownUnits + place)..(_ownUnits + place + 1)))];
        double[] prior = new double[inputs.Length == 0 ? 0 : inputs[0].Length * 2];
        if (prior.Length > 0)
        {
            (prior[(_readUnits + place) * 2], prior[((_readUnits + place) * 2) + 1]) = (-0.5, 0.5);
        }

        return CrossFit(rows, inputs, [.. rows.Select(row => _truth.Columns.ActionUnits[row][unit] == true ? 1 : 0)], 2, prior);
    }

    /// <summary>Valence, or arousal, in some rows, whatever their label says; null where there is too little to learn from.</summary>
    /// <param name="rows">Rows with its label.</param>
    /// <param name="side">0 for valence, 1 for arousal.</param>
    public double[]? Affect(int[] rows, int side)
    {
        float[][] inputs = [.. rows.Select(row => Without(_inputs[row], _ownAffect))];
        double[] labels = [.. rows.Select(row => (double)_truth.Columns.ValenceArousal[(2 * row) + side])];
        double[] expected = new double[rows.Length];
        return Each(rows, (learned, judged) =>
        {
            RidgeRegression regression = new();
            regression.Fit([.. learned.Select(i => inputs[i])], [.. learned.Select(i => labels[i])]);
            foreach (int i in judged)
            {
                expected[i] = regression.Value(inputs[i]);
            }
        }) ? expected : null;
    }

    private double[][]? CrossFit(int[] rows, float[][] inputs, int[] labels, int classes, double[] prior)
    {
        double[][] read = new double[rows.Length][];
        return Each(rows, (learned, judged) =>
        {
            SoftmaxRegression regression = new(inputs[0].Length, classes);
            regression.Fit([.. learned.Select(i => inputs[i])], [.. learned.Select(i => labels[i])], prior);
            foreach (int i in judged)
            {
                read[i] = regression.Probabilities(inputs[i]);
            }
        }) ? read : null;
    }

    // Places in the rows to learn from and to judge, by turns; false where there is too little to learn from.
    private bool Each(int[] rows, Action<int[], int[]> work)
    {
        if (rows.Length < FewestLabels)
        {
            return false;
        }

        ILookup<int, int> folds = Enumerable.Range(0, rows.Length).ToLookup(i => _foldOf[rows[i]]);
        foreach (IGrouping<int, int> fold in folds)
        {
            int[] others = [.. Enumerable.Range(0, rows.Length).Where(i => _foldOf[rows[i]] != fold.Key)];
            others = others.Length > MostLabels ? [.. others.OrderBy(i => _hashes[rows[i]]).Take(MostLabels)] : others;
            if (others.Length == 0)
            {
                return false;
            }

            work(others, [.. fold]);
        }

        return true;
    }

    private float[] Inputs(int row, AffectPrediction prediction, ActionUnitSet? read, int readAffect)
    {
        float[] inputs = new float[_ownAffect.End.Value];
        if (prediction.Expression is { } expression)
        {
            double[] logs = [.. expression.Probabilities.Select(value => Math.Log(Math.Max(value, LeastProbability)))];
            double mean = logs.Average();
            for (int k = 0; k < logs.Length; k++)
            {
                inputs[_readExpression + k] = (float)(logs[k] - mean);
            }
        }

        for (int i = 0; i < (Units?.Count ?? 0); i++)
        {
            ActionUnit unit = Units!.Units[i];
            if (prediction.ActionUnits is { } units)
            {
                float present = Math.Clamp(units.Probabilities[read!.IndexOf(unit)], LeastProbability, 1 - LeastProbability);
                inputs[_readUnits + i] = MathF.Log(present / (1 - present));
            }

            inputs[_ownUnits + i] = _truth.Columns.ActionUnits[row][unit] switch { true => 1, false => -1, _ => 0 };
        }

        if (prediction.ValenceArousal is { } affect)
        {
            (inputs[readAffect], inputs[readAffect + 1]) = (affect.Valence, affect.Arousal);
        }

        if (_truth.Columns.Expressions[row] is >= 0 and var own)
        {
            inputs[_ownExpression.Start.Value + own] = 1;
        }

        (float Is, float Value) valence = Side(0), arousal = Side(1);
        float[] given =
        [
            valence.Is, valence.Value, arousal.Value, valence.Value * valence.Value, arousal.Value * arousal.Value,
            valence.Value * arousal.Value, arousal.Is,
        ];
        given.AsSpan(0, _ownAffect.End.Value - _ownAffect.Start.Value).CopyTo(inputs.AsSpan(_ownAffect));
        return inputs;

        (float Is, float Value) Side(int side)
        {
            float label = (float)_truth.Columns.ValenceArousal[(2 * row) + side];
            return float.IsNaN(label) ? (0, 0) : (1, label);
        }
    }

    private static float[] Without(float[] inputs, Range own) => [.. inputs[..own.Start], .. inputs[own.End..]];
}
