using SsMfar.Predictions;

namespace SsMfar.Metrics;

/// <summary>A probability beside what is true.</summary>
/// <param name="Probability">How sure it is.</param>
/// <param name="IsRight">Whether what it is sure of is true.</param>
/// <param name="Loss">The negative logarithm of the probability of what is true.</param>
/// <param name="Brier">The squared distance from the truth.</param>
internal readonly record struct CalibrationOutcome(float Probability, bool IsRight, double Loss, double Brier)
{
    /// <summary>The most probable class, the first of equals, is what is right or wrong, whichever is decided.</summary>
    public static CalibrationOutcome OfExpression(ReadOnlySpan<float> probabilities, int truth)
    {
        int top = ExpressionDecision.Choose(probabilities, []);
        double brier = 0;
        for (int i = 0; i < probabilities.Length; i++)
        {
            double off = probabilities[i] - (i == truth ? 1.0 : 0);
            brier += off * off;
        }

        return new(probabilities[top], top == truth, -ExpressionDecision.Logarithm(probabilities[truth]), brier);
    }

    public static CalibrationOutcome OfUnit(float probability, bool present)
    {
        double off = probability - (present ? 1.0 : 0);
        return new(probability, present, -ExpressionDecision.Logarithm(present ? probability : 1 - probability), off * off);
    }
}
