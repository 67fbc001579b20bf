namespace SsMfar.Data;

public sealed partial class AnnotationSet
{
    /// <summary>
    /// Parts the rows in folds of about the same size, for cross-fitting: each fold is predicted by a model that learned from the others.
    /// Each expression, each unit present and absent, and each unit in each expression is spread evenly over the folds, as far as groups
    /// allow. A class with two groups or more is then learned whichever fold is held back, wherever moving a group or swapping two can
    /// still make it so.
    /// </summary>
    /// <param name="folds">How many, at least 2; fewer where there are fewer groups.</param>
    /// <param name="seed">Chooses among groups of one size; the result does not depend on the order of the rows.</param>
    /// <param name="groupBy">
    /// The group of an image, such as <see cref="ImageGroups.Video"/>: a group's rows are all in one fold. Null: rows part singly.
    /// </param>
    /// <returns>The fold of each row, from 0.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="folds"/> is below 2.</exception>
    /// <exception cref="InvalidOperationException">There are fewer than two groups.</exception>
    public int[] Folds(int folds, long seed, Func<string, string>? groupBy = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(folds, 2);
        return StratifiedFolds.Of(this, folds, seed, groupBy ?? (image => image));
    }
}
