using System.Globalization;

namespace SsMfar.Data;

/// <summary>Writes a set in one of the layouts.</summary>
internal sealed class AnnotationWriter(AnnotationSet set, AnnotationFileLayout layout, string source)
{
    private readonly AnnotationColumns _columns = set.Columns;
    private readonly bool _compact = layout == AnnotationFileLayout.Compact;
    private int _line;

    // Names that could be taken for an index are written as one.
    private readonly bool _byName = layout == AnnotationFileLayout.Compact
        && set.ExpressionClasses.Names.All(name => !(char.IsAsciiDigit(name[0]) || name[0] is '-' or '+' or '.'))
        && set.ExpressionClasses.Names.Select(ColumnNames.Fold).Distinct().Count() == set.ExpressionClasses.Count
        && set.ExpressionClasses.Names.All(name => name.Trim() == name);

    /// <summary>Writes marks, header and rows.</summary>
    /// <exception cref="AnnotationFormatException">A name or text has a line break or a NUL character.</exception>
    public void Write(TextWriter writer)
    {
        AnnotationStatistics statistics = set.Statistics;
        bool valence = !_compact || statistics.KnownValence > 0;
        bool arousal = !_compact || statistics.KnownArousal > 0;
        bool expression = !_compact || statistics.InvalidExpression < statistics.Rows;

        // All that the set is about, or none: a score is a mean over these, and a unit without labels counts in it.
        int[] units = !_compact || _columns.KnownUnits() != 0 ? [.. Enumerable.Range(0, set.Units.Count)] : [];
        _line = 1;
        if (_compact && expression || !set.ExpressionClasses.Equals(ExpressionClassSet.AffWild2))
        {
            WriteLine(writer, set.ExpressionClasses.Names.Prepend(AnnotationHeader.ClassesMark));
        }

        if (set.TextColumns.Any(name => name != AnnotationSet.SourceColumn))
        {
            WriteLine(writer, set.TextColumns.Prepend(AnnotationHeader.TextMark));
        }

        WriteLine(
            writer,
            [
                ColumnNames.Image,
                .. valence ? [ColumnNames.Valence] : (string[])[],
                .. arousal ? [ColumnNames.Arousal] : (string[])[],
                .. expression ? [ColumnNames.Expression] : (string[])[],
                .. units.Select(unit => set.Units.Names[unit]),
                .. set.ExtraColumns,
                .. set.TextColumns,
            ]);
        Span<char> buffer = stackalloc char[32];
        for (int i = 0; i < set.Count; i++, _line++)
        {
            LabelText.WriteName(writer, _columns.Images[i], source, _line);
            if (valence)
            {
                WriteAffect(writer, _columns.ValenceArousal[2 * i], buffer);
            }

            if (arousal)
            {
                WriteAffect(writer, _columns.ValenceArousal[2 * i + 1], buffer);
            }

            if (expression)
            {
                WriteExpression(writer, _columns.Expressions[i], buffer);
            }

            ActionUnitLabels labels = _columns.ActionUnits[i];
            foreach (int unit in units)
            {
                writer.Write(labels.AtSlot(set.Units.Slots[unit]) switch { true => ",1", false => ",0", null => _compact ? "," : ",-1" });
            }

            WriteOwn(writer, i);
            writer.Write('\n');
        }
    }

    private void WriteLine(TextWriter writer, IEnumerable<string> names)
    {
        string between = "";
        foreach (string name in names)
        {
            writer.Write(between);
            LabelText.WriteName(writer, name, source, _line);
            between = ",";
        }

        writer.Write('\n');
        _line++;
    }

    private void WriteAffect(TextWriter writer, double value, Span<char> buffer)
    {
        writer.Write(',');
        if (!double.IsNaN(value) || !_compact)
        {
            LabelText.Write(writer, double.IsNaN(value) ? -5 : value, buffer);
        }
    }

    private void WriteExpression(TextWriter writer, int index, Span<char> buffer)
    {
        writer.Write(',');
        bool isKnown = index != AnnotationColumns.UnknownExpression;
        if (_byName && isKnown)
        {
            LabelText.WriteName(writer, set.ExpressionClasses[index], source, _line);
        }
        else if (isKnown || !_compact)
        {
            LabelText.Write(writer, index, buffer);
        }
    }

    private void WriteOwn(TextWriter writer, int row)
    {
        foreach (float value in _columns.Extra.AsSpan(row * set.ExtraColumns.Length, set.ExtraColumns.Length))
        {
            writer.Write(',');
            writer.Write(!float.IsNaN(value) ? value.ToString(CultureInfo.InvariantCulture) : _compact ? "" : "nan");
        }

        foreach (string? text in _columns.Text.AsSpan(row * set.TextColumns.Length, set.TextColumns.Length))
        {
            writer.Write(',');
            if (!string.IsNullOrEmpty(text))
            {
                LabelText.WriteName(writer, text, source, _line);
            }
        }
    }
}
