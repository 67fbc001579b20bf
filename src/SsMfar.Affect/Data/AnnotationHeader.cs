using System.Collections.Immutable;
using System.Text;

namespace SsMfar.Data;

/// <summary>What a field of every row is.</summary>
internal enum FieldRole
{
    Image,
    Valence,
    Arousal,
    Expression,
    Unit,
    Number,
    Text,
}

/// <summary>A field of every row.</summary>
/// <param name="Role">What it is.</param>
/// <param name="Index">The slot of an action unit, or which column of numbers or of text.</param>
/// <param name="Name">The column's name.</param>
internal readonly record struct AnnotationField(FieldRole Role, int Index, string Name);

/// <summary>
/// The lines of an annotation file above its rows: what <c>#classes</c> and <c>#text</c> say, and the names of the columns.
/// </summary>
/// <param name="Fields">The fields of a row, in the order of the file.</param>
/// <param name="NamesColumns">Whether every field is named, so that an empty one is unknown.</param>
/// <param name="MayListImages">Whether the rows may be image names alone, as in the challenge's lists.</param>
/// <param name="Classes">The classes that the file names, or null.</param>
internal sealed record AnnotationHeader(
    ImmutableArray<AnnotationField> Fields, bool NamesColumns, bool MayListImages, ExpressionClassSet? Classes)
{
    public const string ClassesMark = "#classes", TextMark = "#text";

    public ImmutableArray<string> ExtraColumns => [.. Fields.Where(own => own.Role == FieldRole.Number).Select(own => own.Name)];

    /// <summary>Gets the units that the header names, the challenge's twelve for its short one; null where it names none.</summary>
    public ActionUnitSet? Units => ActionUnitSet.OfMask(
        Fields.Where(own => own.Role == FieldRole.Unit).Aggregate(0UL, (mask, own) => mask | 1UL << own.Index));

    public ImmutableArray<string> TextColumns => [.. Fields.Where(own => own.Role == FieldRole.Text).Select(own => own.Name)];

    /// <summary>Reads the lines above the rows. Columns that are neither declared nor plain numbers throughout become text.</summary>
    /// <exception cref="AnnotationFormatException">There is no header, or one that is wrong.</exception>
    public static AnnotationHeader Read(ref LabelFileReader reader)
    {
        ExpressionClassSet? classes = null;
        string[] texts = [];
        bool more = reader.ReadLine();
        for (; more && reader.Line[0] == (byte)'#'; more = reader.ReadLine())
        {
            ReadMark(ref reader, ref classes, ref texts);
        }

        if (!more)
        {
            throw reader.Fault(
                null,
                $"the file is empty. It must begin with the header {LabelHeader.Short}, or with one that names its columns.",
                wholeFile: true);
        }

        string line = Encoding.UTF8.GetString(reader.Line);
        string[] names = Array.ConvertAll(reader.Fields(), ColumnNames.Canonical);
        if (!names.Contains(ColumnNames.Image))
        {
            throw reader.Fault(
                line,
                $"the header is missing: this line begins with '{LabelFileReader.Shorten(names[0])}'. Put {LabelHeader.Short} on the " +
                    "first line, or a header that names the columns, one of them image.");
        }

        if (Same(names, ColumnNames.Units, 4) || names.Length == 1)
        {
            RequireDeclared(ref reader, line, texts, []);
            return new(FieldsOf(LabelHeader.Full.Split(','), []), NamesColumns: false, MayListImages: true, classes);
        }

        return Named(ref reader, line, names, texts, classes);
    }

    private static AnnotationHeader Named(
        ref LabelFileReader reader, string line, string[] names, string[] texts, ExpressionClassSet? classes)
    {
        if (names.Contains(ColumnNames.Units, StringComparer.OrdinalIgnoreCase))
        {
            throw reader.Fault(
                line,
                $"the header '{LabelFileReader.Shorten(line)}' is neither {LabelHeader.Short} nor one that names every column: 'aus' " +
                    $"stands for the twelve units in the former alone. Name them: {string.Join(',', ActionUnits.Names)}.");
        }

        string[] own = [.. names.Where(name => RoleOf(name) == FieldRole.Number)];
        string? standard = names.Where(name => RoleOf(name) != FieldRole.Number).GroupBy(name => name)
            .FirstOrDefault(same => same.Count() > 1)?.Key;
        string? fault = standard is null
            ? ColumnNames.Fault(own.Where(name => name != AnnotationSet.SourceColumn), [])
            : $"two columns have the name '{standard}'. Rename or remove one.";
        if (fault is not null)
        {
            throw reader.Fault(line, fault);
        }

        RequireDeclared(ref reader, line, texts, own);
        bool isFull = names.Length >= LabelHeader.StandardColumns
            && names.AsSpan(0, LabelHeader.StandardColumns).SequenceEqual(LabelHeader.Full.Split(','));
        HashSet<string> text = new(texts.Append(AnnotationSet.SourceColumn), StringComparer.OrdinalIgnoreCase);
        HashSet<string> open = new(
            own.Where(name => !text.Contains(name) && !ColumnNames.IsNumber(name)), StringComparer.OrdinalIgnoreCase);
        if (open.Count > 0)
        {
            text.UnionWith(ColumnKinds.Texts(reader, names, open));
        }

        return new(FieldsOf(names, text), NamesColumns: true, MayListImages: isFull, classes);
    }

    private static bool Same(string[] names, string last, int count) =>
        names.Length == count + 1 && string.Equals(names[count], last, StringComparison.OrdinalIgnoreCase)
        && names.AsSpan(0, count).SequenceEqual(LabelHeader.Full.Split(',').AsSpan(0, count));

    private static FieldRole RoleOf(string name) => name switch
    {
        ColumnNames.Image => FieldRole.Image,
        ColumnNames.Valence => FieldRole.Valence,
        ColumnNames.Arousal => FieldRole.Arousal,
        ColumnNames.Expression => FieldRole.Expression,
        _ => ActionUnits.TryParse(name, out _) ? FieldRole.Unit : FieldRole.Number,
    };

    private static ImmutableArray<AnnotationField> FieldsOf(string[] names, HashSet<string> texts)
    {
        int numbers = 0, text = 0;
        return
        [
            .. names.Select(name => RoleOf(name) switch
            {
                FieldRole.Unit => new AnnotationField(FieldRole.Unit, SlotOf(name), name),
                FieldRole.Number when texts.Contains(name) => new(FieldRole.Text, text++, name),
                FieldRole.Number => new(FieldRole.Number, numbers++, name),
                FieldRole role => new(role, 0, name),
            }),
        ];
    }

    private static int SlotOf(string name) => ActionUnits.TryParse(name, out ActionUnit unit) ? ActionUnits.SlotOf(unit) : -1;

    private static void RequireDeclared(ref LabelFileReader reader, string line, string[] texts, string[] own)
    {
        if (texts.FirstOrDefault(text => !own.Contains(text, StringComparer.OrdinalIgnoreCase) || ColumnNames.IsNumber(text)) is { } wrong)
        {
            throw reader.Fault(
                line,
                $"{TextMark} names '{LabelFileReader.Shorten(wrong)}', which is no column of the header that may hold text. Correct the " +
                    "one " +
                    "or the other.");
        }
    }

    private static void ReadMark(ref LabelFileReader reader, ref ExpressionClassSet? classes, ref string[] texts)
    {
        string line = Encoding.UTF8.GetString(reader.Line);
        string[] fields = reader.Fields();
        string mark = "#" + fields[0][1..].Trim().ToLowerInvariant();
        if (mark == ClassesMark && classes is null)
        {
            try
            {
                classes = new(fields[1..]);
            }
            catch (ArgumentException wrong)
            {
                throw reader.Fault(line, $"{wrong.Message.Split(" (Parameter")[0]} Correct the line that begins with {ClassesMark}.");
            }
        }
        else if (mark == TextMark && texts.Length == 0)
        {
            texts = Array.ConvertAll(fields[1..], ColumnNames.Canonical);
        }
        else if (mark is ClassesMark or TextMark || !(line.StartsWith("# ", StringComparison.Ordinal) || line == "#"))
        {
            throw reader.Fault(
                line,
                $"'{LabelFileReader.Shorten(line)}' is neither {ClassesMark},NAME,NAME,... nor {TextMark},COLUMN,..., each once, nor a " +
                    "remark, which has a blank after its #. Correct the line.");
        }
    }
}
