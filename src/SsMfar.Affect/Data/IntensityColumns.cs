using System.Collections.Immutable;

namespace SsMfar.Data;

/// <summary>Which columns of numbers hold intensities of action units: those that are named <c>AU12_intensity</c>.</summary>
internal sealed class IntensityColumns
{
    private IntensityColumns(ActionUnitSet units, int[] columns) => (Units, Columns) = (units, columns);

    /// <summary>Gets the units that have such a column.</summary>
    public ActionUnitSet Units { get; }

    /// <summary>Gets the place of each unit's column among the columns of numbers, in the order of <see cref="Units"/>.</summary>
    public int[] Columns { get; }

    /// <summary>Finds them; null where there are none.</summary>
    public static IntensityColumns? Of(ImmutableArray<string> numbers)
    {
        // Codes above those of units (AU85_intensity) stay columns of the file's own.
        (ActionUnit Unit, int Column)[] all =
        [
            .. numbers.Select((name, column) => (Named: ColumnNames.Unit(name), column))
                .Where(pair => pair.Named is (var number, true) && ActionUnits.IsUnit(number))
                .Select(pair => ((ActionUnit)pair.Named!.Value.Number, pair.column)).OrderBy(pair => pair.Item1),
        ];
        return all.Length == 0 ? null : new(new(all.Select(pair => pair.Unit).ToArray()), Array.ConvertAll(all, pair => pair.Column));
    }
}
