using System.Collections.Immutable;
using System.Numerics;

namespace SsMfar.Data;

/// <summary>What a set holds: rows, missing labels, samples per class and unit, and the weights that balance them. Immutable.</summary>
public sealed class AnnotationStatistics
{
    internal AnnotationStatistics(AnnotationSet set)
    {
        AnnotationColumns columns = set.Columns;
        int[] classes = new int[set.ExpressionClasses.Count];
        int[] positives = new int[set.Units.Count];
        int[] negatives = new int[set.Units.Count];
        IntensityUnits = set.IntensityUnits;
        int[] intensities = new int[IntensityUnits?.Count ?? 0];
        double[] sums = new double[intensities.Length];
        for (int i = 0; i < columns.Count; i++)
        {
            KnownValence += double.IsNaN(columns.ValenceArousal[2 * i]) ? 0 : 1;
            KnownArousal += double.IsNaN(columns.ValenceArousal[2 * i + 1]) ? 0 : 1;
            if (!columns.HasValenceArousal(i))
            {
                InvalidValenceArousal++;
            }

            if (columns.Expressions[i] == AnnotationColumns.UnknownExpression)
            {
                InvalidExpression++;
            }
            else
            {
                classes[columns.Expressions[i]]++;
            }

            ActionUnitLabels units = columns.ActionUnits[i];
            if (!units.AnyKnown)
            {
                InvalidActionUnits++;
            }

            CountBits(units.ActiveMask, set.Units, positives);
            CountBits(units.KnownMask & ~units.ActiveMask, set.Units, negatives);
            KnownIntensity += CountIntensities(set, i, intensities, sums) ? 1 : 0;
        }

        Rows = columns.Count;
        ExpressionClasses = set.ExpressionClasses;
        Units = set.Units;
        ExpressionCounts = [.. classes];
        ActionUnitPositives = [.. positives];
        ActionUnitNegatives = [.. negatives];
        IntensityCounts = [.. intensities];
        MeanIntensities = [.. sums.Select((sum, i) => intensities[i] == 0 ? (double?)null : sum / intensities[i])];
    }

    /// <summary>Gets the number of rows.</summary>
    public int Rows { get; }

    /// <summary>Gets the number of rows with a valence, with or without an arousal.</summary>
    public int KnownValence { get; }

    /// <summary>Gets the number of rows with an arousal, with or without a valence.</summary>
    public int KnownArousal { get; }

    /// <summary>Gets the number of rows that lack valence, arousal or both.</summary>
    public int InvalidValenceArousal { get; }

    /// <summary>Gets the number of rows without one known action unit.</summary>
    public int InvalidActionUnits { get; }

    /// <summary>Gets the number of rows without an expression.</summary>
    public int InvalidExpression { get; }

    /// <summary>Gets the classes that <see cref="ExpressionCounts"/> follows.</summary>
    public ExpressionClassSet ExpressionClasses { get; }

    /// <summary>Gets rows of each class: n[i] of Eq. 1.</summary>
    public ImmutableArray<int> ExpressionCounts { get; }

    /// <summary>Gets the action units that the counts and weights of units follow.</summary>
    public ActionUnitSet Units { get; }

    /// <summary>Gets rows in which each unit is present, in the order of <see cref="Units"/>.</summary>
    public ImmutableArray<int> ActionUnitPositives { get; }

    /// <summary>
    /// Gets rows in which each unit is absent (unknown rows count nowhere), in the order of <see cref="Units"/>.
    /// </summary>
    public ImmutableArray<int> ActionUnitNegatives { get; }

    /// <summary>Gets the number of rows with an intensity of at least one unit.</summary>
    public int KnownIntensity { get; }

    /// <summary>Gets the action units that there are intensities of; null where there are none.</summary>
    public ActionUnitSet? IntensityUnits { get; }

    /// <summary>Gets rows that have an intensity of each unit, in the order of <see cref="IntensityUnits"/>; empty without any.</summary>
    public ImmutableArray<int> IntensityCounts { get; }

