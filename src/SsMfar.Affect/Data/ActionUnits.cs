using System.Collections.Immutable;

namespace SsMfar.Data;

/// <summary>The fixed order of the twelve action units in annotation files, tensors, metrics and submissions.</summary>
public static class ActionUnits
{
    /// <summary>The number of action units: 12.</summary>
    public const int Count = 12;

    /// <summary>Gets the units in column order: AU1, AU2, AU4, AU6, AU7, AU10, AU12, AU15, AU23, AU24, AU25, AU26.</summary>
    public static ImmutableArray<ActionUnit> All { get; } =
    [
        ActionUnit.AU1, ActionUnit.AU2, ActionUnit.AU4, ActionUnit.AU6, ActionUnit.AU7, ActionUnit.AU10,
        ActionUnit.AU12, ActionUnit.AU15, ActionUnit.AU23, ActionUnit.AU24, ActionUnit.AU25, ActionUnit.AU26,
    ];

    /// <summary>Gets the names in column order: <c>AU1</c> ... <c>AU26</c>.</summary>
    public static ImmutableArray<string> Names { get; } = [.. All.Select(unit => unit.ToString())];

    /// <summary>The column of a unit.</summary>
    /// <param name="unit">One of the twelve units.</param>
    /// <returns>0 to 11.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="unit"/> is not one of the twelve.</exception>
    public static int IndexOf(ActionUnit unit)
    {
        int index = All.IndexOf(unit);
        return index >= 0
            ? index
            : throw new ArgumentOutOfRangeException(nameof(unit), unit, $"Not one of the twelve action units {string.Join(", ", Names)}.");
    }
}
