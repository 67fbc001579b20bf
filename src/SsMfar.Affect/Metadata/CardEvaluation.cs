using System.Collections.Immutable;

namespace SsMfar.Metadata;

/// <summary>The scores that a model card gives.</summary>
public sealed class CardEvaluation
{
    /// <summary>Gets how many faces were judged.</summary>
    public required int Rows { get; init; }

    /// <summary>Gets what was drawn for the intervals, such as <c>rows</c> or <c>videos</c>.</summary>
    public required string GroupBy { get; init; }

    /// <summary>Gets the level of the intervals, in (0, 1).</summary>
    public required double Level { get; init; }

    /// <summary>Gets the scores of all faces.</summary>
    public ImmutableArray<CardScore> Scores { get; init; } = [];

    /// <summary>Gets the scores of groups of people beside those of all others.</summary>
    public ImmutableArray<CardSubgroup> Subgroups { get; init; } = [];

    internal void Validate()
    {
        IEnumerable<double?> numbers =
        [
            Level, .. Scores.SelectMany(score => new[] { score.Value, score.Low, score.High }),
            .. Subgroups.SelectMany(group => new[] { group.Score.Value, group.Score.Low, group.Score.High, group.Gap.Value, group.Gap.Low,
                group.Gap.High }),
        ];
        if (numbers.Any(number => number is { } known && !double.IsFinite(known)))
        {
            throw new ArgumentException("A score of the card is not a finite number.");
        }

        if (Rows < 0 || Level is <= 0 or >= 1 || string.IsNullOrWhiteSpace(GroupBy))
        {
            throw new ArgumentException(FormattableString.Invariant(
                $"The card's evaluation is of {Rows} rows, drawn by '{GroupBy}', at a level of {Level}. ") +
                "Give 0 rows or more, a word, and a level between 0 and 1.");
        }
    }
}

/// <summary>A score with its interval.</summary>
/// <param name="name">What it is of, such as <c>expression, macro F1</c>.</param>
/// <param name="value">The score; null where it is undefined.</param>
/// <param name="low">The lower end of the interval, or null.</param>
/// <param name="high">The upper end of the interval, or null.</param>
public sealed class CardScore(string name, double? value, double? low = null, double? high = null)
{
    /// <summary>Gets what it is of.</summary>
    public string Name { get; } = name;

    /// <summary>Gets the score; null where it is undefined.</summary>
    public double? Value { get; } = value;

    /// <summary>Gets the lower end of the interval, or null.</summary>
    public double? Low { get; } = low;

    /// <summary>Gets the upper end of the interval, or null.</summary>
    public double? High { get; } = high;
}

/// <summary>A group of people beside all others.</summary>
/// <param name="column">The column of the annotations that makes the group.</param>
/// <param name="group">Its value.</param>
/// <param name="labels">How many labels of the task the group has.</param>
/// <param name="score">The group's score, by the task's name.</param>
/// <param name="gap">The others' score less the group's.</param>
/// <param name="isFound">Whether the gap is more than chance explains.</param>
public sealed class CardSubgroup(string column, string group, int labels, CardScore score, CardScore gap, bool isFound)
{
    /// <summary>Gets the column of the annotations that makes the group.</summary>
    public string Column { get; } = column;

    /// <summary>Gets its value.</summary>
    public string Group { get; } = group;

    /// <summary>Gets how many labels of the task the group has.</summary>
    public int Labels { get; } = labels;

    /// <summary>Gets the group's score, by the task's name.</summary>
    public CardScore Score { get; } = score;

    /// <summary>Gets the others' score less the group's.</summary>
    public CardScore Gap { get; } = gap;

    /// <summary>Gets whether the gap is more than chance explains.</summary>
    public bool IsFound { get; } = isFound;
}
