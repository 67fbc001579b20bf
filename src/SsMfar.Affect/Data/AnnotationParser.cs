using System.Collections.Immutable;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;

namespace SsMfar.Data;

/// <summary>Reads UTF-8 text in the layout of s-Aff-Wild2, or with columns that its header names, into columns.</summary>
internal static class AnnotationParser
{
    private const double UnknownAffect = -5;
    private const double UnknownClass = -1;
    private const string Remedy =
        "Write numbers with a decimal point, and -5 (valence, arousal) or -1 (expression, units) where a label is unknown.";

    /// <summary>Reads a whole text.</summary>
    /// <exception cref="AnnotationFormatException">The text breaks the format.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static AnnotationSet Parse(ReadOnlySpan<byte> utf8, string source, AnnotationFileOptions options)
    {
        LabelFileReader reader = new(utf8, source);
        AnnotationHeader header = AnnotationHeader.Read(ref reader);
        ImmutableArray<string> extraColumns = header.ExtraColumns, textColumns = header.TextColumns;
        RowReader row = new(header, Classes(ref reader, header, options), extraColumns.Length, textColumns.Length);
        int labelled = header.Fields.Length;
        int width = 0; // fields in every row: 1 in a list of images, else `labelled`; the first row says which
        int firstLine = 0;
        AnnotationColumns columns = new(reader.RemainingLines, extraColumns.Length, textColumns.Length);
        Dictionary<string, int>? lines = options.AllowRepeatedImages ? null : new(columns.Images.Length, StringComparer.Ordinal);
        while (reader.ReadLine())
        {
            int fields = reader.CountFields();
            if (width == 0)
            {
                width = fields == 1 && header.MayListImages ? 1 : labelled;
                firstLine = reader.LineNumber;
            }

            if (fields != width)
            {
                throw WrongLength(ref reader, header, fields, width, firstLine);
            }

            row.Clear();
            if (width == 1)
            {
                row.Image = reader.NextImage();
            }
            else
            {
                row.Read(ref reader);
            }

            if (lines is not null && !lines.TryAdd(row.Image, reader.LineNumber))
            {
                throw reader.Fault(
                    row.Image,
                    $"the image '{LabelFileReader.Shorten(row.Image)}' was annotated on line {lines[row.Image]} already. Remove one of " +
                        "the " +
                        "two lines, or set AnnotationFileOptions.AllowRepeatedImages.");
            }

            columns.Add(
                row.Image, row.Valence, row.Arousal, row.Expression, ActionUnitLabels.FromMasks(row.Known, row.Active),
                row.Extra, row.Text);
        }

        return new(columns, row.Classes, extraColumns, textColumns, header.Units);
    }

    /// <summary>Reads the image names alone.</summary>
    /// <exception cref="AnnotationFormatException">There is no header, or a line has no name, or a wrong one.</exception>
    public static ImmutableArray<string> Images(ReadOnlySpan<byte> utf8, string source)
    {
        LabelFileReader reader = new(utf8, source);
        AnnotationHeader header = AnnotationHeader.Read(ref reader);
        int place = header.Fields.Select((own, i) => (own.Role, Place: i)).First(own => own.Role == FieldRole.Image).Place;
        var images = ImmutableArray.CreateBuilder<string>(reader.RemainingLines);
        while (reader.ReadLine())
        {
            if (reader.CountFields() <= place)
            {
                throw WrongLength(ref reader, header, reader.CountFields(), header.Fields.Length, reader.LineNumber);
            }

            for (int i = 0; i < place; i++)
            {
                reader.NextField();
            }

            images.Add(reader.NextImage());
        }

        return images.ToImmutable();
    }

    private static ExpressionClassSet Classes(ref LabelFileReader reader, AnnotationHeader header, AnnotationFileOptions options)
    {
        if (header.Classes is { } own && options.WantedClasses is { } wanted && !own.Equals(wanted))
        {
            throw reader.Fault(
                null,
                $"the file's expressions are of the classes {own}, and {wanted} are asked for. Read it with its own, or import it anew " +
                    "with a table of class names.",
                wholeFile: true);
        }

        return header.Classes ?? options.ExpressionClasses;
    }

    private static AnnotationFormatException WrongLength(
        ref LabelFileReader reader, AnnotationHeader header, int fields, int width, int firstLine)
    {
        string line = Encoding.UTF8.GetString(reader.Line);
        bool isStandard = header.MayListImages;
        string columns = isStandard
            ? $"image, valence, arousal, expression, {ActionUnits.Count} " +
                $"units{(header.Fields.Length > LabelHeader.StandardColumns ? " and the header's extra columns" : "")}"
            : string.Join(", ", header.Fields.Select(field => field.Name));
        string expected = width == 1 && isStandard
            ? $"1, as line {firstLine}, the first row, is an image name alone. Either every row of a file has labels or none has"
            : $"{width} ({columns})";
        return reader.Fault(line, $"the row has {fields} field{(fields == 1 ? "" : "s")}, expected {expected}: " +
            $"'{LabelFileReader.Shorten(line)}'. " +
            (fields > width ? "Put a name that has a comma in double quotes." : "Correct the row."));
    }

    /// <summary>The values of one row, which the next one overwrites.</summary>
    private sealed class RowReader(AnnotationHeader header, ExpressionClassSet classes, int extraWidth, int textWidth)
    {
        private readonly AnnotationField[] _fields = [.. header.Fields];
        private readonly Dictionary<string, int> _classes =
            classes.Names.Select((name, i) => (Name: ColumnNames.Fold(name), i)).GroupBy(pair => pair.Name)
                .Where(same => same.Count() == 1).ToDictionary(same => same.Key, same => same.First().i, StringComparer.Ordinal);

