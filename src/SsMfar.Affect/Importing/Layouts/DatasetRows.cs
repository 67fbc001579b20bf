using System.Collections.Immutable;
using System.Globalization;
using SsMfar.Data;
using SsMfar.Imaging;

namespace SsMfar.Importing.Layouts;

/// <summary>Collects what the files of a data set say of each image.</summary>
internal sealed class DatasetRows(string source, ExpressionClassSet classes)
{
    private readonly List<AnnotationRow> _rows = [];
    private readonly Dictionary<string, int> _rowOf = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _classes = ColumnNames.IndicesOf(classes);
    private readonly SortedDictionary<string, List<float>> _extra = new(UnitOrder.Instance);
    private readonly SortedDictionary<string, List<string?>> _texts = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _notes = [];
    private ulong _units;

    public int Count => _rows.Count;

    /// <summary>Gets what was left out, each with its count.</summary>
    public ImmutableArray<string> Notes =>
        [.. _notes.Select(note => string.Create(CultureInfo.InvariantCulture, $"{note.Value} {note.Key}"))];

    /// <summary>Counts something that was left out, in words that follow its number.</summary>
    public void Note(string what) => _notes[what] = _notes.GetValueOrDefault(what) + 1;

    public bool Contains(string image) => _rowOf.ContainsKey(ImageName.Normalize(image));

    /// <summary>The row of an image, new or already there.</summary>
    public int Row(string image)
    {
        string name = ImageName.Normalize(image);
        if (!_rowOf.TryGetValue(name, out int row))
        {
            row = _rows.Count;
            _rowOf.Add(name, row);
            _rows.Add(new(name, null, null, default));
        }

        return row;
    }

    /// <summary>Forgets expression, valence, arousal and units of a row; columns of its own stay.</summary>
    public void Clear(int row) => _rows[row] = new(_rows[row].Image, null, null, default);

    /// <summary>Sets the part of the data set that an image belongs to; of several, all, joined by '+'.</summary>
    public void SetPart(int row, string part) => SetText(row, "part", part);

    /// <summary>Sets who is on the image, so that nobody need be on both sides of a split.</summary>
    public void SetPerson(int row, string person) => SetText(row, "person", person);

    /// <summary>Sets the expression by its name; one that is none of the classes stays unknown and is counted.</summary>
    public void SetExpression(int row, string name)
    {
        if (_classes.TryGetValue(ColumnNames.Fold(name), out int index))
        {
            _rows[row] = _rows[row] with { Expression = index };
        }
        else
        {
            Note($"rows without an expression: {name} is none of the classes");
        }
    }

    public void SetAffect(int row, double? valence, double? arousal) =>
        _rows[row] = _rows[row] with { Valence = (float?)valence, Arousal = (float?)arousal };

    /// <summary>Sets a unit; FACS's codes above those of units are columns of their own.</summary>
    public void SetUnit(int row, int unit, bool present)
    {
        if (ActionUnits.IsUnit(unit))
        {
            _units |= 1UL << ActionUnits.SlotOf((ActionUnit)unit);
            _rows[row] = _rows[row] with { ActionUnits = _rows[row].ActionUnits.With((ActionUnit)unit, present) };
        }
        else
        {
            SetNumber(row, $"AU{unit}", present ? 1 : 0);
        }
    }

    /// <summary>Sets a unit's intensity, 0 to 5.</summary>
    public void SetIntensity(int row, int unit, double intensity) =>
        SetNumber(row, $"AU{unit}_intensity", (float)Math.Clamp(intensity, 0, 5));

    public void SetNumber(int row, string column, float value)
    {
        if (!_extra.TryGetValue(column, out List<float>? values))
        {
            _extra.Add(column, values = []);
        }

        while (values.Count <= row)
        {
            values.Add(float.NaN);
        }

        values[row] = value;
    }

    private void SetText(int row, string column, string text)
    {
        if (!_texts.TryGetValue(column, out List<string?>? values))
        {
            _texts.Add(column, values = []);
        }

        while (values.Count <= row)
        {
            values.Add(null);
        }

        values[row] = values[row] is not { } known || known == text ? text
            : known.Split('+').Contains(text) ? known : $"{known}+{text}";
    }

    /// <summary>The rows, each with the name of its data set.</summary>
    public AnnotationSet ToSet()
    {
        string[] extraColumns = [.. _extra.Keys];
        List<float>[] extras = [.. _extra.Values];
        List<string?>[] texts = [.. _texts.Values];
        return new(
            _rows.Select((row, i) => row with
            {
                Extra = extras.Length == 0 ? default : Array.ConvertAll(extras, values => i < values.Count ? values[i] : float.NaN),
                Text = (string?[])[source, .. texts.Select(values => i < values.Count ? values[i] : null)],
            }),
            classes,
            extraColumns,
            [AnnotationSet.SourceColumn, .. _texts.Keys],
            ActionUnitSet.OfMask(_units));
    }

    /// <summary>AU5 before AU12, presences before intensities, other columns after them.</summary>
    private sealed class UnitOrder : IComparer<string>
    {
        public static readonly UnitOrder Instance = new();

        public int Compare(string? x, string? y) => (Key(x!), x!).CompareTo((Key(y!), y!));

        private static int Key(string name) =>
            ColumnNames.Unit(name) is (int number, bool isIntensity) ? (isIntensity ? 1000 : 0) + number : 10_000;
    }
}