    /// <summary>
    /// Gets the mean of the known intensities of each unit, 0 to 5, in the order of <see cref="IntensityUnits"/>; null of a unit that no
    /// row has one of.
    /// </summary>
    public ImmutableArray<double?> MeanIntensities { get; }

    /// <summary>The class weights of Eq. 1: <c>N / n[i]</c>, N being the rows with an expression, raised to a power and capped.</summary>
    /// <param name="power">1 as in the paper; less dampens the weights, 0 makes all 1, or the cap where that is less.</param>
    /// <param name="cap">The largest weight, also that of a class without a sample; no cap when null.</param>
    /// <returns>A weight a class; null for a class without a sample when there is no cap and the power is not 0.</returns>
    /// <exception cref="ArgumentOutOfRangeException">
    /// <paramref name="power"/> is negative or not finite, or <paramref name="cap"/> is not positive.
    /// </exception>
    public ImmutableArray<double?> ExpressionWeights(double power = 1, double? cap = null)
    {
        CheckArguments(power, cap);
        double total = Rows - InvalidExpression;
        return [.. ExpressionCounts.Select(count => Weight(total, count, power, cap))];
    }

    /// <summary>
    /// The weights of positive examples of each unit: <c>negatives / positives</c> (Eq. 2) or <c>known / (2 positives)</c>, raised to a
    /// power and capped.
    /// </summary>
    /// <param name="power">1 as in the paper; less dampens the weights, 0 makes all 1, or the cap where that is less.</param>
    /// <param name="weighting">Which formula.</param>
    /// <param name="cap">
    /// The largest weight, also that of a unit that is never present; a unit that is never absent then weighs 1, or the cap where that is
    /// less. No cap when null.
    /// </param>
    /// <returns>
    /// A weight a unit. Without a cap and with a power, null for a unit that is never present or never absent, by either formula: it lacks
    /// samples of one of its two classes, and Eq. 2 would weigh the other with infinity or 0.
    /// </returns>
    /// <exception cref="ArgumentOutOfRangeException">
    /// <paramref name="power"/> is negative or not finite, <paramref name="weighting"/> is unknown, or <paramref name="cap"/> is not
    /// positive.
    /// </exception>
    public ImmutableArray<double?> ActionUnitWeights(
        double power = 1, ActionUnitWeighting weighting = ActionUnitWeighting.NegativeOverPositive, double? cap = null)
    {
        CheckArguments(power, cap);
        double?[] weights = new double?[Units.Count];
        for (int i = 0; i < weights.Length; i++)
        {
            double positives = ActionUnitPositives[i];
            double negatives = ActionUnitNegatives[i];
            weights[i] = weighting switch
            {
                ActionUnitWeighting.NegativeOverPositive or ActionUnitWeighting.NOver2Positive
                    when power > 0 && positives > 0 && negatives == 0 => cap is { } largest ? Math.Min(1, largest) : null,
                ActionUnitWeighting.NegativeOverPositive => Weight(negatives, positives, power, cap),
                ActionUnitWeighting.NOver2Positive => Weight(positives + negatives, 2 * positives, power, cap),
                _ => throw new ArgumentOutOfRangeException(nameof(weighting), weighting, "Unknown weighting."),
            };
        }

        return [.. weights];
    }

    /// <summary>The class weights for training: as <see cref="ExpressionWeights"/>, but a class without a sample is an error.</summary>
    /// <param name="power">As in <see cref="ExpressionWeights"/>.</param>
    /// <param name="cap">As in <see cref="ExpressionWeights"/>; with a cap, or a power of 0, nothing is refused.</param>
    /// <exception cref="InsufficientLabelsException">A class has no sample, and there is no cap and a power.</exception>
    /// <exception cref="ArgumentOutOfRangeException">As in <see cref="ExpressionWeights"/>.</exception>
    public ImmutableArray<double> RequireExpressionWeights(double power = 1, double? cap = null) =>
        Require(
            ExpressionWeights(power, cap),
            ExpressionClasses.Names,
            missing => $"is labelled {string.Join(" or ", missing)}",
            "expression",
            "use another class set");

