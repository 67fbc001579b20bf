using SsMfar.Data;
using SsMfar.Importing;
using SsMfar.Importing.Layouts;
using SsMfar.Postprocessing;
using SsMfar.Submissions;

namespace SsMfar.Campaigns.Fuzzing.Readers;

/// <summary>Tables of labels and predictions.</summary>
internal static class LabelReaders
{
    private static readonly Type[] Format = [typeof(AnnotationFormatException)];

    public static string[] Names { get; } =
        ["annotations", "image-list", "submission", "predictions", "import", "class-names", "openface-table", "numpy"];

    public static FuzzReader? Of(string name, FileReading file) => name switch
    {
        "annotations" => Text(name, bytes => Use(AnnotationParser.Parse(bytes, "file", new()))),
        "image-list" => Text(name, bytes => AnnotationParser.Images(bytes, "file")),
        "submission" => Text(name, file.Of(path => Submission.Load(path).ToString())),
        "predictions" => Text(name, file.Of(path => PredictionTable.Load(path).ToSubmission())),
        "import" => Text(name, bytes => Use(AnnotationImport.Read(bytes, "table", Description()).Annotations)),
        "class-names" => Text(name, file.Of(path =>
        {
            _ = ClassNameTable.Load(path).IndicesIn(ExpressionClassSet.AffWild2);
        })),
        "openface-table" => Text(name, file.Of(path =>
        {
            _ = DatasetImporter.Parse("openface").Import(Path.GetDirectoryName(path)!);
        }, "table.csv")),
        "numpy" => new()
        {
            Name = name,
            Refusals = Format,
            Read = file.Of(path => NumPyScalar.Read(path)),
        },
        _ => null,
    };

    private static FuzzReader Text(string name, Action<byte[]> read) =>
        new() { Name = name, Refusals = Format, Read = read, IsText = true };

    private static TableDescription Description() => new()
    {
        Columns = { ["image"] = "File", ["expression"] = "Emotion", ["valence"] = "Valence", ["arousal"] = "Arousal", ["AU1"] = "AU1" },
        Ranges = { ["valence"] = new(1, 9), ["arousal"] = new(1, 9) },
        UnknownMarks = { "?", "-2" },
    };

    // What everybody does with labels that were read.
    private static void Use(AnnotationSet labels)
    {
        _ = labels.Statistics;
        using StringWriter text = new();
        labels.Write(text);
    }
}
