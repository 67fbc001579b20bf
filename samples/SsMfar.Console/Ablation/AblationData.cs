using System.Collections.Immutable;
using SsMfar.ConsoleApp.Commands;
using SsMfar.ConsoleApp.Shell;
using SsMfar.Data;
using SsMfar.RenderedFaces;
using SsMfar.Tasks;
using SsMfar.Training;

namespace SsMfar.ConsoleApp.Ablation;

/// <summary>Opens the user's data, or draws faces: with all labels for Table 1, six expressions alone for Table 2.</summary>
internal static class AblationData
{
    public static async Task<ImmutableArray<AblationSet>> PrepareAsync(
        ConsoleSession session, AblationArguments arguments, CancellationToken cancellationToken)
    {
        if (arguments.Given is { } given)
        {
            AnnotationFileOptions options = new() { ExpressionClasses = given.Classes };
            return
            [
                Set("the given faces", given.Images, given.Train, given.Validation, AnnotationSet.Load(given.Train, options), AnnotationSet.Load(given.Validation, options)) with
                {
                    Variants = arguments.Variants,
                },
            ];
        }

        string faces = Path.Combine(arguments.Out, "faces");
        RenderedFaceOptions drawing = new() { TrainingCount = arguments.Faces, ValidationCount = arguments.ValidationFaces, Size = arguments.Size };
        (AnnotationSet training, AnnotationSet validation) = await DrawAsync(session, faces, drawing, cancellationToken).ConfigureAwait(false);
        string train = Path.Combine(faces, RenderedFaceSet.TrainingFile), test = Path.Combine(faces, RenderedFaceSet.ValidationFile);
        var sets = ImmutableArray.CreateBuilder<AblationSet>();
        if (arguments.Tables.Contains(1))
        {
            sets.Add(Set("drawn faces", faces, train, test, training, validation) with { Variants = arguments.Variants });
        }

        // The paper's Table 2 has one method.
        if (arguments.Tables.Contains(2) && arguments.Variants.Contains(SsMfarVariant.SsMfar))
        {
            (AnnotationSet all, AnnotationSet allValidation) = RenderedFaceSet.Labels(drawing with { MissingExpression = 0 });
            AnnotationSet six = Save(Path.Combine(faces, "train-six.txt"), SixClasses(training, all));
            AnnotationSet sixValidation = Save(Path.Combine(faces, "validation-six.txt"), SixClasses(validation, allValidation));
            sets.Add(Set("drawn faces, six expressions alone", faces, Path.Combine(faces, "train-six.txt"), Path.Combine(faces, "validation-six.txt"), six, sixValidation) with
            {
                Variants = [SsMfarVariant.SsMfar],
            });
        }

        return sets.Count > 0
            ? sets.ToImmutable()
            : throw new BadInputException($"--tables 2 has the row {SsMfarVariant.SsMfar.Name} alone: name it among --variants.");
    }

    private static AblationSet Set(string title, string images, string trainFile, string validationFile, AnnotationSet training, AnnotationSet validation)
    {
        ImmutableArray<string> tasks = LabelledTasks(training.Statistics);
        if (!tasks.Contains(AffectTaskNames.Expression) || training.Count < 2)
        {
            throw new BadInputException($"{trainFile}: no row has an expression, which every row of the tables learns. Give other annotations.");
        }

        if (LabelledTasks(validation.Statistics) is var judged && tasks.Except(judged).FirstOrDefault() is { } missing)
        {
            throw new BadInputException($"{validationFile}: no row has a label of the task '{missing}', which the training set teaches. Add labelled rows.");
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
        .. new (string Name, int Invalid)[]
        {
            (AffectTaskNames.Expression, statistics.InvalidExpression),
            (AffectTaskNames.ValenceArousal, statistics.InvalidValenceArousal),
            (AffectTaskNames.ActionUnits, statistics.InvalidActionUnits),
        }.Where(task => task.Invalid < statistics.Rows).Select(task => task.Name),
    ];

    private static async Task<(AnnotationSet Training, AnnotationSet Validation)> DrawAsync(
        ConsoleSession session, string folder, RenderedFaceOptions options, CancellationToken cancellationToken)
    {
        (AnnotationSet training, AnnotationSet validation) = RenderedFaceSet.Labels(options);
        string last = Path.Combine(folder, RenderedFaceSet.ValidationFile);
        if (File.Exists(last))
        {
            RequireSame(Path.Combine(folder, RenderedFaceSet.TrainingFile), training);
            RequireSame(last, validation);
            return (training, validation);
        }

        session.Say(FormattableString.Invariant($"Drawing {training.Count} faces to learn from and {validation.Count} of other people, {options.Size} pixels a side."));
        return await ProgressView.RunAsync(session, view => Task.Run(
            () => RenderedFaceSet.Write(folder, options, view.Count("drawing", training.Count + validation.Count, "faces"), cancellationToken),
            cancellationToken)).ConfigureAwait(false);
    }

    private static void RequireSame(string path, AnnotationSet expected)
    {
        using StringWriter text = new(System.Globalization.CultureInfo.InvariantCulture) { NewLine = "\n" };
        expected.Write(text);
        if (File.ReadAllText(path).ReplaceLineEndings("\n") != text.ToString().ReplaceLineEndings("\n"))
        {
            throw new BadInputException($"{path}: these faces were drawn for another --faces or --validation-faces. Give the same, or another --out.");
        }
    }

    // A face of another expression is left out even where its label is missing, as it would be from a set of six.
    private static AnnotationSet SixClasses(AnnotationSet labelled, AnnotationSet complete)
    {
        ExpressionClassSet six = ExpressionClassSet.SyntheticData;
        return new(
            labelled.Zip(complete)
                .Select(pair => (pair.First, Index: six.IndexOf(complete.ExpressionClasses[pair.Second.Expression!.Value])))
                .Where(pair => pair.Index >= 0)
                .Select(pair => new AnnotationRow(pair.First.Image, null, pair.First.Expression is null ? null : pair.Index, ActionUnitLabels.Unknown)),
            six);
    }

    private static AnnotationSet Save(string path, AnnotationSet annotations)
    {
        annotations.Save(path);
        return annotations;
    }
}
