using SsMfar.Data;

namespace SsMfar.Training;

/// <summary>
/// What a fit is given to learn from or to judge by: rows with images, or with features of them that were computed before.
/// </summary>
internal sealed class FitRows
{
    public FitRows(AffectDataset dataset)
    {
        ArgumentNullException.ThrowIfNull(dataset);
        (Dataset, Annotations) = (dataset, dataset.Annotations);
    }

    public FitRows(IComputedFeatures features)
    {
        ArgumentNullException.ThrowIfNull(features);
        (Features, Annotations) = (features, features.Annotations);
    }

    public AnnotationSet Annotations { get; }

    /// <summary>Gets the rows with their images; null where there are features.</summary>
    public AffectDataset? Dataset { get; }

    public IComputedFeatures? Features { get; }

    public int Count => Annotations.Count;

    /// <summary>How many rows of another set are of images that are here too.</summary>
    public int CountShared(FitRows other)
    {
        if (Dataset is not null && other.Dataset is not null)
        {
            return Dataset.CountShared(other.Dataset);
        }

        HashSet<string> own = new(Annotations.Select(row => row.Image), StringComparer.Ordinal);
        return Features is not null && other.Features is not null && Features.IsOfSameImages(other.Features)
            ? other.Annotations.Count(row => own.Contains(row.Image))
            : 0;
    }
}
