using System.Globalization;
using System.Text.RegularExpressions;
using SsMfar.Data;
using SsMfar.RenderedFaces.Sampling;

namespace SsMfar.RenderedFaces;

/// <summary>All there is to know of one picture before it is drawn.</summary>
internal sealed partial record FaceSample
{
    /// <summary>The folder of all pictures in the data set's.</summary>
    public const string Folder = "images";

    public required ulong Seed { get; init; }

    public required FaceSplit Split { get; init; }

    public required int Index { get; init; }

    /// <summary>The picture's path from the data set's folder: a folder for each person.</summary>
    public required string Image { get; init; }

    public required FaceIdentity Identity { get; init; }

    public required SampledExpression Expression { get; init; }

    public required FacialActions Actions { get; init; }

    public required SceneVariation Scene { get; init; }

    public static FaceSample Of(RenderedFaceOptions options, FaceSplit split, int index)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, options.Count(split));
        int person = index / options.ImagesPerIdentity;
        SampledExpression expression = ExpressionSampler.Sample(new(options.Seed, RandomStream.Expression, split, index));
        return new()
        {
            Seed = options.Seed,
            Split = split,
            Index = index,
            Image = ImageName(options, split, index),
            Identity = FaceIdentity.Sample(new(options.Seed, RandomStream.Identity, split, person)),
            Expression = expression,
            Actions = expression.Actions,
            Scene = SceneVariation.Sample(new(options.Seed, RandomStream.Scene, split, index)),
        };
    }

    /// <summary>The row as annotators left it.</summary>
    public AnnotationRow ToRow(MissingPattern missing) => new(
        Image,
        missing.ValenceArousal ? null : Expression.Affect,
        missing.Expression ? null : Expression.Prototype.Expression,
        missing.ActionUnits ? ActionUnitLabels.Unknown : Actions.ToLabels());

    /// <summary>Whether a path from the data set's folder is one that pictures have, or the folder of a person's.</summary>
    public static bool IsName(string path) => Name().IsMatch(path);

    private static string ImageName(RenderedFaceOptions options, FaceSplit split, int index)
    {
        // Validation's people are numbered on from training's.
        int person = (index / options.ImagesPerIdentity) + (split == FaceSplit.Validation ? options.IdentityCount(FaceSplit.Training) : 0);
        int frame = (index % options.ImagesPerIdentity) + 1;
        return string.Create(CultureInfo.InvariantCulture, $"{Folder}/id{person:D4}/{frame:D5}.jpg");
    }

    [GeneratedRegex($@"^{Folder}/id[0-9]{{4,}}(?:/[0-9]{{5,}}\.jpg)?\z")]
    private static partial Regex Name();
}
