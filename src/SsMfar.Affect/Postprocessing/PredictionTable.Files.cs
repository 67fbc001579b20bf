using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using SsMfar.Data;
using SsMfar.Shared;

namespace SsMfar.Postprocessing;

public sealed partial class PredictionTable
{
    private const char ThresholdMark = '>';
    private const char WeightMark = '*';
    private const int HighestUnit = 64;
    private const string Start = "image,valence,arousal,";
    private const string Remedy = "Write the file with PredictionTable.Save, or predict --probabilities.";

    /// <summary>
    /// Reads a table of comma-separated values: the header <c>image,valence,arousal</c>, the classes' names, all of them with their weights
    /// where they were tuned, <c>Fear*1.7</c>, and each unit with its threshold, <c>AU1>0.5</c>; where intensities were predicted, each
    /// unit that has one, <c>AU1_intensity</c>; then a row an image. A task that was not predicted is -5 for valence and arousal, -1
    /// elsewhere, in every row.
    /// </summary>
    /// <param name="path">The file; UTF-8, or UTF-16 with or without a byte order mark.</param>
    /// <exception cref="AnnotationFormatException">The file breaks the format; file, line and value are named.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be read.</exception>
    public static PredictionTable Load(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return Parse(File.ReadAllBytes(path), path);
    }

    /// <summary>Reads a table from text; see <see cref="Load"/>.</summary>
    /// <param name="reader">The text, read to its end; stays open.</param>
    /// <param name="sourceName">What error messages call the text.</param>
    /// <exception cref="AnnotationFormatException">The text breaks the format; name, line and value are given.</exception>
    public static PredictionTable Read(TextReader reader, string sourceName = "predictions")
    {
        ArgumentNullException.ThrowIfNull(reader);
        ArgumentNullException.ThrowIfNull(sourceName);
        return Parse(Encoding.UTF8.GetBytes(reader.ReadToEnd()), sourceName);
    }

    /// <summary>
    /// Writes the table: written aside, flushed and renamed, so that a failure leaves an older file as it was. Read back, it is the same
    /// to the last bit.
    /// </summary>
    /// <param name="path">The file to make or replace.</param>
    /// <exception cref="AnnotationFormatException">A name cannot be written: it has a line break or a NUL character.</exception>
    /// <exception cref="IOException">The file cannot be written, as on a full disk.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be written.</exception>
    public void Save(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        AtomicFile.WriteText(path, writer => Write(writer, path));
    }

    /// <summary>Writes the table as text, in the invariant culture, lines ended by \n.</summary>
    /// <param name="writer">Where to; stays open and is not flushed.</param>
    /// <exception cref="AnnotationFormatException">A name cannot be written: it has a line break or a NUL character.</exception>
    public void Write(TextWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        Write(writer, "predictions");
    }

    private void Write(TextWriter writer, string source)
    {
        IEnumerable<string> units = Units.Names.Zip(
            ActionUnitThresholds, (unit, threshold) => FormattableString.Invariant($"{unit}{ThresholdMark}{threshold}"));
        writer.Write(Start);
        foreach (string name in NamesWithWeights())
        {
            LabelText.WriteName(writer, name, source, 1);
            writer.Write(',');
        }

        writer.Write(string.Join(',', units.Concat(IntensityUnits?.Units.Select(AnnotationSet.IntensityColumn) ?? [])));
        writer.Write('\n');
        Span<char> buffer = stackalloc char[32];
        for (int i = 0; i < Count; i++)
        {
            LabelText.WriteName(writer, _images[i], source, i + 2);
            int column = 0;
            foreach (float value in Row(i))
            {
                writer.Write(',');
                LabelText.Write(writer, float.IsNaN(value) ? Lacking(column) : value, buffer);
                column++;
            }

            writer.Write('\n');
        }
    }

    private static PredictionTable Parse(ReadOnlySpan<byte> utf8, string source)
    {
        LabelFileReader reader = new(utf8, source);
        (ExpressionClassSet classes, ImmutableArray<float> weights, ActionUnitSet units, ImmutableArray<float> thresholds,
            ActionUnitSet? intensityUnits, string[] columns) = ReadHeader(ref reader);
        int firstIntensity = columns.Length - (intensityUnits?.Count ?? 0);
        List<string> images = [];
        List<float> values = [];
        while (reader.ReadLine())
        {
            if (reader.CountFields() != columns.Length)
            {
                string line = Encoding.UTF8.GetString(reader.Line);
                throw reader.Fault(line, $"the row has {reader.CountFields()} fields, expected {columns.Length} as in the header: " +
                    $"'{LabelFileReader.Shorten(line)}'. {Remedy}");
            }

            images.Add(reader.NextImage());
            for (int i = 1; i < columns.Length; i++)
            {
                double value = reader.NextNumber(columns[i], Remedy);
                int lowest = i < 3 ? -1 : 0, highest = i < firstIntensity ? 1 : ActionUnitIntensities.Highest;
                values.Add(i < firstIntensity && value == Lacking(i - 1) ? float.NaN : value >= lowest && value <= highest
                    ? (float)value
                    : throw reader.Fault(
                        null, FormattableString.Invariant($"{columns[i]} is {value}, outside [{lowest}, {highest}]. {Remedy}")));
            }
        }

        try
        {
            return new([.. images], [.. values], classes, units, thresholds, weights, intensityUnits);
        }
        catch (ArgumentException fault)
        {
            throw reader.Fault(null, $"{fault.Message} {Remedy}", wholeFile: true);
        }
    }

