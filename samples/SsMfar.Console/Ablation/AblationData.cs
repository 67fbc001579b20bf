using System.Collections.Immutable;
using System.Globalization;
using SsMfar.ConsoleApp.Shell;
using SsMfar.Data;
using SsMfar.Metadata;
using SsMfar.RenderedFaces;
using SsMfar.Training;

namespace SsMfar.ConsoleApp.Ablation;

/// <summary>Opens the user's data, or draws faces: with all labels for Table 1, six expressions alone for Table 2.</summary>
internal static class AblationData
{
    private const string TrainSix = "train-six.txt";
    private const string ValidationSix = "validation-six.txt";

    /// <summary>The annotations; drawn faces need not be there yet.</summary>
    public static ImmutableArray<AblationSet> Load(AblationArguments arguments)
    {
        if (arguments.Given is { } given)
        {
            AnnotationSet taught = OfTwelveUnits(given.Train, given.Classes);
            return
            [
                Set(
                    "the given faces",
                    given.Images,
                    given.Train,
                    given.Validation,
                    taught,
                    OfTwelveUnits(given.Validation, taught.ExpressionClasses)) with
                {
                    Variants = arguments.Variants,
                },
            ];
        }

        string faces = Faces(arguments);
        (AnnotationSet training, AnnotationSet validation) = RenderedFaceSet.Labels(Drawing(arguments));
        var sets = ImmutableArray.CreateBuilder<AblationSet>();
        if (arguments.Tables.Contains(1))
        {
            sets.Add(Set(
                "drawn faces",
                faces,
                Path.Combine(faces, RenderedFaceSet.TrainingFile),
                Path.Combine(faces, RenderedFaceSet.ValidationFile),
                training,
                validation) with
            {
                Variants = arguments.Variants,
            });
        }

        if (arguments.Tables.Contains(2))
        {
            if (!arguments.Variants.Contains(SsMfarVariant.SsMfar))
            {
                throw new BadInputException(
                    $"--tables 2 has the row {SsMfarVariant.SsMfar.Name} alone, the paper's one method there: name it among --variants.");
            }

            (AnnotationSet all, AnnotationSet allValidation) = RenderedFaceSet.Labels(Drawing(arguments) with { MissingExpression = 0 });
            sets.Add(Set(
                "drawn faces, six expressions alone", faces, Path.Combine(faces, TrainSix), Path
                    .Combine(faces, ValidationSix), SixClasses(training, all), SixClasses(validation, allValidation)) with
            {
                Variants = [SsMfarVariant.SsMfar],
            });
        }

        return sets.ToImmutable();
    }

    /// <summary>Draws faces where the user gave none, unless they are drawn already.</summary>
    public static async Task DrawAsync(
        ConsoleSession session, AblationArguments arguments, ImmutableArray<AblationSet> sets, CancellationToken cancellationToken)
    {
        if (arguments.Given is not null)
        {
            return;
        }

        string folder = Faces(arguments);
        RenderedFaceOptions drawing = Drawing(arguments);
        int count = drawing.TrainingCount + drawing.ValidationCount;
        if (!File.Exists(Path.Combine(folder, RenderedFaceSet.ValidationFile)))
        {
            session.Say(string.Create(CultureInfo.InvariantCulture,
                $"Drawing {drawing.TrainingCount} faces to learn from and {drawing.ValidationCount} of other people, {drawing.Size} " +
                    $"pixels a side."));
            await ProgressView.RunAsync(session, view => Task.Run(
                () => RenderedFaceSet.Write(folder, drawing, view.Count("drawing", count, "faces"), cancellationToken),
                cancellationToken)).ConfigureAwait(false);
        }

        foreach (AblationSet six in sets.Where(set => set.Table == 2))
        {
            six.Training.Save(six.TrainFile);
            six.Validation.Save(six.ValidationFile);
        }
    }

    private static string Faces(AblationArguments arguments) => Path.Combine(arguments.Out, "faces");

    private static RenderedFaceOptions Drawing(AblationArguments arguments) =>
        new() { TrainingCount = arguments.Faces, ValidationCount = arguments.ValidationFaces, Size = arguments.Size };

    private static AblationSet Set(
        string title,
        string images,
        string trainFile,
        string validationFile,
        AnnotationSet training,
        AnnotationSet validation)
    {
        ImmutableArray<string> tasks = LabelledTasks(training.Statistics);
        if (!tasks.Contains(AffectTaskNames.Expression))
        {
            throw new BadInputException(
                $"{trainFile}: no row has an expression, which every row of the tables learns. Give other annotations.");
        }

        if (training.Count < 2)
        {
            throw new BadInputException($"{trainFile}: there is one row, and a batch needs two. Give more rows.");
        }

        if (LabelledTasks(validation.Statistics) is var judged && tasks.Except(judged).FirstOrDefault() is { } missing)
        {
            throw new BadInputException(
                $"{validationFile}: no row has a label of the task '{missing}', which the training set teaches. Add labelled rows.");
        }

        return new()
        {
            Table = tasks.Length == 1 ? 2 : 1,
            Title = title,
            Images = images,
            TrainFile = trainFile,
            ValidationFile = validationFile,
            Training = training,
            Validation = validation,
            Tasks = tasks,
            Variants = [],
        };
    }

    // In the order of the built-in tasks, which the heads' initial weights follow from.
    private static ImmutableArray<string> LabelledTasks(AnnotationStatistics statistics) =>
    [
        .. new (string Name, int Known)[]
        {
            (AffectTaskNames.Expression, statistics.Rows - statistics.InvalidExpression),
            (AffectTaskNames.ValenceArousal, statistics.KnownValence + statistics.KnownArousal), // either is a label
            (AffectTaskNames.ActionUnits, statistics.Rows - statistics.InvalidActionUnits),
        }.Where(task => task.Known > 0).Select(task => task.Name),
    ];

    // A face of another expression is left out even where its label is missing, as it would be from a set of six.
    private static AnnotationSet SixClasses(AnnotationSet labelled, AnnotationSet complete)
    {
        ExpressionClassSet six = ExpressionClassSet.SyntheticData;
        return new(
            labelled.Zip(complete)
                .Select(pair => (pair.First, Index: six.IndexOf(complete.ExpressionClasses[pair.Second.Expression!.Value])))
                .Where(pair => pair.Index >= 0)
                .Select(pair => new AnnotationRow(
                    pair.First.Image,
                    null,
                    pair.First.Expression is null ? null : pair.Index,
                    ActionUnitLabels.Unknown)),
            six);
    }

    // Its tables are the paper's, and its runs are judged as submissions.
    private static AnnotationSet OfTwelveUnits(string path, ExpressionClassSet? classes)
    {
        AnnotationSet set = AnnotationSet.Load(path, new() { ExpressionClasses = classes });
        return set.Units.Equals(ActionUnitSet.AffWild2)
            ? set
            : throw new BadInputException(
                $"{path}: its action units are {set.Units}, and ablate is about the paper's, {ActionUnitSet.AffWild2}. Use train instead.");
    }
}
