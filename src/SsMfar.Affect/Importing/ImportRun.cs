using System.Globalization;
using SsMfar.Data;
using SsMfar.Imaging;
using SsMfar.Importing.Tables;

namespace SsMfar.Importing;

/// <summary>Makes rows of ours of the rows of a table.</summary>
internal sealed class ImportRun
{
    private readonly ImportColumns _columns;
    private readonly ImportNumbers _numbers;
    private readonly string _source;
    private readonly TableDescription _description;
    private readonly ExpressionClassSet _classes;
    private readonly Dictionary<string, int>? _table;
    private readonly Dictionary<string, int> _own;
    private readonly Dictionary<string, int> _known = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> _knownOf;
    private readonly string _prefix;
    private readonly string[] _extraNames, _textNames;
    private bool _hasPrefixed;

    public ImportRun(ImportColumns columns, ImportNumbers numbers, string source, TableDescription description)
    {
        (_columns, _numbers, _source, _description) = (columns, numbers, source, description);
        _classes = description.ExpressionClasses ?? ExpressionClassSet.AffWild2;
        _table = description.ClassNames?.IndicesIn(_classes);
        _own = ColumnNames.IndicesOf(_classes);
        _knownOf = _known.GetAlternateLookup<ReadOnlySpan<char>>();
        _prefix = ImageName.Normalize(description.ImagePrefix ?? "") is { Length: > 0 } prefix ? prefix.TrimEnd('/') + "/" : "";
        _extraNames = [.. columns.All.Where(column => column.Role == FieldRole.Number).Select(column => column.Name)];
        _textNames = [.. columns.All.Where(column => column.Role == FieldRole.Text).Select(column => column.Name)];
    }

    /// <summary>Reads every row.</summary>
    public AnnotationImportResult Read(ImportTable table, string encoding)
    {
        AnnotationColumns rows = new(_numbers.Rows, _extraNames.Length, _textNames.Length);
        int[] lines = new int[_numbers.Rows];
        Dictionary<string, int> lineOf = new(_numbers.Rows, StringComparer.Ordinal);
        Dictionary<string, string> texts = new(StringComparer.Ordinal);
        var textOf = texts.GetAlternateLookup<ReadOnlySpan<char>>();
        float[] extra = new float[_extraNames.Length];
        string?[] text = new string?[_textNames.Length];
        table.ForEach((row, line) =>
        {
            string image = "";
            double valence = double.NaN, arousal = double.NaN;
            int expression = AnnotationColumns.UnknownExpression;
            ulong known = 0, active = 0;
            foreach ((FieldRole role, int index, string name, int place, UnknownMarks marks) in _columns.All)
            {
                ReadOnlySpan<char> field = row[place];
                bool isUnknown = field.IsEmpty || marks.Has(field, _numbers);
                switch (role)
                {
                    case FieldRole.Image:
                        image = Image(field, line);
                        break;
                    case FieldRole.Valence:
                        valence = isUnknown ? double.NaN : Affect(field, line, name, place);
                        break;
                    case FieldRole.Arousal:
                        arousal = isUnknown ? double.NaN : Affect(field, line, name, place);
                        break;
                    case FieldRole.Expression:
                        expression = isUnknown ? AnnotationColumns.UnknownExpression : Expression(field, line, place);
                        break;
                    case FieldRole.Unit:
                        float presence = isUnknown ? float.NaN : Number(field, line, name, place);
                        known |= float.IsNaN(presence) ? 0 : 1UL << index;
                        active |= presence == 1 ? 1UL << index : 0;
                        break;
                    case FieldRole.Number:
                        extra[index] = isUnknown ? float.NaN : Number(field, line, name, place);
                        break;
                    default:
                        text[index] = isUnknown ? null : Text(textOf, field, line, place);
                        break;
                }
            }

            if (!lineOf.TryAdd(image, line))
            {
                throw Fault(line, image, $"the image '{Shorten(image)}' is on line {lineOf[image]} already.",
                    "Remove one of the two lines.");
            }

            lines[rows.Count] = line;
            rows.Add(image, valence, arousal, expression, ActionUnitLabels.FromMasks(known, active), extra, text);
            return true;
        });
        if (_prefix.Length > 0 && !_hasPrefixed && rows.Count > 0)
        {
            throw Fault(
                lines[0], rows.Images[0],
                $"the image '{Shorten(rows.Images[0])}' is not in the folder '{Shorten(_prefix)}', nor is any other.",
                "Name the whole folder that names begin with as TableDescription.ImagePrefix, or leave it out.");
        }

        ImportNumbers written = OwnColumns.Survey(rows, _textNames, _numbers, table.Delimiter);
        return new(OwnColumns.Sorted(rows, _classes, _columns.Units, _extraNames, _textNames, written), lines, _source)
        {
            Delimiter = table.Delimiter,
            DecimalSeparator = written.Separator,
            Encoding = encoding,
            IgnoredColumns = _columns.Ignored,
        };
    }

    private string Image(ReadOnlySpan<char> field, int line)
    {
        string name = ImageName.Normalize(field.ToString());
        bool isPrefixed = _prefix.Length > 0 && name.StartsWith(_prefix, StringComparison.OrdinalIgnoreCase);
        _hasPrefixed |= isPrefixed;
        name = isPrefixed ? name[_prefix.Length..] : name;

        string outside = _prefix.Length > 0 && !isPrefixed ? $" not in '{Shorten(_prefix)}'" : "";
        string? fault = name.AsSpan().ContainsAny("\r\n")
            ? $"the image name '{Shorten(name)}' has a line break: a quote may not be closed. Close it."
            : ImageName.Fault(name)
            ?? (ImageName.StaysInside(name) ? null
                : $"the image '{Shorten(name)}' is a full path{outside}, and names are relative to the folder of the images. Take " +
                    "its beginning, a whole folder, away with TableDescription.ImagePrefix.");
        return fault is null ? name : throw Fault(line, name, fault);
    }