    // What a file has for a column that was not predicted: what annotation files have for an unknown label.
    private static int Lacking(int column) => column < 2 ? -5 : -1;

    // Names that all look as if they had weights would be read as such: those get the weight 1.
    private IEnumerable<string> NamesWithWeights()
    {
        IReadOnlyList<string> names = ExpressionClasses.Names;
        IEnumerable<float> weights = !ExpressionWeights.IsEmpty ? ExpressionWeights : Enumerable.Repeat(1f, names.Count);
        return ExpressionWeights.IsEmpty && Weights(names) is null
            ? names
            : names.Zip(weights, (name, weight) => FormattableString.Invariant($"{name}{WeightMark}{weight:R}"));
    }

    // The names and weights of columns that all have one; null where one has none.
    private static (string Name, float Weight)[]? Weights(IEnumerable<string> columns)
    {
        (string Name, float? Weight)[] parts = [.. columns.Select(Weight)];
        return Array.TrueForAll(parts, part => part.Weight is not null)
            ? Array.ConvertAll(parts, part => (part.Name, part.Weight!.Value))
            : null;

        static (string, float?) Weight(string column)
        {
            int mark = column.LastIndexOf(WeightMark);
            return mark > 0 && float.TryParse(column.AsSpan(mark + 1), NumberStyles.Float, CultureInfo.InvariantCulture, out float weight)
                && weight > 0 && float.IsFinite(weight)
                ? (column[..mark], weight)
                : (column, null);
        }
    }

    // The columns of units are the last ones, each with its threshold, in the order of their numbers; after them those of intensities.
    private static int FirstUnit(ReadOnlySpan<string> columns) => First(columns, column =>
        column.Split(ThresholdMark) is [var name, _, ..] && ActionUnits.TryParse(name, out ActionUnit unit)
            && name == ActionUnits.NameOf(unit) ? (int)unit : null);

    private static int FirstIntensity(ReadOnlySpan<string> columns) => First(columns, column =>
        ColumnNames.Unit(column) is (var number, true) && ActionUnits.IsUnit(number) && column == ColumnNames.Intensity(number)
            ? number : null);

    private static int First(ReadOnlySpan<string> columns, Func<string, int?> numberOf)
    {
        int first = columns.Length;
        for (int next = HighestUnit + 1; first > 0 && numberOf(columns[first - 1]) is { } number && number < next; first--)
        {
            next = number;
        }

        return first;
    }

    private static (ExpressionClassSet Classes, ImmutableArray<float> Weights, ActionUnitSet Units, ImmutableArray<float> Thresholds,
        ActionUnitSet? IntensityUnits, string[] Columns) ReadHeader(ref LabelFileReader reader)
    {
        if (!reader.ReadLine())
        {
            throw reader.Fault(null, $"the file is empty. {Remedy}", wholeFile: true);
        }

        string line = Encoding.UTF8.GetString(reader.Line);
        string[] columns = reader.Fields();
        int end = FirstIntensity(columns);
        int first = FirstUnit(columns.AsSpan(0, end));
        if (first < 5 || first == end || !$"{string.Join(',', columns[..3])},".Equals(Start, StringComparison.OrdinalIgnoreCase))
        {
            throw reader.Fault(
                line,
                $"the header '{LabelFileReader.Shorten(line)}' is not that of predictions with probabilities, {Start}the classes and " +
                    $"{ActionUnits.Names[0]}{ThresholdMark}threshold ... {Remedy}");
        }

        ActionUnitSet units = ActionUnitSet.Parse(columns[first..end].Select(column => column.Split(ThresholdMark)[0]));
        float[] thresholds = new float[units.Count];
        for (int i = 0; i < thresholds.Length; i++)
        {
            string[] parts = columns[first + i].Split(ThresholdMark);
            if (parts.Length != 2 || parts[0] != units.Names[i] ||
                !float.TryParse(parts[1], NumberStyles.Float, CultureInfo.InvariantCulture, out thresholds[i]) ||
                thresholds[i] is not (> 0 and < 1))
            {
                throw reader.Fault(
                    columns[first + i],
                    $"the column '{LabelFileReader.Shorten(columns[first + i])}' is expected to be " +
                        $"{units.Names[i]}{ThresholdMark} and its threshold between 0 and 1. {Remedy}");
            }
        }

        ActionUnitSet? intensities = IntensityColumns.Of([.. columns[end..]])?.Units;
        try
        {
            return Weights(columns[3..first]) is { } weighted
                ? (new(weighted.Select(part => part.Name)), [.. weighted.Select(part => part.Weight)], units, [.. thresholds], intensities,
                    columns)
                : (new(columns[3..first]), [], units, [.. thresholds], intensities, columns);
        }
        catch (ArgumentException fault)
        {
            throw reader.Fault(line, $"the header's classes cannot be used: {fault.Message.Split(" (Parameter")[0]} {Remedy}");
        }
    }
}