    /// <summary>
    /// The unit weights for training: as <see cref="ActionUnitWeights"/>, but a unit that is never present, or never absent, is an error.
    /// </summary>
    /// <param name="power">As in <see cref="ActionUnitWeights"/>.</param>
    /// <param name="weighting">Which formula.</param>
    /// <param name="cap">As in <see cref="ActionUnitWeights"/>; with a cap, or a power of 0, nothing is refused.</param>
    /// <exception cref="InsufficientLabelsException">
    /// A unit is never present, or never absent, and there is no cap and a power.
    /// </exception>
    /// <exception cref="ArgumentOutOfRangeException">As in <see cref="ActionUnitWeights"/>.</exception>
    public ImmutableArray<double> RequireActionUnitWeights(
        double power = 1, ActionUnitWeighting weighting = ActionUnitWeighting.NegativeOverPositive, double? cap = null) =>
        Require(ActionUnitWeights(power, weighting, cap), Units.Names, OneSided, "action unit", "leave the task out");

    private static double? Weight(double numerator, double count, double power, double? cap)
    {
        // Whatever there is of it to the power of 0 is 1.
        if (count == 0 && power > 0)
        {
            return cap;
        }

        double weight = Math.Pow(numerator / count, power);
        return cap is { } largest ? Math.Min(weight, largest) : weight;
    }

    // A unit that nobody labelled lacks both kinds of row; showing it is what the others of its set have.
    private string OneSided(string[] missing)
    {
        string[] absent = [.. missing.Where(unit => ActionUnitPositives[Units.Names.IndexOf(unit)] == 0)];
        string[] present = [.. missing.Except(absent)];
        string shows = $"shows {string.Join(" or ", absent)}", lacks = $"is labelled as lacking {string.Join(" or ", present)}";
        return absent.Length == 0 ? lacks : present.Length == 0 ? shows : $"{shows}, and none {lacks}";
    }

    private static ImmutableArray<double> Require(
        ImmutableArray<double?> weights, IReadOnlyList<string> names, Func<string[], string> predicate, string kind, string alternative)
    {
        string[] missing = [.. names.Where((_, i) => weights[i] is null)];
        return missing.Length == 0
            ? [.. weights.Select(weight => weight!.Value)]
            : throw new InsufficientLabelsException(
                missing,
                $"No row {predicate(missing)}, so the {kind} weights are undefined.",
                $"Add such rows, {alternative}, or set a cap for the weights.");
    }

    private static void CountBits(ulong mask, ActionUnitSet units, int[] counts)
    {
        for (; mask != 0; mask &= mask - 1)
        {
            counts[units.PlaceOfSlot(BitOperations.TrailingZeroCount(mask))]++;
        }
    }

    // Whether the row has any.
    private static bool CountIntensities(AnnotationSet set, int row, int[] counts, double[] sums)
    {
        if (counts.Length == 0)
        {
            return false;
        }

        bool any = false;
        ActionUnitIntensities intensities = set[row].Intensities;
        for (int i = 0; i < counts.Length; i++)
        {
            float value = intensities.AtPlace(i);
            if (!float.IsNaN(value))
            {
                counts[i]++;
                sums[i] += value;
                any = true;
            }
        }

        return any;
    }

    private static void CheckArguments(double power, double? cap)
    {
        if (!double.IsFinite(power) || power < 0)
        {
            throw new ArgumentOutOfRangeException(nameof(power), power, "The power must be finite and not negative.");
        }

        if (cap is { } largest && !(largest > 0 && double.IsFinite(largest)))
        {
            throw new ArgumentOutOfRangeException(nameof(cap), largest, "The cap must be finite and positive.");
        }
    }
}
