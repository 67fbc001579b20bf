using System.CommandLine;
using System.Globalization;
using System.Text;
using SsMfar.Data;
using SsMfar.Importing;

namespace SsMfar.ConsoleApp.Commands;

/// <summary>The options of <c>import</c>.</summary>
internal sealed class ImportOptions
{
    private static readonly string Formats = string.Join(", ", DatasetImporter.All.Select(importer => importer.Name));

    private readonly Option<string> _csv = OptionKinds.Text(
        "--csv", "FILE", "The table to import: text with a header, as spreadsheets write it; needs --map", required: false);

    private readonly Option<KeyValuePair<string, string>[]?> _map = OptionKinds.Named(
        "--map", "OURS=THEIRS,...",
        "Which column of the table is image, expression, valence, arousal, AU1, AU12_intensity, weight, source, or a name of your own",
        Lists.Pairs);

    private readonly Option<string> _classNames = OptionKinds.Text(
        "--class-names", "FILE", "What the table calls the classes: lines theirs,ours without a header", required: false);

    private readonly Option<KeyValuePair<string, ValueRange>[]?> _ranges = OptionKinds.Named(
        "--range", "valence=1..9,...", "The scales of valence and arousal in the table; -1..1 unless given",
        text => Array.ConvertAll(Lists.Pairs(text), pair => KeyValuePair.Create(pair.Key, Range(pair.Value))));

    private readonly Option<string[]?> _unknown = OptionKinds.Named(
        "--unknown", "MARKS",
        "What stands for an unknown label in the table, parted by commas, or as expression=-1 in one column; an empty field does always",
        Lists.Entries);

    private readonly Option<string> _delimiter = OptionKinds.Text(
        "--delimiter", "TEXT", "What stands between fields, a character or tab; told from the header unless given", required: false);

    private readonly Option<string> _decimal = OptionKinds.Text(
        "--decimal", "TEXT", "What stands before decimals, . or ,; told from the numbers unless given", required: false);

    private readonly Option<Encoding?> _encoding = OptionKinds.Named(
        "--encoding", "NAME", "The table's encoding, such as windows-1252; UTF-8 or what the file says unless given", Named);

    private readonly Option<string> _strip = OptionKinds.Text(
        "--strip", "TEXT", "The folder at the beginning of image names to take away, such as C:\\faces", required: false);

    private readonly Option<DatasetImporter?> _from = OptionKinds.Named(
        "--from", "NAME", $"The public data set to import, of {Formats}; needs --source", DatasetImporter.Parse);

    private readonly Option<string> _source = OptionKinds.Text(
        "--source", "DIR", "The folder of the public data set, as it was handed out", required: false);

    private readonly Option<ExpressionClassSet?> _classes = CommonOptions.Classes("s-Aff-Wild2's eight unless given");
    private readonly Option<string> _data = CommonOptions.Data("checked to have every image", required: false);
    private readonly Option<bool> _dryRun = new("--dry-run") { Description = "Show what was understood, and write nothing" };
    private readonly Option<string> _out = CommonOptions.Out("FILE", "the annotations", required: false);

    public IEnumerable<Option> All =>
    [
        _csv, _map, _classNames, _ranges, _unknown, _delimiter, _decimal, _encoding, _strip, _from, _source, _classes, _data, _dryRun, _out,
    ];

    public ImportArguments Read(ParseResult parsed) => new()
    {
        Csv = parsed.GetValue(_csv),
        Map = parsed.GetValue(_map) ?? [],
        ClassNames = parsed.GetValue(_classNames),
        Ranges = parsed.GetValue(_ranges) ?? [],
        Unknown = parsed.GetValue(_unknown) ?? [],
        Delimiter = parsed.GetValue(_delimiter),
        Decimal = parsed.GetValue(_decimal),
        Encoding = parsed.GetValue(_encoding),
        Strip = parsed.GetValue(_strip),
        From = parsed.GetValue(_from),
        Source = parsed.GetValue(_source),
        Classes = parsed.GetValue(_classes),
        Data = parsed.GetValue(_data),
        DryRun = parsed.GetValue(_dryRun),
        Out = parsed.GetValue(_out),
        OfTables =
        [
            .. new Option[] { _map, _classNames, _ranges, _unknown, _delimiter, _decimal, _encoding, _strip }
                .Where(option => parsed.GetResult(option) is { Implicit: false }).Select(option => option.Name),
        ],
    };

    private static ValueRange Range(string text) =>
        text.Split("..", 2) is [var low, var high] && Number(low) is { } from && Number(high) is { } to
            ? new(from, to)
            : throw new FormatException($"'{text}' is no range such as 1..9.");

    private static double? Number(string text) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) ? number : null;

    private static Encoding Named(string name)
    {
        try
        {
            return CodePagesEncodingProvider.Instance.GetEncoding(name) ?? Encoding.GetEncoding(name);
        }
        catch (ArgumentException)
        {
            throw new FormatException("is no encoding that is known. Write its name as windows-1252, iso-8859-1 or utf-16.");
        }
    }
}

/// <summary>What <c>import</c> was asked for.</summary>
internal sealed record ImportArguments
{
    public required string? Csv { get; init; }

    public required KeyValuePair<string, string>[] Map { get; init; }

    public required string? ClassNames { get; init; }

    public required KeyValuePair<string, ValueRange>[] Ranges { get; init; }

    public required string[] Unknown { get; init; }

    public required string? Delimiter { get; init; }

    public required string? Decimal { get; init; }

    public required Encoding? Encoding { get; init; }

    public required string? Strip { get; init; }

    public required DatasetImporter? From { get; init; }

    public required string? Source { get; init; }

    public required ExpressionClassSet? Classes { get; init; }

    public required string? Data { get; init; }

    public required bool DryRun { get; init; }

    public required string? Out { get; init; }

    /// <summary>The options given that are about tables alone.</summary>
    public required string[] OfTables { get; init; }
}
