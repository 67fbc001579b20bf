namespace SsMfar.Data;

/// <summary>
/// How strong the action units of one row are: each a number from 0 (absent) to 5 (at its maximum), FACS's grades A to E being 1 to 5, or
/// unknown. Presence is another label (<see cref="AnnotationRow.ActionUnits"/>): neither follows from the other here.
/// </summary>
public readonly struct ActionUnitIntensities
{
    /// <summary>The highest intensity: 5.</summary>
    public const int Highest = 5;

    private readonly IntensityColumns? _columns;
    private readonly ReadOnlyMemory<float> _values;

    internal ActionUnitIntensities(IntensityColumns? columns, ReadOnlyMemory<float> values) => (_columns, _values) = (columns, values);

    /// <summary>
    /// Gets the units that the row's set has intensities of, known in this row or not; null where it has none
    /// (<see cref="AnnotationSet.IntensityUnits"/>).
    /// </summary>
    public ActionUnitSet? Units => _columns?.Units;

    /// <summary>Gets how many intensities are known.</summary>
    public int KnownCount
    {
        get
        {
            int known = 0;
            for (int i = 0; i < (Units?.Count ?? 0); i++)
            {
                known += float.IsNaN(AtPlace(i)) ? 0 : 1;
            }

            return known;
        }
    }

    /// <summary>Gets whether at least one intensity is known.</summary>
    public bool AnyKnown => KnownCount > 0;

    /// <summary>Gets the intensity of a unit, 0 to 5; null where it is unknown, or the set has no intensities of the unit.</summary>
    /// <param name="unit">A unit.</param>
    public float? this[ActionUnit unit] =>
        Units?.IndexOf(unit) is { } place and >= 0 && AtPlace(place) is var value && !float.IsNaN(value) ? value : null;

    /// <summary>The intensity at a place of <see cref="Units"/>; NaN where unknown.</summary>
    internal float AtPlace(int place)
    {
        // A row may have been given other extra values than those of its set.
        int column = _columns!.Columns[place];
        return column < _values.Length ? _values.Span[column] : float.NaN;
    }
}
