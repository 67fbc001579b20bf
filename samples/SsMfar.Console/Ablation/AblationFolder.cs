using System.Globalization;
using SsMfar.ConsoleApp.Commands;
using SsMfar.ConsoleApp.Shell;
using SsMfar.Data;
using SsMfar.Imaging;

namespace SsMfar.ConsoleApp.Ablation;

/// <summary>
/// The folder of an ablation. It keeps what all its runs share, data and budget, so that its tables never put runs of different ones side
/// by side. Rows, recipes, seeds and weights are each run's own, and may be added.
/// </summary>
internal sealed class AblationFolder
{
    /// <summary>The file that keeps what all runs share.</summary>
    public const string BudgetFile = "budget.json";

    private readonly string _folder;
    private readonly SortedDictionary<string, string> _shared;

    private AblationFolder(string folder, SortedDictionary<string, string> shared) => (_folder, _shared) = (folder, shared);

    /// <summary>What all runs share, by the options' names.</summary>
    public IReadOnlyDictionary<string, string> Shared => _shared;

    private string Budget => Path.Combine(_folder, BudgetFile);

    /// <summary>Checks that an ablation may start, or go on; writes nothing.</summary>
    /// <param name="arguments">What was asked for.</param>
    /// <param name="sets">The data.</param>
    /// <param name="cancellationToken">Stops between two images.</param>
    /// <exception cref="BadInputException">
    /// The folder has files of something else, of an ablation without <c>--resume</c>, or of one that was started with other options.
    /// </exception>
    public static AblationFolder Open(
        AblationArguments arguments, IEnumerable<AblationSet> sets, CancellationToken cancellationToken)
    {
        AblationFolder folder = new(arguments.Out, Describe(arguments, sets, cancellationToken));
        if (Outputs.IsEmpty(arguments.Out))
        {
            return folder;
        }

        if (!File.Exists(folder.Budget))
        {
            throw new BadInputException($"--out '{arguments.Out}' is not empty, and not an ablation's folder (it has no " +
                $"{Path.GetFileName(folder.Budget)}). Choose another folder.");
        }

        // A part goes on without: the same command made again does what is missing.
        if (!arguments.Resume && arguments.Shard is null)
        {
            throw new BadInputException(
                $"--out '{arguments.Out}' is not empty: add --resume to go on with the ablation there, or choose another folder.");
        }

        StartRecord.RequireSame(folder.Budget, folder._shared, "ablation");
        return folder;
    }

    /// <summary>Makes it an ablation's folder.</summary>
    public void Begin()
    {
        Directory.CreateDirectory(_folder);
        StartRecord.Write(Budget, _shared);
    }

    private static SortedDictionary<string, string> Describe(
        AblationArguments arguments, IEnumerable<AblationSet> sets, CancellationToken cancellationToken)
    {
        SortedDictionary<string, string> shared = new(StringComparer.Ordinal)
        {
            ["--size"] = Text(arguments.Size),
            ["--batch-size"] = Text(arguments.BatchSize ?? DefaultBudget.BatchSize),
            ["--epochs"] = Text(arguments.Epochs ?? DefaultBudget.Epochs),
            ["--learning-rate"] = arguments.LearningRate is { } rate ? Text(rate) : "the recipe's",
            ["--set"] = arguments.Settings.ToString(),
            ["--hide-expressions"] = Text(arguments.HideExpressions),
            ["--hide-labels"] = Text(arguments.HideLabels),
            ["--precision"] = arguments.Precision.ToString().ToLowerInvariant(),
        };
        if (arguments.Given is { } given)
        {
            shared["--data"] = Images(given.Images, sets.SelectMany(set => set.Training.Concat(set.Validation)), cancellationToken);
            shared["--train"] = StartRecord.Fingerprint(given.Train);
            shared["--validation"] = StartRecord.Fingerprint(given.Validation);
            shared["--classes"] = (given.Classes ?? ExpressionClassSet.AffWild2).ToString();
        }
        else
        {
            shared["--data"] = "drawn faces";
            shared["--faces"] = Text(arguments.Faces);
            shared["--validation-faces"] = Text(arguments.ValidationFaces);
        }

        return shared;
    }

    private static string Images(string path, IEnumerable<AnnotationRow> rows, CancellationToken cancellationToken)
    {
        using IImageSource images = Inputs.OpenImages(path);
        IEnumerable<string> names = rows.Select(row => row.Image).Distinct(StringComparer.Ordinal);
        return $"images of {ImageContents.Fingerprint(images, names, cancellationToken)}";
    }

    private static string Text(IFormattable value) => value.ToString(null, CultureInfo.InvariantCulture);
}
