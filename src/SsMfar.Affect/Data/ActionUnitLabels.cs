using System.Numerics;

namespace SsMfar.Data;

/// <summary>The action units of one row, each present, absent or unknown, packed in four bytes.</summary>
public readonly record struct ActionUnitLabels
{
    private readonly ushort _known;
    private readonly ushort _active;

    private ActionUnitLabels(ushort known, ushort active)
    {
        _known = known;
        _active = active;
    }

    /// <summary>No unit is known.</summary>
    public static ActionUnitLabels Unknown => default;

    /// <summary>Bit i is set where unit i is known.</summary>
    internal int KnownMask => _known;

    /// <summary>Bit i is set where unit i is present; never where it is unknown.</summary>
    internal int ActiveMask => _active;

    /// <summary>Gets how many units are known, 0 to 12.</summary>
    public int KnownCount => BitOperations.PopCount(_known);

    /// <summary>Gets whether at least one unit is known.</summary>
    public bool AnyKnown => _known != 0;

    /// <summary>A unit by its column (see <see cref="ActionUnits"/>): true (present), false (absent) or null (unknown).</summary>
    /// <param name="index">0 to 11.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="index"/> is outside 0 to 11.</exception>
    public bool? this[int index]
    {
        get
        {
            ArgumentOutOfRangeException.ThrowIfNegative(index);
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, ActionUnits.Count);
            int bit = 1 << index;
            return (_known & bit) == 0 ? null : (_active & bit) != 0;
        }
    }

    /// <summary>A unit: true (present), false (absent) or null (unknown).</summary>
    /// <param name="unit">One of the twelve units.</param>
    public bool? this[ActionUnit unit] => this[ActionUnits.IndexOf(unit)];

    /// <summary>The same labels with one unit changed.</summary>
    /// <param name="index">0 to 11.</param>
    /// <param name="value">true (present), false (absent) or null (unknown).</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="index"/> is outside 0 to 11.</exception>
    public ActionUnitLabels With(int index, bool? value)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, ActionUnits.Count);
        ushort bit = (ushort)(1 << index);
        return new(
            (ushort)(value.HasValue ? _known | bit : _known & ~bit),
            (ushort)(value == true ? _active | bit : _active & ~bit));
    }

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

    internal static ActionUnitLabels FromMasks(ushort known, ushort active) => new(known, (ushort)(active & known));
}
