using System.Numerics;

namespace SsMfar.Data;

/// <summary>The action units of one row, each present, absent or unknown.</summary>
public readonly record struct ActionUnitLabels
{
    private readonly ulong _known;
    private readonly ulong _active;

    private ActionUnitLabels(ulong known, ulong active)
    {
        _known = known;
        _active = active;
    }

    /// <summary>No unit is known.</summary>
    public static ActionUnitLabels Unknown => default;

    /// <summary>A bit for each slot (<see cref="ActionUnits.SlotOf"/>), set where its unit is known.</summary>
    internal ulong KnownMask => _known;

    /// <summary>A bit for each slot, set where its unit is present; never where it is unknown.</summary>
    internal ulong ActiveMask => _active;

    /// <summary>Gets how many units are known.</summary>
    public int KnownCount => BitOperations.PopCount(_known);

    /// <summary>Gets whether at least one unit is known.</summary>
    public bool AnyKnown => _known != 0;

    /// <summary>
    /// One of the challenge's twelve units by its column (see <see cref="ActionUnits"/>): true (present), false (absent) or null (unknown).
    /// </summary>
    /// <param name="index">0 to 11.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="index"/> is outside 0 to 11.</exception>
    public bool? this[int index]
    {
        get
        {
            ArgumentOutOfRangeException.ThrowIfNegative(index);
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, ActionUnits.Count);
            return AtSlot(index);
        }
    }

    /// <summary>A unit, of the twelve or any other: true (present), false (absent) or null (unknown).</summary>
    /// <param name="unit">A unit 1 to 64.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="unit"/> is no unit.</exception>
    public bool? this[ActionUnit unit] => AtSlot(ActionUnits.SlotOf(unit));

    /// <summary>The same labels with one of the challenge's twelve units changed.</summary>
    /// <param name="index">0 to 11.</param>
    /// <param name="value">true (present), false (absent) or null (unknown).</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="index"/> is outside 0 to 11.</exception>
    public ActionUnitLabels With(int index, bool? value)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, ActionUnits.Count);
        return WithSlot(index, value);
    }

    /// <summary>The same labels with one unit changed, of the twelve or any other.</summary>
    /// <param name="unit">A unit 1 to 64.</param>
    /// <param name="value">true (present), false (absent) or null (unknown).</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="unit"/> is no unit.</exception>
    public ActionUnitLabels With(ActionUnit unit, bool? value) => WithSlot(ActionUnits.SlotOf(unit), value);

    /// <summary>Labels from twelve values in column order.</summary>
    /// <param name="values">Twelve entries: true (present), false (absent) or null (unknown).</param>
    /// <exception cref="ArgumentException"><paramref name="values"/> does not have twelve entries.</exception>
    public static ActionUnitLabels From(ReadOnlySpan<bool?> values)
    {
        if (values.Length != ActionUnits.Count)
        {
            throw new ArgumentException($"Expected {ActionUnits.Count} action units, got {values.Length}.", nameof(values));
        }

        ActionUnitLabels labels = default;
        for (int i = 0; i < values.Length; i++)
        {
            labels = labels.With(i, values[i]);
        }

        return labels;
    }

    /// <summary>The unit in a slot.</summary>
    internal bool? AtSlot(int slot) => (_known >> slot & 1) == 0 ? null : (_active >> slot & 1) != 0;

    /// <summary>The same labels with the unit of a slot changed.</summary>
    internal ActionUnitLabels WithSlot(int slot, bool? value)
    {
        ulong bit = 1UL << slot;
        return new(value.HasValue ? _known | bit : _known & ~bit, value == true ? _active | bit : _active & ~bit);
    }

    /// <summary>The labels of some units alone.</summary>
    internal ActionUnitLabels Only(ActionUnitSet units) => new(_known & units.Mask, _active & units.Mask);

    internal static ActionUnitLabels FromMasks(ulong known, ulong active) => new(known, active & known);
}
