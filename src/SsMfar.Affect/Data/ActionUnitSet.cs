using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace SsMfar.Data;

/// <summary>
/// The action units that labels, a model or scores are about: any of FACS's, in the order of their numbers. Two are equal when they have
/// the same units. Immutable. In JSON an array of the names.
/// </summary>
[JsonConverter(typeof(NamesConverter))]
public sealed class ActionUnitSet : IEquatable<ActionUnitSet>
{
    private readonly sbyte[] _placeOf = new sbyte[ActionUnits.Slots]; // of each slot; -1 where its unit is not in the set
    private readonly byte[] _slots;

    /// <summary>Makes a set.</summary>
    /// <param name="units">The units, in any order, each once; numbers 1 to 64.</param>
    /// <exception cref="ArgumentException">There is no unit, one repeats, or a number is outside of 1 to 64.</exception>
    public ActionUnitSet(params IEnumerable<ActionUnit> units)
    {
        ArgumentNullException.ThrowIfNull(units);
        ActionUnit[] all = [.. units.Order()];
        if (all.Length == 0)
        {
            throw new ArgumentException("A set of action units has at least one.", nameof(units));
        }

        if (all.FirstOrDefault(unit => !ActionUnits.IsUnit((int)unit)) is not 0 and var wrong)
        {
            throw new ArgumentException(
                FormattableString.Invariant($"{(int)wrong} is the number of no action unit; they are 1 to {ActionUnits.HighestNumber}."),
                nameof(units));
        }

        if (all.GroupBy(unit => unit).FirstOrDefault(same => same.Count() > 1) is { } twice)
        {
            throw new ArgumentException($"{ActionUnits.NameOf(twice.Key)} is given twice.", nameof(units));
        }

        Units = [.. all];
        Names = [.. all.Select(ActionUnits.NameOf)];
        _slots = Array.ConvertAll(all, unit => (byte)ActionUnits.SlotOf(unit));
        Array.Fill(_placeOf, (sbyte)-1);
        for (int i = 0; i < _slots.Length; i++)
        {
            _placeOf[_slots[i]] = (sbyte)i;
            Mask |= 1UL << _slots[i];
        }
    }

    /// <summary>Gets the twelve units of s-Aff-Wild2 and the challenges: <see cref="ActionUnits.All"/>.</summary>
    public static ActionUnitSet AffWild2 { get; } = new(ActionUnits.All);

    /// <summary>Gets the twelve units of DISFA: 1, 2, 4, 5, 6, 9, 12, 15, 17, 20, 25 and 26.</summary>
    public static ActionUnitSet Disfa { get; } = Of(1, 2, 4, 5, 6, 9, 12, 15, 17, 20, 25, 26);

    /// <summary>Gets the twelve units that BP4D is usually judged by: 1, 2, 4, 6, 7, 10, 12, 14, 15, 17, 23 and 24.</summary>
    public static ActionUnitSet Bp4d { get; } = Of(1, 2, 4, 6, 7, 10, 12, 14, 15, 17, 23, 24);

    /// <summary>Gets the units, in the order of their numbers.</summary>
    public ImmutableArray<ActionUnit> Units { get; }

    /// <summary>Gets their names, such as <c>AU12</c>, in that order.</summary>
    public ImmutableArray<string> Names { get; }

    /// <summary>Gets how many there are.</summary>
    public int Count => Units.Length;

    /// <summary>A bit for the slot of each unit.</summary>
    internal ulong Mask { get; }

    /// <summary>The slots of the units in <see cref="ActionUnitLabels"/>, in the order of the set.</summary>
    internal ReadOnlySpan<byte> Slots => _slots;

    /// <summary>A unit by its place.</summary>
    /// <param name="index">0 to <see cref="Count"/> - 1.</param>
    public ActionUnit this[int index] => Units[index];

    /// <summary>Makes a set of names.</summary>
    /// <param name="names">Names such as <c>AU1</c>, <c>au01</c> or <c>AU12</c>, in any order, each unit once.</param>
    /// <exception cref="ArgumentException">There is no name, a unit repeats, or a name is none of a unit 1 to 64.</exception>
    public static ActionUnitSet Parse(params IEnumerable<string> names)
    {
        ArgumentNullException.ThrowIfNull(names);
        return new(names.Select(name => ActionUnits.TryParse(name ?? "", out ActionUnit unit)
            ? unit
            : throw new ArgumentException($"'{name}' is the name of no action unit, such as AU12.", nameof(names))).ToArray());
    }

    /// <summary>The place of a unit.</summary>
    /// <param name="unit">The unit.</param>
    /// <returns>0 to <see cref="Count"/> - 1, or -1 where the set has no such unit.</returns>
    public int IndexOf(ActionUnit unit) => ActionUnits.IsUnit((int)unit) ? PlaceOfSlot(ActionUnits.SlotOf(unit)) : -1;

    /// <summary>Whether the set has a unit.</summary>
    /// <param name="unit">The unit.</param>
    public bool Contains(ActionUnit unit) => IndexOf(unit) >= 0;

    /// <summary>The units that two sets share; null where they share none.</summary>
    /// <param name="other">The other set.</param>
    public ActionUnitSet? Common(ActionUnitSet other)
    {
        ArgumentNullException.ThrowIfNull(other);
        return Equals(other) ? this : OfMask(Mask & other.Mask);
    }

    /// <inheritdoc/>
    public bool Equals(ActionUnitSet? other) => other is not null && Mask == other.Mask;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as ActionUnitSet);

    /// <inheritdoc/>
    public override int GetHashCode() => Mask.GetHashCode();

    /// <summary>Returns the names, parted by a comma and a blank.</summary>
    public override string ToString() => string.Join(", ", Names);

    /// <summary>The place of the unit in a slot; -1 where the set has it not.</summary>
    internal int PlaceOfSlot(int slot) => _placeOf[slot];

    /// <summary>The set of the slots whose bits are set; null for none.</summary>
    internal static ActionUnitSet? OfMask(ulong mask) =>
        mask == 0 ? null
        : mask == AffWild2.Mask ? AffWild2
        : new(Enumerable.Range(0, ActionUnits.Slots).Where(slot => (mask >> slot & 1) != 0).Select(ActionUnits.OfSlot).ToArray());

    /// <summary>The place of a unit.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The set has no such unit.</exception>
    internal int Require(ActionUnit unit) => IndexOf(unit) is >= 0 and var index
        ? index
        : throw new ArgumentOutOfRangeException(nameof(unit), unit, $"Not one of the action units {this}.");

    private static ActionUnitSet Of(params int[] numbers) => new(numbers.Select(number => (ActionUnit)number).ToArray());

    private sealed class NamesConverter : JsonConverter<ActionUnitSet>
    {
        public override ActionUnitSet Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
        {
            using JsonDocument names = JsonDocument.ParseValue(ref reader);
            try
            {
                return Parse(names.RootElement.EnumerateArray().Select(name => name.GetString() ?? ""));
            }
            catch (Exception fault) when (fault is ArgumentException or InvalidOperationException)
            {
                throw new JsonException(fault.Message, fault);
            }
        }

        public override void Write(Utf8JsonWriter writer, ActionUnitSet value, JsonSerializerOptions options)
        {
            writer.WriteStartArray();
            foreach (string name in value.Names)
            {
                writer.WriteStringValue(name);
            }

            writer.WriteEndArray();
        }
    }
}