        // Sources and people recur: one text for all rows that have it.
        private readonly Dictionary<string, string> _texts = new(StringComparer.Ordinal);

        public ExpressionClassSet Classes { get; } = classes;

        public string Image { get; set; } = "";

        public double Valence { get; private set; }

        public double Arousal { get; private set; }

        public int Expression { get; private set; }

        public ulong Known { get; private set; }

        public ulong Active { get; private set; }

        public float[] Extra { get; } = new float[extraWidth];

        public string?[] Text { get; } = new string?[textWidth];

        public void Clear()
        {
            Valence = Arousal = double.NaN;
            Expression = AnnotationColumns.UnknownExpression;
            Known = Active = 0;
            Array.Fill(Extra, float.NaN);
            Array.Clear(Text);
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Read(ref LabelFileReader reader)
        {
            foreach (ref readonly AnnotationField column in _fields.AsSpan())
            {
                ReadOnlySpan<byte> field = reader.NextField();
                if (field.IsEmpty && header.NamesColumns && column.Role != FieldRole.Image)
                {
                    continue;
                }

                switch (column.Role)
                {
                    case FieldRole.Image:
                        Image = reader.Image(field);
                        break;
                    case FieldRole.Valence:
                        Valence = Affect(ref reader, field, column.Name);
                        break;
                    case FieldRole.Arousal:
                        Arousal = Affect(ref reader, field, column.Name);
                        break;
                    case FieldRole.Expression:
                        Expression = ExpressionOf(ref reader, field);
                        break;
                    case FieldRole.Unit:
                        ReadUnit(ref reader, field, column);
                        break;
                    case FieldRole.Number:
                        Extra[column.Index] = Number(ref reader, field, column.Name);
                        break;
                    default:
                        Text[column.Index] = Shared(Encoding.UTF8.GetString(field));
                        break;
                }
            }
        }

        private static double Affect(ref LabelFileReader reader, ReadOnlySpan<byte> field, string column)
        {
            double value = reader.Number(field, column, Remedy);
            return value switch
            {
                >= -1 and <= 1 => value,
                UnknownAffect => double.NaN,
                _ => throw reader.Fault(Show(value), $"{column} is {Show(value)}, outside [-1, 1]. Write -5 where it is unknown."),
            };
        }

        private int ExpressionOf(ref LabelFileReader reader, ReadOnlySpan<byte> field)
        {
            if (field.IsEmpty || field[0] is (>= (byte)'0' and <= (byte)'9') or (byte)'-' or (byte)'+' or (byte)'.')
            {
                return Index(ref reader, reader.Number(field, ColumnNames.Expression, Remedy));
            }

            string name = Encoding.UTF8.GetString(field);
            return _classes.TryGetValue(ColumnNames.Fold(name), out int index)
                ? index
                : throw reader.Fault(
                    name,
                    $"expression is '{LabelFileReader.Shorten(name)}', expected one of {Classes}, its index, or -1 where it is unknown. " +
                        $"If the file has other classes, name them on a line {AnnotationHeader.ClassesMark},NAME,NAME,... above the " +
                            "header.");
        }

        private int Index(ref LabelFileReader reader, double value)
        {
            if (value == UnknownClass)
            {
                return AnnotationColumns.UnknownExpression;
            }

            int index = (int)value;
            return index == value && (uint)index < (uint)Classes.Count
                ? index
                : throw reader.Fault(
                    Show(value),
                    $"expression is {Show(value)}, expected 0 to {Classes.Count - 1} ({Classes}) or -1 where it is unknown. If the file " +
                        "has " +
                        "other classes, set AnnotationFileOptions.ExpressionClasses.");
        }

        private void ReadUnit(ref LabelFileReader reader, ReadOnlySpan<byte> field, in AnnotationField column)
        {
            double value = reader.Number(field, column.Name, Remedy);
            if (value is 0 or 1)
            {
                Known |= 1UL << column.Index;
                Active |= (ulong)value << column.Index;
            }
            else if (value != UnknownClass)
            {
                throw reader.Fault(Show(value), $"{column.Name} is {Show(value)}, which is no presence. Write 0 (absent), 1 (present) or " +
                    "-1 (unknown).");
            }
        }

        private static float Number(ref LabelFileReader reader, ReadOnlySpan<byte> field, string column)
        {
            if (field.IsEmpty)
            {
                return float.NaN;
            }

            if (!float.TryParse(field, NumberStyles.Float, CultureInfo.InvariantCulture, out float value))
            {
                throw reader.Fault(
                    Encoding.UTF8.GetString(field),
                    $"{column} is '{LabelFileReader.Shorten(field)}', which is not a finite number. Leave the field empty where it is " +
                        "unknown.");
            }

            // Codes above those of units are unknown as those are.
            value = value == UnknownClass && ColumnNames.Unit(column) is (_, false) ? float.NaN : value;
            return ColumnNames.ValueFault(column, value) is { } fault ? throw reader.Fault(Encoding.UTF8.GetString(field), fault) : value;
        }

        private string Shared(string text)
        {
            if (_texts.TryGetValue(text, out string? known))
            {
                return known;
            }

            _texts.Add(text, text);
            return text;
        }

        private static string Show(double value) => value.ToString(CultureInfo.InvariantCulture);
    }
}
