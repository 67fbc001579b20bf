using SsMfar.Data;

namespace SsMfar.Importing.Layouts;

/// <summary>
/// AffectNet (Mollahosseini et al., 2017): the lists of the full set, or the four files an image of the later one with eight classes.
/// </summary>
internal sealed class AffectNetLayout() : DatasetLayout(
    "affectnet", "training.csv or validation.csv, or train_set/annotations with *_exp.npy, *_val.npy and *_aro.npy")
{
    private const int NoFace = 10;
    private const double UnknownAffect = -2;

    // In the order of the codes; after them None, Uncertain and No-Face.
    private static readonly string[] Classes = ["Neutral", "Happiness", "Sadness", "Surprise", "Fear", "Disgust", "Anger", "Contempt"];

    public override void Read(DatasetFolder folder, DatasetRows rows)
    {
        string[] lists = [.. folder.Files("*.csv").Where(file => IsList(Path.GetFileNameWithoutExtension(file)))];
        string[] arrays = folder.Files("*_exp.npy");
        if (lists.Length + arrays.Length == 0)
        {
            throw folder.Missing("there are neither lists nor arrays in it");
        }

        foreach (string list in lists)
        {
            ReadList(folder, rows, list);
        }

        foreach (string array in arrays)
        {
            ReadArray(folder, rows, array);
        }
    }

    private static bool IsList(string name) =>
        name.StartsWith("training", StringComparison.OrdinalIgnoreCase) || name.StartsWith("validation", StringComparison.OrdinalIgnoreCase)
        || name.StartsWith("automatically_annotated", StringComparison.OrdinalIgnoreCase);

    private static void ReadList(DatasetFolder folder, DatasetRows rows, string path)
    {
        string name = Path.GetFileNameWithoutExtension(path).ToLowerInvariant();
        string kind = name.StartsWith("automatically", StringComparison.Ordinal) ? "Automatically_Annotated" : "Manually_Annotated";
        string images = folder.FolderOf(
            $"{kind}/{kind}_Images", $"{kind}_compressed/{kind}_Images", $"{kind}_compressed", $"{kind}_Images");
        new DatasetTable(path).ForEach((line, field) =>
        {
            string file = DatasetFolder.Join(images, DatasetFolder.Name(field("subDirectory_filePath"), path, line));
            Add(rows, file, name, DatasetFolder.Code(field("expression"), path, line), DatasetFolder.Number(field("valence"), path, line),
                DatasetFolder.Number(field("arousal"), path, line), path, line);
        });
    }

    private static void ReadArray(DatasetFolder folder, DatasetRows rows, string path)
    {
        string stem = path[..^"_exp.npy".Length];
        string annotations = Path.GetDirectoryName(path)!;
        if (annotations == folder.Root)
        {
            throw folder.Missing("its arrays lie in it alone, and images in a folder beside it");
        }

        string part = folder.Relative(Path.GetDirectoryName(annotations)!);
        string image = folder.Image(DatasetFolder.Join(DatasetFolder.Join(part, "images"), Path.GetFileName(stem)), ".jpg");
        Add(rows, image, part, DatasetFolder.Code(NumPyScalar.Read(path), path, 0), Value("_val"), Value("_aro"), path, 0);

        double Value(string end) => File.Exists($"{stem}{end}.npy")
            ? DatasetFolder.Number(NumPyScalar.Read($"{stem}{end}.npy"), $"{stem}{end}.npy", 0)
            : UnknownAffect;
    }

    private static void Add(
        DatasetRows rows, string image, string part, int code, double valence, double arousal, string path, int line)
    {
        if (code is < 0 or > NoFace)
        {
            throw DatasetFolder.Fault(path, line, $"{code}", $"the expression {code} is none of AffectNet's, 0 to {NoFace}.");
        }

        if (code == NoFace)
        {
            rows.Note("images without a face, left out");
            return;
        }

        int row = rows.Row(image);
        rows.SetPart(row, part);
        rows.SetAffect(row, Known(valence), Known(arousal));
        if (code < Classes.Length)
        {
            rows.SetExpression(row, Classes[code]);
        }
        else
        {
            rows.Note("rows without an expression: None or Uncertain");
        }

        double? Known(double value) => value == UnknownAffect ? null : value is >= -1 and <= 1 ? value
            : throw DatasetFolder.Fault(path, line, $"{value}", FormattableString.Invariant($"{value} is outside [-1, 1] and not -2."));
    }
}