    private double Affect(ReadOnlySpan<char> field, int line, string name, int place)
    {
        if (!_numbers.TryParse(field, out double value))
        {
            throw NoNumber(field, line, name, place);
        }

        ValueRange range = ValueRange.Of(_description, name);
        double rescaled = range.Rescale(value);
        return rescaled is >= -1 and <= 1
            ? (float)rescaled // as a row has it, so that it is written in few digits
            : throw Fault(
                line, field.ToString(),
                $"{Column(name, place)} is {Shorten(field.ToString())}, outside " +
                    string.Create(CultureInfo.InvariantCulture, $"{range.Low} to {range.High}."),
                "Say the scale with TableDescription.Ranges, or that the value means unknown with TableDescription.UnknownMarks.");
    }

    private float Number(ReadOnlySpan<char> field, int line, string name, int place)
    {
        return !_numbers.TryParse(field, out double value) ? throw NoNumber(field, line, name, place)
            : ColumnNames.ValueFault(name, (float)value) is { } fault
                ? throw NoValue(field, line, name, place, fault)
            : (float)value;
    }

    private int Expression(ReadOnlySpan<char> field, int line, int place)
    {
        if (_knownOf.TryGetValue(field, out int index))
        {
            return index;
        }

        string word = field.ToString();
        index = IndexOf(word, line, place);
        _known.Add(word, index);
        return index;
    }

    private int IndexOf(string word, int line, int place)
    {
        string folded = ColumnNames.Fold(word), column = Column(ColumnNames.Expression, place);
        if ((_table is not null && _table.TryGetValue(folded, out int index)) || _own.TryGetValue(folded, out index))
        {
            return index;
        }

        bool isNumber = double.TryParse(word, NumberStyles.Float, CultureInfo.InvariantCulture, out double number);
        if (_table is not null || !isNumber)
        {
            throw Fault(
                line, word,
                $"{column} is '{Shorten(word)}', none of the classes {_classes}" +
                    (_description.ClassNames is { } table ? $", nor in {table.Source}, which has {table}." : "."),
                $"Give a table of class names with a line '{Shorten(word)},CLASS', or say that it means unknown with " +
                    "TableDescription.UnknownMarks.");
        }

        if (_description.ExpressionClasses is null)
        {
            throw Fault(
                line, word,
                $"{column} is '{Shorten(word)}', a number, and which class it stands for is not said.",
                $"Give a table of class names with a line '{Shorten(word)},CLASS', the classes in the order of their numbers from 0 " +
                    "with TableDescription.ExpressionClasses, or say that it means unknown with TableDescription.UnknownMarks.");
        }

        return number == (int)number && number >= 0 && number < _classes.Count
            ? (int)number
            : throw Fault(
                line, word, $"{column} is '{Shorten(word)}', outside 0 to {_classes.Count - 1} ({_classes}).",
                "Give a table of class names where numbers do not start at 0, or say that it means unknown with " +
                    "TableDescription.UnknownMarks.");
    }

    private string Text(
        Dictionary<string, string>.AlternateLookup<ReadOnlySpan<char>> texts, ReadOnlySpan<char> field, int line, int place)
    {
        if (field.ContainsAny("\r\n\0"))
        {
            throw Fault(
                line, field.ToString(), $"'{Shorten(_columns.Theirs(place))}' has a line break or a NUL character, and a row of labels " +
                    "is a line.",
                "Take it out, or leave the column out.");
        }

        if (texts.TryGetValue(field, out string? known))
        {
            return known;
        }

        string text = field.ToString();
        texts.Dictionary.Add(text, text);
        return text;
    }

    // What a unit's column of the library's own files has for unknown is none of a table's marks.
    private AnnotationFormatException NoValue(ReadOnlySpan<char> field, int line, string name, int place, string fault)
    {
        string told = $"{Column(name, place)}: {fault}";
        return ColumnNames.Unit(name) is null
            ? Fault(line, field.ToString(), told)
            : Fault(
                line, field.ToString(), told[..(told.LastIndexOf(". ", StringComparison.Ordinal) + 1)],
                "Correct it, or say that the value means unknown with TableDescription.UnknownMarks.");
    }

    private AnnotationFormatException NoNumber(ReadOnlySpan<char> field, int line, string name, int place) => Fault(
        line, field.ToString(),
        $"{Column(name, place)} is '{Shorten(field.ToString())}', which is no number with '{_numbers.Separator}' before its decimals.",
        "Correct it, or say that it means unknown with TableDescription.UnknownMarks.");

    private string Column(string ours, int place) =>
        ColumnNames.Fold(ours) == ColumnNames.Fold(_columns.Theirs(place)) ? ours : $"{ours} ('{Shorten(_columns.Theirs(place))}')";

    private static string Shorten(string text) => LabelFileReader.Shorten(text);

    // The last sentence says what to do.
    private AnnotationFormatException Fault(int line, string value, string message)
    {
        int end = message.LastIndexOf(". ", StringComparison.Ordinal);
        return Fault(line, value, message[..(end + 1)], message[(end + 2)..]);
    }

    private AnnotationFormatException Fault(int line, string value, string problem, string remedy) =>
        new(_source, line, value, problem, remedy);
}
