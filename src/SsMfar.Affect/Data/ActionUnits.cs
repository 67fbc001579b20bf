using System.Collections.Immutable;
using System.Globalization;

namespace SsMfar.Data;

/// <summary>
/// The fixed order of the challenge's twelve action units in its files and submissions, and the names and numbers of all others. Which
/// units a set, a model or a score is about is an <see cref="ActionUnitSet"/>.
/// </summary>
public static class ActionUnits
{
    /// <summary>The number of action units of the challenge: 12.</summary>
    public const int Count = 12;

    /// <summary>The highest number that a unit has here; FACS's codes above are of whole movements, such as a nod.</summary>
    internal const int HighestNumber = 64;

    /// <summary>How many units a row has room for: one for each number.</summary>
    internal const int Slots = HighestNumber;

    /// <summary>Gets the units in column order: AU1, AU2, AU4, AU6, AU7, AU10, AU12, AU15, AU23, AU24, AU25, AU26.</summary>
    public static ImmutableArray<ActionUnit> All { get; } =
    [
        ActionUnit.AU1, ActionUnit.AU2, ActionUnit.AU4, ActionUnit.AU6, ActionUnit.AU7, ActionUnit.AU10,
        ActionUnit.AU12, ActionUnit.AU15, ActionUnit.AU23, ActionUnit.AU24, ActionUnit.AU25, ActionUnit.AU26,
    ];

    /// <summary>Gets the names in column order: <c>AU1</c> ... <c>AU26</c>.</summary>
    public static ImmutableArray<string> Names { get; } = [.. All.Select(unit => unit.ToString())];

    // The challenge's twelve first, so that their slots are their columns; then the other numbers.
    private static readonly ActionUnit[] BySlot =
        [.. All, .. Enumerable.Range(1, HighestNumber).Select(number => (ActionUnit)number).Where(unit => !All.Contains(unit))];

    private static readonly int[] SlotByNumber = Invert();

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

    /// <summary>The name of a unit, such as <c>AU12</c>, whether or not <see cref="ActionUnit"/> lists it.</summary>
    /// <param name="unit">The unit.</param>
    public static string NameOf(ActionUnit unit) => string.Create(CultureInfo.InvariantCulture, $"AU{(int)unit}");

    /// <summary>Reads the name of a unit.</summary>
    /// <param name="name">A name such as <c>AU12</c> or <c>au01</c>.</param>
    /// <param name="unit">The unit.</param>
    /// <returns>Whether it is the name of a unit 1 to 64.</returns>
    public static bool TryParse(string name, out ActionUnit unit)
    {
        bool isUnit = ColumnNames.Unit(name) is (int number, false) && IsUnit(number);
        unit = isUnit ? (ActionUnit)ColumnNames.Unit(name)!.Value.Number : default;
        return isUnit;
    }

    /// <summary>Whether a unit can have this number.</summary>
    internal static bool IsUnit(int number) => number is >= 1 and <= HighestNumber;

    /// <summary>The slot of a unit in a row's labels.</summary>
    internal static int SlotOf(ActionUnit unit) => IsUnit((int)unit)
        ? SlotByNumber[(int)unit]
        : throw new ArgumentOutOfRangeException(nameof(unit), unit, $"Units have the numbers 1 to {HighestNumber}.");

    /// <summary>The unit of a slot.</summary>
    internal static ActionUnit OfSlot(int slot) => BySlot[slot];

    private static int[] Invert()
    {
        int[] slots = new int[HighestNumber + 1];
        for (int slot = 0; slot < BySlot.Length; slot++)
        {
            slots[(int)BySlot[slot]] = slot;
        }

        return slots;
    }
}
