using System.Globalization;
using System.Text;
using SsMfar.Data;

namespace SsMfar.Submissions;

/// <content>Reading the file.</content>
public sealed partial class Submission
{
    private static Submission Parse(ReadOnlySpan<byte> utf8, string source, ExpressionClassSet classes)
    {
        LabelFileReader reader = new(utf8, source);
        if (!LabelHeader.Read(ref reader).IsEmpty)
        {
            throw reader.Fault(null, $"a submission has no extra columns. Its header is {LabelHeader.Short}.");
        }

        List<SubmissionRow> rows = new(reader.RemainingLines);
        while (reader.ReadLine())
        {
            int fields = reader.CountFields();
            if (fields != LabelHeader.StandardColumns)
            {
                string line = Encoding.UTF8.GetString(reader.Line);
                throw reader.Fault(
                    line,
                    $"the row has {fields} fields, expected {LabelHeader.StandardColumns}: '{LabelFileReader.Shorten(line)}'. {Remedy}");
            }

            SubmissionRow row = NextRow(ref reader, classes);
            if (rows.Count > 0 && !row.HasTasksOf(rows[0]))
            {
                throw reader.Fault(null, $"the row has predictions of other tasks than the first. {Remedy}");
            }

            rows.Add(row);
        }

        if (rows is [{ Valence: null, Expression: null, ActionUnits.AnyKnown: false }, ..])
        {
            throw reader.Fault(null, $"nothing is predicted. {Remedy}", wholeFile: true);
        }

        return new(rows, classes);
    }

    private static SubmissionRow NextRow(ref LabelFileReader reader, ExpressionClassSet classes)
    {
        string image = reader.NextImage();
        double? valence = NextAffect(ref reader, "valence");
        double? arousal = NextAffect(ref reader, "arousal");
        if (valence.HasValue != arousal.HasValue)
        {
            throw reader.Fault(null, $"one of valence and arousal is {UnknownAffect} and the other is not. {Remedy}");
        }

        int? expression = NextIndex(ref reader, "expression", classes.Count);
        ulong known = 0;
        ulong active = 0;
        for (int i = 0; i < ActionUnits.Count; i++)
        {
            int? unit = NextIndex(ref reader, ActionUnits.Names[i], 2);
            known |= unit is null ? 0 : 1UL << i;
            active |= (ulong)(unit ?? 0) << i;
        }

        ActionUnitLabels units = ActionUnitLabels.FromMasks(known, active);
        return units.KnownCount is 0 or ActionUnits.Count
            ? new(image, valence, arousal, expression, units)
            : throw reader.Fault(null,
                $"{ActionUnits.Count - units.KnownCount} of the {ActionUnits.Count} action units are {UnknownIndex}. {Remedy}");
    }

    // Null for what is not predicted.
    private static double? NextAffect(ref LabelFileReader reader, string column)
    {
        double value = reader.NextNumber(column, Remedy);
        return value == UnknownAffect ? null : double.IsFinite(value)
            ? value : throw reader.Fault(Show(value), $"{column} is {Show(value)}, which is not finite. {Remedy}");
    }

    private static int? NextIndex(ref LabelFileReader reader, string column, int count)
    {
        double value = reader.NextNumber(column, Remedy);
        int index = (int)value;
        return value == UnknownIndex ? null : index == value && (uint)index < (uint)count
            ? index
            : throw reader.Fault(Show(value), $"{column} is {Show(value)}, expected 0 to {count - 1}. {Remedy}");
    }

    private static string Show(double value) => value.ToString(CultureInfo.InvariantCulture);
}