/// <summary>RAF-DB, basic expressions (Li et al., 2017): <c>list_patition_label.txt</c>, as it is spelled.</summary>
internal sealed class RafDbLayout() : DatasetLayout("raf-db", "EmoLabel/list_patition_label.txt and Image/aligned")
{
    private static readonly string[] Classes = ["Surprise", "Fear", "Disgust", "Happiness", "Sadness", "Anger", "Neutral"];

    public override void Read(DatasetFolder folder, DatasetRows rows)
    {
        string path = folder.Require("list_patition_label.txt")[0];
        string labels = Path.GetDirectoryName(path)!;
        string home = folder.Relative(string.Equals(Path.GetFileName(labels), "EmoLabel", StringComparison.OrdinalIgnoreCase)
            && labels != folder.Root ? Path.GetDirectoryName(labels)! : labels);
        string aligned = DatasetFolder.Join(home, "Image/aligned"), original = DatasetFolder.Join(home, "Image/original");
        bool isAligned = folder.Has(aligned) || !folder.Has(original);
        foreach ((int line, string text) in DatasetFolder.Lines(path))
        {
            string[] fields = text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
            if (fields.Length != 2 || DatasetFolder.Code(fields[1], path, line) is not (>= 1 and <= 7 and var code))
            {
                throw DatasetFolder.Fault(path, line, text, $"'{LabelFileReader.Shorten(text)}' is no image and an expression from 1 to " +
                    "7.");
            }

            string stem = Path.GetFileNameWithoutExtension(fields[0]);
            int row = rows.Row(isAligned ? $"{aligned}/{stem}_aligned.jpg" : $"{original}/{fields[0]}");
            rows.SetPart(row, stem.Split('_')[0]);
            rows.SetExpression(row, Classes[code - 1]);
        }
    }
}

/// <summary>
/// FER+ (Barsoum et al., 2016): ten votes an image. As in the published reader's majority mode, single votes are dropped, and the
/// expression is what more than half of the others say; images that are voted to have no face are left out.
/// </summary>
internal sealed class FerPlusLayout() : DatasetLayout("ferplus", "fer2013new.csv")
{
    private static readonly string[] Classes =
        ["neutral", "happiness", "surprise", "sadness", "anger", "disgust", "fear", "contempt", "unknown", "NF"];

    private static readonly Dictionary<string, string> Folders = new(StringComparer.OrdinalIgnoreCase)
    {
        ["Training"] = "FER2013Train", ["PublicTest"] = "FER2013Valid", ["PrivateTest"] = "FER2013Test",
    };

    public override void Read(DatasetFolder folder, DatasetRows rows)
    {
        string path = folder.Require("fer2013new.csv")[0];
        string home = folder.Relative(Path.GetDirectoryName(path)!);
        string data = folder.Has(DatasetFolder.Join(home, "data/FER2013Train")) ? DatasetFolder.Join(home, "data") : home;
        new DatasetTable(path).ForEach((line, field) =>
        {
            string usage = field("Usage"), name = field("Image name");
            int[] votes = [.. Classes.Select(column => DatasetFolder.Code(field(column), path, line))];
            if (!Folders.TryGetValue(usage, out string? part))
            {
                throw DatasetFolder.Fault(path, line, usage, $"the usage '{LabelFileReader.Shorten(usage)}' is not one of FER2013's.");
            }

            int[] kept = [.. votes.Select(vote => vote > 1 ? vote : 0)];
            int total = kept.Sum(), winner = kept.IndexOf(kept.Max());
            bool hasMajority = 2 * kept.Max() > total;
            if (name.Length == 0 || (hasMajority && winner == Classes.Length - 1))
            {
                rows.Note("images without a face, left out");
                return;
            }

            int row = rows.Row(DatasetFolder.Join(data, $"{part}/{name}"));
            rows.SetPart(row, usage);
            float faces = kept[..^2].Sum();
            for (int i = 0; i < Classes.Length - 2 && faces > 0; i++)
            {
                rows.SetNumber(row, $"p_{Classes[i]}", kept[i] / faces);
            }

            if (!hasMajority || winner == Classes.Length - 2)
            {
                rows.Note("rows without an expression: no majority");
            }
            else
            {
                rows.SetExpression(row, Classes[winner]);
            }
        });
    }
}
