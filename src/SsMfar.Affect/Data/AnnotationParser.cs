using System.Collections.Immutable;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;

namespace SsMfar.Data;

/// <summary>Reads UTF-8 text in the layout of s-Aff-Wild2 into columns.</summary>
internal static class AnnotationParser
{
    private const double UnknownAffect = -5;
    private const double UnknownClass = -1;
    private const string Remedy =
        "Write numbers with a decimal point, and -5 (valence, arousal) or -1 (expression, units) where a label is unknown.";

    /// <summary>Reads a whole text.</summary>
    /// <exception cref="AnnotationFormatException">The text breaks the format.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static (AnnotationColumns Columns, ImmutableArray<string> ExtraColumns) Parse(
        ReadOnlySpan<byte> utf8, string source, AnnotationFileOptions options)
    {
        LabelFileReader reader = new(utf8, source);
        ImmutableArray<string> extraColumns = LabelHeader.Read(ref reader);
        int labelled = LabelHeader.StandardColumns + extraColumns.Length;
        int width = 0; // fields in every row: 1 in a list of images, else `labelled`; the first row says which
        int firstLine = 0;
        AnnotationColumns columns = new(reader.RemainingLines, extraColumns.Length);
        Dictionary<string, int>? lines = options.AllowRepeatedImages ? null : new(columns.Images.Length, StringComparer.Ordinal);
        float[] noExtra = [.. Enumerable.Repeat(float.NaN, extraColumns.Length)];
        float[] extra = [.. noExtra];
        while (reader.ReadLine())
        {
            int fields = reader.CountFields();
            if (width == 0)
            {
                width = fields == 1 ? 1 : labelled;
                firstLine = reader.LineNumber;
            }

            if (fields != width)
            {
                throw WrongLength(ref reader, fields, width, labelled, firstLine);
            }

            string image = reader.NextImage();
            if (lines is not null && !lines.TryAdd(image, reader.LineNumber))
            {
                throw reader.Fault(
                    image,
                    $"the image '{LabelFileReader.Shorten(image)}' was annotated on line {lines[image]} already. Remove one of the two " +
                        "lines, or set AnnotationFileOptions.AllowRepeatedImages.");
            }

            if (width == 1)
            {
                columns.Add(image, double.NaN, double.NaN, AnnotationColumns.UnknownExpression, ActionUnitLabels.Unknown, noExtra);
                continue;
            }

            double valence = NextAffect(ref reader, "valence");
            double arousal = NextAffect(ref reader, "arousal");
            if (double.IsNaN(valence) || double.IsNaN(arousal))
            {
                valence = arousal = double.NaN; // one without the other is no point of the circumplex
            }

            int expression = NextExpression(ref reader, options.ExpressionClasses);
            ActionUnitLabels actionUnits = NextActionUnits(ref reader);
            for (int i = 0; i < extra.Length; i++)
            {
                extra[i] = NextExtra(ref reader, extraColumns[i]);
            }

            columns.Add(image, valence, arousal, expression, actionUnits, extra);
        }

        return (columns, extraColumns);
    }

    private static AnnotationFormatException WrongLength(ref LabelFileReader reader, int fields, int width, int labelled, int firstLine)
    {
        string line = Encoding.UTF8.GetString(reader.Line);
        string expected = width == 1
            ? $"1, as line {firstLine}, the first row, is an image name alone. Either every row of a file has labels or none has"
            : $"{labelled} (image, valence, arousal, expression, {ActionUnits.Count} " +
                $"units{(labelled > LabelHeader.StandardColumns ? " and the header's extra columns" : "")})";
        return reader.Fault(line, $"the row has {fields} field{(fields == 1 ? "" : "s")}, expected {expected}: " +
            $"'{LabelFileReader.Shorten(line)}'. " +
            (fields > width ? "Put a name that has a comma in double quotes." : "Correct the row."));
    }

    private static double NextAffect(ref LabelFileReader reader, string column)
    {
        double value = reader.NextNumber(column, Remedy);
        return value switch
        {
            >= -1 and <= 1 => value,
            UnknownAffect => double.NaN,
            _ => throw reader.Fault(Show(value), $"{column} is {Show(value)}, outside [-1, 1]. Write -5 where it is unknown."),
        };
    }

    private static int NextExpression(ref LabelFileReader reader, ExpressionClassSet classes)
    {
        double value = reader.NextNumber("expression", Remedy);
        if (value == UnknownClass)
        {
            return AnnotationColumns.UnknownExpression;
        }

        int index = (int)value;
        return index == value && (uint)index < (uint)classes.Count
            ? index
            : throw reader.Fault(
                Show(value),
                $"expression is {Show(value)}, expected 0 to {classes.Count - 1} ({classes}) or -1 where it is unknown. If the file has " +
                    "other classes, set AnnotationFileOptions.ExpressionClasses.");
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static ActionUnitLabels NextActionUnits(ref LabelFileReader reader)
    {
        ImmutableArray<string> names = ActionUnits.Names;
        int known = 0;
        int active = 0;
        for (int i = 0; i < ActionUnits.Count; i++)
        {
            double value = reader.NextNumber(names[i], Remedy);
            if (value is 0 or 1)
            {
                known |= 1 << i;
                active |= (int)value << i;
            }
            else if (value != UnknownClass)
            {
                throw reader.Fault(Show(value), $"{names[i]} is {Show(value)}, which is no presence. Write 0 (absent), 1 (present) or " +
                    "-1 (unknown).");
            }
        }

        return ActionUnitLabels.FromMasks((ushort)known, (ushort)active);
    }

    private static float NextExtra(ref LabelFileReader reader, string column)
    {
        ReadOnlySpan<byte> field = reader.NextField();
        if (field.IsEmpty)
        {
            return float.NaN;
        }

        return float.TryParse(field, NumberStyles.Float, CultureInfo.InvariantCulture, out float value) && !float.IsInfinity(value)
            ? value
            : throw reader.Fault(
                Encoding.UTF8.GetString(field),
                $"{column} is '{LabelFileReader.Shorten(field)}', which is not a finite number. Leave the field empty where it is " +
                    "unknown.");
    }

    private static string Show(double value) => value.ToString(CultureInfo.InvariantCulture);
}
