using System.Collections.Immutable;

namespace SsMfar.Data;

public sealed partial class AnnotationSet
{
    /// <summary>
    /// Gets the action units that the set has intensities of, which the task of intensities and its scores follow; null where it has none.
    /// They are those whose columns are named <c>AU12_intensity</c>, which stay among <see cref="ExtraColumns"/>: whatever carries columns
    /// carries them. They need not be the units of <see cref="Units"/>.
    /// </summary>
    public ActionUnitSet? IntensityUnits => Intensities?.Units;

    internal IntensityColumns? Intensities { get; }

    /// <summary>The name of the column that holds a unit's intensities, such as <c>AU12_intensity</c>.</summary>
    /// <param name="unit">A unit 1 to 64.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="unit"/> is no unit.</exception>
    public static string IntensityColumn(ActionUnit unit) => ActionUnits.IsUnit((int)unit)
        ? ColumnNames.Intensity((int)unit)
        : throw new ArgumentOutOfRangeException(
            nameof(unit), unit, $"Units have the numbers 1 to {ActionUnits.HighestNumber}.");

    /// <summary>The same rows with intensities of action units in columns of their own; presence stays as it is.</summary>
    /// <param name="units">The units.</param>
    /// <param name="intensity">The intensity of a unit in a row, 0 to 5; null keeps the one that it has, NaN makes it unknown.</param>
    /// <exception cref="ArgumentException">An intensity is outside [0, 5].</exception>
    public AnnotationSet WithIntensities(ActionUnitSet units, Func<AnnotationRow, ActionUnit, float?> intensity)
    {
        ArgumentNullException.ThrowIfNull(units);
        ArgumentNullException.ThrowIfNull(intensity);
        string[] added = [.. units.Units.Where(unit => ColumnOf(unit) < 0).Select(IntensityColumn)];
        ImmutableArray<string> columns = [.. ExtraColumns, .. added];
        int next = ExtraColumns.Length;
        int[] places = [.. units.Units.Select(unit => ColumnOf(unit) is >= 0 and var column ? column : next++)];
        return With(
            this.Select(row =>
            {
                float[] extra = [.. row.Extra.Span, .. Enumerable.Repeat(float.NaN, added.Length)];
                for (int i = 0; i < places.Length; i++)
                {
                    extra[places[i]] = intensity(row, units[i]) ?? extra[places[i]];
                }

                return row with { Extra = extra };
            }),
            columns,
            TextColumns);

        int ColumnOf(ActionUnit unit) =>
            Intensities is { } own && own.Units.IndexOf(unit) is >= 0 and var place ? own.Columns[place] : -1;
    }

    private bool HasIntensity(int row) => this[row].Intensities.AnyKnown;
}
