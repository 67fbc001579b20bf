using SsMfar.Predictions;

namespace SsMfar.Metrics;

/// <summary>The steps of <see cref="ExpressionWeightTuning"/>.</summary>
internal sealed class ExpressionWeightSearch
{
    private const double LeastGain = 1e-9;

    private readonly ExpressionRows _rows;
    private readonly int[] _use;
    private readonly float[] _start;
    private readonly double[] _posterior; // row by row of those in use
    private readonly double[] _expected;
    private readonly double[] _hits;
    private readonly long[] _decided;
    private readonly int[] _rivals;
    private readonly double[] _turns;
    private readonly int[] _order;

    public ExpressionWeightSearch(ExpressionRows rows, int[] use, float[] start)
    {
        (_rows, _use, _start, Weights) = (rows, use, start, [.. start]);
        _posterior = new double[use.Length * rows.Classes];
        _expected = new double[rows.Classes];
        double[] factors = ExpressionPosterior.Factors(rows, use);
        for (int i = 0; i < use.Length; i++)
        {
            ExpressionPosterior.Apply(rows.Row(use[i]), factors, _posterior.AsSpan(i * rows.Classes, rows.Classes));
            for (int k = 0; k < rows.Classes; k++)
            {
                _expected[k] += Posterior(i, k);
            }
        }

        (_hits, _decided) = (new double[rows.Classes], new long[rows.Classes]);
        (_rivals, _turns, _order) = (new int[use.Length], new double[use.Length], new int[use.Length]);
    }

    public float[] Weights { get; }

    /// <summary>Gives a class the best weight, the others' being as they are. Whether that is another than it had.</summary>
    public bool Improve(int own)
    {
        Array.Clear(_hits);
        Array.Clear(_decided);
        for (int i = 0; i < _use.Length; i++)
        {
            int rival = Rival(i, own);
            (_rivals[i], _turns[i], _order[i]) = (rival, Turn(i, own, rival), i);
            Decide(i, rival, 1);
        }

        double now = Now(own);
        (float Weight, double Score) best = (Weights[own], now + LeastGain);
        Array.Sort(_turns, _order);

        // From the lowest weight up: the rows whose turn lies below it are decided for the class.
        for (int taken = 0; taken <= _turns.Length; taken++)
        {
            double below = taken == 0 ? 0 : _turns[taken - 1], above = taken < _turns.Length ? _turns[taken] : double.PositiveInfinity;
            if (Between(below, above, _start[own]) is { } weight && Score() is var score && score > best.Score)
            {
                best = (weight, score);
            }

            if (taken < _turns.Length)
            {
                Decide(_order[taken], _rivals[_order[taken]], -1);
                Decide(_order[taken], own, 1);
            }
        }

        bool isOther = best.Weight != Weights[own];
        Weights[own] = best.Weight;
        return isOther;
    }

    // The score of the present weights, of which one may be where decisions change. Leaves the counts as if the class had no weight.
    private double Now(int own)
    {
        int[] turned = [.. Enumerable.Range(0, _use.Length).Where(i => ExpressionDecision.Choose(_rows.Row(_use[i]), Weights) == own)];
        double[] hits = [.. _hits];
        Array.ForEach(turned, i => Decide(i, _rivals[i], -1));
        Array.ForEach(turned, i => Decide(i, own, 1));
        double score = Score();
        Array.ForEach(turned, i => Decide(i, own, -1));
        Array.ForEach(turned, i => Decide(i, _rivals[i], 1));
        hits.CopyTo(_hits, 0); // to the last bit
        return score;
    }

    // A weight that lies surely between two turns: the first one where it does, else half way on a scale of ratios; at the ends, twice.
    private static float? Between(double below, double above, float first)
    {
        const double Apart = 1 + 1e-6;
        if (double.IsInfinity(below) || above == 0)
        {
            return null;
        }

        double middle = below < first && first < above ? first
            : below == 0 ? above / 2
            : double.IsInfinity(above) ? below * 2
            : Math.Sqrt(below * above);
        float weight = (float)middle;
        return weight > 0 && float.IsFinite(weight) && weight > below * Apart && weight * Apart < above ? weight : null;
    }

    // The class that is decided for where the own one has no weight.
    private int Rival(int i, int own)
    {
        ReadOnlySpan<float> probabilities = _rows.Row(_use[i]);
        int rival = own == 0 ? 1 : 0;
        for (int k = rival + 1; k < probabilities.Length; k++)
        {
            rival = k != own && (double)probabilities[k] * Weights[k] > (double)probabilities[rival] * Weights[rival] ? k : rival;
        }

        return rival;
    }

    // The weight of the own class above which it is decided for.
    private double Turn(int i, int own, int rival)
    {
        ReadOnlySpan<float> probabilities = _rows.Row(_use[i]);
        return probabilities[own] > 0 ? (double)probabilities[rival] * Weights[rival] / probabilities[own] : double.PositiveInfinity;
    }

    private void Decide(int i, int decided, int change)
    {
        _decided[decided] += change;
        _hits[decided] += change * Posterior(i, decided);
    }

    private double Posterior(int i, int index) => _posterior[(i * _rows.Classes) + index];

    // Macro F1 with the hits and the shares of the classes as they are to be expected.
    private double Score()
    {
        double sum = 0;
        for (int k = 0; k < _hits.Length; k++)
        {
            sum += _expected[k] > 0 ? 2 * _hits[k] / (_expected[k] + _decided[k]) : 0;
        }

        return sum / _hits.Length;
    }
}
