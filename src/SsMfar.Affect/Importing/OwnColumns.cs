using System.Collections.Immutable;
using SsMfar.Data;

namespace SsMfar.Importing;

/// <summary>Parts a table's own columns, read as text, into numbers and text.</summary>
internal static class OwnColumns
{
    /// <summary>
    /// How the table's numbers are written: where no label tells it, commas in an own column of numbers do, unless another has points.
    /// Between commas they would more likely be those of thousands.
    /// </summary>
    public static ImportNumbers Survey(AnnotationColumns rows, string[] textNames, ImportNumbers numbers, char delimiter)
    {
        if (numbers.IsKnown || delimiter == ',')
        {
            return numbers;
        }

        rows.Trim();
        ImportNumbers commas = numbers.WithCommas();
        int[] own = [.. Enumerable.Range(0, textNames.Length).Where(k => textNames[k] != AnnotationSet.SourceColumn)];
        return own.Any(k => HoldsDecimals(rows, k, commas)) && !own.Any(k => HoldsDecimals(rows, k, numbers)) ? commas : numbers;
    }

    /// <summary>A set in which columns of text that hold numbers alone are numbers.</summary>
    public static AnnotationSet Sorted(
        AnnotationColumns rows, ExpressionClassSet classes, ActionUnitSet? units, string[] numberNames, string[] textNames,
        ImportNumbers numbers)
    {
        rows.Trim();
        bool[] isNumber = [.. textNames.Select((name, k) => name != AnnotationSet.SourceColumn && HoldsNumbers(rows, k, numbers))];
        if (!isNumber.Contains(true))
        {
            return new(rows, classes, [.. numberNames], [.. textNames], units);
        }

        int[] moved = [.. Enumerable.Range(0, textNames.Length).Where(k => isNumber[k])];
        int[] kept = [.. Enumerable.Range(0, textNames.Length).Where(k => !isNumber[k])];
        AnnotationColumns sorted = new(rows.Count, numberNames.Length + moved.Length, kept.Length);
        float[] extra = new float[sorted.ExtraWidth];
        string?[] text = new string?[kept.Length];
        for (int i = 0; i < rows.Count; i++)
        {
            rows.Extra.AsSpan(i * rows.ExtraWidth, rows.ExtraWidth).CopyTo(extra);
            for (int k = 0; k < moved.Length; k++)
            {
                string? field = rows.Text[i * textNames.Length + moved[k]];
                extra[numberNames.Length + k] = field is not null && numbers.TryParse(field, out double value) ? (float)value : float.NaN;
            }

            for (int k = 0; k < kept.Length; k++)
            {
                text[k] = rows.Text[i * textNames.Length + kept[k]];
            }

            sorted.Add(
                rows.Images[i], rows.ValenceArousal[2 * i], rows.ValenceArousal[2 * i + 1], rows.Expressions[i], rows.ActionUnits[i],
                    extra, text);
        }

        ImmutableArray<string> names = [.. numberNames, .. moved.Select(k => textNames[k])];
        return new(sorted, classes, names, [.. kept.Select(k => textNames[k])], units);
    }

    private static bool HoldsDecimals(AnnotationColumns rows, int column, ImportNumbers numbers)
    {
        for (int i = column; i < rows.Text.Length; i += rows.TextWidth)
        {
            if (rows.Text[i]?.Contains(numbers.Separator) is true)
            {
                return HoldsNumbers(rows, column, numbers);
            }
        }

        return false;
    }

    private static bool HoldsNumbers(AnnotationColumns rows, int column, ImportNumbers numbers)
    {
        bool? arePlates = null;
        for (int i = column; i < rows.Text.Length; i += rows.TextWidth)
        {
            if (rows.Text[i] is { } field)
            {
                if (!numbers.TryParse(field, out double value) || !float.IsFinite((float)value)
                    || ColumnKinds.IsCode(field, numbers.Separator))
                {
                    return false;
                }

                arePlates = arePlates != false && ColumnKinds.IsPlate(field);
            }
        }

        return arePlates == false;
    }
}
